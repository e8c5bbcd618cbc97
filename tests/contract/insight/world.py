"""A tenant whose answers are known twice: as rows in a database, and as a plain list to count by hand."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Tenant
from storage.folding.batches import fold_batch
from storage.folding.fold import compact, fold_deltas
from storage.folding.layers import drop_layer, show_layer
from storage.folding.rebuild import rebuild
from storage.insight import StoredInsight
from storage.memory import Memory, Sight
from storage.session import Database, Transaction
from storage.tables import account as account_table
from storage.tables import answer, contact, import_batch, person, response, score_delta, survey, survey_version
from storage.tables import tenant as tenant_table
from surveys.definitions.model import Metric, Series
from surveys.insight.metrics import METRICS
from surveys.insight.queries import AccountSums, Dimension, PairedScore, ScoreRequest, Tally, TallySet
from surveys.people.records import match_key

ACCOUNTS = ("Acme", "Łódź Works", "Nordhavn")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One scored answer as it counts. `account` is a name of ACCOUNTS, `person` a number from 0."""

    day: date
    score: int
    person: int | None = 0
    account: str | None = "Acme"
    role: str | None = None
    stage: str | None = None
    touchpoint: str | None = None
    segment: str | None = None
    team: str | None = None
    language: str | None = None
    tier: str | None = None
    metric: Metric = Metric.NPS
    series: Series = Series.RELATIONSHIP
    survey: str = "nps"
    comment: str | None = None


@dataclass(slots=True)
class Stored:
    fact: Fact | None
    response_id: int
    answer_id: int


@dataclass(slots=True)
class Import:
    batch_id: int
    facts: list[Fact] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    corrected: dict[int, Stored] = field(default_factory=dict)
    layer_id: int | None = None


