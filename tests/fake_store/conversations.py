"""Conversations, events that came in, and the record of who did what."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation.state import NOTHING_PENDING, Pending
from bot.events import Address, Envelope
from bot.ports import AuditEntry, Conversation
from surveys.errors import NotFound
from surveys.people.records import match_key
from tests.fake_store.books import Books, first


class InboundEvents:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def first_time(self, platform: str, event_id: str, digest: bytes, at: datetime) -> bool:
        new = (platform, event_id) not in self._books.events
        self._books.events.setdefault((platform, event_id), at)
        return new


class Conversations:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def lock(self, workspace_id: int, envelope: Envelope) -> Conversation:
        """Locked it is anyway: one unit writes at a time. The newest reference of a verified event is right."""
        found = self._found(workspace_id, envelope.address) or self._make(workspace_id, envelope.address)
        reference = envelope.address.reference or found.address.reference
        return self._keep(replace(found, address=replace(found.address, reference=reference)))

    async def at(self, workspace_id: int, address: Address) -> Conversation | None:
        return self._found(workspace_id, address)

    async def by_id(self, conversation_id: int) -> Conversation:
        found = self._books.conversations.get(conversation_id)
        if found is None:
            raise NotFound("This conversation is not known here.")
        return found

    async def channel(self, platform: str, name: str) -> Conversation | None:
        wanted = match_key(name.strip().lstrip("#"))
        return first(
            await self.channels(), lambda one: one.address.platform == platform and match_key(one.name) == wanted
        )

    async def channels(self) -> Sequence[Conversation]:
        channels = [one for one in self._books.conversations.values() if not one.address.direct]
        return sorted(channels, key=lambda one: (match_key(one.name), one.id))

    async def remember(self, workspace_id: int, address: Address, name: str, person_id: int | None) -> Conversation:
        found = self._found(workspace_id, address) or self._make(workspace_id, address)
        reference = address.reference or found.address.reference
        return self._keep(
            replace(
                found,
                name=name.strip().lstrip("#") or found.name,
                person_id=person_id if person_id is not None else found.person_id,
                address=replace(found.address, reference=reference),
            )
        )

    async def set_pending(self, conversation_id: int, pending: Pending) -> None:
        self._keep(replace(await self.by_id(conversation_id), pending=pending))

    def _found(self, workspace_id: int, address: Address) -> Conversation | None:
        return first(
            self._books.conversations.values(),
            lambda one: one.workspace_id == workspace_id and one.address.conversation == address.conversation,
        )

    def _make(self, workspace_id: int, address: Address) -> Conversation:
        workspace = self._books.workspaces.get(workspace_id)
        if workspace is None:
            raise NotFound("This workspace is not known here.")
        return Conversation(
            id=self._books.number("conversation"),
            workspace_id=workspace_id,
            address=replace(address, platform=workspace.platform, workspace=workspace.external_id),
            name="",
            person_id=None,
            pending=NOTHING_PENDING,
        )

    def _keep(self, conversation: Conversation) -> Conversation:
        self._books.conversations[conversation.id] = conversation
        return conversation


class Audit:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def append(self, entry: AuditEntry) -> None:
        self._books.audit.append(entry)
