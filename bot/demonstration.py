"""`cx demo`: the local web workspace with the demo's story, on loopback, in a database of its own."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from adapters.web.app import create_web_app, web_parts
from bot.app import build_server, build_works, serve_until_stopped
from bot.charting import VegaCharts
from bot.clocks import MovableClock
from bot.commands.registry import suggestions
from bot.connections.previews import previews
from bot.demo.load import START, cast, load
from bot.language import words_for
from storage.migrate import upgrade
from storage.session import open_database
from storage.tenancy import ensure_tenant, publish_surveys, read_demo_clock, set_demo_clock
from storage.unit_of_work import SqlStore
from storage.web_chat import WebChatLog, WebDirectory
from surveys.definitions.loader import shipped
from surveys.people.model import Person

COMPANY = "Halden Systems"
ZONE = "Europe/Warsaw"


async def run_demo(*, host: str, port: int, database: Path, fresh: bool) -> None:
    """Makes what is missing (schema, tenant, story), then serves until stopped. Raises Refused for another database."""
    if fresh:
        for file in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
            file.unlink(missing_ok=True)
    url = f"sqlite:///{database}"
    await upgrade(url)
    store = SqlStore(open_database(url))
    try:
        await _serve(store, host=host, port=port)
    finally:
        await store.dispose()


async def _serve(store: SqlStore, *, host: str, port: int) -> None:
    tenant = await ensure_tenant(store, name=COMPANY, timezone=ZONE, now=START, demo=True)
    await publish_surveys(store, tenant.id, shipped(), at=START)
    await load(store, tenant, progress=typer.echo)

    async def remember(moment: datetime) -> None:
        await set_demo_clock(store, tenant.id, moment)

    async def catch_up() -> None:
        await works.clockwork.run_due_now()

    clock = MovableClock(
        await read_demo_clock(store, tenant.id) or START.astimezone(UTC), remember=remember, catch_up=catch_up
    )
    parts = web_parts(log=WebChatLog(store, tenant.id), directory=WebDirectory(store, tenant.id), clock=clock)
    works = build_works(store, clock=clock, adapters=[parts.adapter])
    charts = VegaCharts()
    workspace = create_web_app(
        parts,
        engine=works.engine,
        charts=charts,
        suggestions=suggested,
        port=port,
        featured=cast(),
        words_of=words_for,
        previews=previews(),
    )
    from starlette.routing import Mount

    application = build_server(works, [Mount("/", workspace)], on_stop=parts.live.end)
    await works.clockwork.run_due_now()
    typer.echo(f"CX Pulse with sample data: http://{host}:{port}  (stop with Ctrl-C)")
    await charts.warm_up()
    await serve_until_stopped(application, host=host, port=port, on_stop=parts.live.end)
    await clock.save()
    charts.close()


def suggested(person: Person) -> list[tuple[str, str]]:
    return list(suggestions(words_for(person.language), person.permissions))
