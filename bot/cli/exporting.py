"""`cx export`: the answers behind a score as CSV, for whoever may read the database anyway."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import typer

from bot.commands.advice import Advice
from bot.commands.asking import figure_requests
from bot.commands.scores import ScoreCommand
from bot.desk import OPERATOR, Desk, Place
from bot.desk.errand import Errand
from bot.desk.figures import today_of
from bot.ports import AuditEntry
from bot.settings import load_settings
from bot.views.advice import advice_line
from bot.views.csv_rows import write_csv
from storage.exporting import ExportedAnswer, exported_answers
from surveys.definitions.model import Metric
from surveys.errors import InvalidInput, Refused
from surveys.words import ENGLISH


def export_responses(file: Path, query: str) -> None:
    """Writes FILE. Raises Refused where it exists already, and for employees' answers, of which there are no rows."""
    if file.exists():
        raise Refused(f"{file} exists already; nothing was written. Choose another name.")
    rows = asyncio.run(_export(query))
    file.touch(mode=0o600)
    file.write_text(write_csv(ExportedAnswer._fields, rows), encoding="utf-8")
    typer.echo(f"{len(rows)} answers written to {file}.")


async def _export(query: str) -> list[ExportedAnswer]:
    from bot.app import first_tenant, opened_store

    now = datetime.now(UTC)
    async with opened_store(load_settings()) as store:
        tenant = await first_tenant(store)
        async with store.write(tenant.id) as unit:
            place = Place(conversation_id=None, direct=True)
            errand = Errand(unit=unit, asker=OPERATOR, place=place, now=now, words=ENGLISH)
            command = await Desk().read(errand, query)
            if isinstance(command, Advice):
                raise InvalidInput(advice_line(command, ENGLISH))
            if not isinstance(command, ScoreCommand):
                raise InvalidInput('Name a score and a period, such as "nps 2026-Q2 role:technical".')
            if command.metric is Metric.ENPS:
                raise Refused("Employees' answers are kept as released figures only; there are no rows to export.")
            if command.latest:
                raise InvalidInput("An export has every answer; leave out “latest”.")
            request = figure_requests(command, today_of(unit, now)).now
            rows = [answer async for answer in exported_answers(unit.scope, request)]
            await unit.audit.append(
                AuditEntry(at=now, actor_id=None, actor="operator", action="export", subject=command.text)
            )
            await unit.commit()
    return rows
