"""Who of one account was asked and who answered: counted from the rows, because an account has few people."""

from collections.abc import Sequence

from sqlalchemy import and_, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Tenant
from storage.folding.response_rates import utc_bounds
from storage.given import WAS_ANSWERED
from storage.tables import account, contact, invitation
from surveys.insight.queries import AccountReach, Period
from surveys.people.records import match_key


async def account_reach(
    connection: AsyncConnection, tenant: Tenant, name: str, survey_keys: Sequence[str], period: Period
) -> AccountReach | None:
    """None where there is no such account. `asked`: got one of these surveys in the period; `answered`: that one."""
    account_id = await connection.scalar(
        select(account.c.id).where(account.c.tenant_id == tenant.id, account.c.name_key == match_key(name))
    )
    if account_id is None:
        return None
    people = and_(contact.c.tenant_id == tenant.id, contact.c.account_id == account_id)
    known = await connection.scalar(select(func.count()).select_from(contact).where(people))
    start, end = utc_bounds(period, tenant)
    asked = (
        select(func.count(distinct(invitation.c.person_id)))
        .select_from(
            invitation.join(
                contact,
                and_(contact.c.tenant_id == invitation.c.tenant_id, contact.c.person_id == invitation.c.person_id),
            )
        )
        .where(
            people,
            invitation.c.tenant_id == tenant.id,
            invitation.c.survey_key.in_(survey_keys),
            invitation.c.delivered_at >= start,
            invitation.c.delivered_at < end,
        )
    )
    return AccountReach(
        asked=await connection.scalar(asked) or 0,
        answered=await connection.scalar(asked.where(WAS_ANSWERED)) or 0,
        known=known or 0,
    )
