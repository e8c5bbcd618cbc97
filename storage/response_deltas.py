"""What an invitation leaves for the response rate: one open while it can be answered, then one answered or not.

Deltas as those of answers, folded into the same cells (storage/folding). An open one has no person and no dimension, so
that what takes it away is exactly what brought it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import insert

from storage.answering import FOLDED
from storage.folding.cells import ANSWERED, NOT_ANSWERED, OPEN, RESPONSE
from storage.prepared import inserting
from storage.scope import Scope
from storage.tables import score_delta
from storage.types import AnyRow

_COLUMNS = ("tenant_id", "metric", "series", "survey_key", "local_day", "score", "n")
_OPENED = inserting(score_delta, *_COLUMNS)
_ONE = insert(score_delta)


async def opened(scope: Scope, survey_key: str, delivered_at: datetime) -> None:
    """For the commit that makes an invitation delivered."""
    await _OPENED.all(scope.connection, **_open(scope, survey_key, delivered_at, 1))


async def closed(scope: Scope, rows: Iterable[AnyRow]) -> None:
    """For the commit that closes them; rows as `storage.closing` reads them, with FOLDED and `answered`."""
    closing = list(rows)
    await scope.connection.execute(_ONE, [_open(scope, row.survey_key, row.delivered_at, -1) for row in closing])
    await scope.connection.execute(_ONE, [_closed(scope, row) for row in closing])


def _open(scope: Scope, survey_key: str, delivered_at: datetime, n: int) -> Mapping[str, object]:
    return {
        "tenant_id": scope.tenant_id,
        "metric": RESPONSE,
        "series": "",
        "survey_key": survey_key,
        "local_day": scope.local_day(delivered_at),
        "score": OPEN,
        "n": n,
    }


def _closed(scope: Scope, row: AnyRow) -> Mapping[str, object]:
    return {
        "tenant_id": scope.tenant_id,
        "metric": RESPONSE,
        "series": "",
        "survey_key": row.survey_key,
        # The day its window ended, also when the clock comes round to it later.
        "local_day": scope.local_day(row.closes_at),
        "person_id": row.person_id,
        "score": ANSWERED if row.answered else NOT_ANSWERED,
        "n": 1,
        **{name: getattr(row, name) for name in FOLDED},
    }
