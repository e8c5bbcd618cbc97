"""What a question selects, in the terms of the folded cells and of the rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, literal, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.cells import COLUMN_OF
from storage.folding.slots import all_slots
from storage.tables import account, answer, score_delta, wave
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension, Filter, Period, ScoreRequest
from surveys.people.records import match_key

Spelled = frozenset[tuple[Dimension, str]]
"""Folded values that filters mean, as they are stored."""

TENANT: BindParameter[int] = bindparam("tenant", type_=answer.c.tenant_id.type)
_START = bindparam("start", type_=answer.c.local_day.type)
_END = bindparam("end", type_=answer.c.local_day.type)
_SOME_DAYS = Period(start=date.min, end=date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the folded cells are asked. `dimension`: the one that is grouped or filtered by, "" for neither.

    `surveys` empty is all of them, `not_surveys` are left out.
    """

    metric: str
    series: str | None
    period: Period | None
    surveys: tuple[str, ...] = ()
    not_surveys: tuple[str, ...] = ()
    dimension: str = ""
    filters: tuple[Filter, ...] = ()
    grouped: bool = False


def folded_question(request: ScoreRequest) -> Question | None:
    """The request as the folded cells can answer it; None where only the rows can."""
    if request.latest:
        return None
    return foldable(
        metric=request.metric.value,
        series=request.series.value if request.series else None,
        period=request.period,
        filters=request.filters,
        by=request.by,
    )


def foldable(
    *, metric: str, series: str | None, period: Period | None, filters: Sequence[Filter], by: Dimension | None = None
) -> Question | None:
    by_survey = [wanted for wanted in filters if wanted.dimension is Dimension.SURVEY]
    others = tuple(wanted for wanted in filters if wanted.dimension is not Dimension.SURVEY)
    dimensions = {wanted.dimension for wanted in others} | ({by} if by else set())
    if len(dimensions) > 1 or not dimensions <= set(FOLDED_DIMENSIONS):
        return None
    wanted = [set(one.values) for one in by_survey if not one.negated]
    return Question(
        metric=metric,
        series=series,
        period=period,
        # An impossible key stands for "in both of two lists that have nothing in common".
        surveys=tuple(sorted(set.intersection(*wanted))) or ("",) if wanted else (),
        not_surveys=tuple(sorted({value for one in by_survey if one.negated for value in one.values})),
        dimension=next(iter(dimensions)).value if dimensions else "",
        filters=others,
        grouped=by is not None,
    )


async def account_values(connection: AsyncConnection, tenant_id: int, filters: Iterable[Filter]) -> dict[str, set[str]]:
    """Ids of the accounts that filters name, by name: {match key: {id}}."""
    names = {match_key(value) for one in filters if one.dimension is Dimension.ACCOUNT for value in one.values}
    if not names:
        return {}
    rows = await connection.execute(
        select(account.c.name_key, account.c.id).where(
            account.c.tenant_id == tenant_id, account.c.name_key.in_(sorted(names))
        )
    )
    found: dict[str, set[str]] = {}
    for name_key, account_id in rows:
        found.setdefault(name_key, set()).add(str(account_id))
    return found


def selected(values: Iterable[str | None], filters: Sequence[Filter], accounts: dict[str, set[str]]) -> set[str | None]:
    """The values of one dimension that pass all its filters. A missing value passes only negated ones."""
    passing: set[str | None] = set(values)
    met: set[str | None]
    for one in filters:
        if one.dimension is Dimension.ACCOUNT:
            ids = {account_id for value in one.values for account_id in accounts.get(match_key(value), ())}
            met = {value for value in passing if value in ids}
        else:
            keys = {match_key(value) for value in one.values}
            met = {value for value in passing if value is not None and match_key(value) in keys}
        passing = passing - met if one.negated else met
    return passing


