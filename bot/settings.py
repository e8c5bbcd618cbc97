"""Settings from the environment and `.env`, typed and checked before anything starts. Every one is in `.env.example`.

A platform is on when its settings are complete, off when there are none, and anything between stops the start with
the name of what is missing. Secrets are `SecretStr`: neither a settings object nor a fault about one shows a value.
"""

import ipaddress
import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict, SettingsError

from surveys.errors import InvalidInput

DEFAULT_DATABASE_URL = "sqlite:///./data/cx-pulse.db"
DATABASES = ("sqlite:///", "sqlite+aiosqlite:///", "postgresql://", "postgres://", "postgresql+asyncpg://")
SLACK_API_URL = "https://slack.com/api/"

PLATFORMS = {
    "slack": (
        ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"),
        ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"),
        ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"),
    ),
    "teams": (
        ("TEAMS_APP_ID", "TEAMS_APP_PASSWORD"),
        ("TEAMS_APP_ID", "TEAMS_APP_PASSWORD", "TEAMS_TENANT_ID"),
        ("CX_TEAMS_LOCAL",),
    ),
}
"""Each platform that can be connected, with the sets of settings of which one is enough."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone; write one such as Europe/Warsaw") from None
    return name


def _addresses(value: object) -> object:
    """A list separated by commas becomes lower-case e-mail addresses."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))


def _are_addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    for address in addresses:
        name, at, domain = address.partition("@")
        if not (name and at and domain) or "@" in domain or any(letter.isspace() for letter in address):
            raise ValueError("must be e-mail addresses separated by commas")
    return addresses


def _is_web_address(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return url


def _known_database(url: SecretStr) -> SecretStr:
    """Only how it begins: the rest is for whoever opens it (`storage.addresses`)."""
    if not url.get_secret_value().strip().lower().startswith(DATABASES):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return url


DatabaseUrl = Annotated[SecretStr, AfterValidator(_known_database)]
WebAddress = Annotated[str, AfterValidator(_is_web_address)]
Addresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_addresses), AfterValidator(_are_addresses)]


def _field(name: str) -> str:
    """The field of a variable: CX_PORT is `port`, SLACK_BOT_TOKEN is `slack_bot_token`."""
    return name.removeprefix("CX_").lower()


class Settings(BaseSettings):
    """Every setting of the process. Make one with `load_settings`, which turns faults into one clear message."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    database_url: DatabaseUrl = Field(SecretStr(DEFAULT_DATABASE_URL), validation_alias="CX_DATABASE_URL")
    owner_database_url: DatabaseUrl | None = Field(None, validation_alias="CX_OWNER_DATABASE_URL")
    """Used by `cx migrate` alone: on PostgreSQL the application's role owns no table (threat 5)."""
    host: str = Field("127.0.0.1", validation_alias="CX_HOST")
    port: int = Field(8080, ge=0, le=65535, validation_alias="CX_PORT")
    timezone: Annotated[str, AfterValidator(_zone)] = Field("UTC", validation_alias="CX_TIMEZONE")
    company: str = Field("My company", min_length=1, max_length=100, validation_alias="CX_COMPANY")
    api_token: SecretStr | None = Field(None, validation_alias="CX_API_TOKEN")
    public_url: WebAddress | None = Field(None, validation_alias="CX_PUBLIC_URL")
    admins: Addresses = Field((), validation_alias="CX_ADMINS")
    seal_key_file: Path | None = Field(None, validation_alias="CX_SEAL_KEY_FILE")

    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    slack_app_token: SecretStr | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_client_id: str | None = Field(None, validation_alias="SLACK_CLIENT_ID")
    slack_client_secret: SecretStr | None = Field(None, validation_alias="SLACK_CLIENT_SECRET")
    slack_api_url: WebAddress = Field(SLACK_API_URL, validation_alias="SLACK_API_URL")

    teams_app_id: str | None = Field(None, validation_alias="TEAMS_APP_ID")
    teams_app_password: SecretStr | None = Field(None, validation_alias="TEAMS_APP_PASSWORD")
    teams_tenant_id: str | None = Field(None, validation_alias="TEAMS_TENANT_ID")
    teams_local: bool = Field(False, validation_alias="CX_TEAMS_LOCAL")

    @model_validator(mode="after")
    def _platforms_are_complete(self) -> "Settings":
        for platform, ways in PLATFORMS.items():
            missing = self._missing(ways)
            if missing:
                raise ValueError(f"{platform.title()} is set up in part: {missing} is missing")
        if self.teams_local and not is_loopback(self.host):
            raise ValueError("CX_TEAMS_LOCAL accepts every request: it needs CX_HOST=127.0.0.1")
        return self

    def _missing(self, ways: tuple[tuple[str, ...], ...]) -> str:
        """What the nearest complete ways still need, when something is set that no complete way uses; else ""."""
        given = {name for way in ways for name in way if getattr(self, _field(name))}
        used = {name for way in ways if given.issuperset(way) for name in way}
        stray = given - used
        gaps = [[name for name in way if name not in given] for way in ways if stray & set(way)]
        fewest = min((len(gap) for gap in gaps), default=0)
        return ", or ".join(" and ".join(gap) for gap in gaps if len(gap) == fewest)

    def is_on(self, platform: str) -> bool:
        """Whether one of the ways in `PLATFORMS` is complete."""
        return any(all(getattr(self, _field(name)) for name in way) for way in PLATFORMS[platform])


def load_settings(env_file: Path | str | None = ".env") -> Settings:
    """The settings of the environment, then of `env_file`. Raises InvalidInput, a line for each wrong variable."""
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # declared by BaseSettings, hidden by its mypy hints
    except ValidationError as error:
        lines = [_fault(".".join(str(part) for part in fault["loc"][:1]), fault["msg"]) for fault in error.errors()]
    except (SettingsError, UnicodeDecodeError):
        lines = [".env cannot be read: write one NAME=value on each line, in UTF-8."]
    raise InvalidInput("\n".join(lines)) from None


def _fault(variable: str, message: str) -> str:
    """pydantic's message as a sentence about one variable, or about several."""
    text = message.removeprefix("Value error, ").replace("Input should", "should")
    sentence = f"{variable} {text}" if variable and not text.startswith(variable) else text
    return f"{sentence[:1].upper()}{sentence[1:]}."


def variables() -> tuple[str, ...]:
    """The name of every environment variable that is read, in the order of `Settings`."""
    return tuple(str(field.validation_alias) for field in Settings.model_fields.values())


def given_variables(env_file: Path | str = ".env") -> tuple[str, ...]:
    """The names in the environment and in `env_file`, ours or not. Of a file that cannot be read none: that it cannot
    `load_settings` says."""
    try:
        # Its names are in lower case: a setting is found however it is written.
        in_file = [name.upper() for name in DotEnvSettingsSource(Settings, env_file=env_file).env_vars]
    except (OSError, UnicodeDecodeError):
        in_file = []
    return tuple(dict.fromkeys((*os.environ, *in_file)))


def misspelt(environment: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(name, the setting probably meant) for each variable that begins like one of ours and that nothing reads."""
    known = variables()
    families = tuple({f"{name.partition('_')[0]}_" for name in known})
    ours = (name for name in environment if name.startswith(families))
    unknown = (name for name in ours if name not in known and not name.startswith("CX_TEST_"))
    return tuple((name, next(iter(get_close_matches(name, known, n=1)), "")) for name in unknown)


def is_loopback(host: str) -> bool:
    """Whether a server bound to `host` is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
