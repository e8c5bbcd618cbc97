"""The table of sub-commands, and the one place where an error becomes an exit code.

Exit codes: 0 done, 1 refused or failed (a clear line on stderr), 2 wrong usage.
"""

import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from bot.cli.importing import importing
from bot.cli.manifest import manifests
from bot.cli.surveys import surveys
from bot.cli.waves import waves
from surveys.errors import CxError

app = typer.Typer(
    name="cx",
    help="CX Pulse: pulse surveys in chat, and figures that you can defend.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(importing, name="import")
app.add_typer(manifests, name="manifest")
app.add_typer(surveys, name="survey")
app.add_typer(waves, name="wave")


def main() -> None:
    """The console script. What nobody expected is logged without its values, and told by its reference."""
    from bot.observability import configure_logging, reference

    configure_logging(json=False, level="WARNING")
    try:
        app()
    except CxError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except Exception:
        mark = reference()
        structlog.get_logger(__name__).exception("command.failed", reference=mark)
        typer.echo(f"This did not work, and it is our fault. The log line has the reference {mark}.", err=True)
        sys.exit(1)


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="Loopback only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535)] = 8080,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin the story again from its first minute.")] = False,
) -> None:
    """Serve the local web workspace with sample data: no account, no platform, nothing leaves this machine."""
    from bot.cli.serving import serve_demo

    serve_demo(host=host, port=port, fresh=fresh)


@app.command()
def run() -> None:
    """Serve the connected platforms, health and metrics."""
    from bot.cli.serving import serve

    serve()


@app.command()
def migrate() -> None:
    """Bring the database to this version, make the tenant and publish the shipped surveys."""
    from bot.cli.migrating import migrate_database

    migrate_database()


@app.command()
def rebuild() -> None:
    """Count every answer anew, after the reporting time zone changed or to check the folded figures."""
    from bot.cli.migrating import rebuild_counts

    rebuild_counts()


@app.command()
def ask(
    query: Annotated[str, typer.Argument(help='What you would type after /cx, such as "nps last-30d by role".')],
    as_email: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="Ask with this person's rights.")
    ] = None,
    now: Annotated[
        str | None, typer.Option(metavar="ISO", help="Moves the clock for relative periods; changes nothing.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON object and nothing else.")] = False,
) -> None:
    """Answer a query as the chat would."""
    from bot.cli.asking import ask_once

    raise typer.Exit(ask_once(query, as_email=as_email, now=now, as_json=as_json))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The CSV file to write; it must not exist yet.")],
    query: Annotated[str, typer.Option(help='Which answers, such as "nps 2026-Q2 role:technical".')] = "nps all",
) -> None:
    """Write the answers behind a score as CSV, in the columns that `cx import responses` reads."""
    from bot.cli.exporting import export_responses

    export_responses(file, query)


@app.command()
def doctor() -> None:
    """Say what is set up, what is missing and what to do about it."""
    from bot.cli.doctor import examine

    raise typer.Exit(examine())
