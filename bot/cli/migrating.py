"""`cx migrate` and `cx rebuild`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import typer
from rich.progress import Progress

from bot.settings import Settings, load_settings


def migrate_database() -> None:
    """Schema, one tenant, the shipped surveys, the first administrators; nothing to do is fine."""
    asyncio.run(_migrate(load_settings()))


async def _migrate(settings: Settings) -> None:
    from storage.migrate import upgrade
    from storage.session import open_database
    from storage.tenancy import ensure_administrators, ensure_tenant, publish_surveys
    from storage.unit_of_work import SqlStore
    from surveys.definitions.loader import shipped

    application = settings.database_url.get_secret_value()
    owner = (settings.owner_database_url or settings.database_url).get_secret_value()
    await upgrade(owner, application_url=application)
    now = datetime.now(UTC)
    store = SqlStore(open_database(owner))
    try:
        tenant = await ensure_tenant(store, name=settings.company, timezone=settings.timezone, now=now)
        versions = await publish_surveys(store, tenant.id, shipped(), at=now)
        await ensure_administrators(store, tenant.id, settings.admins, at=now)
    finally:
        await store.dispose()
    typer.echo(f"The database is ready: {tenant.name}, {tenant.timezone}, {len(versions)} surveys published.")
    if tenant.timezone != settings.timezone:
        typer.echo(f"CX_TIMEZONE is {settings.timezone} now: run `cx rebuild` to count every answer's day anew.")
    if not settings.admins:
        typer.echo("Nobody is a CX lead yet: set CX_ADMINS to the e-mails of the first ones and run this again.")


def rebuild_counts() -> None:
    """Counts every answer anew into a shadow and swaps it in; taps go on meanwhile."""
    asyncio.run(count_anew(load_settings()))


async def count_anew(settings: Settings, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """`pause`: waits until other processes know a new time zone."""
    from bot.app import first_tenant, opened_store
    from storage.folding.rebuild import rebuild
    from storage.timezones import KNOWN_EVERYWHERE_SECONDS, change_timezone, follow_timezone

    now = datetime.now(UTC)
    async with opened_store(settings) as store:
        tenant = await first_tenant(store)
        if tenant.timezone != settings.timezone:
            typer.echo(
                f"From {tenant.timezone} to {settings.timezone}. A running service knows it within "
                f"{KNOWN_EVERYWHERE_SECONDS:.0f} seconds; waiting for that …"
            )
            tenant = await change_timezone(store, tenant.id, settings.timezone, now=now, pause=pause)
        # Also without a change: a rebuild that was killed in the middle of one left this to the next.
        moved = await follow_timezone(store, tenant, now=now)
        if moved:
            typer.echo(f"{moved} answers belong to another day in {tenant.timezone}.")
        with Progress(transient=True) as progress:
            task = progress.add_task("Counting", total=None)
            await rebuild(
                store.database, tenant.id, lambda done, total: progress.update(task, completed=done, total=total)
            )
    typer.echo("Every answer is counted anew.")
