"""Conversations are found by their platform's id, channels also by name."""

from dataclasses import replace

import pytest

from bot.conversation.state import NOTHING_PENDING, Pending
from bot.events import Address
from surveys.errors import NotFound
from tests.builders import Company, an_envelope

pytestmark = pytest.mark.anyio

CHANNEL = Address(platform="web", workspace="local", conversation="channel:cx", direct=False)


async def test_a_conversation_is_made_at_its_first_event_and_found_at_the_second(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        first = await unit.conversations.lock(company.workspace.id, an_envelope())
        await unit.commit()
    async with company.store.write(company.id) as unit:
        second = await unit.conversations.lock(company.workspace.id, an_envelope(event="e2"))
    assert first.id == second.id
    assert second.address.conversation == "D1"
    assert second.address.platform == "web"
    assert second.address.workspace == "local"
    assert second.pending == NOTHING_PENDING


async def test_a_conversation_is_looked_at_without_being_made(company: Company) -> None:
    async with company.store.read(company.id) as unit:
        assert await unit.conversations.at(company.workspace.id, CHANNEL) is None
    async with company.store.write(company.id) as unit:
        made = await unit.conversations.remember(company.workspace.id, CHANNEL, "cx", None)
        await unit.commit()
    async with company.store.read(company.id) as unit:
        assert await unit.conversations.at(company.workspace.id, CHANNEL) == made
        assert await unit.conversations.at(company.workspace.id + 1, CHANNEL) is None


async def test_what_is_pending_is_kept_until_it_is_replaced(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        conversation = await unit.conversations.lock(company.workspace.id, an_envelope())
        await unit.conversations.set_pending(conversation.id, Pending(invitation="inv", question="reason"))
        await unit.commit()
    async with company.store.write(company.id) as unit:
        found = await unit.conversations.lock(company.workspace.id, an_envelope())
        assert found.pending == Pending(invitation="inv", question="reason")
        await unit.conversations.set_pending(found.id, NOTHING_PENDING)
        assert (await unit.conversations.by_id(found.id)).pending.nothing


async def test_the_newest_reference_of_a_moved_conversation_is_kept(company: Company) -> None:
    envelope = an_envelope()
    moved = replace(envelope, address=replace(envelope.address, reference='{"serviceUrl": "https://new"}'))
    async with company.store.write(company.id) as unit:
        await unit.conversations.lock(company.workspace.id, envelope)
        found = await unit.conversations.lock(company.workspace.id, moved)
        assert found.address.reference == '{"serviceUrl": "https://new"}'
        again = await unit.conversations.lock(company.workspace.id, envelope)
        assert again.address.reference == '{"serviceUrl": "https://new"}'


async def test_a_channel_is_found_by_its_name_in_any_case_with_or_without_hash(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        made = await unit.conversations.remember(company.workspace.id, CHANNEL, "#CX-Team", None)
        for spelling in ("cx-team", "#cx-team", "CX-TEAM", " #Cx-Team "):
            found = await unit.conversations.channel("web", spelling)
            assert found is not None
            assert found.id == made.id
        assert await unit.conversations.channel("web", "cx") is None
        assert await unit.conversations.channel("slack", "cx-team") is None
        assert [one.name for one in await unit.conversations.channels()] == ["CX-Team"]


async def test_a_direct_conversation_is_no_channel(company: Company) -> None:
    direct = Address(platform="web", workspace="local", conversation="D9")
    async with company.store.write(company.id) as unit:
        await unit.conversations.remember(company.workspace.id, direct, "Ann", None)
        assert await unit.conversations.channel("web", "Ann") is None
        assert await unit.conversations.channels() == []


async def test_remembering_again_keeps_the_person_and_takes_the_new_name(company: Company) -> None:
    person = await company.contact()
    direct = Address(platform="web", workspace="local", conversation="D9")
    async with company.store.write(company.id) as unit:
        first = await unit.conversations.remember(company.workspace.id, direct, "Ann", person.id)
        second = await unit.conversations.remember(company.workspace.id, direct, "Ann Smith", None)
    assert first.id == second.id
    assert second.person_id == person.id
    assert second.name == "Ann Smith"


async def test_a_workspace_that_is_not_this_tenants_is_refused(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        with pytest.raises(NotFound):
            await unit.conversations.lock(company.workspace.id + 1_000, an_envelope())
        with pytest.raises(NotFound):
            await unit.conversations.remember(company.workspace.id + 1_000, CHANNEL, "cx", None)
        with pytest.raises(NotFound):
            await unit.conversations.by_id(4_711)
        with pytest.raises(NotFound):
            await unit.conversations.set_pending(4_711, NOTHING_PENDING)
