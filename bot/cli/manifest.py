"""`cx manifest`: what an administrator gives a platform so that it makes the app."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from bot.settings import load_settings
from surveys.errors import Refused

LISTED = ("help", "nps", "csat", "ces", "trend", "why", "explain", "summary", "feedback", "send")
"""The subjects in the command list of Teams, which holds ten."""
TITLE_MOST = 32
"""Characters of one of its lines."""
ALONE = frozenset({"send"})
"""Subjects that are prepared in one's own chat and not before others."""

manifests = typer.Typer(help="Print what a platform needs to make the app.", no_args_is_help=True)


@manifests.callback()
def choose() -> None:
    """Print what a platform needs to make the app."""


@manifests.command()
def slack(
    url: Annotated[
        str, typer.Option(metavar="HTTPS", help="Where this server is reached; default CX_PUBLIC_URL.")
    ] = "",
    socket_mode: Annotated[bool, typer.Option("--socket-mode", help="No public address: Slack is called.")] = False,
) -> None:
    """Print Slack's app manifest (YAML), each scope with its reason."""
    from adapters.slack.manifest import manifest

    address = "" if socket_mode else (url or load_settings().public_url or "")
    if not socket_mode and not address.startswith("https://"):
        raise Refused("Slack needs an https:// address: set CX_PUBLIC_URL, give --url, or use --socket-mode.")
    typer.echo(manifest(url=address), nl=False)


@manifests.command()
def teams(
    out: Annotated[Path, typer.Option(metavar="FILE.zip", help="Where the package is written.")],
    app_id: Annotated[str, typer.Option(metavar="GUID", help="The bot's app id; default TEAMS_APP_ID.")] = "",
    url: Annotated[
        str, typer.Option(metavar="HTTPS", help="Where this server is reached; default CX_PUBLIC_URL.")
    ] = "",
    privacy_url: Annotated[
        str, typer.Option(metavar="HTTPS", help="Your privacy notice, shown in Teams; default the same address.")
    ] = "",
) -> None:
    """Write the app package for Teams: a zip with manifest and icons, to be uploaded as it is."""
    from adapters.teams.manifest import package

    settings = load_settings()
    identity, address = app_id or settings.teams_app_id or "", url or settings.public_url or ""
    if not _is_guid(identity):
        raise Refused("The bot's app id is a GUID: set TEAMS_APP_ID, or give --app-id.")
    for each in (address, privacy_url or address):
        if not each.startswith("https://"):
            raise Refused("Teams needs an https:// address: set CX_PUBLIC_URL, or give --url.")
    content = package(
        app_id=str(UUID(identity)),
        company=settings.company,
        url=address,
        privacy_url=privacy_url,
        commands={
            "personal": teams_commands(LISTED),
            "team": teams_commands(subject for subject in LISTED if subject not in ALONE),
            "groupChat": teams_commands(subject for subject in LISTED if subject not in ALONE),
        },
    )
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}.") from None
    typer.echo(f"{out}: upload it in Teams under Apps → Manage your apps → Upload an app.")


def teams_commands(subjects: Iterable[str]) -> list[tuple[str, str]]:
    """For each subject, something that can be typed as it stands, and what it answers (English)."""
    from bot.commands.registry import BY_WORD

    listed = []
    for subject in subjects:
        entry = BY_WORD[subject]
        shortest = min(entry.examples, key=lambda example: len(example.text))
        first = entry.examples[0] if len(entry.examples[0].text) <= TITLE_MOST else shortest
        listed.append(("help", entry.help) if subject == "help" else (first.text, first.meaning))
    return listed


def _is_guid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
