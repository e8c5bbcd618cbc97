"""The whole way of a file of accounts, contacts or employees: checked, compared, confirmed, written, shown at once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import AuditEntry
from storage.imports import batches
from storage.imports.batches import Batch
from storage.imports.exclusive import only_import
from storage.imports.job import Ending, Job, Outcome, Phase
from storage.imports.known import Known, known_accounts, known_people
from storage.imports.people_writer import AccountPlan, PeopleWriter, Plans
from storage.imports.person_plan import PersonPlan, plan_person
from storage.imports.settling import settle, undo
from storage.imports.source import Measured, digest_of
from storage.imports.unfinished import BUSY, tidy_up
from surveys.errors import Fault, Refused
from surveys.importing.checking import check
from surveys.importing.difference import Difference, FieldChange, RecordChange
from surveys.importing.model import ImportKind
from surveys.importing.people import AccountRows, ContactRows, EmployeeRows, Numbered
from surveys.people.model import PersonKind
from surveys.people.records import AccountRecord, ContactRecord, EmployeeRecord, PlatformUser, match_key

_BREATH = 1_000
_TRIES = 3
CHANGED = (
    "Somebody else changed people or accounts of this file meanwhile, and it would change more now than was shown. "
    "Nothing was imported; start again."
)
_COLUMNS = ("tier", "segment", "owner_email", "revenue", "renewal_on")
_READERS: dict[ImportKind, Any] = {
    ImportKind.ACCOUNTS: AccountRows,
    ImportKind.CONTACTS: ContactRows,
    ImportKind.EMPLOYEES: EmployeeRows,
}
_KINDS = {ImportKind.CONTACTS: PersonKind.CONTACT, ImportKind.EMPLOYEES: PersonKind.EMPLOYEE}

Rows = Sequence[Numbered[Any]]


async def import_people(job: Job) -> Outcome:
    """Raises FileRefused (the file as a whole), Refused (another import runs), StorageUnavailable."""
    return await _PeopleImport(job).run()


class _PeopleImport:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._person_kind = _KINDS.get(job.kind)
        self._bad = 0
        self._rows = 0
        self._digest = ""

    async def run(self) -> Outcome:
        rows = await self._check()
        if self._job.options.dry_run:
            plans, difference = await self._compare(rows)
            refused = self._bad and not self._job.options.skip_bad
            if not refused:
                self._job.watcher.confirm(difference)
            return self._outcome(Ending.BAD_ROWS if refused else Ending.CHECKED, difference, plans)
        if self._bad and not self._job.options.skip_bad:
            await self._compare(rows)  # What contradicts the database is told together with the rest.
            return self._outcome(Ending.BAD_ROWS)
        async with only_import(self._job.store.database, self._job.tenant_id) as alone:
            if not alone:
                raise Refused(BUSY)
            await tidy_up(self._job.store.database, self._job.tenant_id, at=self._job.now)
            return await self._import(rows)

    async def _check(self) -> Rows:
        job, rows = self._job, []
        lines, size = Measured(job.source), job.source.size
        reader = _READERS[job.kind]
        for record in check(
            lines,
            kind=job.kind,
            file=job.source.name,
            reader=lambda header: reader(header).record,
            on_fault=self._fault,
            ignore_unknown=job.options.ignore_unknown,
        ):
            rows.append(record)
            if len(rows) % _BREATH == 0:
                job.watcher.progress(Phase.CHECKING, lines.bytes, size)
                await asyncio.sleep(0)
        job.watcher.progress(Phase.CHECKING, lines.bytes, size)
        self._digest = await asyncio.to_thread(digest_of, job.source)
        return rows

    def _fault(self, fault: Fault) -> None:
        self._bad += 1
        self._job.watcher.fault(fault)

    async def _import(self, rows: Rows) -> Outcome:
        plans, difference = await self._compare(rows)
        if self._bad and not self._job.options.skip_bad:
            return self._outcome(Ending.BAD_ROWS)
        if not self._job.watcher.confirm(difference):
            return self._outcome(Ending.DECLINED, difference)
        if plans.empty:
            return self._outcome(Ending.DONE, difference)
        batch = await self._begin()
        writer = await self._write(batch, rows, plans, difference)
        self._job.watcher.progress(Phase.FINISHING, 0, 0)
        await settle(self._job.store.database, self._job.tenant_id, batch, self._job.now)
        return self._outcome(Ending.DONE, difference, plans, writer)

    async def _begin(self) -> Batch:
        job = self._job
        async with job.store.database.writing(job.tenant_id) as transaction:
            batch = await batches.begin(
                transaction.connection,
                job.tenant_id,
                job.kind,
                file_name=job.source.name,
                digest=self._digest,
                rows=self._rows + self._bad,
                at=job.now,
            )
            await transaction.commit()
        return batch

    async def _write(self, batch: Batch, rows: Rows, plans: Plans, difference: Difference) -> PeopleWriter:
        job = self._job
        async with job.store.read(job.tenant_id) as unit:
            day = unit.scope.local_day(job.now)
        writer = PeopleWriter(job.store.database, job.tenant_id, batch.id, self._person_kind, job.now, day)
        try:
            await writer.write_hidden(plans)
            await self._write_rest(writer, batch, rows, plans, difference)
        except Refused:
            await undo(job.store.database, job.tenant_id, batch, job.now)
            raise
        return writer

    async def _write_rest(
        self, writer: PeopleWriter, batch: Batch, rows: Rows, plans: Plans, difference: Difference
    ) -> None:
        """The one commit. Planned anew in it: since the file was compared somebody may have been bound or changed."""
        job = self._job
        for attempt in range(_TRIES):
            try:
                async with job.store.write(job.tenant_id) as unit:
                    connection = unit.scope.connection
                    await batches.hold(
                        connection, job.tenant_id, batch.id, state=batches.COMPLETE, rows_done=self._rows
                    )
                    now, changes = await self._plan(rows, connection)
                    if not (now.within(plans) and changes.within(difference)):
                        raise Refused(CHANGED)
                    await writer.write_rest(connection, now, actor=job.actor)
                    await unit.audit.append(self._entry(batch, difference))
                    await unit.commit()
                return
            except IntegrityError:
                # PostgreSQL: somebody bound one of these users in this very moment. Now that is seen.
                if attempt == _TRIES - 1:
                    raise

    def _entry(self, batch: Batch, difference: Difference) -> AuditEntry:
        return AuditEntry(
            at=self._job.now,
            actor_id=None,
            actor=self._job.actor,
            action="import.completed",
            subject=f"import:{batch.id}",
            detail={
                "kind": self._job.kind.value,
                "created": str(difference.created),
                "updated": str(difference.updated),
            },
        )

    # ── the difference ─────────────────────────────────────────────────────────────────────────────────────────

    async def _compare(self, rows: Rows) -> tuple[Plans, Difference]:
        """For whoever confirms it; tells the rows that contradict what is known."""
        async with self._job.store.database.reading(self._job.tenant_id) as snapshot:
            plans, difference = await self._plan(rows, snapshot.connection)
        for fault in plans.faults:
            self._fault(fault)
        self._rows = difference.created + difference.updated + difference.unchanged
        return plans, difference

    async def _plan(self, rows: Rows, connection: AsyncConnection) -> tuple[Plans, Difference]:
        if self._person_kind is None:
            return await self._plan_accounts(rows, connection)
        return await self._plan_people(rows, self._person_kind, connection)

    async def _plan_accounts(self, rows: Rows, connection: AsyncConnection) -> tuple[Plans, Difference]:
        known = await known_accounts(connection, self._job.tenant_id, {match_key(row.record.name) for row in rows})
        plans, changes, created = Plans(), [], 0
        for row in rows:
            plan, change = _plan_account(row, known)
            created += plan.account_id is None
            if plan.account_id is None or plan.values:
                plans.accounts.append(plan)
            if change is not None:
                changes.append(change)
        unchanged = len(rows) - created - len(changes)
        return plans, Difference(created=created, updated=len(changes), unchanged=unchanged, changes=changes)

    async def _plan_people(self, rows: Rows, kind: PersonKind, connection: AsyncConnection) -> tuple[Plans, Difference]:
        records: list[ContactRecord | EmployeeRecord] = [row.record for row in rows]
        accounts = {
            match_key(record.account): record.account
            for record in records
            if isinstance(record, ContactRecord) and record.account
        }
        known = await known_people(
            connection,
            self._job.tenant_id,
            kind,
            handles={match_key(record.email or "") for record in records},
            accounts=accounts.keys(),
            users={name for record in records for user in record.users for name in user.names},
        )
        plans, changes, created, updated, unchanged = Plans(), [], 0, 0, 0
        for row in rows:
            plan = plan_person(row.record, known, line=row.line, file=self._job.source.name)
            if isinstance(plan, Fault):
                plans.faults.append(plan)
                continue
            if plan.changes:
                changes.append(plan.change())
            created += plan.is_new
            updated += not plan.is_new and bool(plan.changes)
            unchanged += not plan.is_new and not plan.changes
            if plan.is_new or plan.changes or not plan.has_side:
                plans.people.append(plan)
                if plan.account is not None:
                    plans.named_accounts[plan.account] = accounts[plan.account]
        return plans, Difference(created=created, updated=updated, unchanged=unchanged, changes=changes)

    def _outcome(
        self,
        ending: Ending,
        difference: Difference | None = None,
        plans: Plans | None = None,
        writer: PeopleWriter | None = None,
    ) -> Outcome:
        return Outcome(
            ending=ending,
            rows=self._rows,
            bad=self._bad,
            created=difference.created if difference else 0,
            updated=difference.updated if difference else 0,
            unchanged=difference.unchanged if difference else 0,
            new_accounts=writer.new_accounts if writer and self._person_kind else 0,
            notes=_notes(plans.people if plans else ()),
        )


def _plan_account(row: Numbered[AccountRecord], known: Known) -> tuple[AccountPlan, RecordChange | None]:
    record = row.record
    key = match_key(record.name)
    told = {name: value for name in _COLUMNS if (value := getattr(record, name)) is not None}
    there = known.accounts.get(key)
    if there is None:
        return AccountPlan(key=key, name=" ".join(record.name.split()), account_id=None, values=told), None
    changed = {name: value for name, value in told.items() if there._mapping[name] != value}
    plan = AccountPlan(key=key, name=record.name, account_id=there.id, values=changed)
    if not changed:
        return plan, None
    fields = tuple(
        FieldChange(field=name, before=_text(there._mapping[name]), after=_text(value))
        for name, value in changed.items()
    )
    return plan, RecordChange(line=row.line, who=there.name, fields=fields)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _notes(people: Sequence[PersonPlan]) -> Sequence[str]:
    waiting = Counter(_where(user) for plan in people for user in plan.unbound)
    outside = Counter(_where(user) for plan in people for user in plan.outside)
    return [
        *(
            f"{_users(count)} of a {where} that is not connected left out; import the file again once it is."
            for where, count in sorted(waiting.items())
        ),
        *(
            f"{_users(count)} of the {where}, which is not connected: taken for people of another company, who are "
            "reached over Slack Connect."
            for where, count in sorted(outside.items())
        ),
    ]


def _where(user: PlatformUser) -> str:
    return f"{user.platform.title()} workspace {user.workspace.rpartition(':')[2]}".strip()


def _users(count: int) -> str:
    return f"{count} user" if count == 1 else f"{count} users"
