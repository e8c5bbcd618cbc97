"""Fakes at the edges of the engine: a platform, a clock. They keep the rules of the real ones and none of the work."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.events import Address
from bot.messages import Message
from bot.ports import ConversationFacts
from surveys.errors import DeliveryError


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by

    def move_to(self, moment: datetime) -> None:
        self._now = moment


@dataclass(slots=True, kw_only=True)
class Shown:
    """One message as the platform shows it now."""

    address: Address
    message: Message
    delivery: str


@dataclass(slots=True)
class FakePlatform:
    """A chat platform in memory, as an adapter sees it. `refusals` are raised by the next posts, one each."""

    platform: str = "web"
    workspace: str = "local"
    messages: dict[str, Shown] = field(default_factory=dict)
    refusals: deque[DeliveryError] = field(default_factory=deque)
    shared: set[str] = field(default_factory=set)
    calls: int = 0

    async def open_direct(self, workspace: str, user: str) -> Address:
        return Address(platform=self.platform, workspace=workspace, conversation=f"dm:{user}")

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        self.calls += 1
        if self.refusals:
            raise self.refusals.popleft()
        reference = f"m{len(self.messages) + 1}"
        self.messages[reference] = Shown(address=address, message=message, delivery=delivery)
        return reference

    async def update(self, address: Address, reference: str, message: Message) -> None:
        self.calls += 1
        if self.refusals:
            raise self.refusals.popleft()
        self.messages[reference].message = message

    async def conversation_facts(self, address: Address) -> ConversationFacts:
        return ConversationFacts(shared_outside=address.conversation in self.shared)

    def seen_by(self, user: str) -> list[Message]:
        """What a person's direct conversation shows, oldest first."""
        return self.seen_in(f"dm:{user}")

    def seen_in(self, conversation: str) -> list[Message]:
        return [shown.message for shown in self.messages.values() if shown.address.conversation == conversation]