class World:
    """`answers` is what counts now; every method is one commit or a few, as the product makes them."""

    def __init__(self, database: Database, tenant: Tenant) -> None:
        self.database = database
        self.tenant = tenant
        self.answers: list[Stored] = []
        self.accounts: dict[str, int] = {}
        self.people: list[int] = []
        self.memory = Memory()
        self._version_id = 0

    @classmethod
    async def new(cls, database: Database, *, people: int = 5, timezone: str = "Europe/Warsaw") -> "World":
        public_id = secrets.token_urlsafe(16)
        async with database.system() as transaction:
            tenant_id = await _insert(
                transaction.connection, tenant_table, public_id=public_id, name="T", timezone=timezone, created_at=WHEN
            )
            await transaction.commit()
        world = cls(
            database, Tenant(id=tenant_id, public_id=public_id, name="T", timezone=timezone, week_start=0, demo=False)
        )
        async with database.writing(tenant_id) as transaction:
            await world._people(transaction.connection, people)
            await transaction.commit()
        return world

    async def _people(self, connection: AsyncConnection, count: int) -> None:
        for name in ACCOUNTS:
            self.accounts[name] = await self.row(
                connection, account_table, public_id=secrets.token_urlsafe(16), name=name,
                name_key=match_key(name), segment="smb", created_at=WHEN,
            )  # fmt: skip
        for number in range(count):
            person_id = await self.row(
                connection, person, public_id=secrets.token_urlsafe(16), kind="contact", name=f"P{number}",
                handle=f"p{number}", language="en", created_at=WHEN,
            )  # fmt: skip
            self.people.append(person_id)
            await connection.execute(
                insert(contact).values(
                    tenant_id=self.tenant.id, person_id=person_id, account_id=self.accounts["Acme"], role="technical"
                )
            )
        survey_id = await self.row(connection, survey, key="nps")
        self._version_id = await self.row(
            connection, survey_version, public_id=secrets.token_urlsafe(16), survey_id=survey_id, number=1,
            privacy="named", definition="{}", digest="d", published_at=WHEN,
        )  # fmt: skip

    async def row(self, connection: AsyncConnection, table: Any, **values: Any) -> int:
        return await _insert(connection, table, tenant_id=self.tenant.id, **values)

    @property
    def version_id(self) -> int:
        return self._version_id

    # ── what happens ───────────────────────────────────────────────────────────────────────────────────────────

    async def answered(self, *facts: Fact) -> None:
        for fact in facts:
            async with self.database.writing(self.tenant.id) as transaction:
                self.answers.append(await self._store(transaction.connection, fact))
                await self._delta(transaction.connection, fact, 1)
                await transaction.commit()

    async def edited(self, index: int, score: int | None) -> None:
        """Another score, or `does not apply`."""
        stored = self.answers[index]
        async with self.database.writing(self.tenant.id) as transaction:
            connection = transaction.connection
            await connection.execute(
                update(answer)
                .where(answer.c.tenant_id == self.tenant.id, answer.c.id == stored.answer_id)
                .values(current=False)
            )
            assert stored.fact is not None
            new = None if score is None else replace(stored.fact, score=score)
            await self._delta(connection, stored.fact, -1)
            version = await self._next_version(connection, stored.response_id)
            stored.answer_id = await self._answer(
                connection, stored.response_id, new or stored.fact, version, scored=new is not None
            )
            if new:
                await self._delta(connection, new, 1)
            await transaction.commit()
        stored.fact = new
        if new is None:
            self.answers.pop(index)

    async def rename(self, name: str, new: str) -> None:
        async with self.database.writing(self.tenant.id) as transaction:
            await transaction.connection.execute(
                update(account_table)
                .where(account_table.c.tenant_id == self.tenant.id, account_table.c.id == self.accounts[name])
                .values(name=new, name_key=match_key(new))
            )
            await transaction.commit()

    async def fold(self, limit: int = 1000) -> int:
        async with self.database.writing(self.tenant.id) as transaction:
            folded = await fold_deltas(transaction.connection, self.tenant.id, limit)
            await transaction.commit()
        return folded

    async def compact(self, limit: int = 200) -> int:
        async with self.database.writing(self.tenant.id) as transaction:
            moved = await compact(transaction.connection, self.tenant.id, limit)
            await transaction.commit()
        return moved

    async def rebuild(self) -> None:
        await rebuild(self.database, self.tenant.id)

    async def import_written(self, facts: Sequence[Fact], corrections: Mapping[int, Fact] | None = None) -> Import:
        """All rows of an import, not complete yet. `corrections`: index into `answers` → what it says now."""
        async with self.database.writing(self.tenant.id) as transaction:
            connection = transaction.connection
            batch_id = await self.row(
                connection, import_batch, kind="responses", file_name="f", file_digest="d", state="writing",
                started_at=WHEN,
            )  # fmt: skip
            found = Import(batch_id=batch_id)
            for fact in facts:
                found.stored.append(await self._store(connection, fact, batch_id=batch_id))
            for index, fact in (corrections or {}).items():
                old = self.answers[index]
                await connection.execute(
                    update(answer)
                    .where(answer.c.tenant_id == self.tenant.id, answer.c.id == old.answer_id)
                    .values(superseded_by=batch_id)
                )
                version = await self._next_version(connection, old.response_id)
                new_id = await self._answer(connection, old.response_id, fact, version, batch_id=batch_id)
                found.corrected[index] = Stored(fact=fact, response_id=old.response_id, answer_id=new_id)
            await transaction.commit()
        found.layer_id = await fold_batch(self.database, self.tenant.id, batch_id)
        return found

    async def import_completed(self, batch: Import) -> None:
        assert batch.layer_id is not None
        async with self.database.writing(self.tenant.id) as transaction:
            await self._set_state(transaction.connection, batch, "complete")
            await show_layer(transaction.connection, self.tenant.id, batch.layer_id)
            await transaction.commit()
        for index, stored in batch.corrected.items():
            self.answers[index] = stored
        self.answers += batch.stored

    async def import_undone(self, batch: Import) -> None:
        assert batch.layer_id is not None
        async with self.database.writing(self.tenant.id) as transaction:
            await self._set_state(transaction.connection, batch, "undone")
            await drop_layer(transaction.connection, self.tenant.id, batch.layer_id)
            await transaction.commit()

    async def _set_state(self, connection: AsyncConnection, batch: Import, state: str) -> None:
        await connection.execute(
            update(import_batch)
            .where(import_batch.c.tenant_id == self.tenant.id, import_batch.c.id == batch.batch_id)
            .values(state=state)
        )

    # ── rows ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _store(self, connection: AsyncConnection, fact: Fact, *, batch_id: int | None = None) -> Stored:
        response_id = await self.row(
            connection, response, survey_version_id=self._version_id, person_id=self._person(fact),
            submitted_at=self._noon(fact.day), batch_id=batch_id,
        )  # fmt: skip
        answer_id = await self._answer(connection, response_id, fact, 1, batch_id=batch_id)
        if fact.comment is not None:
            await self._answer(connection, response_id, fact, 1, batch_id=batch_id, question="reason")
        return Stored(fact=fact, response_id=response_id, answer_id=answer_id)

    async def _next_version(self, connection: AsyncConnection, response_id: int) -> int:
        """Also after the corrections of an import that was undone: its rows stay."""
        versions = await connection.execute(
            select(func.max(answer.c.version)).where(
                answer.c.tenant_id == self.tenant.id, answer.c.response_id == response_id
            )
        )
        return int(versions.scalar_one()) + 1

    async def _answer(
        self, connection: AsyncConnection, response_id: int, fact: Fact, version: int, *,
        batch_id: int | None = None, scored: bool = True, question: str = "score",
    ) -> int:  # fmt: skip
        text = question == "reason"
        return await self.row(
            connection, answer, response_id=response_id, question=question, version=version,
            score=fact.score if scored and not text else None, choice=None if scored else "na",
            text=fact.comment if text else None, metric=None if text else fact.metric.value,
            series=None if text else fact.series.value, recorded_at=self._noon(fact.day), batch_id=batch_id,
            tier=fact.tier, **_columns(self, fact),
        )  # fmt: skip

    async def _delta(self, connection: AsyncConnection, fact: Fact, n: int) -> None:
        await connection.execute(
            insert(score_delta).values(
                tenant_id=self.tenant.id, metric=fact.metric.value, series=fact.series.value, score=fact.score, n=n,
                **_columns(self, fact),
            )
        )  # fmt: skip

    def _person(self, fact: Fact) -> int | None:
        return None if fact.person is None else self.people[fact.person]

    def _noon(self, day: date) -> datetime:
        return datetime.combine(day, time(12), ZoneInfo(self.tenant.timezone))

    # ── what must come out ─────────────────────────────────────────────────────────────────────────────────────

    def facts(self, request: ScoreRequest) -> list[Fact]:
        """What a request counts, by going through all answers."""
        found = [stored for stored in self.answers if stored.fact and _counts(stored.fact, request)]
        if request.latest:
            newest: dict[object, Stored] = {}
            for stored in found:
                assert stored.fact is not None
                person_key: object = (stored.answer_id,) if stored.fact.person is None else stored.fact.person
                best = newest.get(person_key)
                if best is None or best.fact is None or (best.fact.day, best.answer_id) < (
                    stored.fact.day, stored.answer_id
                ):  # fmt: skip
                    newest[person_key] = stored
            found = list(newest.values())
        return [stored.fact for stored in found if stored.fact]

    def expected(self, request: ScoreRequest) -> TallySet:
        """All but `folded`, with every `accounts` known."""
        facts = self.facts(request)
        groups: dict[str | None, list[Fact]] = defaultdict(list)
        for fact in facts if request.by else ():
            groups[self.value(fact, request.by)].append(fact)
        return TallySet(
            total=_tally(facts, request),
            groups=tuple(
                replace(_tally(groups[key], request), key=key)
                for key in sorted(groups, key=lambda key: (key is None, key or ""))
            ),
            first_day=min((fact.day for fact in facts), default=None) if request.period is None else None,
        )

    def value(self, fact: Fact, dimension: Dimension | None) -> str | None:
        assert dimension is not None
        if dimension is Dimension.ACCOUNT:
            return None if fact.account is None else str(self.accounts[fact.account])
        return _value(fact, dimension)

    def sight(self, transaction: Transaction) -> Sight:
        return Sight(transaction.connection, self.tenant.id, self.memory)

    async def tally(self, request: ScoreRequest, *, rows_limit: int = 10**9, remembering: bool = True) -> TallySet:
        async with self.database.reading(self.tenant.id) as transaction:
            sight = self.sight(transaction) if remembering else None
            insight = StoredInsight(transaction.connection, self.tenant, rows_limit=rows_limit, sight=sight)
            return await insight.tally(request)

    async def panel(self, now: ScoreRequest, before: ScoreRequest, *, remembering: bool = True) -> list[PairedScore]:
        async with self.database.reading(self.tenant.id) as transaction:
            sight = self.sight(transaction) if remembering else None
            insight = StoredInsight(transaction.connection, self.tenant, sight=sight)
            return list(await insight.panel(now, before))

    async def comments(self, request: ScoreRequest) -> list[str]:
        async with self.database.reading(self.tenant.id) as transaction:
            insight = StoredInsight(transaction.connection, self.tenant, sight=self.sight(transaction))
            return [comment.text for comment in await insight.comments(request, 10)]


