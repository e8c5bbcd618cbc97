"""Which answers count: the one place that says so for rows.

An answer counts when it is the current version, its import (if it came by one) is complete, and no complete import
corrects it. An import that is still being written, or was undone, changes nothing: its rows do not count, and those
it corrects still do. Its state turns `complete` in one row, in the commit that also shows its layer.
"""

from sqlalchemy import BindParameter, ColumnElement, FromClause, and_, or_, select

from storage.tables import answer, import_batch

COMPLETE = "complete"


def in_force(tenant_id: int | BindParameter[int], table: FromClause = answer) -> ColumnElement[bool]:
    """The answers that count now. Incomplete imports are few at any time, so it is these that are looked up.

    `table`: `answer` or an alias of it.
    """
    incomplete = select(import_batch.c.id).where(
        import_batch.c.tenant_id == tenant_id, import_batch.c.state != COMPLETE
    )
    return and_(
        table.c.tenant_id == tenant_id,
        table.c.current.is_(True),
        or_(table.c.batch_id.is_(None), table.c.batch_id.not_in(incomplete)),
        or_(table.c.superseded_by.is_(None), table.c.superseded_by.in_(incomplete)),
    )


def scored(tenant_id: int | BindParameter[int]) -> ColumnElement[bool]:
    """Scores that count, of any metric."""
    return and_(in_force(tenant_id), answer.c.score.is_not(None), answer.c.metric.is_not(None))
