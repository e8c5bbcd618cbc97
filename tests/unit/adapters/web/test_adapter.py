"""The web workspace behaves as a chat platform does."""

import pytest

from adapters.web.adapter import WebAdapter
from adapters.web.codec import decode
from adapters.web.live import Live, Posted
from bot.events import Address
from bot.messages import Message
from bot.ports import ConversationFacts
from surveys.errors import CxError, DeliveryError, Refused, StorageUnavailable
from tests.unit.adapters.web.fakes import START, Ear, FakeClock, FakeDirectory, FakeLog

pytestmark = pytest.mark.anyio

HELLO = Message(summary="Hello")
CHANNEL = Address(platform="web", workspace="local", conversation="channel:cx-weekly", direct=False)


def direct(person: str) -> Address:
    return Address(platform="web", workspace="local", conversation=f"dm:{person}")


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
def live() -> Live:
    return Live()


@pytest.fixture
def adapter(log: FakeLog, live: Live) -> WebAdapter:
    return WebAdapter(log=log, directory=FakeDirectory(), clock=FakeClock(), live=live)


async def test_a_persons_direct_conversation_is_there_without_opening_it(adapter: WebAdapter) -> None:
    assert await adapter.open_direct("local", "marta") == direct("marta")


@pytest.mark.parametrize(("workspace", "user"), [("local", "nobody"), ("elsewhere", "marta")])
async def test_nobody_is_reached_who_is_not_there(adapter: WebAdapter, workspace: str, user: str) -> None:
    with pytest.raises(DeliveryError) as refusal:
        await adapter.open_direct(workspace, user)
    assert refusal.value.permanent


async def test_a_posted_message_is_kept_shown_and_only_its_readers(
    adapter: WebAdapter, log: FakeLog, live: Live
) -> None:
    ear = Ear(live)
    reference = await adapter.post(direct("marta"), HELLO, delivery="d1")
    (kept,) = log.messages
    assert (kept.public_id, kept.visible_to, kept.author, kept.posted_at) == (reference, "marta", None, START)
    assert decode(kept.body) == HELLO
    assert ear.heard() == [Posted(message=kept, new=True)]


async def test_one_delivery_is_posted_once_however_often_it_is_tried(
    adapter: WebAdapter, log: FakeLog, live: Live
) -> None:
    first = await adapter.post(direct("marta"), HELLO, delivery="d1")
    ear = Ear(live)
    assert await adapter.post(direct("marta"), HELLO, delivery="d1") == first
    assert len(log.messages) == 1
    # A page that was not told the first time is told now; the others have it already.
    assert [happening.new for happening in ear.heard() if isinstance(happening, Posted)] == [False]


async def test_everybody_in_a_channel_may_read_what_is_posted_there(adapter: WebAdapter, log: FakeLog) -> None:
    await adapter.post(CHANNEL, HELLO, delivery="d1")
    assert log.messages[0].visible_to is None


@pytest.mark.parametrize(
    "address",
    [
        Address(platform="web", workspace="local", conversation="channel:unknown", direct=False),
        Address(platform="web", workspace="local", conversation="dm:nobody"),
        Address(platform="web", workspace="local", conversation="elsewhere"),
        Address(platform="web", workspace="other", conversation="dm:marta"),
        Address(platform="slack", workspace="local", conversation="dm:marta"),
    ],
)
async def test_a_conversation_that_does_not_exist_is_never_tried_again(adapter: WebAdapter, address: Address) -> None:
    for attempt in (
        adapter.post(address, HELLO, delivery="d1"),
        adapter.update(address, "m1", HELLO),
        adapter.conversation_facts(address),
    ):
        with pytest.raises(DeliveryError) as refusal:
            await attempt
        assert refusal.value.permanent


async def test_an_update_changes_the_message_and_shows_it(adapter: WebAdapter, log: FakeLog, live: Live) -> None:
    reference = await adapter.post(direct("marta"), HELLO, delivery="d1")
    ear = Ear(live)
    await adapter.update(direct("marta"), reference, Message(summary="Goodbye"))
    (kept,) = log.messages
    assert decode(kept.body).summary == "Goodbye"
    assert ear.heard() == [Posted(message=kept, new=False)]


async def test_a_message_of_another_conversation_or_of_a_person_is_not_updated(
    adapter: WebAdapter, log: FakeLog
) -> None:
    reference = await adapter.post(direct("marta"), HELLO, delivery="d1")
    typed, _ = await log.add(
        conversation="dm:marta", author="marta", visible_to="marta", body="x", delivery=None, at=START
    )
    for address, message in ((direct("ingrid"), reference), (direct("marta"), typed.public_id)):
        with pytest.raises(DeliveryError) as refusal:
            await adapter.update(address, message, Message(summary="Goodbye"))
        assert refusal.value.permanent
    assert decode(log.messages[0].body) == HELLO


async def test_a_database_that_is_away_delays_and_loses_nothing(adapter: WebAdapter, log: FakeLog) -> None:
    log.trouble = StorageUnavailable()
    with pytest.raises(DeliveryError) as refusal:
        await adapter.post(direct("marta"), HELLO, delivery="d1")
    assert not refusal.value.permanent
    assert refusal.value.retry_after == 5.0


@pytest.mark.parametrize("trouble", [CxError(), Refused()])
async def test_whatever_the_log_refuses_is_a_delivery_error(
    adapter: WebAdapter, log: FakeLog, trouble: CxError
) -> None:
    log.trouble = trouble
    with pytest.raises(DeliveryError):
        await adapter.post(CHANNEL, HELLO, delivery="d1")


async def test_channels_of_the_workspace_are_the_companys_own(adapter: WebAdapter) -> None:
    facts = await adapter.conversation_facts(CHANNEL)
    assert facts == ConversationFacts(shared_outside=False, has_guests=False, archived=False)
