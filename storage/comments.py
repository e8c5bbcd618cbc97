"""The newest comments of the answers that a request counts. Which answers count is said in `storage.folding`."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Integer, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.rows import KEPT, chosen
from storage.folding.selection import TENANT, Spelled, parameters, row_conditions, shape_of, within
from storage.folding.visible import in_force
from storage.prepared import Prepared
from storage.session import Kind
from storage.tables import account, answer
from surveys.insight.queries import Comment, ScoreRequest


async def newest_comments(
    connection: AsyncConnection, tenant_id: int, request: ScoreRequest, spelled: Spelled, limit: int
) -> Sequence[Comment]:
    """Texts of responses whose score the request counts, newest first."""
    statement = _comments(shape_of(request), spelled)
    rows = await statement.all(connection, limit=limit, **parameters(tenant_id, request.period))
    return [Comment._make(row) for row in rows]


@lru_cache(maxsize=KEPT)
def _comments(request: ScoreRequest, spelled: Spelled) -> Prepared:
    return Prepared(partial(_statement, request, spelled))


def _statement(request: ScoreRequest, spelled: Spelled, dialect: Dialect) -> Select[Any]:
    """Its columns are the fields of `Comment`, in their order."""
    scores = answer.alias("scores")
    metric: ColumnElement[str] = scores.c.metric
    if dialect.name == Kind.SQLITE:
        # An expression, so that it finds the response by its key and not every score of the metric by an index. But
        # PostgreSQL would take it for rare, and sort all comments of the period instead of reading the newest.
        metric = metric.concat("")
    scored = [
        in_force(TENANT, scores),
        scores.c.response_id == answer.c.response_id,
        metric == request.metric.value,
        scores.c.score.is_not(None),
    ]
    if request.series is not None:
        scored.append(scores.c.series == request.series.value)
    name = select(account.c.name).where(account.c.tenant_id == answer.c.tenant_id, account.c.id == answer.c.account_id)
    found = select(
        answer.c.text,
        scores.c.score,
        answer.c.role,
        name.scalar_subquery().label("account"),
        answer.c.language,
        answer.c.local_day.label("day"),
    ).where(
        in_force(TENANT),
        answer.c.text.is_not(None),
        within(request.period),
        *row_conditions(request.filters, spelled),
        *scored,
    )
    if request.latest:
        last = chosen(request, spelled)
        found = found.where(answer.c.response_id.in_(select(last.c.response_id)))
    newest = found.order_by(answer.c.local_day.desc(), answer.c.id.desc())
    return newest.limit(bindparam("limit", type_=Integer))
