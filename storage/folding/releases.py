"""Released months of employees' answers: what the gate let be kept, read back as it was. Nothing here counts people."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.visible import COMPLETE
from storage.tables import import_batch, released_figure, released_total
from surveys.definitions.model import Metric
from surveys.insight.local_days import shift_months
from surveys.insight.queries import Period
from surveys.privacy.gate import ReleasedWave, recorded_month, release_month


async def released_waves(
    connection: AsyncConnection, tenant_id: int, metric: Metric, period: Period | None
) -> Sequence[ReleasedWave]:
    """The months that have a figure and lie wholly in the period (None: all), oldest first."""
    incomplete = select(import_batch.c.id).where(
        import_batch.c.tenant_id == tenant_id, import_batch.c.state != COMPLETE
    )
    figures = (
        select(released_figure.c.id, released_figure.c.month, released_figure.c.n, released_figure.c.shown)
        .where(
            released_figure.c.tenant_id == tenant_id,
            released_figure.c.metric == metric.value,
            released_figure.c.n.is_not(None),
            or_(released_figure.c.batch_id.is_(None), released_figure.c.batch_id.not_in(incomplete)),
        )
        .order_by(released_figure.c.month, released_figure.c.id)
    )
    rows = [row for row in await connection.execute(figures) if period is None or _lies_in(row.month, period)]
    totals: dict[int, dict[int, int]] = {}
    for figure_id, value, count in await connection.execute(
        select(released_total.c.figure_id, released_total.c.value, released_total.c.count).where(
            released_total.c.tenant_id == tenant_id, released_total.c.figure_id.in_([row.id for row in rows])
        )
    ):
        totals.setdefault(figure_id, {})[value] = count
    found = (_wave(metric, row.month, row.n, row.shown, totals.get(row.id)) for row in rows)
    return [wave for wave in found if wave is not None]


def _lies_in(month: date, period: Period) -> bool:
    return period.start <= month and shift_months(month, 1) <= period.end


def _wave(metric: Metric, month: date, n: int, shown: int | None, totals: dict[int, int] | None) -> ReleasedWave | None:
    if totals is not None:
        released = release_month(totals, month, metric)
        return released if isinstance(released, ReleasedWave) else None
    return None if shown is None else recorded_month(month, n, float(shown), metric)
