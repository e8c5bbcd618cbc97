"""A platform's members and the people of the store: matched by e-mail, many at once, and noted when they leave.

Threat 3 is kept by `storage.identities.bind`.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import and_, delete, exists, select

from bot.events import Sender
from storage.tables import identity, person, shut_route
from storage.unit_of_work import SqlStore
from surveys.errors import Undeliverable
from surveys.people.records import match_key

BATCH = 100
"""Members in one transaction: taps wait no longer than that."""


async def match_members(store: SqlStore, tenant_id: int, workspace_id: int, members: Sequence[Sender]) -> int:
    """Binds full members to the people whose e-mail they have, each once; how many were new."""
    waiting = await _without_user(store, tenant_id, workspace_id)
    found = [
        member
        for member in members
        if member.full_member and member.email is not None and match_key(member.email) in waiting
    ]
    bound = 0
    for start in range(0, len(found), BATCH):
        async with store.write(tenant_id) as unit:
            for member in found[start : start + BATCH]:
                bound += await unit.people.by_sender(workspace_id, member) is not None
            await unit.commit()
    return bound


async def _without_user(store: SqlStore, tenant_id: int, workspace_id: int) -> frozenset[str]:
    """The e-mails, as keys, of the people who have no user in this workspace yet."""
    bound = exists().where(
        identity.c.tenant_id == tenant_id,
        identity.c.workspace_id == workspace_id,
        identity.c.person_id == person.c.id,
    )
    statement = select(person.c.handle).where(person.c.tenant_id == tenant_id, person.c.email.is_not(None), ~bound)
    async with store.read(tenant_id) as unit:
        result = await unit.scope.connection.execute(statement)
        return frozenset(row.handle for row in result if row.handle)


async def note_who_left(
    store: SqlStore, tenant_id: int, workspace_id: int, *, left: Collection[str], here: Collection[str], at: datetime
) -> int:
    """Shuts the way to users who left, and opens it to those who are back; of how many it did either.

    A platform may go on taking messages for somebody who reads them no more. Without this they would count as asked.
    """
    statement = (
        select(identity.c.id, identity.c.external_id, shut_route.c.reason)
        .outerjoin(
            shut_route, and_(shut_route.c.tenant_id == identity.c.tenant_id, shut_route.c.identity_id == identity.c.id)
        )
        .where(identity.c.tenant_id == tenant_id, identity.c.workspace_id == workspace_id)
    )
    async with store.read(tenant_id) as unit:
        users = (await unit.scope.connection.execute(statement)).all()
    gone = [user.external_id for user in users if user.external_id in left and user.reason is None]
    back = [user.id for user in users if user.external_id in here and user.reason == Undeliverable.LEFT.value]
    for start in range(0, max(len(gone), len(back)), BATCH):
        async with store.write(tenant_id) as unit:
            for user in gone[start : start + BATCH]:
                await unit.people.shut_route(workspace_id, user, Undeliverable.LEFT, at)
            await unit.scope.connection.execute(
                delete(shut_route).where(
                    shut_route.c.tenant_id == tenant_id,
                    shut_route.c.identity_id.in_(back[start : start + BATCH]),
                    shut_route.c.reason == Undeliverable.LEFT.value,
                )
            )
            await unit.commit()
    return len(gone) + len(back)
