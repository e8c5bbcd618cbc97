"""`cx wave`: what was sent, seen from the shell. Sending needs a person who confirms, and is done in chat."""

import asyncio

import typer

from bot.settings import load_settings

waves = typer.Typer(help="See what was sent.", no_args_is_help=True)


@waves.command(name="list")
def list_waves(limit: int = 20) -> None:
    """List the latest waves: when, which (for `nps wave:ID`), survey, state, how many, and to whom."""
    asyncio.run(_list(limit))


async def _list(limit: int) -> None:
    from bot.app import first_tenant, opened_store

    async with opened_store(load_settings()) as store:
        tenant = await first_tenant(store)
        async with store.read(tenant.id) as unit:
            for wave in await unit.waves.recent(limit):
                day = (wave.confirmed_at or wave.created_at).date()
                people = "person" if wave.members == 1 else "people"
                counts = f"{wave.members} {people}, {wave.delivered} delivered, {wave.answered} answered"
                about = (day, wave.public_id, wave.version.survey.key, wave.state, counts, wave.audience or "everyone")
                typer.echo("  ".join(map(str, about)))
