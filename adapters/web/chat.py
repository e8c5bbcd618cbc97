"""What the web workspace needs from outside: a log of what was posted, a list of people, a clock that can be moved.

Protocols only, in plain values: storage implements them without importing this package. What is *in* a message is
`codec`'s business; how it looks is `render`'s.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.ports import Tenant
from surveys.people.model import Person

PLATFORM = "web"
WORKSPACE = "local"
DIRECT = "dm:"
CHANNEL = "channel:"


class StoredMessage(Protocol):
    """One posted message, read only. `conversation` is its external id ("dm:<person>" or "channel:<name>").

    `author` is a person's public id, None for the bot. `visible_to` is the public id of the only person who may see
    it, None for everybody in the conversation. `body` is what `codec.encode` wrote. Times are aware.
    """

    @property
    def public_id(self) -> str: ...
    @property
    def conversation(self) -> str: ...
    @property
    def author(self) -> str | None: ...
    @property
    def visible_to(self) -> str | None: ...
    @property
    def body(self) -> str: ...
    @property
    def posted_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...


class ChatLog(Protocol):
    """What was posted, of one tenant, oldest first by the order in which it was added (not by time)."""

    async def add(
        self,
        *,
        conversation: str,
        author: str | None,
        visible_to: str | None,
        body: str,
        delivery: str | None,
        at: datetime,
    ) -> tuple[StoredMessage, bool]:
        """Stores a message and returns it with True. `delivery` (up to 22 characters) is unique: the second call with
        the same one stores nothing and returns what the first one stored, with False."""

    async def replace(self, public_id: str, *, body: str, at: datetime) -> StoredMessage | None:
        """Gives a message a new body, and `updated_at`; None when there is no such message."""

    async def find(self, public_id: str) -> StoredMessage | None: ...

    async def history(
        self, conversation: str, *, viewer: str, limit: int, before: str | None = None
    ) -> Sequence[StoredMessage]:
        """The newest `limit` messages that `viewer` may see, oldest first; those older than message `before`, if given.

        May see: `visible_to` is None or `viewer`.
        """

    async def latest(self, conversations: Sequence[str], *, viewer: str) -> Mapping[str, str]:
        """Conversation → public id of its newest message that `viewer` may see; empty conversations are left out."""


class Directory(Protocol):
    """Who may be picked, in this tenant."""

    async def tenant(self) -> Tenant:
        """The company: its name, time zone and whether it is a demo (a picker exists only there)."""

    async def people(self) -> Sequence[Person]:
        """Everybody, with `permissions` filled in (that decides who is listed as a CX lead)."""

    async def person(self, public_id: str) -> Person | None: ...

    async def channels(self) -> Sequence[str]:
        """Names of the workspace's channels, without `#`."""


class ClockControl(Protocol):
    """The demo's clock. It satisfies `bot.ports.Clock`."""

    def now(self) -> datetime: ...

    async def move_to(self, moment: datetime) -> None:
        """Sets the clock to `moment` (aware, later than `now`) and wakes what is due by then."""


class Suggestions(Protocol):
    """What the composer offers after `/cx `: pairs of the command's text (without `/cx`) and what it answers."""

    def __call__(self, person: Person) -> Sequence[tuple[str, str]]: ...


def direct_with(person: str) -> str:
    """The external id of a person's direct conversation with the bot."""
    return DIRECT + person


def channel_called(name: str) -> str:
    """The external id of a channel."""
    return CHANNEL + name


def only_reader(conversation: str) -> str | None:
    """The public id of the only person who can be in a direct conversation; None for a channel."""
    return conversation.removeprefix(DIRECT) if conversation.startswith(DIRECT) else None
