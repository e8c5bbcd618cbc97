"""Closed months of employees' answers: the only rows that an import of them leaves."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import import_batch, released_figure, released_total
from surveys.importing.months import ClosedMonth


class ReleasedMonth(NamedTuple):
    """A month that takes no more rows, and the digest of the file that it came from (empty: from no file)."""

    survey: str
    question: str
    month: date
    file_digest: str


async def released_months(connection: AsyncConnection, tenant_id: int) -> Sequence[ReleasedMonth]:
    rows = await connection.execute(
        select(
            released_figure.c.survey_key,
            released_figure.c.question,
            released_figure.c.month,
            import_batch.c.file_digest,
        )
        .select_from(
            released_figure.outerjoin(
                import_batch,
                (import_batch.c.tenant_id == released_figure.c.tenant_id)
                & (import_batch.c.id == released_figure.c.batch_id),
            )
        )
        .where(released_figure.c.tenant_id == tenant_id)
    )
    return [ReleasedMonth(survey, question, month, digest or "") for survey, question, month, digest in rows]


async def write_months(
    connection: AsyncConnection, tenant_id: int, months: Sequence[ClosedMonth], *, batch_id: int, at: datetime
) -> None:
    """In the commit that completes the batch."""
    for closed in months:
        wave = closed.wave
        made = await connection.execute(
            insert(released_figure)
            .values(
                tenant_id=tenant_id,
                metric=closed.key.metric.value,
                survey_key=closed.key.survey,
                question=closed.key.question,
                month=closed.key.month,
                n=wave.n if wave else None,
                # Where there are totals the figure is made of them again, at full precision.
                shown=round(wave.shown) if wave else None,
                released_at=at,
                batch_id=batch_id,
            )
            .returning(released_figure.c.id)
        )
        figure_id = made.scalar_one()
        if wave and wave.totals:
            await connection.execute(
                insert(released_total),
                [
                    {"tenant_id": tenant_id, "figure_id": figure_id, "value": value, "count": count}
                    for value, count in wave.totals.items()
                ],
            )
