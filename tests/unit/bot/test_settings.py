"""Settings: what is read, what stops the start, and that no fault repeats a secret."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings, is_loopback, load_settings, misspelt, variables
from surveys.errors import InvalidInput

ROOT = Path(__file__).parents[3]
SECRET = "xoxb-canary-7f3a"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have settings of their own."""
    for name in variables():
        monkeypatch.delenv(name, raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings(env_file=None)


def refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        load(monkeypatch, **environment)
    return str(caught.value)


def test_with_nothing_set_everything_is_local_and_every_platform_off() -> None:
    settings = load_settings(env_file=None)
    assert settings.database_url.get_secret_value() == "sqlite:///./data/cx-pulse.db"
    assert (settings.host, settings.port, settings.timezone) == ("127.0.0.1", 8080, "UTC")
    assert not settings.is_on("slack")
    assert not settings.is_on("teams")
    assert settings.owner_database_url is None


def test_an_empty_variable_is_the_same_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, CX_PORT="", SLACK_BOT_TOKEN="", CX_ADMINS="") == load_settings(env_file=None)


def test_administrators_are_addresses_in_lower_case_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, CX_ADMINS=" Ana@Example.com, li@example.com ,ana@example.com,")
    assert settings.admins == ("ana@example.com", "li@example.com")


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("CX_PORT=9001\nCX_COMPANY=Żółw\nSOMETHING_ELSE=1\n", encoding="utf-8")
    monkeypatch.setenv("CX_PORT", "9002")
    settings = load_settings(env_file)
    assert (settings.port, settings.company) == (9002, "Żółw")


