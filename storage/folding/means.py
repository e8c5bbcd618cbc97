"""The mean score of each person who answered: from the rows, since cells know who answered but not what."""

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Select, String, Subquery, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.rows import KEPT, chosen
from storage.folding.selection import TENANT, Spelled, parameters, shape_of, within
from storage.folding.visible import in_force
from storage.prepared import Prepared
from storage.session import Kind
from storage.tables import answer, score_delta
from surveys.definitions.model import Metric
from surveys.insight.queries import ScoreRequest


async def means(
    connection: AsyncConnection, tenant_id: int, request: ScoreRequest, spelled: Spelled, people: Collection[int]
) -> dict[int, float]:
    """Person → mean score, of those among `people` who answered."""
    found = await _marks(shape_of(request), spelled).first(connection, **parameters(tenant_id, request.period))
    return _means(found.marks, people)


async def means_of_waiting(connection: AsyncConnection, tenant_id: int, request: ScoreRequest) -> dict[int, float]:
    """Person → mean score, of those who have an answer that is not folded yet. For a request without filters."""
    statement = _marks_of_waiting(shape_of(request))
    found = await statement.first(connection, **parameters(tenant_id, request.period))
    return _means(found.marks)


def _means(marks_as_stored: Any, people: Collection[int] | None = None) -> dict[int, float]:
    marks = json.loads(marks_as_stored) if isinstance(marks_as_stored, str) else marks_as_stored or ()
    sums: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for mark in marks:
        person_id = mark >> _SCORE_BITS
        if people is None or person_id in people:
            sums[person_id] = sums.get(person_id, 0) + (mark & _SCORE)
            sizes[person_id] = sizes.get(person_id, 0) + 1
    return {person_id: total / sizes[person_id] for person_id, total in sums.items()}


_SCORE_BITS = 4
_SCORE = (1 << _SCORE_BITS) - 1


@lru_cache(maxsize=KEPT)
def _marks(request: ScoreRequest, spelled: Spelled) -> Prepared:
    """Person and score of every answer as one number, all in one list.

    A row for each would take SQLite twice as long, and a sum for each person three times: it sorts what it groups.
    """
    rows = chosen(request, spelled)
    return Prepared(lambda dialect: _in_one(rows, dialect).where(rows.c.person_id.is_not(None)))


@lru_cache(maxsize=KEPT)
def _marks_of_waiting(request: ScoreRequest) -> Prepared:
    """The same, of the few people with a waiting delta."""
    waiting = select(score_delta.c.person_id).where(
        score_delta.c.tenant_id == TENANT,
        score_delta.c.metric == request.metric.value,
        score_delta.c.person_id.is_not(None),
    )
    found = [
        in_force(TENANT),
        answer.c.score.is_not(None),
        answer.c.person_id.in_(waiting),
        # An expression, so that the rows are found by their people and not by the days of everybody.
        answer.c.metric.concat("") == request.metric.value,
        within(request.period),
    ]
    if request.series is not None:
        found.append(answer.c.series == request.series.value)
    rows = select(answer.c.person_id, answer.c.score).where(*found).subquery()
    return Prepared(lambda dialect: _in_one(rows, dialect))


def _in_one(rows: Subquery, dialect: Dialect) -> Select[Any]:
    mark = rows.c.person_id * (_SCORE + 1) + rows.c.score
    in_one: Any = func.array_agg(mark)
    if dialect.name == Kind.SQLITE:
        in_one = func.json_group_array(mark, type_=String)
    return select(in_one.label("marks"))


async def waiting_people(connection: AsyncConnection, tenant_id: int, metric: Metric) -> set[int]:
    """Everybody who has a delta of the metric that is not folded yet."""
    return {row.person_id for row in await _WAITING.all(connection, tenant=tenant_id, metric=metric.value)}


_WAITING = Prepared(
    select(score_delta.c.person_id)
    .where(
        score_delta.c.tenant_id == TENANT,
        score_delta.c.metric == bindparam("metric"),
        score_delta.c.person_id.is_not(None),
    )
    .distinct()
)
