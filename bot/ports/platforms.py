"""What the engine asks of a platform. `adapters/<platform>` implement it, and so does `tests/fakes.py`, in memory."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.events import Address
from bot.messages import Message
from surveys.sending.buckets import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFacts:
    """What a platform says about a conversation just now (asked at every post to a channel, threat 4)."""

    shared_outside: bool = False
    has_guests: bool = False
    archived: bool = False


class ChatAdapter(Protocol):
    """One platform. Every method raises DeliveryError and nothing else when the platform refuses."""

    @property
    def platform(self) -> str: ...

    async def open_direct(self, workspace: str, user: str) -> Address:
        """The direct conversation with a user, opened where it did not exist."""

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        """Posts, and returns the platform's reference of the message.

        `delivery` is the delivery's public id; a platform that can look up its own messages posts one id once.
        """

    async def update(self, address: Address, reference: str, message: Message) -> None:
        """Replaces a message that this adapter posted."""

    async def conversation_facts(self, address: Address) -> ConversationFacts: ...


@runtime_checkable
class FindsPosted(Protocol):
    """An adapter of a platform that can be asked for a message of ours by its delivery (decision 0006)."""

    async def find_posted(self, address: Address, delivery: str) -> str | None:
        """The platform's reference of the message, None where there is none.

        Raises DeliveryError, `permanent` where it cannot look into this conversation.
        """


@runtime_checkable
class PostsOnce(Protocol):
    """An adapter of a platform that shows one delivery once, however often it is posted (decision 0006)."""

    @property
    def posts_once(self) -> bool: ...


class Call(StrEnum):
    """A call that the delivery loop makes of an adapter."""

    OPEN = "open"
    LOOK = "look"
    """`conversation_facts`."""
    POST = "post"
    UPDATE = "update"


@runtime_checkable
class KeepsBudgets(Protocol):
    """An adapter of a platform that limits how fast it is called (decision 0015)."""

    def budgets(self, call: Call, address: Address) -> tuple[Budget, ...]:
        """What one such call takes a token of. For `OPEN` the conversation is still "". Pure, and quick."""
