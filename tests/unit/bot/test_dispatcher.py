"""What the dispatcher tells the process about a commit. What it decides is told by the contract of the stores."""

from dataclasses import dataclass
from typing import cast

import pytest

from bot.actions import Action, Answer, TalkToPerson
from bot.desk import Desk
from bot.dispatcher import Dispatcher
from bot.events import ActionChosen, Address, Envelope, Sender
from bot.messages import Audience
from bot.ports import Store
from storage.unit_of_work import SqlStore
from tests.builders import NOW, WARSAW, Company, a_contact
from tests.fake_store.store import FakeStore, open_books
from tests.fakes import FakeClock

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class FakeBell:
    rung: int = 0

    def ring(self) -> None:
        self.rung += 1


async def tapped(action_on: type[Answer] | type[TalkToPerson], *values: str) -> int:
    """How often the delivery loop was woken by a tap on a fresh invitation."""
    store = FakeStore()
    tenant, workspace = open_books(store, "Halden Systems", timezone=WARSAW)
    company = Company(store=cast(SqlStore, store), tenant=tenant, workspace=workspace)
    facts = await company.asked(await company.contact(a_contact(user="U1")), await company.publish())
    bell = FakeBell()
    engine = Dispatcher(store=cast(Store, store), clock=FakeClock(NOW), bell=bell, desk=Desk())
    action: Action = action_on(facts.public_id, *values)
    envelope = Envelope(
        address=Address(platform="web", workspace="local", conversation="D1"), sender=Sender(user="U1"), event_id="e1"
    )
    outcome = await engine.handle(ActionChosen(envelope=envelope, action=action))
    assert outcome.reply is not None
    assert outcome.reply.audience is Audience.IN_PLACE
    return bell.rung


async def test_an_answer_wakes_no_delivery_because_it_sends_nothing() -> None:
    assert await tapped(Answer, "recommend", "9") == 0


async def test_a_wish_to_be_called_is_sent_at_once() -> None:
    assert await tapped(TalkToPerson) == 1
