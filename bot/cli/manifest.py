"""`cx manifest`: what an administrator gives a platform so that it makes the app."""

from typing import Annotated

import typer

from bot.settings import load_settings
from surveys.errors import Refused

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
