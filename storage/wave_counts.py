"""What became of waves: whom the question reached, who answered, who could not be reached and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, case, func, select

from storage.deliveries import UNDER_WAY
from storage.given import WAS_ANSWERED
from storage.scope import Scope
from storage.tables import delivery, invitation, unreached, wave_member
from storage.types import AnyRow
from surveys.errors import Undeliverable
from surveys.sending.model import Wave


async def with_counts(scope: Scope, waves: Sequence[Wave]) -> list[Wave]:
    """The same waves with `delivered`, `leaving`, `answered` and `unreached`."""
    if not waves:
        return []
    ids = [one.id for one in waves]
    reached = await _reached(scope, ids)
    leaving = await _leaving(scope, ids)
    reasons = await _unreached(scope, ids)
    return [
        replace(
            one,
            delivered=reached[one.id].delivered if one.id in reached else 0,
            answered=reached[one.id].answered if one.id in reached else 0,
            leaving=leaving.get(one.id, 0),
            unreached=tuple(reasons.get(one.id, ())),
        )
        for one in waves
    ]


async def _reached(scope: Scope, ids: Sequence[int]) -> Mapping[int, AnyRow]:
    # By the members: invitations have an index by person and none by wave, which an import would pay for.
    counted = await scope.connection.execute(
        select(
            wave_member.c.wave_id,
            func.count(invitation.c.delivered_at).label("delivered"),
            func.sum(case((WAS_ANSWERED, 1), else_=0)).label("answered"),
        )
        .select_from(
            wave_member.join(
                invitation,
                and_(
                    invitation.c.tenant_id == wave_member.c.tenant_id,
                    invitation.c.person_id == wave_member.c.person_id,
                    invitation.c.wave_id == wave_member.c.wave_id,
                ),
            )
        )
        .where(
            wave_member.c.tenant_id == scope.tenant_id,
            wave_member.c.wave_id.in_(ids),
            wave_member.c.due_at.is_not(None),
        )
        .group_by(wave_member.c.wave_id)
    )
    return {row.wave_id: row for row in counted}


async def _leaving(scope: Scope, ids: Sequence[int]) -> Mapping[int, int]:
    counted = await scope.connection.execute(
        select(invitation.c.wave_id, func.count().label("people"))
        .select_from(delivery.join(invitation, _of_invitation(delivery)))
        .where(
            delivery.c.tenant_id == scope.tenant_id,
            UNDER_WAY,
            delivery.c.kind == "post",
            invitation.c.wave_id.in_(ids),
            invitation.c.delivered_at.is_(None),
        )
        .group_by(invitation.c.wave_id)
    )
    return {row.wave_id: row.people for row in counted}


async def _unreached(scope: Scope, ids: Sequence[int]) -> Mapping[int, Sequence[tuple[Undeliverable, int]]]:
    """Most first."""
    counted = await scope.connection.execute(
        select(invitation.c.wave_id, unreached.c.reason, func.count().label("people"))
        .select_from(unreached.join(invitation, _of_invitation(unreached)))
        .where(unreached.c.tenant_id == scope.tenant_id, invitation.c.wave_id.in_(ids))
        .group_by(invitation.c.wave_id, unreached.c.reason)
        .order_by(func.count().desc(), unreached.c.reason)
    )
    by_wave: dict[int, list[tuple[Undeliverable, int]]] = defaultdict(list)
    for row in counted:
        by_wave[row.wave_id].append((Undeliverable(row.reason), row.people))
    return by_wave


def _of_invitation(table: Any) -> Any:
    return and_(invitation.c.tenant_id == table.c.tenant_id, invitation.c.id == table.c.invitation_id)
