"""Counts from the rows themselves, through the covering index: what the folded cells cannot tell."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from operator import mul
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Subquery,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.selection import (
    TENANT,
    Spelled,
    parameters,
    row_column,
    row_conditions,
    shape_of,
    within,
)
from storage.folding.visible import scored
from storage.prepared import Prepared
from storage.tables import answer
from surveys.definitions.model import Metric
from surveys.insight.metrics import METRICS
from surveys.insight.queries import AccountSums, Dimension, ScoreRequest, Tally, TallySet

KEPT = 128
"""Statements of each kind that are kept: making one takes longer than running it."""


def conditions(request: ScoreRequest, spelled: Spelled) -> ColumnElement[bool]:
    """The answers that a request counts (but for `latest`). The values of its `parameters` come with the execution."""
    found = [
        scored(TENANT),
        answer.c.metric == request.metric.value,
        within(request.period),
        *row_conditions(request.filters, spelled),
    ]
    if request.series is not None:
        found.append(answer.c.series == request.series.value)
    return and_(*found)


def chosen(request: ScoreRequest, spelled: Spelled) -> Subquery:
    """One row for each answer counted, with `group` (the value of `by`), the person, the account and the score."""
    by: ColumnElement[Any] = row_column(request.by) if request.by else cast(null(), String)
    columns = [
        answer.c.id,
        answer.c.response_id,
        by.label("group"),
        answer.c.person_id,
        answer.c.account_id,
        answer.c.score,
        answer.c.local_day,
    ]
    where = conditions(request, spelled)
    if not request.latest:
        return select(*columns[2:]).where(where).subquery()
    newest = (answer.c.local_day.desc(), answer.c.recorded_at.desc(), answer.c.id.desc())
    place = func.row_number().over(partition_by=answer.c.person_id, order_by=newest).label("place")
    every = select(*columns, place).where(where).subquery()
    # An unknown person may be anybody: each such answer is somebody's last.
    last = or_(every.c.place == 1, every.c.person_id.is_(None))
    return select(*(every.c[column.name] for column in columns)).where(last).subquery()


async def tally_rows(connection: AsyncConnection, tenant_id: int, request: ScoreRequest, spelled: Spelled) -> TallySet:
    """Everything about the request, in one statement."""
    counts: dict[str | None, Counter[int]] = {}
    people: dict[str | None, int] = {}
    accounts: dict[str | None, Counter[tuple[int, int]]] = {}
    all_people, first_day = 0, None
    statement = _summary(shape_of(request), spelled)
    for row in await statement.all(connection, **parameters(tenant_id, request.period)):
        group = None if row.group is None else str(row.group)
        match row.part:
            case "score":
                counts.setdefault(group, Counter())[row.score] += row.n
                if row.account_id is not None:
                    accounts.setdefault(group, Counter())[row.account_id, row.score] += row.n
            case "group":
                people[group] = row.n
            case _:
                all_people, first_day = row.n, row.first_day
    whole: Counter[int] = Counter()
    of_accounts: Counter[tuple[int, int]] = Counter()
    for group in counts:
        whole.update(counts[group])
        of_accounts.update(accounts.get(group, Counter()))
    total = Tally(counts=dict(whole), people=all_people, accounts=account_sums(request.metric, of_accounts))
    groups = tuple(
        Tally(
            key=group,
            counts=dict(counts[group]),
            people=people[group],
            accounts=account_sums(request.metric, accounts.get(group, Counter())),
        )
        for group in sorted(counts, key=lambda key: (key is None, key or ""))
    )
    return TallySet(total=total, groups=groups if request.by else (), first_day=first_day, folded=False)


@lru_cache(maxsize=KEPT)
def _summary(request: ScoreRequest, spelled: Spelled) -> Prepared:
    every = select(chosen(request, spelled)).cte("counted")
    unknown = func.sum(case((every.c.person_id.is_(None), 1), else_=0))
    people = func.count(distinct(every.c.person_id)) + func.coalesce(unknown, 0)
    no_account, no_score = cast(null(), answer.c.account_id.type), cast(null(), answer.c.score.type)
    no_day, no_group = cast(null(), answer.c.local_day.type), cast(null(), every.c.group.type)
    by_score = select(
        literal("score").label("part"),
        every.c.group,
        every.c.account_id,
        every.c.score,
        func.count().label("n"),
        no_day.label("first_day"),
    ).group_by(every.c.group, every.c.account_id, every.c.score)
    by_group = select(literal("group"), every.c.group, no_account, no_score, people, no_day).group_by(every.c.group)
    total = select(literal("total"), no_group, no_account, no_score, people, func.min(every.c.local_day))
    return Prepared(union_all(by_score, by_group, total))


def account_sums(metric: Metric, counts: Mapping[tuple[int, int], int]) -> AccountSums:
    """Sums over accounts; `counts` maps (account, score) to n."""
    definition = METRICS[metric]
    sums: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    for (account_id, score), n in counts.items():
        sums[account_id] += definition.unit_value(score) * n
        sizes[account_id] += n
    return sums_over((sums[account_id], n) for account_id, n in sizes.items())


def sums_over(accounts: Iterable[tuple[int, int]]) -> AccountSums:
    """From (S, n) of each account; those without answers are none."""
    # By columns, in C: there are hundreds of accounts in every question.
    sums, sizes = tuple(zip(*accounts, strict=True)) or ((), ())
    return AccountSums(
        accounts=len(sizes) - sizes.count(0),
        answers=sum(sizes),
        sum_x=sum(sums),
        sum_ss=sum(map(mul, sums, sums)),
        sum_sn=sum(map(mul, sums, sizes)),
        sum_nn=sum(map(mul, sizes, sizes)),
    )


async def group_accounts(
    connection: AsyncConnection, tenant_id: int, request: ScoreRequest, spelled: Spelled
) -> dict[str | None, Counter[tuple[int, int]]]:
    """(account, score) → n for each group (None alone without `by`), of answers with an account."""
    found: dict[str | None, Counter[tuple[int, int]]] = {}
    statement = _by_account(shape_of(request), spelled)
    for group, account_id, score, n in await statement.all(connection, **parameters(tenant_id, request.period)):
        found.setdefault(None if group is None else str(group), Counter())[account_id, score] += n
    return found


@lru_cache(maxsize=KEPT)
def _by_account(request: ScoreRequest, spelled: Spelled) -> Prepared:
    rows = chosen(request, spelled)
    return Prepared(
        select(rows.c.group, rows.c.account_id, rows.c.score, func.count().label("n"))
        .where(rows.c.account_id.is_not(None))
        .group_by(rows.c.group, rows.c.account_id, rows.c.score)
    )


async def more_than(
    connection: AsyncConnection, tenant_id: int, request: ScoreRequest, spelled: Spelled, limit: int
) -> bool:
    """Whether a request counts more than `limit` answers; never reads many more."""
    some = select(literal(1)).where(conditions(request, spelled)).limit(limit + 1).subquery()
    found = await connection.scalar(select(func.count()).select_from(some), parameters(tenant_id, request.period))
    return (found or 0) > limit


async def members_of(
    connection: AsyncConnection,
    tenant_id: int,
    question: tuple[ColumnElement[bool], ...],
    dimension: str,
    people: Sequence[int],
) -> set[tuple[str | None, int]]:
    """(value of a dimension, person) of those among `people` who have an answer."""
    value = row_column(Dimension(dimension)) if dimension else null()
    found: set[tuple[str | None, int]] = set()
    for start in range(0, len(people), _PEOPLE_AT_ONCE):
        rows = await connection.execute(
            select(value.label("value"), answer.c.person_id)
            .where(scored(tenant_id), *question, answer.c.person_id.in_(people[start : start + _PEOPLE_AT_ONCE]))
            .distinct()
        )
        found.update((None if key is None else str(key), person) for key, person in rows)
    return found


_PEOPLE_AT_ONCE = 300
