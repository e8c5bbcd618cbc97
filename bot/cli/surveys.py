"""`cx survey`: check survey files, publish them, list what is published."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import load_settings
from surveys.definitions.model import Survey

surveys = typer.Typer(help="Check, publish and list surveys.", no_args_is_help=True)
Files = Annotated[list[Path] | None, typer.Argument(help="Survey files (YAML); without any, the shipped ones.")]


@surveys.command()
def check(files: Files = None) -> None:
    """Say what is wrong with survey files, by file and line, and what to do about it."""
    from surveys.definitions.check import advice, report

    paths = files or []
    faults = report(paths)
    for fault in faults:
        typer.echo(str(fault), err=True)
    for remark in advice(paths, today=datetime.now(UTC).date()):
        typer.echo(f"advice: {remark}")
    if faults:
        raise typer.Exit(1)
    typer.echo(f"{len(paths)} files are in order." if paths else "The shipped surveys are in order.")


@surveys.command()
def publish(files: Annotated[list[Path], typer.Argument(help="Survey files (YAML) to publish.")]) -> None:
    """Publish survey files as new versions; a published version never changes."""
    from surveys.definitions.loader import load_file

    definitions = [load_file(path) for path in files]
    asyncio.run(_publish(definitions))


async def _publish(definitions: Sequence[Survey]) -> None:
    from bot.app import first_tenant, opened_store

    now = datetime.now(UTC)
    async with opened_store(load_settings()) as store:
        tenant = await first_tenant(store)
        async with store.write(tenant.id) as unit:
            for survey in definitions:
                version = await unit.surveys.publish(survey, now)
                typer.echo(f"{survey.key}: version {version.number}")
            await unit.commit()


@surveys.command(name="list")
def list_published() -> None:
    """List what is published."""
    asyncio.run(_list())


async def _list() -> None:
    from bot.app import first_tenant, opened_store

    async with opened_store(load_settings()) as store:
        tenant = await first_tenant(store)
        async with store.read(tenant.id) as unit:
            for version in await unit.surveys.all_latest():
                survey = version.survey
                typer.echo(f"{survey.key}  version {version.number}  {survey.privacy}  {survey.purpose}")
