"""What the store keeps, as values: what a row becomes before it leaves the store, and what is to become one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.conversation.state import Pending
from bot.events import Address
from surveys.errors import Undeliverable
from surveys.sending.buckets import Need, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    id: int
    public_id: str
    name: str
    timezone: str
    week_start: int
    demo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    id: int
    tenant_id: int
    platform: str
    external_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A stored conversation and what is pending in it (a typed reply would answer that)."""

    id: int
    workspace_id: int
    address: Address
    name: str
    person_id: int | None
    pending: Pending


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """One answer to store as a new version. Exactly one of score, text, choice is set, or `not_applicable`."""

    invitation_id: int
    question: str
    at: datetime
    platform: str
    score: int | None = None
    text: str | None = None
    choice: str | None = None
    not_applicable: bool = False


class DeliveryKind(StrEnum):
    POST = "post"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A message to be sent after the commit. `template` and `parameters` (never an answer) make it at that moment.

    To a person (the platform is chosen when it is sent) or to a conversation. `dedupe_key`: the second is refused.
    """

    template: str
    parameters: Mapping[str, str]
    dedupe_key: str
    due_at: datetime
    person_id: int | None = None
    conversation_id: int | None = None
    invitation_id: int | None = None
    kind: DeliveryKind = DeliveryKind.POST


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery taken under a lease. `fence` must be given back; an older fence changes nothing."""

    tenant_id: int
    id: int
    public_id: str
    fence: int
    template: str
    parameters: Mapping[str, str]
    attempts: int
    kind: DeliveryKind
    person_id: int | None
    conversation_id: int | None
    invitation_id: int | None
    interrupted: bool = False
    """An earlier attempt ended while the platform was being called: the message may be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A call that a tenant is about to make."""

    tenant_id: int
    need: Need


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """One turn for each reservation, counted from `as_of` in seconds of this process's monotonic clock.

    `blur`: by how much earlier the database may have meant it.
    """

    as_of: float
    blur: float
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a person can be written to: an identity on a platform, and the conversation if there is one already.

    `shut`: why nothing is sent this way until the person is heard from there again.
    """

    platform: str
    workspace_id: int
    workspace: str
    user: str
    conversation: Conversation | None
    shut: Undeliverable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    id: int
    public_id: str
    conversation_id: int
    channel: str
    weekday: int
    hour: int
    minute: int
    created_by: int | None
    next_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSchedule:
    """A schedule that is due. `slot` is the local date it fires for: the key that lets it fire once."""

    tenant_id: int
    id: int
    kind: str
    slot: date
    subscription: Subscription
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    at: datetime
    actor_id: int | None
    actor: str
    action: str
    subject: str
    detail: Mapping[str, str] = field(default_factory=dict)
