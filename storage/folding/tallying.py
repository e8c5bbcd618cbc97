"""From folded sums to tallies: counts, people and accounts of a question that the cells can answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import add, mul, sub

from pyroaring import BitMap64
from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import DAY, MONTH, NO_DIMENSION, Cell, month_of
from storage.folding.packing import FIELDS, SCORES, UNKNOWN, pair, people_in, people_of, unpack, unpair
from storage.folding.reading import ACCOUNT, Folded, read_days, read_folded
from storage.folding.rows import members_of, sums_over
from storage.folding.selection import Question, account_values, selected
from storage.memory import Snapshot
from storage.tables import answer
from surveys.definitions.model import Metric
from surveys.insight.metrics import METRICS
from surveys.insight.queries import AccountSums, Tally, TallySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The counts of some slots of one dimension; `slots` None is all of them."""

    fields: tuple[int, ...]
    slots: frozenset[int] | None

    def counts(self, slots: Iterable[int] | None = None) -> dict[int, int]:
        """Score → n, of the given slots or of all that are selected."""
        found = [self._field(place, slots) for place in range(SCORES)]
        return {score: n for score, n in enumerate(found) if n}

    def unknown(self, slots: Iterable[int] | None = None) -> int:
        return self._field(UNKNOWN, slots)

    def scores(self, slot: int) -> tuple[int, ...]:
        """n of each score from 0 on."""
        return self.fields[slot * FIELDS : slot * FIELDS + SCORES]

    def by_slot(self) -> dict[int, dict[int, int]]:
        """slot → (score → n), of the selected slots that have any."""
        found = {}
        for slot in range(len(self.fields) // FIELDS):
            if self.slots is not None and slot not in self.slots:
                continue
            scores = self.scores(slot)
            if any(scores):
                found[slot] = {score: n for score, n in enumerate(scores) if n}
        return found

    def _field(self, place: int, slots: Iterable[int] | None) -> int:
        wanted = self.slots if slots is None else slots
        if wanted is None:
            return sum(self.fields[place::FIELDS])
        return sum(self.fields[at] for slot in wanted if (at := slot * FIELDS + place) < len(self.fields))


class FoldedTally:
    """One question and what the cells say to it."""

    def __init__(
        self,
        connection: AsyncConnection,
        tenant_id: int,
        question: Question,
        metric: Metric,
        *,
        snapshot: Snapshot | None = None,
    ) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._question = question
        self._snapshot = snapshot
        self._units = [METRICS[metric].unit_value(score) for score in range(SCORES)]
        self.everybody: BitMap64 | None = None
        """Who answered, where the question was not narrowed to values of a dimension; set by `tally`."""

    async def tally(self) -> TallySet:
        """`accounts` is set where the cells know it: for the whole, for one account, for groups that are accounts."""
        question = self._question
        # Accounts of everything selected are known unless another dimension's filter cuts through them.
        with_accounts = not question.filters or question.dimension == ACCOUNT
        whole = question.dimension if question.filters else NO_DIMENSION
        found = await read_folded(
            self._connection,
            self._tenant_id,
            question,
            people={question.dimension, whole},
            counts={ACCOUNT} if with_accounts else (),
            snapshot=self._snapshot,
        )
        for dimension in sorted({question.dimension, whole}):
            await self._settle(found, dimension)
        if whole == NO_DIMENSION:
            self.everybody = found.cell(whole).people
        slots = await selected_slots(self._connection, self._tenant_id, question, found)
        own = Sums(fields=tuple(unpack(found.cell(question.dimension).counts)), slots=slots)
        accounts = self._accounts(found, slots) if with_accounts else None
        return TallySet(
            total=self._total(found, whole, own, accounts),
            groups=tuple(self._groups(found, own)) if question.grouped else (),
            first_day=await self._first_day(found, slots) if question.period is None else None,
        )

    async def members(self) -> tuple[dict[int, int], BitMap64, int]:
        """Score → n, everybody who answered, and the answers of unknown people, where nothing is filtered."""
        found = await read_folded(
            self._connection,
            self._tenant_id,
            self._question,
            people={NO_DIMENSION},
            counts=(),
            snapshot=self._snapshot,
        )
        await self._settle(found, NO_DIMENSION)
        sums = Sums(fields=tuple(unpack(found.cell(NO_DIMENSION).counts)), slots=None)
        return sums.counts(), found.cell(NO_DIMENSION).people, sums.unknown()

    async def n(self) -> int:
        """How many answers there are, without anything else."""
        question = self._question
        found = await read_folded(
            self._connection,
            self._tenant_id,
            question,
            people=(),
            counts={question.dimension},
            snapshot=self._snapshot,
        )
        slots = await selected_slots(self._connection, self._tenant_id, question, found)
        return _n(found.cell(question.dimension).counts, slots)

    def _total(self, found: Folded, whole: str, own: Sums, accounts: AccountSums | None) -> Tally:
        cell = found.cell(whole)
        sums = own if whole == self._question.dimension else Sums(fields=tuple(unpack(cell.counts)), slots=None)
        people = len(cell.people) if sums.slots is None else people_of(cell.people, sums.slots)
        return Tally(counts=sums.counts(), people=people + sums.unknown(), accounts=accounts)

    def _groups(self, found: Folded, own: Sums) -> Iterable[Tally]:
        dimension = self._question.dimension
        values = {slot: value for value, slot in found.values(dimension).items()}
        members = found.cell(dimension).people
        by_slot = own.by_slot()
        for slot in sorted(by_slot, key=lambda slot: (values[slot] is None, values[slot] or "")):
            yield Tally(
                key=values[slot],
                counts=by_slot[slot],
                people=people_in(members, slot) + own.unknown((slot,)),
                accounts=sums_over([self._of_account(own.scores(slot))] if slot else ())
                if dimension == ACCOUNT
                else None,
            )

    def _accounts(self, found: Folded, slots: frozenset[int] | None) -> AccountSums:
        # Slot 0 is the answers without an account. By columns, in C: a score of all accounts after the other.
        fields = unpack(found.cell(ACCOUNT).counts)[FIELDS:]
        columns = [fields[score::FIELDS] for score in range(SCORES)]
        sums = [0] * len(columns[0])
        for unit, column in zip(self._units, columns, strict=True):
            if unit:
                sums = list(map(add if unit > 0 else sub, sums, column))
        accounts = zip(sums, map(sum, zip(*columns, strict=True)), strict=True)
        if slots is None:
            return sums_over(accounts)
        return sums_over(account for slot, account in enumerate(accounts, start=1) if slot in slots)

    def _of_account(self, scores: Sequence[int]) -> tuple[int, int]:
        """S and n of one account."""
        return sum(map(mul, self._units, scores)), sum(scores)

    async def _settle(self, found: Folded, dimension: str) -> None:
        """Asks the rows about everybody who lost an answer that was not folded away yet."""
        cell = found.cell(dimension)
        doubtful = cell.doubtful & cell.people
        if not doubtful:
            return
        people = sorted({unpair(member)[1] for member in doubtful})
        answered = await members_of(self._connection, self._tenant_id, tuple(self._row_conditions()), dimension, people)
        slots = found.values(dimension)
        there = BitMap64([pair(slots[value], person) for value, person in answered if value in slots])
        cell.people = (cell.people - doubtful) | (doubtful & there)

    def _row_conditions(self) -> Iterable[ColumnElement[bool]]:
        question = self._question
        yield answer.c.metric == question.metric
        if question.series is not None:
            yield answer.c.series == question.series
        if question.surveys:
            yield answer.c.survey_key.in_(question.surveys)
        if question.not_surveys:
            yield answer.c.survey_key.not_in(question.not_surveys)
        if question.period is not None:
            yield answer.c.local_day >= question.period.start
            yield answer.c.local_day < question.period.end

    async def _first_day(self, found: Folded, slots: frozenset[int] | None) -> date | None:
        waiting = {day: packed for (grain, day), packed in found.buckets.items() if grain == DAY}
        months: dict[date, int] = {}
        for (grain, bucket), packed in found.buckets.items():
            month = bucket if grain == MONTH else month_of(bucket)
            months[month] = months.get(month, 0) + packed
        for month in sorted(months):
            if not _n(months[month], slots):
                continue
            days = await read_days(self._connection, self._tenant_id, self._question, month)
            for day, packed in waiting.items():
                if month_of(day) == month:
                    days[day] = days.get(day, 0) + packed
            return min((day for day, packed in days.items() if _n(packed, slots) > 0), default=None)
        return None


async def selected_slots(
    connection: AsyncConnection, tenant_id: int, question: Question, found: Folded
) -> frozenset[int] | None:
    """The slots that pass the question's filters; None for all."""
    if not question.filters:
        return None
    slots = found.values(question.dimension)
    accounts = await account_values(connection, tenant_id, question.filters)
    return frozenset(slots[value] for value in selected(slots, question.filters, accounts))


def _n(packed: int, slots: frozenset[int] | None) -> int:
    return sum(Sums(fields=tuple(unpack(packed)), slots=slots).counts().values())


def counts_of(cell: Cell, slots: frozenset[int] | None) -> dict[int, int]:
    """Score → n of a cell, of some slots or of all."""
    return Sums(fields=tuple(unpack(cell.counts)), slots=slots).counts()
