"""Who an audience is: contacts that match filters, with what decides whether each may be asked now."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, or_, select

from storage.given import WAS_ANSWERED
from storage.person_rows import PERSON_COLUMNS, to_person, with_sides
from storage.scope import Scope
from storage.tables import (
    account,
    contact,
    conversation,
    identity,
    invitation,
    opt_out,
    person,
    preference,
    shut_route,
)
from storage.types import AnyRow
from surveys.errors import InvalidInput
from surveys.insight.queries import Dimension, Filter
from surveys.people.model import Candidate, PersonKind, Relationship
from surveys.people.records import match_key
from surveys.sending.model import InvitationState

_OF_PERSON: dict[Dimension, Callable[[AnyRow], str | None]] = {
    Dimension.ACCOUNT: lambda row: row.person_account,
    Dimension.ROLE: lambda row: row.person_role,
    Dimension.SEGMENT: lambda row: row.segment,
    Dimension.LANGUAGE: lambda row: row.person_language,
    Dimension.PERSONA: lambda row: row.persona,
    Dimension.OWNER: lambda row: row.owner_email,
    Dimension.TIER: lambda row: row.tier,
    Dimension.RELATIONSHIP: lambda row: row.relationship,
    Dimension.PRIORITY: lambda row: row.person_priority,
}
"""What a person can be chosen by; the other dimensions belong to an answer, not to a person."""

_WAITING = (InvitationState.QUEUED.value, InvitationState.DELIVERED.value)


async def select_candidates(scope: Scope, filters: Sequence[Filter], survey: str) -> list[Candidate]:
    """Raises InvalidInput where a filter cannot choose people: a wider audience than meant is never taken instead."""
    for wanted in filters:
        if wanted.dimension not in _OF_PERSON:
            raise InvalidInput(f"People cannot be chosen by {wanted.dimension.value}.")
    result = await scope.connection.execute(_statement(scope.tenant_id, survey))
    # Matching is done here and not in SQL, because SQLite folds the case of ASCII letters only.
    return [_candidate(scope, row) for row in result if all(_matches(row, wanted) for wanted in filters)]


def _matches(row: AnyRow, wanted: Filter) -> bool:
    value = _OF_PERSON[wanted.dimension](row)
    met = value is not None and match_key(value) in {match_key(one) for one in wanted.values}
    return met is not wanted.negated


def _candidate(scope: Scope, row: AnyRow) -> Candidate:
    return Candidate(
        person=to_person(row, timezone=scope.tenant.timezone),
        relationship=Relationship(row.relationship),
        reachable=bool(row.reachable),
        opted_out=bool(row.opted_out),
        snoozed_until=row.snoozed_until,
        last_asked_at=row.last_asked_at,
        open_invitation=bool(row.open_invitation),
    )


def _statement(tenant_id: int, survey: str) -> Select[*tuple[Any, ...]]:
    sides = with_sides(person).outerjoin(
        preference, and_(preference.c.tenant_id == person.c.tenant_id, preference.c.person_id == person.c.id)
    )
    return (
        select(
            *PERSON_COLUMNS,
            contact.c.relationship,
            contact.c.persona,
            account.c.segment,
            account.c.tier,
            account.c.owner_email,
            preference.c.snoozed_until,
            _last_asked(tenant_id, survey).label("last_asked_at"),
            _open(tenant_id, survey).label("open_invitation"),
            _reachable(tenant_id).label("reachable"),
            _opted_out(tenant_id).label("opted_out"),
        )
        .select_from(sides)
        .where(person.c.tenant_id == tenant_id, person.c.kind == PersonKind.CONTACT.value)
        .where(contact.c.person_id.is_not(None))
        .order_by(person.c.id)
    )


def _of_survey(tenant_id: int, survey: str) -> ColumnElement[bool]:
    return and_(
        invitation.c.tenant_id == tenant_id, invitation.c.person_id == person.c.id, invitation.c.survey_key == survey
    )


def _last_asked(tenant_id: int, survey: str) -> ScalarSelect[datetime]:
    begun = func.coalesce(invitation.c.delivered_at, invitation.c.created_at)
    return (
        select(func.max(begun, type_=invitation.c.created_at.type))
        .where(
            _of_survey(tenant_id, survey),
            # What a person began without being asked (`/cx feedback`) has no wave and does not count.
            invitation.c.wave_id.is_not(None),
            invitation.c.state.in_((*_WAITING, InvitationState.CLOSED.value)),
        )
        .scalar_subquery()
    )


def _open(tenant_id: int, survey: str) -> ColumnElement[bool]:
    return exists().where(_of_survey(tenant_id, survey), invitation.c.state.in_(_WAITING), ~WAS_ANSWERED)


def _reachable(tenant_id: int) -> ColumnElement[bool]:
    """By an identity whose way is not shut or, where none is, in a direct conversation."""
    shut = exists().where(shut_route.c.tenant_id == tenant_id, shut_route.c.identity_id == identity.c.id)
    mine = and_(identity.c.tenant_id == tenant_id, identity.c.person_id == person.c.id)
    direct = exists().where(
        conversation.c.tenant_id == tenant_id,
        conversation.c.person_id == person.c.id,
        conversation.c.direct.is_(True),
    )
    return or_(exists().where(mine, ~shut), and_(direct, ~exists().where(mine, shut)))


def _opted_out(tenant_id: int) -> ColumnElement[bool]:
    return exists().where(
        opt_out.c.tenant_id == tenant_id, opt_out.c.person_id == person.c.id, opt_out.c.withdrawn_at.is_(None)
    )
