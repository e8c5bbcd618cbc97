"""Counts from the rows themselves, through the covering index: what the folded cells cannot tell."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
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

from storage.folding.selection import row_column, row_conditions, within
from storage.folding.visible import scored
from storage.tables import answer
from surveys.definitions.model import Metric
from surveys.insight.metrics import METRICS
from surveys.insight.queries import AccountSums, Dimension, PairedScore, ScoreRequest, Tally, TallySet

Spelled = Mapping[Dimension, Collection[str]]


def conditions(tenant_id: int, request: ScoreRequest, spelled: Spelled) -> ColumnElement[bool]:
    """The answers that a request counts (but for `latest`)."""
    found = [
        scored(tenant_id),
        answer.c.metric == request.metric.value,
        within(request.period),
        *row_conditions(tenant_id, request.filters, spelled),
    ]
    if request.series is not None:
        found.append(answer.c.series == request.series.value)
    return and_(*found)


def chosen(tenant_id: int, request: ScoreRequest, spelled: Spelled) -> Subquery:
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
    where = conditions(tenant_id, request, spelled)
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
    rows = chosen(tenant_id, request, spelled)
    every = select(rows).cte("counted")
    counts: dict[str | None, Counter[int]] = {}
    people: dict[str | None, int] = {}
    accounts: dict[str | None, Counter[tuple[int, int]]] = {}
    all_people, first_day = 0, None
    for row in await connection.execute(_summary(every)):
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


def _summary(every: Any) -> Any:
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
    return union_all(by_score, by_group, total)


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
    heard = [(x, n) for x, n in accounts if n]
    return AccountSums(
        accounts=len(heard),
        answers=sum(n for _, n in heard),
        sum_x=sum(x for x, _ in heard),
        sum_ss=sum(x * x for x, _ in heard),
        sum_sn=sum(x * n for x, n in heard),
        sum_nn=sum(n * n for _, n in heard),
    )


async def group_accounts(
    connection: AsyncConnection, tenant_id: int, request: ScoreRequest, spelled: Spelled
) -> dict[str | None, Counter[tuple[int, int]]]:
    """(account, score) → n for each group (None alone without `by`), of answers with an account."""
    rows = chosen(tenant_id, request, spelled)
    found: dict[str | None, Counter[tuple[int, int]]] = {}
    for group, account_id, score, n in await connection.execute(
        select(rows.c.group, rows.c.account_id, rows.c.score, func.count())
        .where(rows.c.account_id.is_not(None))
        .group_by(rows.c.group, rows.c.account_id, rows.c.score)
    ):
        found.setdefault(None if group is None else str(group), Counter())[account_id, score] += n
    return found


async def more_than(
    connection: AsyncConnection, tenant_id: int, request: ScoreRequest, spelled: Spelled, limit: int
) -> bool:
    """Whether a request counts more than `limit` answers; never reads many more."""
    some = select(literal(1)).where(conditions(tenant_id, request, spelled)).limit(limit + 1).subquery()
    return bool((await connection.scalar(select(func.count()).select_from(some)) or 0) > limit)


async def paired(
    connection: AsyncConnection, tenant_id: int, now: ScoreRequest, before: ScoreRequest, spelled: Spelled
) -> Sequence[PairedScore]:
    """Everyone who answered in both, by person."""
    after, earlier = (_means(chosen(tenant_id, request, spelled)) for request in (now, before))
    rows = await connection.execute(
        select(earlier.c.mean, after.c.mean)
        .select_from(after.join(earlier, after.c.person_id == earlier.c.person_id))
        .order_by(after.c.person_id)
    )
    return [PairedScore(before=float(first), after=float(second)) for first, second in rows]


def _means(rows: Subquery) -> Subquery:
    mean = cast(func.sum(rows.c.score), Float) / func.count()
    return (
        select(rows.c.person_id, mean.label("mean"))
        .where(rows.c.person_id.is_not(None))
        .group_by(rows.c.person_id)
        .subquery()
    )


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
