"""The newest comments of the answers that a request counts. Which answers count is said in `storage.folding`."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Dialect, Integer, Select, String, literal, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.rows import KEPT, chosen
from storage.folding.selection import TENANT, Spelled, parameters, row_conditions, shape_of, within, within_unknown
from storage.folding.visible import in_force
from storage.prepared import Prepared
from storage.session import Kind
from storage.tables import account, answer
from surveys.definitions.model import Metric, Series
from surveys.insight.queries import Comment, ScoreRequest


async def newest_comments(
    connection: AsyncConnection, tenant_id: int, request: ScoreRequest, spelled: Spelled, limit: int
) -> Sequence[Comment]:
    """Texts of responses whose score the request counts, newest first."""
    statement = _comments(shape_of(request), spelled, limit)
    rows = await statement.all(connection, **parameters(tenant_id, request.period))
    return [Comment._make(row) for row in rows]


@lru_cache(maxsize=KEPT)
def _comments(request: ScoreRequest, spelled: Spelled, limit: int) -> Prepared:
    return Prepared(partial(_statement, request, spelled, limit))


def _statement(request: ScoreRequest, spelled: Spelled, limit: int, dialect: Dialect) -> Select[Any]:
    """Its columns are the fields of `Comment`, in their order."""
    scores = answer.alias("scores")
    metric: ColumnElement[str] = scores.c.metric
    days = within_unknown(request.period)
    if dialect.name == Kind.SQLITE:
        # An expression, so that it finds the response by its key and not every score of the metric by an index. But
        # PostgreSQL would take it for rare, and sort all comments of the period instead of reading the newest.
        metric, days = metric.concat(""), within(request.period)
    scored = [
        in_force(TENANT, scores),
        scores.c.response_id == answer.c.response_id,
        metric == _written_out(request.metric),
        scores.c.score.is_not(None),
    ]
    if request.series is not None:
        scored.append(scores.c.series == _written_out(request.series))
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
        days,
        *row_conditions(request.filters, spelled),
        *scored,
    )
    if request.latest:
        last = chosen(request, spelled)
        found = found.where(answer.c.response_id.in_(select(last.c.response_id)))
    newest = found.order_by(answer.c.local_day.desc(), answer.c.id.desc())
    # Written out, for the same reason: of a limit that it does not know PostgreSQL expects a tenth of all rows.
    return newest.limit(literal_column(str(int(limit)), Integer))


def _written_out(value: Metric | Series) -> BindParameter[str]:
    return literal(value.value, String, literal_execute=True)