async def spelled_values(connection: AsyncConnection, tenant_id: int, filters: Iterable[Filter]) -> Spelled:
    """A row's column is compared with these."""
    found: set[tuple[Dimension, str]] = set()
    for one in filters:
        if one.dimension is Dimension.ACCOUNT or one.dimension not in FOLDED_DIMENSIONS:
            continue
        keys = {match_key(value) for value in one.values}
        waiting = select(score_delta.c[one.dimension.value]).where(score_delta.c.tenant_id == tenant_id).distinct()
        known = await connection.scalars(waiting)
        values = {value for value in known if value is not None}
        values |= {value for _, value in await all_slots(connection, tenant_id, [one.dimension.value])}
        found |= {(one.dimension, value) for value in values if match_key(value) in keys}
    return frozenset(found)


def row_column(dimension: Dimension) -> ColumnElement[Any]:
    """The column of `answer` that keeps a dimension."""
    match dimension:
        case Dimension.SURVEY:
            return answer.c.survey_key
        case Dimension.WAVE:
            return answer.c.wave_id
        case _:
            return answer.c[COLUMN_OF.get(dimension, dimension.value)]


def row_conditions(filters: Iterable[Filter], spelled: Spelled) -> list[ColumnElement[bool]]:
    """The filters as conditions on `answer`. `spelled`: values as stored, where they are known to differ in case."""
    conditions: list[ColumnElement[bool]] = []
    for one in filters:
        keys = {match_key(value) for value in one.values}
        # Of two filters by one dimension each knows the spellings of its own values only.
        mine = {value for dimension, value in spelled if dimension is one.dimension and match_key(value) in keys}
        met = _met(one, mine)
        conditions.append(or_(row_column(one.dimension).is_(None), not_(met)) if one.negated else met)
    return conditions


def _met(one: Filter, spelled: Collection[str]) -> ColumnElement[bool]:
    column = row_column(one.dimension)
    match one.dimension:
        case Dimension.ACCOUNT:
            names = sorted({match_key(value) for value in one.values})
            return column.in_(
                select(account.c.id).where(account.c.tenant_id == TENANT, one_of(account.c.name_key, names))
            )
        case Dimension.WAVE:
            ids = sorted({value.lower() for value in one.values})
            return column.in_(
                select(wave.c.id).where(wave.c.tenant_id == TENANT, one_of(func.lower(wave.c.public_id), ids))
            )
        case _:
            return same_word(column, one.values, spelled)


def same_word(
    column: ColumnElement[Any], values: Collection[str], spelled: Collection[str] = ()
) -> ColumnElement[bool]:
    """The column is one of the values, in any case. SQLite lowers ASCII only: other spellings are named one by one."""
    likely = {form for value in values for form in (value, value.upper(), value.title(), value.capitalize())}
    return or_(one_of(func.lower(column), values), one_of(column, likely | set(spelled)))


def one_of(column: ColumnElement[Any], values: Collection[str]) -> ColumnElement[bool]:
    """The column is one of the values; unlike SQLAlchemy's own list this one stands in a statement that is kept."""
    return column.in_([literal(value, column.type) for value in sorted(values)])


def within(period: Period | None) -> ColumnElement[bool]:
    """The local day of an answer is in the period; its days are the parameters `start` and `end`."""
    if period is None:
        return and_(True)
    return and_(answer.c.local_day >= _START, answer.c.local_day < _END)


def within_unknown(period: Period | None) -> ColumnElement[bool]:
    """As `within`, for PostgreSQL and few rows: it plans once, and not anew for what these days promise.

    A plan for days that it knows looks cheaper to it by more than the planning costs, and takes five times as long.
    https://www.postgresql.org/docs/current/sql-prepare.html#SQL-PREPARE-NOTES
    """
    if period is None:
        return and_(True)
    first, after = (select(day).scalar_subquery() for day in (_START, _END))
    return and_(answer.c.local_day >= first, answer.c.local_day < after)


def shape_of(request: ScoreRequest) -> ScoreRequest:
    """The request as a statement's text depends on it: with any days. A statement is made once for each and kept."""
    return replace(request, period=_SOME_DAYS) if request.period else request


def parameters(tenant_id: int, period: Period | None) -> dict[str, Any]:
    """The values of `TENANT` and `within`."""
    return {"tenant": tenant_id} | ({"start": period.start, "end": period.end} if period else {})
