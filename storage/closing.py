"""Invitations whose time is over: closed and counted for the response rate, or never asked at all."""

from datetime import datetime

from sqlalchemy import and_, bindparam, exists, select, update

from storage.deliveries import DeliveryState
from storage.given import WAS_ANSWERED
from storage.response_deltas import closed
from storage.scope import Scope
from storage.tables import (
    account,
    contact,
    delivery,
    invitation,
    person,
    touchpoint,
    wave,
)
from surveys.sending.model import InvitationState, WaveState

_OVER = (
    select(
        invitation.c.id, invitation.c.state, invitation.c.survey_key, invitation.c.person_id,
        invitation.c.delivered_at, invitation.c.closes_at,
        invitation.c.touchpoint, contact.c.account_id, contact.c.role, account.c.segment, person.c.language,
        touchpoint.c.stage, touchpoint.c.team, WAS_ANSWERED.label("answered"),
    )
    .select_from(
        invitation.join(
            person, and_(person.c.tenant_id == invitation.c.tenant_id, person.c.id == invitation.c.person_id)
        )
        .outerjoin(contact, and_(contact.c.tenant_id == person.c.tenant_id, contact.c.person_id == person.c.id))
        .outerjoin(account, and_(account.c.tenant_id == contact.c.tenant_id, account.c.id == contact.c.account_id))
        .outerjoin(
            touchpoint,
            and_(touchpoint.c.tenant_id == invitation.c.tenant_id, touchpoint.c.key == invitation.c.touchpoint),
        )
    )
    .where(
        invitation.c.tenant_id == bindparam("tenant"),
        invitation.c.state.in_((InvitationState.QUEUED.value, InvitationState.DELIVERED.value)),
        invitation.c.closes_at <= bindparam("now", type_=invitation.c.closes_at.type),
    )
    .order_by(invitation.c.closes_at, invitation.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=invitation, skip_locked=True)
)  # fmt: skip


async def close_due(scope: Scope, now: datetime, limit: int) -> int:
    """Closes what was delivered, cancels what waited too long for its turn, and ends waves with nothing open."""
    values = {"tenant": scope.tenant_id, "now": now, "most": limit}
    over = (await scope.connection.execute(_OVER, values)).all()
    delivered = [row for row in over if row.state == InvitationState.DELIVERED.value]
    expired = [row.id for row in over if row.state == InvitationState.QUEUED.value]
    if delivered:
        await _set(scope, [row.id for row in delivered], InvitationState.CLOSED, now)
        await closed(scope, delivered)
    if expired:
        await _set(scope, expired, InvitationState.CANCELLED, now)
        await scope.connection.execute(
            update(delivery)
            .where(
                delivery.c.tenant_id == scope.tenant_id,
                delivery.c.invitation_id.in_(expired),
                delivery.c.state == DeliveryState.QUEUED.value,
            )
            .values(state=DeliveryState.DROPPED.value, last_error="expired")
        )
    await _close_waves(scope)
    return len(over)


async def _set(scope: Scope, ids: list[int], state: InvitationState, at: datetime) -> None:
    await scope.connection.execute(
        update(invitation)
        .where(invitation.c.tenant_id == scope.tenant_id, invitation.c.id.in_(ids))
        .values(state=state.value, closed_at=at)
    )


async def _close_waves(scope: Scope) -> None:
    still_open = exists().where(
        invitation.c.tenant_id == wave.c.tenant_id,
        invitation.c.wave_id == wave.c.id,
        invitation.c.state.in_((InvitationState.QUEUED.value, InvitationState.DELIVERED.value)),
    )
    await scope.connection.execute(
        update(wave)
        .where(wave.c.tenant_id == scope.tenant_id, wave.c.state == WaveState.OPEN.value, ~still_open)
        .values(state=WaveState.CLOSED.value)
    )
