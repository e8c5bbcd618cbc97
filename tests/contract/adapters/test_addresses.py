"""Where something came from can be written to: at once, and after the address was stored and read again."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from bot.actions import Answer, pack
from bot.events import Address, Envelope
from bot.messages import Message, Paragraph
from bot.ports import ConversationFacts, Workspace
from storage.tenancy import ensure_workspace
from storage.unit_of_work import SqlStore
from surveys.errors import DeliveryError
from tests.builders import NOW, Company, a_company
from tests.contract.adapters.conftest import a_card, each_platform_and, news
from tests.contract.adapters.rig import (
    REFUSES_OTHERS,
    Added,
    Commanded,
    Deed,
    Mentioned,
    Platform,
    Rig,
    Tap,
    Typed,
    Who,
)

pytestmark = pytest.mark.anyio

HELLO = Message(summary="Hello again", blocks=(Paragraph(text="Hello again"),))
DEEDS: Mapping[str, tuple[Deed, frozenset[Who]]] = {
    "a message": (Typed(who=Who.ANN, text="hi"), frozenset({Who.ANN})),
    "a command": (Commanded(who=Who.LEAD, text="help"), frozenset({Who.LEAD})),
    "a tap": (Tap(who=Who.BOB, packed=pack(Answer("inv", "q", "1")), message=""), frozenset({Who.BOB})),
    "a mention": (Mentioned(who=Who.LEAD, text="help"), frozenset({Who.LEAD, Who.EMMA})),
    "a command in the channel": (Commanded(who=Who.LEAD, text="help", channel=True), frozenset({Who.LEAD, Who.EMMA})),
    "the bot is added": (Added(), frozenset({Who.LEAD, Who.EMMA})),
}


def possible(platform: Platform) -> list[str]:
    return [name for name, (deed, _) in DEEDS.items() if platform.can(type(deed))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A store with the rig's workspace in it."""

    company: Company
    workspace: Workspace

    async def keep(self, envelope: Envelope) -> int:
        """As the engine keeps the conversation of an event; its id."""
        async with self.company.store.write(self.company.id) as unit:
            kept = await unit.conversations.lock(self.workspace.id, envelope)
            await unit.commit()
        return kept.id

    async def read(self, conversation_id: int) -> Address:
        async with self.company.store.read(self.company.id) as unit:
            return (await unit.conversations.by_id(conversation_id)).address


@pytest.fixture
async def shelf(sqlite_store: SqlStore, rig: Rig) -> Shelf:
    company = await a_company(sqlite_store)
    workspace = await ensure_workspace(
        sqlite_store, company.id, platform=rig.adapter.platform, external_id=rig.workspace, name="Here", at=NOW
    )
    return Shelf(company=company, workspace=workspace)


async def happens(rig: Rig, name: str) -> Envelope:
    deed = DEEDS[name][0]
    if isinstance(deed, Tap):
        deed = Tap(who=deed.who, packed=deed.packed, message=await a_card(rig, deed.who))
    await rig.does(deed)
    return rig.ear.events[-1].envelope


@each_platform_and("name", possible)
async def test_where_something_came_from_can_be_written_to(rig: Rig, name: str) -> None:
    envelope = await happens(rig, name)
    before = len(await rig.shown())
    reference = await rig.adapter.post(envelope.address, HELLO, delivery="d1")
    [shown] = await news(rig, before)
    assert (shown.conversation, shown.readers) == (envelope.address.conversation, DEEDS[name][1])
    assert reference


@each_platform_and("name", possible)
async def test_an_address_that_was_stored_leads_to_the_same_place(rig: Rig, shelf: Shelf, name: str) -> None:
    envelope = await happens(rig, name)
    address = await shelf.read(await shelf.keep(envelope))
    assert address == envelope.address
    before = len(await rig.shown())
    reference = await rig.adapter.post(address, HELLO, delivery="d1")
    await rig.adapter.update(address, reference, Message(summary="Changed"))
    posted, changed = await news(rig, before)
    assert (posted.conversation, posted.readers) == (envelope.address.conversation, DEEDS[name][1])
    assert (changed.conversation, changed.reference, changed.replaced) == (posted.conversation, reference, True)
    assert "Changed" in changed.text
    assert "Hello" not in changed.text


@each_platform_and("name", possible)
async def test_who_is_in_a_conversation_can_be_asked_with_a_stored_address(rig: Rig, shelf: Shelf, name: str) -> None:
    envelope = await happens(rig, name)
    facts = await rig.adapter.conversation_facts(await shelf.read(await shelf.keep(envelope)))
    assert facts == ConversationFacts()


@pytest.mark.parametrize("who", list(Who))
async def test_an_opened_conversation_is_the_one_in_which_the_person_writes(rig: Rig, shelf: Shelf, who: Who) -> None:
    opened = await rig.adapter.open_direct(rig.workspace, rig.user(who))
    assert (opened.platform, opened.workspace, opened.direct) == (rig.adapter.platform, rig.workspace, True)
    await rig.does(Typed(who=who, text="hi"))
    envelope = rig.ear.events[-1].envelope
    assert envelope.address.conversation == opened.conversation
    async with shelf.company.store.write(shelf.company.id) as unit:
        kept = await unit.conversations.remember(shelf.workspace.id, opened, "", None)
        await unit.commit()
    before = len(await rig.shown())
    await rig.adapter.post(await shelf.read(kept.id), HELLO, delivery="d1")
    [shown] = await news(rig, before)
    assert shown.readers == {who}


def strict(platform: Platform) -> tuple[str, ...]:
    return ("elsewhere",) if platform.can(REFUSES_OTHERS) else ()


@each_platform_and("workspace", strict)
async def test_another_companys_workspace_is_not_written_to(rig: Rig, workspace: str) -> None:
    before = len(await rig.shown())
    with pytest.raises(DeliveryError):
        await rig.adapter.open_direct(workspace, rig.user(Who.ANN))
    assert await news(rig, before) == []
