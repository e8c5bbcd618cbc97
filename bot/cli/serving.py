"""`cx run` and `cx demo`: the process that serves."""

import asyncio
import os
from pathlib import Path

import typer

from bot.observability import configure_logging
from bot.settings import is_loopback, load_settings
from surveys.errors import Refused

DEMO_DATABASE = Path("data/demo.db")


def serve() -> None:
    """Serves the connected platforms. Raises Refused for a database that is not migrated."""
    settings = load_settings()
    configure_logging(json=True)
    from bot.app import run_service

    asyncio.run(run_service(settings))


def serve_demo(*, host: str, port: int, fresh: bool) -> None:
    """Serves the local web workspace on loopback, with its own database and nothing else (threat 8)."""
    if not is_loopback(host):
        raise Refused("The demo lets anybody be anybody: it is served on loopback only (127.0.0.1).")
    if os.environ.get("CX_DATABASE_URL"):
        typer.echo(f"CX_DATABASE_URL is left alone: the demo keeps to {DEMO_DATABASE}.", err=True)
    configure_logging(json=False, level="WARNING")
    from bot.demonstration import run_demo

    asyncio.run(run_demo(host=host, port=port, database=DEMO_DATABASE, fresh=fresh))
