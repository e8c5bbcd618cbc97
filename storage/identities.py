"""Binding a platform user to a person: by a verified e-mail once, by an import or the demo on purpose (threat 3)."""

from datetime import UTC, datetime

from sqlalchemy import select

from bot.ports import AuditEntry
from storage.audit import StoredAudit
from storage.prepared import inserting
from storage.scope import Scope
from storage.tables import identity, person
from surveys.people.records import match_key

_BIND = inserting(
    identity, "tenant_id", "person_id", "workspace_id", "external_id", "bound_by", "bound_at",
    returning="id", or_ignore=True,
)  # fmt: skip


async def bind(scope: Scope, workspace_id: int, *, user: str, email: str) -> bool:
    """Binds `user` to the one person whose e-mail it is, unless that person has a user in this workspace already.

    The person's row is locked, so that of two users with the same e-mail only the first is bound. A record goes
    into the audit. False: nothing was bound.
    """
    found = await scope.connection.execute(
        select(person.c.id)
        .where(person.c.tenant_id == scope.tenant_id, person.c.handle == match_key(email), person.c.email.is_not(None))
        .with_for_update()
    )
    person_id = found.scalar()
    if person_id is None or await _has_user(scope, workspace_id, person_id):
        return False
    return await bind_user(scope, workspace_id, user=user, person_id=person_id, by="email")


async def bind_user(scope: Scope, workspace_id: int, *, user: str, person_id: int, by: str) -> bool:
    """Binds and audits; False when the user is bound already, to whomever."""
    at = datetime.now(UTC)
    new = await _BIND.first(
        scope.connection,
        tenant_id=scope.tenant_id,
        person_id=person_id,
        workspace_id=workspace_id,
        external_id=user,
        bound_by=by,
        bound_at=at,
    )
    if new is None:
        return False
    await StoredAudit(scope).append(
        AuditEntry(
            at=at,
            actor_id=None,
            actor="system",
            action="identity.bound",
            subject=f"person:{person_id}",
            detail={"workspace": str(workspace_id), "user": user, "by": by},
        )
    )
    return True


async def _has_user(scope: Scope, workspace_id: int, person_id: int) -> bool:
    result = await scope.connection.execute(
        select(identity.c.id).where(
            identity.c.tenant_id == scope.tenant_id,
            identity.c.workspace_id == workspace_id,
            identity.c.person_id == person_id,
        )
    )
    return result.first() is not None