async def _insert(connection: AsyncConnection, table: Any, **values: Any) -> int:
    made = await connection.execute(insert(table).values(**values).returning(table.c.id))
    return int(made.scalar_one())


def _columns(world: World, fact: Fact) -> dict[str, Any]:
    return {
        "survey_key": fact.survey,
        "local_day": fact.day,
        "person_id": None if fact.person is None else world.people[fact.person],
        "account_id": None if fact.account is None else world.accounts[fact.account],
        **{name: getattr(fact, name) for name in ("role", "stage", "touchpoint", "segment", "team", "language")},
    }


def _value(fact: Fact, dimension: Dimension) -> str | None:
    found = getattr(fact, dimension.value)
    assert found is None or isinstance(found, str)
    return found


def _counts(fact: Fact, request: ScoreRequest) -> bool:
    if fact.metric is not request.metric or request.series not in (None, fact.series):
        return False
    if request.period and not request.period.start <= fact.day < request.period.end:
        return False
    for wanted in request.filters:
        value = _value(fact, wanted.dimension)
        if (value is not None and match_key(value) in {match_key(one) for one in wanted.values}) is wanted.negated:
            return False
    return True


def _tally(facts: Sequence[Fact], request: ScoreRequest) -> Tally:
    counts: dict[int, int] = defaultdict(int)
    sums: dict[str, list[int]] = defaultdict(list)
    for fact in facts:
        counts[fact.score] += 1
        if fact.account is not None:
            sums[fact.account].append(METRICS[request.metric].unit_value(fact.score))
    known = {fact.person for fact in facts if fact.person is not None}
    return Tally(
        counts=dict(counts),
        people=len(known) + sum(fact.person is None for fact in facts),
        accounts=AccountSums(
            accounts=len(sums),
            answers=sum(len(xs) for xs in sums.values()),
            sum_x=sum(sum(xs) for xs in sums.values()),
            sum_ss=sum(sum(xs) ** 2 for xs in sums.values()),
            sum_sn=sum(sum(xs) * len(xs) for xs in sums.values()),
            sum_nn=sum(len(xs) ** 2 for xs in sums.values()),
        ),
    )
