"""Values that occur in a dimension, spelled as stored: what advice on a mistyped filter is chosen from."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, String, cast, select, union
from sqlalchemy.sql import ColumnElement

from storage.scope import Scope
from storage.tables import (
    account,
    answer,
    contact,
    dimension_value,
    employee,
    person,
    score_delta,
    survey,
    touchpoint,
    wave,
)
from storage.tables import workspace as workspace_table
from surveys.insight.queries import Dimension

LIMIT = 500
RECENT_ANSWERS = 20_000
"""A dimension that is kept only with answers is looked for in this many of the newest: advice, not a figure."""

_COLUMNS: dict[Dimension, tuple[ColumnElement[Any], ...]] = {
    Dimension.ACCOUNT: (account.c.name,),
    Dimension.ROLE: (contact.c.role,),
    Dimension.STAGE: (touchpoint.c.stage,),
    Dimension.TOUCHPOINT: (touchpoint.c.key,),
    Dimension.SEGMENT: (account.c.segment,),
    Dimension.TEAM: (touchpoint.c.team, employee.c.team),
    Dimension.LANGUAGE: (person.c.language,),
    Dimension.PERSONA: (contact.c.persona,),
    Dimension.SURVEY: (survey.c.key,),
    Dimension.WAVE: (wave.c.public_id,),
    Dimension.PLATFORM: (workspace_table.c.platform,),
    Dimension.OWNER: (account.c.owner_email,),
    Dimension.TIER: (account.c.tier,),
    Dimension.RELATIONSHIP: (contact.c.relationship,),
    Dimension.PRIORITY: (contact.c.priority,),
}
_FOLDED = frozenset({Dimension.STAGE, Dimension.TOUCHPOINT, Dimension.SEGMENT, Dimension.TEAM, Dimension.ROLE})
_WITH_ANSWERS = frozenset({Dimension.CHANNEL, Dimension.MODE, Dimension.PLATFORM, Dimension.PERSONA})


async def known_values(scope: Scope, dimension: Dimension) -> Sequence[str]:
    """At most 500, in order."""
    parts = [_one(scope, column) for column in _COLUMNS.get(dimension, ())]
    if dimension in _FOLDED:
        waiting = score_delta.c[dimension.value]
        folded = select(dimension_value.c.value).where(
            dimension_value.c.tenant_id == scope.tenant_id, dimension_value.c.dimension == dimension.value
        )
        parts += [folded, _one(scope, waiting)]
    if dimension in _WITH_ANSWERS:
        recent = (
            select(answer.c[dimension.value].label("value"))
            .where(answer.c.tenant_id == scope.tenant_id)
            .order_by(answer.c.id.desc())
            .limit(RECENT_ANSWERS)
            .subquery()
        )
        parts.append(select(recent.c.value.label("value")).distinct())
    if not parts:
        return []
    every = union(*parts).subquery()
    value = cast(every.c.value, String)
    result = await scope.connection.execute(
        select(value).where(every.c.value.is_not(None), value != "").order_by(value).limit(LIMIT)
    )
    return [str(found) for found in result.scalars()]


def _one(scope: Scope, column: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    table = column.table
    return select(column.label("value")).where(table.c.tenant_id == scope.tenant_id).distinct()
