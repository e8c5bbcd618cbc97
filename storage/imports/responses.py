"""Named responses into `response` and `answer`, chunk by chunk, each chunk one short transaction.

Nothing of it counts before the batch is complete: new answers carry `batch_id`, answers that they correct carry
`superseded_by` (storage/folding/visible.py). Whatever a killed import wrote is found again by its identities.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.imports import batches
from storage.imports.bulk import Values, insert_rows, next_ids, select_in, update_rows
from storage.imports.newcomers import NOBODY, KnownAccount, KnownPerson, Newcomers
from storage.imports.pace import Pace
from storage.session import Database
from storage.tables import answer, response, touchpoint
from surveys.importing.model import ResponseRecord

PLATFORM = "import"
_TRIES = 3

_RESPONSE = (
    "tenant_id", "id", "survey_version_id", "person_id", "submitted_at", "external_id", "content_digest", "batch_id",
)  # fmt: skip
_ANSWER = (
    "tenant_id", "id", "response_id", "person_id", "survey_key", "question", "version", "current", "metric", "series",
    "score", "text", "recorded_at", "local_day", "account_id", "role", "stage", "touchpoint", "segment", "team",
    "language", "persona", "owner", "tier", "relationship", "priority", "platform", "channel", "mode", "batch_id",
)  # fmt: skip
_NO_ACCOUNT = KnownAccount(id=0)


class Stored(NamedTuple):
    """A response that an earlier import, or this one before it was killed, wrote."""

    id: int
    digest: bytes | None


class KnownTouchpoint(NamedTuple):
    stage: str | None = None
    team: str | None = None


@dataclass(slots=True)
class Written:
    """How many responses became what."""

    created: int = 0
    corrected: int = 0
    unchanged: int = 0


class _Versioned(NamedTuple):
    """A row that goes in: for which response, and under which version of each question."""

    record: ResponseRecord
    response_id: int
    versions: Mapping[str, int]


async def find_stored(
    connection: AsyncConnection, tenant_id: int, records: Sequence[ResponseRecord]
) -> dict[str, Stored]:
    """By identity."""
    rows = await select_in(
        connection, response, ("external_id", "id", "content_digest"),
        tenant_id=tenant_id, key="external_id", keys=[record.identity for record in records],
    )  # fmt: skip
    return {identity: Stored(response_id, digest) for identity, response_id, digest in rows}


class ResponseWriter:
    """`told`: the columns of the file. A dimension that it has no column for is taken from what is known now."""

    def __init__(
        self, database: Database, tenant_id: int, batch_id: int, told: Collection[str], at: datetime, pace: Pace
    ) -> None:
        self._database = database
        self.pace = pace
        self._tenant_id = tenant_id
        self._batch_id = batch_id
        self._told = frozenset(told)
        self._touchpoints: dict[str, KnownTouchpoint] | None = None
        self.newcomers = Newcomers(tenant_id, batch_id, at)
        self.written = Written()

    async def write(self, records: Sequence[ResponseRecord], *, rows_done: int) -> None:
        """One chunk, one commit, at the writer's pace. Raises Refused when another process undid the batch."""
        await self.pace.wait()
        for attempt in range(_TRIES):
            try:
                return await self._write(records, rows_done)
            except IntegrityError:
                # Somebody made the same account or person in this very moment (PostgreSQL): now it can be found.
                self._forget(records)
                if attempt == _TRIES - 1:
                    raise

    async def _write(self, records: Sequence[ResponseRecord], rows_done: int) -> None:
        tenant_id = self._tenant_id
        try:
            async with self._database.writing(tenant_id) as transaction:
                connection = transaction.connection
                self.pace.begun()
                await batches.hold(connection, tenant_id, self._batch_id, rows_done=rows_done)
                stored = await find_stored(connection, tenant_id, records)
                fresh = [record for record in records if record.identity not in stored]
                changed = [
                    record
                    for record in records
                    if (known := stored.get(record.identity)) and known.digest != record.digest
                ]
                await self._meet([*fresh, *changed], connection)
                await self._insert(fresh, connection)
                await self._correct(changed, stored, connection)
                await transaction.commit()
            self.pace.wrote(len(records))
        except BaseException:
            self._forget(records)
            raise
        self.written.created += len(fresh)
        self.written.corrected += len(changed)
        self.written.unchanged += len(records) - len(fresh) - len(changed)

    async def _meet(self, records: Sequence[ResponseRecord], connection: AsyncConnection) -> None:
        if self._touchpoints is None:
            rows = await connection.execute(
                select(touchpoint.c.key, touchpoint.c.stage, touchpoint.c.team).where(
                    touchpoint.c.tenant_id == self._tenant_id
                )
            )
            self._touchpoints = {key: KnownTouchpoint(stage, team) for key, stage, team in rows}
        people: dict[str, str | None] = {}
        for record in records:
            if record.respondent is not None and record.respondent not in people:
                people[record.respondent] = record.dimensions.language
        await self.newcomers.meet(connection, accounts=_accounts(records), people=people)

    def _forget(self, records: Sequence[ResponseRecord]) -> None:
        people = {record.respondent for record in records if record.respondent is not None}
        self.newcomers.forget(accounts=_accounts(records), people=people)

    async def _insert(self, records: Sequence[ResponseRecord], connection: AsyncConnection) -> None:
        if not records:
            return
        ids = await next_ids(connection, response, len(records))
        people, tenant_id, batch_id = self.newcomers.people, self._tenant_id, self._batch_id
        rows = [
            (
                tenant_id,
                response_id,
                record.target.version_id,
                people[record.respondent].id if record.respondent is not None else None,
                record.answered_at,
                record.identity,
                record.digest,
                batch_id,
            )
            for response_id, record in zip(ids, records, strict=True)
        ]
        await insert_rows(connection, response, _RESPONSE, rows)
        first: dict[str, int] = {}
        await self._insert_answers(
            [_Versioned(record, response_id, first) for response_id, record in zip(ids, records, strict=True)],
            connection,
        )

    async def _correct(
        self, records: Sequence[ResponseRecord], stored: Mapping[str, Stored], connection: AsyncConnection
    ) -> None:
        """The answers in force are marked as corrected by this batch; the new ones are their next versions."""
        if not records:
            return
        by_response = {stored[record.identity].id: record for record in records}
        rows = await select_in(
            connection, answer, ("id", "response_id", "question", "version", "superseded_by"),
            tenant_id=self._tenant_id, key="response_id", keys=by_response,
        )  # fmt: skip
        versions: dict[int, dict[str, int]] = defaultdict(dict)
        in_force: dict[int, dict[str, int]] = {}
        for answer_id, response_id, question, version, superseded_by in rows:
            known = versions[response_id]
            known[question] = max(version, known.get(question, 0))
            if superseded_by is None:
                in_force[answer_id] = {"superseded_by": self._batch_id}
        await update_rows(connection, answer, tenant_id=self._tenant_id, by="id", changes=in_force)
        digests = {response_id: {"content_digest": record.digest} for response_id, record in by_response.items()}
        await update_rows(connection, response, tenant_id=self._tenant_id, by="id", changes=digests)
        await self._insert_answers(
            [_Versioned(record, response_id, versions[response_id]) for response_id, record in by_response.items()],
            connection,
        )

    async def _insert_answers(self, rows: Sequence[_Versioned], connection: AsyncConnection) -> None:
        count = len(rows) + sum(row.record.comment is not None for row in rows)
        ids = iter(await next_ids(connection, answer, count))
        values: list[Values] = []
        for row in rows:
            record = row.record
            target = record.target
            shared = self._shared(record)
            metric, series = (target.metric.value, record.series.value) if target.metric else (None, None)
            version = row.versions.get(target.question, 0) + 1
            values.append(
                self._answer(next(ids), row, target.question, version, metric, series, record.score, None, shared)
            )
            if record.comment is not None and record.comment_question is not None:
                version = row.versions.get(record.comment_question, 0) + 1
                values.append(
                    self._answer(
                        next(ids), row, record.comment_question, version, None, None, None, record.comment, shared
                    )
                )
        await insert_rows(connection, answer, _ANSWER, values)

    def _answer(
        self, answer_id: int, row: _Versioned, question: str, version: int, metric: str | None, series: str | None,
        score: int | None, text: str | None, shared: Values,
    ) -> Values:  # fmt: skip
        record = row.record
        person_id, *dimensions = shared
        return (
            self._tenant_id, answer_id, row.response_id, person_id, record.target.survey, question, version, True,
            metric, series, score, text, record.answered_at, record.local_day, *dimensions, self._batch_id,
        )  # fmt: skip

    def _shared(self, record: ResponseRecord) -> Values:
        """Who answered, and the dimensions in the order of `_ANSWER`, from `account_id` to `mode`."""
        told, said = self._told, record.dimensions
        person: KnownPerson = self.newcomers.people[record.respondent] if record.respondent is not None else NOBODY
        place = self._touchpoints.get(said.touchpoint) if said.touchpoint and self._touchpoints else None
        if "account" in told:
            account = self.newcomers.account(said.account) if said.account else _NO_ACCOUNT
        else:
            account = person.account or _NO_ACCOUNT
        return (
            person.id or None,
            account.id or None,
            said.role if "role" in told else person.role,
            said.stage if "stage" in told or place is None else place.stage,
            said.touchpoint,
            said.segment if "segment" in told else account.segment,
            said.team if "team" in told or place is None else place.team,
            said.language if "language" in told else person.language,
            person.persona,
            account.owner,
            account.tier,
            person.relationship,
            person.priority,
            PLATFORM,
            said.channel,
            said.mode,
        )


def _accounts(records: Sequence[ResponseRecord]) -> Sequence[str]:
    """Each once, the oldest answer's first: of several spellings that one is kept."""
    return list(dict.fromkeys(record.dimensions.account for record in records if record.dimensions.account))
