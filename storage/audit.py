"""The append-only record of who did what. Triggers refuse a change; the application's role may only insert."""

from bot.ports import AuditEntry
from storage.prepared import inserting
from storage.scope import Scope
from storage.tables import audit
from storage.types import storable

_APPEND = inserting(audit, "tenant_id", "at", "actor_id", "actor", "action", "subject", "detail")


class StoredAudit:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def append(self, entry: AuditEntry) -> None:
        await _APPEND.all(
            self._scope.connection,
            tenant_id=self._scope.tenant_id,
            at=entry.at,
            actor_id=entry.actor_id,
            actor=entry.actor[:200],
            action=entry.action,
            subject=entry.subject,
            detail={storable(key): storable(value) for key, value in entry.detail.items()},
        )
