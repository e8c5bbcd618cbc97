"""Reads folded cells and waiting deltas, both in one statement: the sum is exact at every moment.

Whole months of the period come from the month cells, the days at its edges from the day cells.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, cast, not_, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import DAY, MONTH, Cell, Delta, in_days, values_in
from storage.folding.layers import members
from storage.folding.packing import from_bytes
from storage.folding.selection import Question
from storage.folding.slots import all_slots, known_slots
from storage.memory import Snapshot
from storage.prepared import Prepared
from storage.tables import histogram, layer, score_delta
from surveys.insight.local_days import shift_months
from surveys.insight.queries import Dimension, Period

ACCOUNT = Dimension.ACCOUNT.value
Range = tuple[str, date | None, date | None]
"""(grain, first bucket, bucket after the last); None is open."""


@dataclass(slots=True)
class Folded:
    """What was found: one sum for each dimension read, and the slots of the values that matter.

    `buckets` keeps the counts by month ("m") and waiting day ("d") of the question's own dimension.
    """

    cells: dict[str, Cell] = field(default_factory=dict)
    slots: dict[tuple[str, str], int] = field(default_factory=dict)
    buckets: dict[tuple[str, date], int] = field(default_factory=dict)

    def copy(self) -> "Folded":
        """One of its own for whoever adds to it."""
        return Folded({key: cell.copy() for key, cell in self.cells.items()}, dict(self.slots), dict(self.buckets))

    def cell(self, dimension: str) -> Cell:
        return self.cells.setdefault(dimension, Cell())

    def values(self, dimension: str) -> dict[str | None, int]:
        """Value → slot, None for a missing one."""
        known: dict[str | None, int] = {value: slot for (of, value), slot in self.slots.items() if of == dimension}
        return known | {None: 0}


def ranges(period: Period | None) -> list[Range]:
    """How a period is put together of months and days."""
    if period is None:
        return [(MONTH, None, None)]
    first = period.start if period.start.day == 1 else shift_months(period.start.replace(day=1), 1)
    last = period.end.replace(day=1)
    if first >= last:
        return [(DAY, period.start, period.end)]
    parts: list[Range] = [(MONTH, first, last)]
    if period.start < first:
        parts.append((DAY, period.start, first))
    if last < period.end:
        parts.append((DAY, last, period.end))
    return parts


async def read_folded(
    connection: AsyncConnection,
    tenant_id: int,
    question: Question,
    *,
    people: Collection[str],
    counts: Collection[str],
    snapshot: Snapshot | None = None,
) -> Folded:
    """`people`: dimensions whose people are wanted with the counts; `counts`: those of which counts are enough.

    `snapshot`: what the transaction sees; without it nothing is kept, and nothing kept is used.
    """
    dimensions = sorted({*people, *counts})
    shape, values = _ask(tenant_id, question, dimensions, people, ranges(question.period))
    if snapshot is None:
        rows = await _statement(shape).all(connection, **values)
        found = await _added_up(connection, tenant_id, question, rows)
    else:

        async def cells() -> Folded:
            read = await _statement(shape).all(connection, **values)
            return await _added_up(connection, tenant_id, question, read)

        kept = await snapshot.of_cells(("folded", question, tuple(dimensions), frozenset(people)), cells)
        found = kept.copy()
        rows = await _only_waiting(shape).all(connection, **values) if snapshot.waiting else []
    deltas = [Delta(question.metric, *row[-len(_DELTA_COLUMNS) :]) for row in rows if row.dimension is None]
    await _learn_slots(connection, tenant_id, found, deltas, dimensions)
    for cell_key, cell in in_days(deltas, found.slots, dimensions).items():
        found.cell(cell_key.dimension).add(cell)
        if cell_key.dimension == question.dimension:
            bucket = (DAY, cell_key.bucket)
            found.buckets[bucket] = found.buckets.get(bucket, 0) + cell.counts
    return found


async def _added_up(connection: AsyncConnection, tenant_id: int, question: Question, rows: Iterable[Any]) -> Folded:
    """The sum of the cells among the rows, and the slots of the question's dimension."""
    found = Folded()
    for row in rows:
        if row.dimension is None:
            continue
        packed = from_bytes(row.counts)
        cell = found.cell(row.dimension)
        cell.counts += packed
        if row.people is not None:
            cell.people |= members(row.people)
        if row.doubtful is not None:
            cell.doubtful |= members(row.doubtful)
        if row.dimension == question.dimension:
            bucket = (MONTH, row.bucket)
            found.buckets[bucket] = found.buckets.get(bucket, 0) + packed
    if question.dimension:
        found.slots = await all_slots(connection, tenant_id, [question.dimension])
    return found


