"""The platform in memory (`tests/fakes.py`): what the contract asks of it is what engine tests rely on.

It has no wire: a deed is the neutral event itself, and what is shown is the neutral message itself.
"""

import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from bot.actions import pack, unpack
from bot.events import (
    ActionChosen,
    Address,
    BotAdded,
    BotRemoved,
    CommandInvoked,
    Envelope,
    Event,
    MessageReceived,
    Sender,
)
from bot.messages import Audience, Form, Message, Reply
from surveys.errors import DeliveryError
from tests.contract.adapters.reading import actions_in, texts_in
from tests.contract.adapters.rig import (
    EXPIRED,
    FORGERIES,
    MANGLED,
    REFUSES_OTHERS,
    WAIT_SECONDS,
    Added,
    Commanded,
    Deed,
    Ear,
    FormSent,
    Mentioned,
    Platform,
    Removed,
    Rig,
    SaidByTheBot,
    Shown,
    Tap,
    Trouble,
    Typed,
    Who,
)
from tests.fakes import FakePlatform

WORKSPACE = "here"
CHANNEL = "channel:voice"
IN_THE_CHANNEL = frozenset({Who.LEAD, Who.EMMA})

ERRORS = {
    Trouble.THROTTLED: DeliveryError("wait", retry_after=WAIT_SECONDS, throttled=True),
    Trouble.BROKEN: DeliveryError("broken", uncertain=True),
    Trouble.AWAY: DeliveryError("away"),
    Trouble.REFUSED: DeliveryError("gone", permanent=True),
    Trouble.ANSWER_LOST: DeliveryError("lost", uncertain=True),
}


@dataclass(slots=True)
class Watched(FakePlatform):
    """The fake platform, and the order in which it was told things. `loses`: the next answer does not arrive."""

    platform: str = "fake"
    workspace: str = WORKSPACE
    told: list[Shown] = field(default_factory=list)
    loses: bool = False

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        reference = await super(Watched, self).post(address, message, delivery=delivery)
        self.told.append(_shown(message, address.conversation, readers_of(address.conversation), reference))
        if self.loses:
            self.loses = False
            raise ERRORS[Trouble.ANSWER_LOST]
        return reference

    async def update(self, address: Address, reference: str, message: Message) -> None:
        await super(Watched, self).update(address, reference, message)
        at = _shown(message, address.conversation, readers_of(address.conversation), reference)
        self.told.append(replace(at, replaced=True))