def test_a_file_that_is_not_utf_8_is_a_clear_refusal(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes("CX_COMPANY=Żółw".encode("utf-16"))
    with pytest.raises(InvalidInput, match="UTF-8"):
        load_settings(env_file)


SLACK_ON = [
    {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"},
    {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"},
    {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"},
    {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"},
    {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"},
]


@pytest.mark.parametrize("names", SLACK_ON, ids=lambda names: "+".join(sorted(names)))
def test_slack_is_on_when_one_way_is_complete(monkeypatch: pytest.MonkeyPatch, names: set[str]) -> None:
    assert load(monkeypatch, **dict.fromkeys(names, SECRET)).is_on("slack")


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ({"SLACK_BOT_TOKEN"}, "SLACK_SIGNING_SECRET, or SLACK_APP_TOKEN"),
        ({"SLACK_SIGNING_SECRET"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_CLIENT_ID"}, "SLACK_CLIENT_SECRET and SLACK_SIGNING_SECRET"),
        ({"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_ID"}, "SLACK_CLIENT_SECRET"),
        ({"SLACK_APP_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"}, "SLACK_BOT_TOKEN"),
        ({"TEAMS_APP_ID"}, "TEAMS_APP_PASSWORD"),
        ({"TEAMS_APP_PASSWORD"}, "TEAMS_APP_ID"),
        ({"TEAMS_TENANT_ID"}, "TEAMS_APP_ID and TEAMS_APP_PASSWORD"),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, set) else "",
)
def test_a_platform_set_up_in_part_stops_the_start_and_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, names: set[str], missing: str
) -> None:
    message = refusal(monkeypatch, **dict.fromkeys(names, SECRET))
    assert message.endswith(f"is set up in part: {missing} is missing.")
    assert SECRET not in message


@pytest.mark.parametrize(
    "names", [{"TEAMS_APP_ID", "TEAMS_APP_PASSWORD"}, {"TEAMS_APP_ID", "TEAMS_APP_PASSWORD", "TEAMS_TENANT_ID"}]
)
def test_teams_is_on_with_an_app_of_many_tenants_or_of_one(monkeypatch: pytest.MonkeyPatch, names: set[str]) -> None:
    assert load(monkeypatch, **dict.fromkeys(names, SECRET)).is_on("teams")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_local_teams_is_allowed_on_this_machine_alone(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert load(monkeypatch, CX_TEAMS_LOCAL="1", CX_HOST=host).is_on("teams")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "localhost.evil.example", "example.com"])
def test_local_teams_is_refused_where_others_can_reach_it(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert "CX_TEAMS_LOCAL" in refusal(monkeypatch, CX_TEAMS_LOCAL="1", CX_HOST=host)
    assert not is_loopback(host)


def test_every_wrong_variable_is_named_and_no_value_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    message = refusal(
        monkeypatch,
        CX_PORT=SECRET,
        CX_TIMEZONE="Mars/Olympus",
        CX_ADMINS=SECRET,
        CX_DATABASE_URL=f"mysql://cx:{SECRET}@db/cx",
        CX_PUBLIC_URL=SECRET,
    )
    assert SECRET not in message
    named = [line.split()[0] for line in message.splitlines()]
    assert named == ["CX_DATABASE_URL", "CX_PORT", "CX_TIMEZONE", "CX_PUBLIC_URL", "CX_ADMINS"]


@pytest.mark.parametrize("zone", ["../../etc/passwd", "/etc/passwd", "Mars/Olympus", "x\0y"])
def test_a_time_zone_is_a_name_and_not_a_path(zone: str) -> None:
    with pytest.raises(ValueError, match="CX_TIMEZONE"):
        Settings(CX_TIMEZONE=zone)  # type: ignore[call-arg]  # its alias


def test_settings_never_show_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        CX_DATABASE_URL=f"postgresql://cx:{SECRET}@db/cx",
        CX_OWNER_DATABASE_URL=f"postgresql://owner:{SECRET}@db/cx",
        CX_API_TOKEN=SECRET,
        SLACK_BOT_TOKEN=SECRET,
        SLACK_SIGNING_SECRET=SECRET,
        SLACK_APP_TOKEN=SECRET,
        SLACK_CLIENT_ID="public",
        SLACK_CLIENT_SECRET=SECRET,
        TEAMS_APP_ID="public",
        TEAMS_APP_PASSWORD=SECRET,
    )
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    "url", ["cx.db", "sqlite:cx.db", "sqlite://data/cx.db", "mysql://u:canary@h/d", "postgresql+psycopg2://h/d"]
)
def test_another_database_is_refused_without_repeating_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    message = refusal(monkeypatch, CX_DATABASE_URL=url)
    assert message == "CX_DATABASE_URL must begin with sqlite:/// or postgresql://."


def test_a_misspelt_variable_is_found_with_the_one_that_was_meant() -> None:
    environment = {
        "CX_ADMIN": "a@example.com",
        "CX_PORT": "1",
        "CX_TEST_POSTGRES_URL": "x",
        "HOME": "/",
        "SLACK_QQQQ": "1",
    }
    assert misspelt(environment) == (("CX_ADMIN", "CX_ADMINS"), ("SLACK_QQQQ", ""))


def test_the_example_file_names_exactly_the_variables_that_are_read_and_explains_each() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assignments = [(number, line) for number, line in enumerate(lines) if re.match(r"#?[A-Z_]+=", line)]
    named = [line.lstrip("#").partition("=")[0] for _, line in assignments]
    assert sorted(set(named)) == sorted(variables())
    blocks = "\n".join(lines).split("\n\n")
    for variable in variables():
        preceding = [b for b in blocks if f"#{variable}=" in b]
        index = blocks.index(preceding[0])
        explained = any(line.startswith("# ") for b in blocks[max(0, index - 1) : index + 1] for line in b.splitlines())
        assert explained, variable


def test_the_example_file_can_be_used_as_it_is_with_every_line_switched_on(tmp_path: Path) -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    env_file = tmp_path / ".env"
    env_file.write_text(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE), encoding="utf-8")
    settings = load_settings(env_file)
    assert settings.company == "Halden Systems"
    assert len(settings.admins) == 2
    assert not settings.is_on("slack")
    assert not settings.is_on("teams")
