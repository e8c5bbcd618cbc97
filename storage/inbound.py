"""Events that came in: remembered by id, so that a second delivery changes nothing. Bodies are never kept."""

from datetime import datetime
from hashlib import sha256

from storage.prepared import inserting
from storage.scope import Scope
from storage.tables import inbound_event

_REMEMBER = inserting(
    inbound_event, "tenant_id", "platform", "event_id", "digest", "received_at", returning="event_id", or_ignore=True
)


class StoredInboundEvents:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def first_time(self, platform: str, event_id: str, digest: bytes, at: datetime) -> bool:
        # A platform's id is opaque; one that does not fit its column is told apart by its hash.
        key = event_id if len(event_id) <= 255 else f"sha256:{sha256(event_id.encode('utf-8', 'replace')).hexdigest()}"
        new = await _REMEMBER.first(
            self._scope.connection,
            tenant_id=self._scope.tenant_id,
            platform=platform,
            event_id=key,
            digest=digest.hex()[:64],
            received_at=at,
        )
        return new is not None
