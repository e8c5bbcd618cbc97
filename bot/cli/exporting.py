"""`cx export`: the answers behind a score as CSV, for whoever may read the database anyway."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import TextIO

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
from bot.views.csv_rows import CsvRows
from storage.exporting import ExportedAnswer, exported_answers
from storage.unit_of_work import SqlStore, SqlUnitOfWork
from surveys.definitions.model import Metric
from surveys.errors import InvalidInput, Refused
from surveys.words import ENGLISH


def export_responses(file: Path, query: str) -> None:
    """Writes FILE. Raises Refused where it exists already, and for employees' answers, of which there are no rows."""
    if file.exists():
        raise Refused(f"{file} exists already; nothing was written. Choose another name.")
    written = asyncio.run(_export(file, query))
    typer.echo(f"{written} answers written to {file}.")


async def _export(file: Path, query: str) -> int:
    from bot.app import first_tenant, opened_store

    async with opened_store(load_settings()) as store:
        tenant = await first_tenant(store)
        return await export_answers(store, tenant.id, query, file, now=datetime.now(UTC))


async def export_answers(store: SqlStore, tenant_id: int, query: str, file: Path, *, now: datetime) -> int:
    """How many were written. They are read in one snapshot, in nobody's way; the audit knows before the file is there.

    Raises InvalidInput, Refused, StorageUnavailable.
    """
    with _whole_or_not_at_all(file) as text:
        rows = CsvRows(text, ExportedAnswer._fields)
        async with store.read(tenant_id) as unit:
            command = await _read(unit, query, now)
            request = figure_requests(command, today_of(unit, now)).now
            async for answer in exported_answers(unit.scope, request):
                rows.add(answer)
        text.flush()
        async with store.write(tenant_id) as unit:
            await unit.audit.append(
                AuditEntry(at=now, actor_id=None, actor="operator", action="export", subject=command.text)
            )
            await unit.commit()
    return rows.written


async def _read(unit: SqlUnitOfWork, query: str, now: datetime) -> ScoreCommand:
    """The score whose answers are wanted. Raises InvalidInput or Refused."""
    place = Place(direct=True)
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
    return command


@contextmanager
def _whole_or_not_at_all(file: Path) -> Iterator[TextIO]:
    """What is written inside gets its name at the end; after a failure nothing is left. Only its owner may read it."""
    try:
        handle, name = mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise InvalidInput(f"{file}: {error.strerror or 'cannot be written'}.") from error
    unnamed = Path(name)
    try:
        # As StringIO would keep them: a comment's line ends are the writer's own affair.
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as text:
            yield text
        unnamed.rename(file)
    finally:
        unnamed.unlink(missing_ok=True)
