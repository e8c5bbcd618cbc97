"""A delivery on its way through this process: where it goes, which call comes next, and when its turn is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import inf

from bot.delivery.compose import Composed
from bot.delivery.targets import Target
from bot.events import Address
from bot.ports import (
    Call,
    ChatAdapter,
    Conversation,
    DeliveryKind,
    DueDelivery,
    KeepsBudgets,
    PostsOnce,
    Reservation,
    Turns,
)
from surveys.sending.buckets import Budget, Need, Turn

LEAD = 0.2
"""Every turn begins so many seconds later than counted, the same for all: time to commit, compose and mark."""


class After(StrEnum):
    """What has to happen to a job when it comes back from the pool."""

    ENDED = "ended"
    NEEDS_TURN = "needs_turn"
    GIVE_BACK = "give_back"
    """Its lease may soon be over: whoever takes it next begins anew."""


@dataclass(slots=True, kw_only=True)
class Job:
    """`targets`: the first is the current one. `start`, `until`: its turn, by this process's monotonic clock."""

    due: DueDelivery
    targets: tuple[Target, ...]
    taken_at: float
    address: Address | None = None
    looked: bool = False
    """The channel was found to be the company's own."""
    marked: bool = False
    """The row says that it is being posted: whoever takes it after a crash knows that it may be there."""
    composed: Composed | None = None
    """For the turn that was missed by a moment."""
    calling: bool = False
    """A call of the platform is under way; it must not be cut short."""
    start: float = 0.0
    until: float = inf
    blur: float = 0.0
    budgets: tuple[Budget, ...] = field(default=())

    def __post_init__(self) -> None:
        self.address = self.targets[0].address if self.targets else None

    @property
    def target(self) -> Target:
        return self.targets[0]

    @property
    def call(self) -> Call:
        """The next call of the platform."""
        if self.due.kind is DeliveryKind.UPDATE:
            return Call.UPDATE
        if self.address is None:
            return Call.OPEN
        return Call.POST if self.address.direct or self.looked else Call.LOOK

    def opened(self, conversation: Conversation) -> None:
        """The direct conversation with the target's user."""
        here = replace(self.target, address=conversation.address, conversation_id=conversation.id)
        self.targets = (here, *self.targets[1:])
        self.address = conversation.address

    def turn_to_next_target(self) -> bool:
        """The platform refused it for good; False when there is no other way."""
        self.targets = self.targets[1:]
        self.address = self.targets[0].address if self.targets else None
        self.looked = False
        return bool(self.targets)

    def ask(self, adapters: Mapping[str, ChatAdapter], *, tolerance: float) -> Reservation | None:
        """What has to be reserved for the next call; None where the platform sets no limit.

        `tolerance`: by how many seconds this process is late just now.
        """
        target = self.target
        adapter = adapters.get(target.platform)
        nowhere = Address(platform=target.platform, workspace=target.workspace, conversation="")
        budgets = adapter.budgets(self.call, self.address or nowhere) if isinstance(adapter, KeepsBudgets) else ()
        self.budgets = budgets
        if not budgets:
            return None
        return Reservation(tenant_id=self.due.tenant_id, need=Need(budgets=budgets, tolerance=tolerance))

    def needs_mark(self, adapters: Mapping[str, ChatAdapter]) -> bool:
        adapter = adapters.get(self.target.platform)
        return self.call is Call.POST and not (self.marked or isinstance(adapter, PostsOnce))

    def at_once(self, now: float) -> None:
        self.start, self.until, self.blur = now, inf, 0.0

    def has_turn(self, turns: Turns, turn: Turn) -> None:
        self.start = turns.as_of + LEAD + turn.wait
        self.until = self.start + turn.tolerance - turns.blur
        self.blur = turns.blur
