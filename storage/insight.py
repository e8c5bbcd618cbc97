"""What the store knows about scores: bot.ports.Insight over one connection. It only reads and never commits.

How answers are counted is in `storage.folding`; this module chooses between the folded cells and the rows.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from pyroaring import BitMap64
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Tenant
from storage.comments import newest_comments
from storage.folding.means import means, means_of_waiting, waiting_people
from storage.folding.pairs import Pair, Pairs
from storage.folding.releases import released_waves
from storage.folding.response_rates import response_counts, utc_bounds
from storage.folding.rows import account_sums, group_accounts, more_than, tally_rows
from storage.folding.selection import Question, Spelled, folded_question, parameters, spelled_values, within
from storage.folding.tallying import FoldedTally
from storage.folding.visible import in_force
from storage.memory import Sight, Snapshot
from storage.reach import account_reach
from storage.tables import account, answer, invitation, opt_out, wave
from surveys.definitions.model import Metric
from surveys.insight.metrics import on_the_scale
from surveys.insight.queries import (
    AccountReach,
    Comment,
    Dimension,
    Filter,
    PairedScore,
    Period,
    ResponseCounts,
    ScoreRequest,
    TallySet,
)
from surveys.privacy.gate import ReleasedWave
from surveys.sending.model import WeekCounts

ROWS_LIMIT = 20_000
"""Up to so many answers rows are read for what cells cannot tell: accounts within groups, pairs of the same person."""


class StoredInsight:
    """bot.ports.Insight. On PostgreSQL give it a REPEATABLE READ transaction, so that all its answers fit together.

    `sight`: only of a transaction that sees one state all the time, and writes nothing.
    """

    def __init__(
        self, connection: AsyncConnection, tenant: Tenant, *, rows_limit: int = ROWS_LIMIT, sight: Sight | None = None
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self._rows_limit = rows_limit
        self._sight = sight
        self._sizes: dict[ScoreRequest, int] = {}
        self._everybody: dict[ScoreRequest, BitMap64] = {}

    async def tally(self, request: ScoreRequest) -> TallySet:
        snapshot = await self._snapshot()
        if snapshot and not request.filters:
            key = ("tally", request, self._rows_limit)
            counted = await snapshot.of_answers(key, partial(self._counted, request))
        else:
            # A filter's name may come to mean another account.
            counted = await self._counted(request)
        self._sizes[replace(request, by=None)] = counted.total.n
        return counted

    async def _counted(self, request: ScoreRequest) -> TallySet:
        question = folded_question(request)
        if question is not None:
            return await self._folded(question, request)
        return await tally_rows(self._connection, self._tenant.id, request, await self._spelled(request.filters))

    async def reach(self, account_name: str, survey_keys: Sequence[str], period: Period) -> AccountReach | None:
        return await account_reach(self._connection, self._tenant, account_name, survey_keys, period)

    async def _folded(self, question: Question, request: ScoreRequest) -> TallySet:
        folded = await self._cells(question, request.metric)
        counted = await folded.tally()
        if folded.everybody is not None and not request.filters:
            self._everybody[replace(request, by=None)] = folded.everybody
        unknown = counted.total.accounts is None or any(group.accounts is None for group in counted.groups)
        if not unknown or counted.total.n > self._rows_limit:
            return counted
        counts: Mapping[str | None, Counter[tuple[int, int]]] = {}
        if counted.total.n:
            spelled = await self._spelled(request.filters)
            counts = await group_accounts(self._connection, self._tenant.id, request, spelled)
        every: Counter[tuple[int, int]] = Counter()
        for of_group in counts.values():
            every.update(of_group)
        return replace(
            counted,
            total=replace(counted.total, accounts=account_sums(request.metric, every)),
            groups=tuple(
                replace(group, accounts=account_sums(request.metric, counts.get(group.key, Counter())))
                for group in counted.groups
            ),
        )

    async def panel(self, now: ScoreRequest, before: ScoreRequest) -> Sequence[PairedScore]:
        """Empty where either counts more than `rows_limit` answers; in the order of the scores."""
        now, before = replace(now, by=None), replace(before, by=None)
        snapshot = await self._snapshot()
        if snapshot and not (now.filters or before.filters):
            key = ("panel", now, before, self._rows_limit)
            return await snapshot.of_answers(key, partial(self._paired, now, before))
        return await self._paired(now, before)

    async def _paired(self, now: ScoreRequest, before: ScoreRequest) -> Sequence[PairedScore]:
        spelled = await self._spelled((*now.filters, *before.filters))
        for request in (now, before):
            if await self._too_many(request, spelled):
                return []
        snapshot = await self._snapshot()
        if snapshot is None or any(request.filters or request.latest for request in (now, before)):
            counted = Pairs.of(await self._means(now, before, spelled)).counted()
        else:
            counted = await self._kept_pairs(snapshot, now, before)
        scores: Counter[tuple[int, int]] = Counter()
        for (mean_before, mean_after), people in counted:
            scores[on_the_scale(mean_before), on_the_scale(mean_after)] += people
        return [PairedScore(*pair, people) for pair, people in sorted(scores.items())]

    async def _kept_pairs(self, snapshot: Snapshot, now: ScoreRequest, before: ScoreRequest) -> list[tuple[Pair, int]]:
        """Read once for as long as the layers stay as they are: only people with waiting deltas change meanwhile."""

        async def pairs() -> tuple[int, Pairs]:
            return snapshot.waiting, Pairs.of(await self._means(now, before, frozenset()))

        waiting_then, kept = await snapshot.of_cells(("pairs", now, before), pairs)
        if waiting_then > snapshot.waiting:
            # Kept by a unit that began later and knows answers that this one does not see.
            waiting_then, kept = await pairs()
        if waiting_then == snapshot.waiting:
            return kept.counted()
        waiting = await waiting_people(self._connection, self._tenant.id, now.metric)
        later = await means_of_waiting(self._connection, self._tenant.id, now)
        earlier = await means_of_waiting(self._connection, self._tenant.id, before)
        return kept.counted(waiting, _in_both(earlier, later))

    async def _means(self, now: ScoreRequest, before: ScoreRequest, spelled: Spelled) -> dict[int, Pair]:
        """Person → their means, of everybody who answered in both."""
        people = set(await self._people(now) & await self._people(before))
        if not people:
            return {}
        later = await means(self._connection, self._tenant.id, now, spelled, people)
        earlier = await means(self._connection, self._tenant.id, before, spelled, people)
        return _in_both(earlier, later)

    async def _people(self, request: ScoreRequest) -> BitMap64:
        """Everybody whom the request may count: it is the rows that know about filters."""
        key = replace(request, filters=(), latest=False)
        known = self._everybody.get(key)
        if known is None:
            series = key.series.value if key.series else None
            question = Question(metric=key.metric.value, series=series, period=key.period)
            folded = await self._cells(question, key.metric)
            _counts, known, _unknown = await folded.members()
            self._everybody[key] = known
        return known

    async def _too_many(self, request: ScoreRequest, spelled: Spelled) -> bool:
        known = self._sizes.get(request)
        if known is None:
            question = folded_question(request)
            if question is None:
                return await more_than(self._connection, self._tenant.id, request, spelled, self._rows_limit)
            known = await (await self._cells(question, request.metric)).n()
            self._sizes[request] = known
        return known > self._rows_limit

    async def responses(self, survey_keys: Sequence[str], period: Period, filters: Sequence[Filter]) -> ResponseCounts:
        """A day is that on which an invitation closed; `still_open` counts those delivered in the period."""
        return await response_counts(
            self._connection, self._tenant, survey_keys, period, filters, snapshot=await self._snapshot()
        )

    async def comments(self, request: ScoreRequest, limit: int) -> Sequence[Comment]:
        snapshot = await self._snapshot()
        if snapshot is None:
            return await self._comments(request, limit)
        return await snapshot.of_everything(("comments", request, limit), partial(self._comments, request, limit))

    async def _comments(self, request: ScoreRequest, limit: int) -> Sequence[Comment]:
        spelled = await self._spelled(request.filters)
        return await newest_comments(self._connection, self._tenant.id, request, spelled, limit)

    async def week(self, period: Period) -> WeekCounts:
        """`answers` are scores of any metric, `people` those who gave them."""
        answers, unknown, people = 0, 0, BitMap64()
        for metric in Metric:
            question = Question(metric=metric.value, series=None, period=period)
            counts, members, nobody = await (await self._cells(question, metric)).members()
            answers += sum(counts.values())
            unknown += nobody
            people |= members
        comments = select(func.count()).where(in_force(self._tenant.id), answer.c.text.is_not(None), within(period))
        start, end = utc_bounds(period, self._tenant)
        delivered = select(func.count()).where(
            invitation.c.tenant_id == self._tenant.id,
            invitation.c.delivered_at >= start,
            invitation.c.delivered_at < end,
        )
        opted_out = select(func.count(func.distinct(opt_out.c.person_id))).where(
            opt_out.c.tenant_id == self._tenant.id, opt_out.c.at >= start, opt_out.c.at < end
        )
        return WeekCounts(
            period_start=period.start,
            answers=answers,
            people=len(people) + unknown,
            comments=await self._connection.scalar(comments, parameters(self._tenant.id, period)) or 0,
            delivered=await self._connection.scalar(delivered) or 0,
            opted_out=await self._connection.scalar(opted_out) or 0,
        )

    async def labels(self, dimension: Dimension, keys: Sequence[str]) -> Mapping[str, str]:
        match dimension:
            case Dimension.ACCOUNT:
                names = select(account.c.id, account.c.name).where(account.c.tenant_id == self._tenant.id)
            case Dimension.WAVE:
                names = select(wave.c.id, wave.c.public_id).where(wave.c.tenant_id == self._tenant.id)
            case _:
                return {key: key for key in keys}
        wanted = set(keys)
        found = {str(row_id): name for row_id, name in await self._connection.execute(names)}
        return {key: name for key, name in found.items() if key in wanted}

    async def released(self, metric: Metric, period: Period | None) -> Sequence[ReleasedWave]:
        return await released_waves(self._connection, self._tenant.id, metric, period)

    async def _cells(self, question: Question, metric: Metric) -> FoldedTally:
        return FoldedTally(self._connection, self._tenant.id, question, metric, snapshot=await self._snapshot())

    async def _snapshot(self) -> Snapshot | None:
        return await self._sight.snapshot() if self._sight else None

    async def _spelled(self, filters: Sequence[Filter]) -> Spelled:
        return await spelled_values(self._connection, self._tenant.id, filters)


def _in_both(before: Mapping[int, float], now: Mapping[int, float]) -> dict[int, Pair]:
    return {person: (before[person], mean) for person, mean in now.items() if person in before}