@dataclass(slots=True, repr=False)
class FakeRig:
    ear: Ear
    adapter: Watched = field(default_factory=Watched)
    _last: Event | None = None
    _events: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def workspace(self) -> str:
        return WORKSPACE

    @property
    def channel(self) -> str:
        return CHANNEL

    def user(self, who: Who) -> str:
        return who.value

    async def does(self, deed: Deed) -> int:
        return await self._happens(self._event(deed, WORKSPACE))

    async def repeats(self, copy: str) -> int:
        assert self._last is not None
        return await self._happens(self._last)

    async def forges(self, deed: Deed, forgery: str) -> int:
        raise AssertionError("nothing is signed here")

    async def comes_from_elsewhere(self, deed: Deed, elsewhere: str) -> int:
        return await self._happens(self._event(deed, elsewhere))

    async def mangles(self, deed: Deed) -> Mapping[str, int]:
        raise AssertionError("an event has no parts to mangle")

    async def shown(self) -> Sequence[Shown]:
        return self.adapter.told

    async def meets(self, trouble: Trouble, case: str = "") -> None:
        if trouble is Trouble.ANSWER_LOST:
            self.adapter.loses = True
        else:
            self.adapter.refusals.append(ERRORS[trouble])

    def recovers(self) -> None:
        self.adapter.refusals.clear()

    def shares_the_channel(self) -> None:
        self.adapter.shared.add(CHANNEL)

    def check(self, shown: Shown) -> None:
        assert isinstance(shown.native, Message | Form)

    async def _happens(self, event: Event) -> int:
        self._last = event
        outcome = await self.ear.handle(event)
        user = Who(event.envelope.sender.user)
        if outcome.form is not None:
            form = _shown(outcome.form, event.envelope.address.conversation, frozenset({user}))
            self.adapter.told.append(replace(form, form=True))
        if outcome.reply is not None:
            # What cannot be shown is lost; what was recorded is not.
            with suppress(DeliveryError):
                await self._reply(outcome.reply, event.envelope, user)
        return 200

    async def _reply(self, reply: Reply, envelope: Envelope, user: Who) -> None:
        address, message = envelope.address, reply.message
        everyone = reply.audience is Audience.EVERYONE
        if everyone and (await self.adapter.conversation_facts(address)).shared_outside:
            message, everyone = Message(summary="Somebody from outside is in this channel."), False
        if reply.audience is Audience.IN_PLACE and address.direct and envelope.message:
            await self.adapter.update(address, envelope.message, message)
        elif everyone or address.direct:
            await self.adapter.post(address, message, delivery=f"reply-{envelope.event_id}")
        else:
            self.adapter.told.append(_shown(message, address.conversation, frozenset({user})))

    def _event(self, deed: Deed, workspace: str) -> Event:
        match deed:
            case Tap(packed=packed, message=message, values=values):
                envelope = self._envelope(deed.who, workspace, channel=deed.channel, message=message)
                return ActionChosen(envelope=envelope, action=unpack(packed), values=values)
            case FormSent(who=who, packed=packed, message=message, values=values):
                envelope = self._envelope(who, workspace, message=message)
                return ActionChosen(envelope=envelope, action=unpack(packed), values=values)
            case Typed(who=who, text=text):
                return MessageReceived(envelope=self._envelope(who, workspace), text=text)
            case Mentioned(who=who, text=text):
                return MessageReceived(envelope=self._envelope(who, workspace, channel=True), text=text)
            case Commanded(who=who, text=text, channel=channel):
                return CommandInvoked(envelope=self._envelope(who, workspace, channel=channel), text=text)
            case Added():
                return BotAdded(envelope=self._envelope(Who.LEAD, workspace, channel=True))
            case Removed():
                return BotRemoved(envelope=self._envelope(Who.LEAD, workspace, channel=True))
            case SaidByTheBot():
                raise AssertionError("the bot is not told what it says")

    def _envelope(self, who: Who, workspace: str, *, channel: bool = False, message: str = "") -> Envelope:
        conversation = CHANNEL if channel else f"dm:{who}"
        address = Address(platform="fake", workspace=workspace, conversation=conversation, direct=not channel)
        return Envelope(
            address=address,
            sender=Sender(user=who.value),
            event_id=f"event-{next(self._events)}",
            message=message or None,
        )


def readers_of(conversation: str) -> frozenset[Who]:
    return IN_THE_CHANNEL if conversation == CHANNEL else frozenset({Who(conversation.removeprefix("dm:"))})


def _shown(message: Message | Form, conversation: str, readers: frozenset[Who], reference: str = "") -> Shown:
    said = (message.summary,) if isinstance(message, Message) else ()
    return Shown(
        conversation=conversation,
        readers=readers,
        texts=texts_in(message),
        heard=said,
        live=frozenset(),
        native=message,
        packed=frozenset(map(pack, actions_in(message))),
        reference=reference,
    )


@asynccontextmanager
async def opened(ear: Ear) -> AsyncIterator[Rig]:
    yield FakeRig(ear)


PLATFORM = Platform(
    name="fake",
    open=opened,
    copies=("handed over twice",),
    elsewheres=("another workspace",),
    refusals=("gone",),
    cannot={
        FORGERIES: "an event is handed over inside the process: there is nothing to forge",
        EXPIRED: "nothing of it has a time",
        MANGLED: "an event is a value of the right type, or is not made",
        REFUSES_OTHERS: "it opens a conversation wherever an engine test wants one",
        SaidByTheBot: "it tells nobody what the bot says",
    },
)