async def _learn_slots(
    connection: AsyncConnection,
    tenant_id: int,
    found: Folded,
    deltas: Sequence[Delta],
    dimensions: Sequence[str],
) -> None:
    """Slots never change, so they may be read after the counts. What was never folded gets a place of its own here."""
    wanted = {(dimension, value) for dimension, value in values_in(deltas) if dimension in dimensions}
    missing = wanted - found.slots.keys()
    if not missing:
        return
    found.slots |= await known_slots(connection, tenant_id, missing)
    missing -= found.slots.keys()
    if not missing:
        return
    found.slots |= await all_slots(connection, tenant_id, {dimension for dimension, _ in missing})
    for dimension, value in sorted(missing - found.slots.keys()):
        taken = [slot for (of, _), slot in found.slots.items() if of == dimension]
        found.slots[dimension, value] = max(taken, default=0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """All that the text of a statement depends on: making one takes longer than running it, so each is made once."""

    grains: tuple[str, ...]
    bounded: bool
    series: bool
    dimensions: int
    with_people: int
    surveys: int
    not_surveys: int


def _ask(
    tenant_id: int, question: Question, dimensions: Sequence[str], people: Collection[str], parts: Sequence[Range]
) -> tuple[_Shape, dict[str, Any]]:
    shape = _Shape(
        grains=tuple(grain for grain, _, _ in parts),
        bounded=parts[0][1] is not None,
        series=question.series is not None,
        dimensions=len(dimensions),
        with_people=len(people),
        surveys=len(question.surveys),
        not_surveys=len(question.not_surveys),
    )
    values: dict[str, Any] = {
        "tenant": tenant_id,
        "metric": question.metric,
        **_listed("dimension", dimensions),
        **_listed("with_people", sorted(people)),
        **_listed("survey", question.surveys),
        **_listed("not_survey", question.not_surveys),
    }
    if shape.series:
        values["series"] = question.series
    if shape.bounded:
        for number, (_, start, end) in enumerate(parts):
            values |= {f"start_{number}": start, f"end_{number}": end}
    if question.period is not None:
        values |= {"start": question.period.start, "end": question.period.end}
    return shape, values


def _listed(name: str, values: Iterable[str]) -> dict[str, Any]:
    return {f"{name}_{number}": value for number, value in enumerate(values)}


def _one_of(column: ColumnElement[Any], name: str, count: int) -> ColumnElement[bool]:
    return column.in_([bindparam(f"{name}_{number}", type_=column.type) for number in range(count)])


@lru_cache(maxsize=128)
def _statement(shape: _Shape) -> Prepared:
    """The cells of every part of the period, and the deltas that wait."""
    parts = [_cells(shape, number, grain) for number, grain in enumerate(shape.grains)]
    return Prepared(union_all(*parts, _waiting(shape)))


@lru_cache(maxsize=128)
def _only_waiting(shape: _Shape) -> Prepared:
    return Prepared(_waiting(shape))


_DELTA_COLUMNS = [score_delta.c[name] for name in Delta._fields[1:]]


def _cells(shape: _Shape, number: int, grain: str) -> Select[Any]:
    visible = select(layer.c.id).where(layer.c.tenant_id == bindparam("tenant"), layer.c.visible)
    with_people = _one_of(histogram.c.dimension, "with_people", shape.with_people) if shape.with_people else None
    found = select(
        histogram.c.dimension,
        histogram.c.bucket,
        histogram.c.counts,
        *(_only_where(with_people, histogram.c[name]).label(name) for name in ("people", "doubtful")),
        *(cast(null(), column.type).label(column.name) for column in _DELTA_COLUMNS),
    ).where(
        histogram.c.tenant_id == bindparam("tenant"),
        histogram.c.layer_id.in_(visible),
        _one_of(histogram.c.dimension, "dimension", shape.dimensions),
        histogram.c.metric == bindparam("metric"),
        histogram.c.grain == grain,
        *_narrowed(histogram, shape),
    )
    if not shape.bounded:
        return found
    return found.where(
        histogram.c.bucket >= bindparam(f"start_{number}"), histogram.c.bucket < bindparam(f"end_{number}")
    )


def _only_where(met: ColumnElement[bool] | None, column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(null(), column.type) if met is None else case((met, column), else_=null())


def _waiting(shape: _Shape) -> Select[Any]:
    found = select(
        cast(null(), histogram.c.dimension.type).label("dimension"),
        cast(null(), histogram.c.bucket.type).label("bucket"),
        *(cast(null(), histogram.c[name].type).label(name) for name in ("counts", "people", "doubtful")),
        *_DELTA_COLUMNS,
    ).where(
        score_delta.c.tenant_id == bindparam("tenant"),
        score_delta.c.metric == bindparam("metric"),
        *_narrowed(score_delta, shape),
    )
    if not shape.bounded:
        return found
    return found.where(score_delta.c.local_day >= bindparam("start"), score_delta.c.local_day < bindparam("end"))


def _narrowed(table: Any, shape: _Shape) -> Iterable[ColumnElement[bool]]:
    if shape.series:
        yield table.c.series == bindparam("series")
    if shape.surveys:
        yield _one_of(table.c.survey_key, "survey", shape.surveys)
    if shape.not_surveys:
        yield not_(_one_of(table.c.survey_key, "not_survey", shape.not_surveys))


async def read_days(connection: AsyncConnection, tenant_id: int, question: Question, month: date) -> dict[date, int]:
    """The packed counts of each folded day of a month, of the question's own dimension."""
    part: Range = (DAY, month, shift_months(month, 1))
    shape, values = _ask(tenant_id, question, [question.dimension], ("",), [part])
    days: dict[date, int] = {}
    for row in await _days(shape).all(connection, **values):
        days[row.bucket] = days.get(row.bucket, 0) + from_bytes(row.counts)
    return days


@lru_cache(maxsize=128)
def _days(shape: _Shape) -> Prepared:
    return Prepared(_cells(shape, 0, DAY))
