"""Response rates: closed invitations, folded like answers; open ones are counted apart."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Tenant
from storage.folding.cells import ANSWERED, NOT_ANSWERED, OPEN, RESPONSE
from storage.folding.reading import read_folded
from storage.folding.rows import KEPT
from storage.folding.selection import TENANT, foldable, one_of, same_word
from storage.folding.tallying import counts_of, selected_slots
from storage.given import WAS_ANSWERED
from storage.memory import Snapshot
from storage.prepared import Prepared
from storage.tables import account, contact, invitation, person, touchpoint, wave
from surveys.insight.queries import Dimension, Filter, Period, ResponseCounts, changeable
from surveys.people.records import match_key
from surveys.sending.model import InvitationState


def utc_bounds(period: Period, tenant: Tenant) -> tuple[datetime, datetime]:
    """When the period's first local day begins and its last one ends."""
    zone = ZoneInfo(tenant.timezone)

    def midnight(day: date) -> datetime:
        return datetime.combine(day, time(), zone).astimezone(UTC)

    return midnight(period.start), midnight(period.end)


async def response_counts(
    connection: AsyncConnection,
    tenant: Tenant,
    survey_keys: Sequence[str],
    period: Period,
    filters: Sequence[Filter],
    *,
    snapshot: Snapshot | None = None,
) -> ResponseCounts:
    """Invitations of these surveys that closed in the period, and those delivered in it that are still open.

    What depends on the answer (platform, channel, mode) does not exist for those who gave none: then nothing is
    counted and there is no rate.
    """
    if not survey_keys or any(one.dimension in _OF_ANSWERS for one in filters):
        return ResponseCounts(delivered=0, answered=0, still_open=0)
    counts = await _folded(connection, tenant, survey_keys, period, filters, snapshot)
    by_present: tuple[Dimension, ...] = ()
    if counts is None:
        counts = await _from_rows(connection, tenant, survey_keys, period, filters)
        by_present = changeable(filters)
    if any(one.dimension is not Dimension.SURVEY for one in filters):
        counts[OPEN] = await _still_open(connection, tenant, survey_keys, period, filters)
    answered = counts.get(ANSWERED, 0)
    return ResponseCounts(
        delivered=answered + counts.get(NOT_ANSWERED, 0),
        answered=answered,
        still_open=counts.get(OPEN, 0),
        by_present=by_present,
        open_by_present=changeable(filters),
    )


_OF_ANSWERS = frozenset({Dimension.PLATFORM, Dimension.CHANNEL, Dimension.MODE})


async def _folded(
    connection: AsyncConnection,
    tenant: Tenant,
    survey_keys: Sequence[str],
    period: Period,
    filters: Sequence[Filter],
    snapshot: Snapshot | None,
) -> dict[int, int] | None:
    """NOT_ANSWERED, ANSWERED and (without a dimension) OPEN → n; None where the cells cannot tell."""
    only = Filter(dimension=Dimension.SURVEY, values=tuple(survey_keys))
    question = foldable(metric=RESPONSE, series="", period=period, filters=(*filters, only))
    if question is None:
        return None

    async def counted() -> dict[int, int]:
        found = await read_folded(
            connection, tenant.id, question, people=(), counts={question.dimension}, snapshot=snapshot
        )
        slots = await selected_slots(connection, tenant.id, question, found)
        return counts_of(found.cell(question.dimension), slots)

    # A filter's name may come to mean another account.
    return dict(await (snapshot.of_answers(question, counted) if snapshot and not filters else counted()))


async def _from_rows(
    connection: AsyncConnection, tenant: Tenant, survey_keys: Sequence[str], period: Period, filters: Sequence[Filter]
) -> dict[int, int]:
    """From the invitations, with the people's properties of today."""
    start, end = utc_bounds(period, tenant)
    answered = func.coalesce(func.sum(case((WAS_ANSWERED, 1), else_=0)), 0)
    found = _invitations(tenant.id, survey_keys, filters, func.count(), answered).where(
        invitation.c.state == InvitationState.CLOSED.value,
        invitation.c.closes_at >= start,
        invitation.c.closes_at < end,
    )
    delivered, gave = (await connection.execute(found)).one()
    return {NOT_ANSWERED: delivered - gave, ANSWERED: gave}


async def _still_open(
    connection: AsyncConnection, tenant: Tenant, survey_keys: Sequence[str], period: Period, filters: Sequence[Filter]
) -> int:
    """From the invitations, with the people's properties of today."""
    start, end = utc_bounds(period, tenant)
    statement = _open_ones(tuple(survey_keys), tuple(filters))
    found = await statement.first(connection, tenant=tenant.id, start=start, end=end)
    return int(found.n)


@lru_cache(maxsize=KEPT)
def _open_ones(survey_keys: tuple[str, ...], filters: tuple[Filter, ...]) -> Prepared:
    return Prepared(
        _invitations(TENANT, survey_keys, filters, func.count().label("n")).where(
            invitation.c.state == InvitationState.DELIVERED.value,
            invitation.c.delivered_at >= bindparam("start", type_=invitation.c.delivered_at.type),
            invitation.c.delivered_at < bindparam("end", type_=invitation.c.delivered_at.type),
        )
    )


_PERSON_COLUMNS: dict[Dimension, ColumnElement[Any]] = {
    Dimension.ROLE: contact.c.role,
    Dimension.STAGE: touchpoint.c.stage,
    Dimension.TOUCHPOINT: invitation.c.touchpoint,
    Dimension.SEGMENT: account.c.segment,
    Dimension.TEAM: touchpoint.c.team,
    Dimension.LANGUAGE: person.c.language,
    Dimension.PERSONA: contact.c.persona,
    Dimension.SURVEY: invitation.c.survey_key,
    Dimension.WAVE: wave.c.public_id,
    Dimension.OWNER: account.c.owner_email,
    Dimension.TIER: account.c.tier,
    Dimension.RELATIONSHIP: contact.c.relationship,
    Dimension.PRIORITY: contact.c.priority,
}


def _invitations(
    tenant_id: int | BindParameter[int],
    survey_keys: Sequence[str],
    filters: Sequence[Filter],
    *columns: ColumnElement[Any],
) -> Select[Any]:
    found = select(*columns).where(invitation.c.tenant_id == tenant_id, one_of(invitation.c.survey_key, survey_keys))
    if not filters:
        return found.select_from(invitation)
    return found.select_from(_WITH_PEOPLE).where(*(_condition(one) for one in filters))


def _same(left: Any, right: Any, left_id: str, right_id: str = "id") -> ColumnElement[bool]:
    return and_(left.c.tenant_id == right.c.tenant_id, left.c[left_id] == right.c[right_id])


_WITH_PEOPLE = (
    invitation.join(person, _same(invitation, person, "person_id"))
    .outerjoin(contact, _same(person, contact, "id", "person_id"))
    .outerjoin(account, _same(contact, account, "account_id"))
    .outerjoin(touchpoint, _same(invitation, touchpoint, "touchpoint", "key"))
    .outerjoin(wave, _same(invitation, wave, "wave_id"))
)


def _condition(one: Filter) -> ColumnElement[bool]:
    if one.dimension is Dimension.ACCOUNT:
        column: ColumnElement[Any] = account.c.name_key
        met: ColumnElement[bool] = one_of(column, {match_key(value) for value in one.values})
    else:
        column = _PERSON_COLUMNS[one.dimension]
        met = same_word(column, one.values)
    return or_(column.is_(None), ~met) if one.negated else met
