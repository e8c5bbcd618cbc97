"""The whole way of a file of responses: checked, written in chunks, counted, made visible in one commit, tidied."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.ports import AuditEntry
from storage.folding.batches import fold_batch
from storage.folding.layers import show_layer
from storage.imports import batches
from storage.imports.batches import Batch
from storage.imports.bulk import learn_sizes, tune
from storage.imports.exclusive import only_import
from storage.imports.job import Ending, Job, Outcome, Phase
from storage.imports.months import released_months, write_months
from storage.imports.pace import Pace
from storage.imports.responses import ResponseWriter
from storage.imports.settling import settle, undo
from storage.imports.source import Measured, digest_of
from storage.imports.spool import Spool
from storage.imports.unfinished import BUSY, tidy_up
from storage.tables import person
from surveys.errors import Fault, Refused
from surveys.importing.checking import check
from surveys.importing.header import Header
from surveys.importing.model import EmployeeAnswer, ResponseRecord
from surveys.importing.months import EmployeeMonths
from surveys.importing.responses import ResponseContext, ResponseRows
from surveys.people.model import PersonKind

_BREATH = 1_000
"""Rows after which other tasks of this process are let in."""
_TENFOLD = 10
"""By how much the tables grow until their sizes are learnt again."""
CHANGED = "The file was changed while it was read. Nothing of it counts; start again."
OTHER_DAYS = "The reporting time zone was changed while the file was read. Nothing of it counts; start again."


@dataclass(slots=True)
class _Counted:
    """What the check found."""

    named: int = 0
    of_employees: int = 0
    comments_of_employees: int = 0
    bad: int = 0
    months: EmployeeMonths = field(default_factory=EmployeeMonths)
    columns: frozenset[str] = field(default=frozenset())


async def import_responses(job: Job) -> Outcome:
    """Raises FileRefused (the file as a whole), Refused (another import runs), StorageUnavailable."""
    return await _ResponseImport(job, await asyncio.to_thread(digest_of, job.source)).run()


class _ResponseImport:
    def __init__(self, job: Job, digest: str) -> None:
        self._job = job
        self._digest = digest
        self._database = job.store.database
        self._repeated: frozenset[tuple[str, str, date]] = frozenset()
        """Months that this very file released before: its rows are nothing new, and no error."""

    async def run(self) -> Outcome:
        context = await self._context()
        with Spool() as spool:
            return await self._checked(await self._check(context, spool), spool, context.zone)

    async def _checked(self, found: _Counted, spool: Spool, zone: ZoneInfo) -> Outcome:
        if found.bad and not self._job.options.skip_bad:
            return self._outcome(Ending.BAD_ROWS, found)
        if self._job.options.dry_run:
            return self._outcome(Ending.CHECKED, found)
        async with only_import(self._database, self._job.tenant_id) as alone:
            if not alone:
                raise Refused(BUSY)
            async with self._job.store.read(self._job.tenant_id) as unit:
                if unit.tenant.timezone != zone.key:
                    raise Refused(OTHER_DAYS)
            await tidy_up(self._database, self._job.tenant_id, at=self._job.now, keep=(self._job.kind, self._digest))
            known = await self._known()
            if known is not None:
                return self._outcome(Ending.KNOWN, found, known_since=known)
            return await self._import(found, spool)

    async def _context(self) -> ResponseContext:
        job = self._job
        async with job.store.read(job.tenant_id) as unit:
            surveys = {version.survey.key: version for version in await unit.surveys.all_latest()}
            connection = unit.scope.connection
            released = await released_months(connection, job.tenant_id)
            employees = await connection.scalars(
                select(person.c.handle).where(
                    person.c.tenant_id == job.tenant_id, person.c.kind == PersonKind.EMPLOYEE.value
                )
            )
            self._repeated = frozenset(month[:3] for month in released if month.file_digest == self._digest)
            return ResponseContext(
                surveys=surveys,
                zone=ZoneInfo(unit.tenant.timezone),
                now=job.now,
                employees=frozenset(employees),
                released=frozenset(month[:3] for month in released) - self._repeated,
            )

    def _records(
        self, lines: Iterable[bytes], context: ResponseContext, found: _Counted
    ) -> Iterator[ResponseRecord | EmployeeAnswer]:
        def reader(header: Header) -> ResponseRows:
            found.columns = frozenset(header.places)
            return ResponseRows(header, context)

        def on_fault(fault: Fault) -> None:
            found.bad += 1
            self._job.watcher.fault(fault)

        return check(
            lines,
            kind=self._job.kind,
            file=self._job.source.name,
            reader=lambda header: reader(header).record,
            on_fault=on_fault,
            ignore_unknown=self._job.options.ignore_unknown,
        )

    async def _check(self, context: ResponseContext, spool: Spool) -> _Counted:
        """Reads the file, once; nothing of it is in the database yet."""
        lines, found, size = Measured(self._job.source), _Counted(), self._job.source.size
        for number, record in enumerate(self._records(lines, context, found)):
            if isinstance(record, EmployeeAnswer):
                found.of_employees += 1
                found.comments_of_employees += record.commented
                if (record.target.survey, record.target.question, record.month) not in self._repeated:
                    found.months.add(record)
            else:
                found.named += 1
                if not self._job.options.dry_run:
                    spool.add(record)
            if number % _BREATH == 0:
                self._job.watcher.progress(Phase.CHECKING, lines.bytes, size)
                await asyncio.sleep(0)
        self._job.watcher.progress(Phase.CHECKING, lines.bytes, size)
        if await asyncio.to_thread(digest_of, self._job.source) != self._digest:
            raise Refused(CHANGED)
        return found

    async def _known(self) -> datetime | None:
        """When this very file was imported with all its rows; None where some were left out, or it never was."""
        job = self._job
        async with self._database.reading(job.tenant_id) as snapshot:
            earlier = await batches.completed(snapshot.connection, job.tenant_id, job.kind, self._digest)
        whole = [batch.started_at for batch in earlier if batch.rows == batch.rows_done]
        return whole[-1] if whole else None

    async def _import(self, found: _Counted, spool: Spool) -> Outcome:
        job = self._job
        batch, resumed = await self._batch(found)
        pace = Pace(self._database.kind, job.options.rows_at_once)
        writer = ResponseWriter(self._database, job.tenant_id, batch.id, found.columns, job.now, pace)
        await tune(self._database, importing=True)
        try:
            await self._write(spool, writer)
        except Refused:
            await undo(self._database, job.tenant_id, batch, job.now)
            raise
        finally:
            await tune(self._database, importing=False)
        job.watcher.progress(Phase.FINISHING, 0, 0)
        layer_id = await fold_batch(self._database, job.tenant_id, batch.id)
        outcome = self._outcome(Ending.DONE, found, writer=writer, resumed=resumed)
        await self._complete(batch, layer_id, outcome, found.months)
        await settle(self._database, job.tenant_id, batch, job.now)
        return outcome

    async def _batch(self, found: _Counted) -> tuple[Batch, bool]:
        """The one that a killed import of this file left, or a new one. It does not even count rows of employees."""
        job = self._job
        async with self._database.writing(job.tenant_id) as transaction:
            for left in await batches.unfinished(transaction.connection, job.tenant_id):
                return left, True
            batch = await batches.begin(
                transaction.connection,
                job.tenant_id,
                job.kind,
                file_name=job.source.name,
                digest=self._digest,
                rows=found.named + found.bad,
                at=job.now,
            )
            await transaction.commit()
        return batch, False

    async def _write(self, spool: Spool, writer: ResponseWriter) -> None:
        done = learned = 0
        records = spool.in_order()
        while chunk := list(islice(records, writer.pace.rows)):
            done += len(chunk)
            await writer.write(chunk, rows_done=done)
            self._job.watcher.progress(Phase.WRITING, done, len(spool))
            if done >= learned * _TENFOLD:
                learned = done
                await self._learn_sizes()

    async def _complete(self, batch: Batch, layer_id: int, outcome: Outcome, months: EmployeeMonths) -> None:
        """The one commit in which everything begins to count."""
        job = self._job
        async with job.store.write(job.tenant_id) as unit:
            connection = unit.scope.connection
            await batches.hold(connection, job.tenant_id, batch.id, state=batches.COMPLETE, rows_done=outcome.rows)
            await write_months(connection, job.tenant_id, months.closed(), batch_id=batch.id, at=job.now)
            await show_layer(connection, job.tenant_id, layer_id)
            await unit.audit.append(
                AuditEntry(
                    at=job.now,
                    actor_id=None,
                    actor=job.actor,
                    action="import.completed",
                    subject=f"import:{batch.id}",
                    detail={
                        "kind": job.kind.value,
                        "created": str(outcome.created),
                        "corrected": str(outcome.updated),
                        "months": str(outcome.months_shown + outcome.months_withheld),
                    },
                )
            )
            await unit.commit()

    async def _learn_sizes(self) -> None:
        async with self._database.writing(self._job.tenant_id) as transaction:
            await learn_sizes(transaction.connection)
            await transaction.commit()

    def _outcome(
        self,
        ending: Ending,
        found: _Counted,
        *,
        writer: ResponseWriter | None = None,
        resumed: bool = False,
        known_since: datetime | None = None,
    ) -> Outcome:
        closed = found.months.closed() if ending is Ending.DONE else ()
        return Outcome(
            ending=ending,
            rows=found.named,
            bad=found.bad,
            created=writer.written.created if writer else 0,
            updated=writer.written.corrected if writer else 0,
            unchanged=writer.written.unchanged if writer else 0,
            new_accounts=writer.newcomers.new_accounts if writer else 0,
            new_people=writer.newcomers.new_people if writer else 0,
            resumed=resumed,
            known_since=known_since,
            employee_answers=found.of_employees,
            dropped_comments=found.comments_of_employees,
            months_shown=sum(month.wave is not None for month in closed),
            months_withheld=sum(month.wave is None for month in closed),
        )
