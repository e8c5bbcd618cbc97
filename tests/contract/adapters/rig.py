"""What the adapter contract needs of a platform: a `Rig`, one module for each (`rig_<platform>.py`).

A rig speaks the platform's wire: it turns a deed ("Ann taps 9") into the request that the platform really sends, with
its signature, token or origin, and turns what left for the platform into what people read there. No test is here, and
nothing of one platform. What a platform cannot do is data in its `Platform`, with the reason, and never a skip.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bot.events import Event
from bot.messages import Outcome
from bot.ports import ChatAdapter, Engine


class Who(StrEnum):
    """The people on every platform. The lead and Emma are in the channel; Ann and Bob are customers' contacts."""

    ANN = "ann"
    BOB = "bob"
    EMMA = "emma"
    LEAD = "lead"


# ── what is done on the platform ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A button of message `message` is used, in the direct conversation unless `channel`.

    `packed`: what the button carries, as `bot.actions.pack` writes it, or anything else. `values`: typed beside it.
    """

    who: Who
    packed: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)
    channel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSent:
    """A dialog is sent off; it was opened from message `message`."""

    who: Who
    packed: str
    message: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Written in the direct conversation."""

    who: Who
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """Written in the channel, to the bot."""

    who: Who
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """`/cx TEXT`, or what stands for it on the platform."""

    who: Who
    text: str
    channel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The bot becomes reachable: in the channel, or where there is none to be added to, for Ann."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The bot is taken out again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidByTheBot:
    """The platform tells the bot what the bot itself has said."""


Deed = Tap | FormSent | Typed | Mentioned | Commanded | Added | Removed | SaidByTheBot


# ── what is seen of it ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing that left for the platform: a message, a message's new state, a dialog, a picture.

    `readers`: who of the people can read it. `texts`: every text in it that is to be seen, also in a field, and what
    stands for a picture; `heard`: what only a screen reader or a notification says. `live`: whatever in it is more than
    text (a mention, a link, a format, markup), named. `native`: the platform's own form of it.
    """

    conversation: str
    readers: frozenset[Who]
    texts: tuple[str, ...]
    live: frozenset[str]
    native: object
    heard: tuple[str, ...] = ()
    packed: frozenset[str] = frozenset()
    """What its buttons carry."""
    reference: str = ""
    """The message, by the platform's reference; "" where it has none."""
    replaced: bool = False
    """It took the place of that message."""
    form: bool = False

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join((*self.texts, *self.heard))

    @property
    def seen(self) -> str:
        return "\n".join(self.texts)


@dataclass(slots=True)
class Ear:
    """The engine that an adapter is given: keeps what it hears, and answers as told or as a real engine does.

    As the real one, it has nothing more to say to the second copy of an event.
    """

    engine: Engine | None = None
    outcome: Outcome = field(default_factory=Outcome)
    events: list[Event] = field(default_factory=list)

    async def handle(self, event: Event) -> Outcome:
        known = {each.envelope.event_id for each in self.events}
        self.events.append(event)
        if self.engine is not None:
            return await self.engine.handle(event)
        return Outcome() if event.envelope.event_id in known else self.outcome


class Trouble(StrEnum):
    """What the platform's side can do to a call."""

    THROTTLED = "throttled"
    """429, with the seconds to wait."""
    BROKEN = "broken"
    """500: it may or may not have done it."""
    AWAY = "away"
    """Nobody answers there."""
    REFUSED = "refused"
    """Never: the person or the place is gone, or the message is not taken."""
    ANSWER_LOST = "answer lost"
    """It is done, and the connection ends before the answer."""


WAIT_SECONDS = 17.0
"""What a throttled platform asks for."""


class Rig(Protocol):
    """One platform under test, with the real adapter and its real endpoint, and the platform's side of it."""

    @property
    def ear(self) -> Ear: ...
    @property
    def adapter(self) -> ChatAdapter: ...
    @property
    def workspace(self) -> str:
        """As in `Address.workspace`."""

    @property
    def channel(self) -> str:
        """The channel's conversation, as in `Address.conversation`."""

    def user(self, who: Who) -> str:
        """As in `Sender.user`."""

    async def does(self, deed: Deed) -> int:
        """Sends it, waits for everything that comes of it; the HTTP status."""

    async def repeats(self, copy: str) -> int:
        """What was done last arrives once more, in the way of the platform's `copies` that is named."""

    async def forges(self, deed: Deed, forgery: str) -> int:
        """The same, but not from the platform: one of its `forgeries`."""

    async def comes_from_elsewhere(self, deed: Deed, elsewhere: str) -> int:
        """The same, truly from the platform, but from another company's part of it: one of its `elsewheres`."""

    async def mangles(self, deed: Deed) -> Mapping[str, int]:
        """The request of the deed, truly signed, once for every part of it that has a wrong shape; each status."""

    async def shown(self) -> Sequence[Shown]:
        """All that left for the platform until now, oldest first."""

    async def meets(self, trouble: Trouble, case: str = "") -> None:
        """The next call of each kind that writes or asks meets it. `case`: for REFUSED, one of `refusals`."""

    def recovers(self) -> None:
        """No call meets any trouble from now on. Not after AWAY."""

    def shares_the_channel(self) -> None:
        """Somebody from outside the company comes into the channel."""

    def check(self, shown: Shown) -> None:
        """Raises AssertionError when the platform would refuse it or cut it off."""


DeedKind = type[Tap | FormSent | Typed | Mentioned | Commanded | Added | Removed | SaidByTheBot]
Lack = DeedKind | Trouble | str
"""What a platform may lack: a kind of deed, a trouble, or one of the names below."""

COPIES, FORGERIES, EXPIRED, ELSEWHERES = "copies", "forgeries", "expired requests", "elsewheres"
SHARED, MANGLED, REFUSES_OTHERS = "outsiders", "mangled requests", "refusing another workspace's address"
NAMED_LACKS = (COPIES, FORGERIES, EXPIRED, ELSEWHERES, SHARED, MANGLED, REFUSES_OTHERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What is to be tried on a platform, as data, so that every case is a test with a name of its own.

    `cannot`: what there is none of, and why; the contract checks that the rest is there.
    """

    name: str
    open: Callable[[Ear], AbstractAsyncContextManager[Rig]]
    copies: tuple[str, ...] = ()
    forgeries: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    elsewheres: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    status_while_away: int = 200
    """Of a request that arrives although the platform cannot be called."""
    cannot: Mapping[Lack, str] = field(default_factory=dict)

    def can(self, what: Lack) -> bool:
        return what not in self.cannot

    @property
    def deeds(self) -> tuple[DeedKind, ...]:
        kinds: tuple[DeedKind, ...] = Deed.__args__
        return tuple(kind for kind in kinds if self.can(kind))

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        return tuple(trouble for trouble in Trouble if self.can(trouble))
