"""Matching a platform's members to people by e-mail, many at once (threat 3 is kept by `storage.identities.bind`)."""

from collections.abc import Sequence

from sqlalchemy import exists, select

from bot.events import Sender
from storage.tables import identity, person
from storage.unit_of_work import SqlStore
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
