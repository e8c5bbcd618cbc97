"""Conversations: where they are on their platform and what is pending in them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, select, update

from bot.conversation.state import Pending
from bot.events import Address, Envelope
from bot.ports import Conversation
from storage.prepared import Prepared
from storage.scope import Scope
from storage.tables import conversation, workspace
from storage.types import AnyRow
from surveys.errors import NotFound
from surveys.people.records import match_key

CONVERSATION_COLUMNS = (
    conversation.c.id,
    conversation.c.workspace_id,
    conversation.c.external_id,
    conversation.c.direct,
    conversation.c.name,
    conversation.c.person_id,
    conversation.c.reference,
    conversation.c.pending_invitation,
    conversation.c.pending_question,
    workspace.c.platform.label("workspace_platform"),
    workspace.c.external_id.label("workspace_external_id"),
)
IN_ITS_WORKSPACE = conversation.join(
    workspace,
    and_(workspace.c.tenant_id == conversation.c.tenant_id, workspace.c.id == conversation.c.workspace_id),
)


def _select() -> Select[*tuple[Any, ...]]:
    return (
        select(*CONVERSATION_COLUMNS)
        .select_from(IN_ITS_WORKSPACE)
        .where(conversation.c.tenant_id == bindparam("tenant"))
    )


_AT = _select().where(
    conversation.c.workspace_id == bindparam("workspace"), conversation.c.external_id == bindparam("external")
)
_FOUND = Prepared(_AT)
_LOCK = Prepared(_AT.with_for_update(of=conversation))
_BY_ID = Prepared(_select().where(conversation.c.id == bindparam("id")))
_SET_PENDING = Prepared(
    update(conversation)
    .where(conversation.c.tenant_id == bindparam("tenant"), conversation.c.id == bindparam("conversation"))
    .values(pending_invitation=bindparam("invitation"), pending_question=bindparam("question"))
    .returning(conversation.c.id)
)
_CHANNEL = _select().where(
    conversation.c.direct.is_(False),
    conversation.c.name_key == bindparam("name"),
    workspace.c.platform == bindparam("platform"),
)
_CHANNELS = _select().where(conversation.c.direct.is_(False)).order_by(conversation.c.name_key, conversation.c.id)


def to_conversation(row: AnyRow) -> Conversation:
    return Conversation(
        id=row.id,
        workspace_id=row.workspace_id,
        address=Address(
            platform=row.workspace_platform,
            workspace=row.workspace_external_id,
            conversation=row.external_id,
            direct=row.direct,
            reference=row.reference,
        ),
        name=row.name,
        person_id=row.person_id,
        pending=Pending(invitation=row.pending_invitation, question=row.pending_question),
    )


class StoredConversations:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def lock(self, workspace_id: int, envelope: Envelope) -> Conversation:
        found = await self._locked(workspace_id, envelope.address.conversation)
        if found is None:
            await self._insert(workspace_id, envelope.address, name="", person_id=None)
            found = await self._locked(workspace_id, envelope.address.conversation)
        if found is None:
            raise NotFound("This workspace is not known here.")
        reference = envelope.address.reference
        if reference and reference != found.reference:
            # A platform may move a conversation (Teams: another serviceUrl); the newest verified event is right.
            await self._update(found.id, reference=reference)
            found = await self._row(found.id)
        return to_conversation(found)

    async def at(self, workspace_id: int, address: Address) -> Conversation | None:
        row: AnyRow | None = await _FOUND.first(
            self._scope.connection, tenant=self._scope.tenant_id, workspace=workspace_id, external=address.conversation
        )
        return to_conversation(row) if row is not None else None

    async def by_id(self, conversation_id: int) -> Conversation:
        return to_conversation(await self._row(conversation_id))

    async def channel(self, platform: str, name: str) -> Conversation | None:
        result = await self._scope.connection.execute(
            _CHANNEL,
            {"tenant": self._scope.tenant_id, "platform": platform, "name": match_key(name.strip().lstrip("#"))},
        )
        row = result.first()
        return to_conversation(row) if row else None

    async def channels(self) -> Sequence[Conversation]:
        result = await self._scope.connection.execute(_CHANNELS, {"tenant": self._scope.tenant_id})
        return [to_conversation(row) for row in result]

    async def remember(self, workspace_id: int, address: Address, name: str, person_id: int | None) -> Conversation:
        name = name.strip().lstrip("#")[:200]
        row = await self._locked(workspace_id, address.conversation)
        if row is None:
            await self._insert(workspace_id, address, name=name, person_id=person_id)
            row = await self._locked(workspace_id, address.conversation)
        if row is None:
            raise NotFound("This workspace is not known here.")
        await self._update(
            row.id,
            name=name or row.name,
            name_key=match_key(name or row.name)[:200],
            person_id=person_id if person_id is not None else row.person_id,
            reference=address.reference or row.reference,
        )
        return await self.by_id(row.id)

    async def set_pending(self, conversation_id: int, pending: Pending) -> None:
        changed = await _SET_PENDING.first(
            self._scope.connection,
            tenant=self._scope.tenant_id,
            conversation=conversation_id,
            invitation=pending.invitation[:22],
            question=pending.question[:60],
        )
        if changed is None:
            raise NotFound("This conversation is not known here.")

    async def _locked(self, workspace_id: int, external_id: str) -> AnyRow | None:
        row: AnyRow | None = await _LOCK.first(
            self._scope.connection, tenant=self._scope.tenant_id, workspace=workspace_id, external=external_id
        )
        return row

    async def _row(self, conversation_id: int) -> AnyRow:
        row: AnyRow | None = await _BY_ID.first(
            self._scope.connection, tenant=self._scope.tenant_id, id=conversation_id
        )
        if row is None:
            raise NotFound("This conversation is not known here.")
        return row

    async def _insert(self, workspace_id: int, address: Address, *, name: str, person_id: int | None) -> None:
        # Only into a workspace of this tenant: the foreign key would refuse another's with a driver's error.
        known = await self._scope.connection.execute(
            select(workspace.c.id).where(workspace.c.tenant_id == self._scope.tenant_id, workspace.c.id == workspace_id)
        )
        if known.first() is None:
            raise NotFound("This workspace is not known here.")
        await self._scope.connection.execute(
            self._scope.insert_new(conversation),
            {
                "tenant_id": self._scope.tenant_id,
                "workspace_id": workspace_id,
                "external_id": address.conversation,
                "direct": address.direct,
                "name": name,
                "name_key": match_key(name)[:200],
                "person_id": person_id,
                "reference": address.reference,
                "created_at": datetime.now(UTC),  # when the row was made; no rule reads it
            },
        )

    async def _update(self, conversation_id: int, **values: str | int | None) -> None:
        result = await self._scope.connection.execute(
            update(conversation)
            .where(conversation.c.tenant_id == self._scope.tenant_id, conversation.c.id == conversation_id)
            .values(**values)
        )
        if result.rowcount != 1:
            raise NotFound("This conversation is not known here.")


__all__ = ["CONVERSATION_COLUMNS", "IN_ITS_WORKSPACE", "StoredConversations", "to_conversation"]
