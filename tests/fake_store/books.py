"""What the fake store remembers: plain rows in plain dictionaries. A unit of work changes a copy; a commit keeps it.

Together with the other modules of this folder it is the specification of the store in plain Python: no SQL, no lock
but one, no fold, every figure counted anew from the rows.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar

from bot.ports import AuditEntry, Conversation, NewDelivery, Tenant, Workspace
from surveys.definitions.model import Metric, Series, SurveyVersion
from surveys.errors import Undeliverable
from surveys.people.model import Employment, Permission, PersonKind, Priority, Relationship, Role
from surveys.sending.buckets import Bucket
from surveys.sending.model import InvitationState, SkipReason, WaveState

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    id: int
    name: str
    tier: str | None = None
    segment: str | None = None
    owner_email: str | None = None
    revenue: Decimal | None = None
    renewal_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A contact or an employee; what belongs to the other kind stays empty. `timezone` None: the tenant's."""

    id: int
    public_id: str
    kind: PersonKind
    handle: str
    name: str
    email: str | None = None
    language: str = "en"
    timezone: str | None = None
    account_id: int | None = None
    role: Role | None = None
    other_roles: tuple[Role, ...] = ()
    priority: Priority | None = None
    relationship: Relationship | None = None
    persona: str | None = None
    employment: Employment | None = None
    team: str | None = None
    level: str | None = None
    grants: frozenset[Permission] = frozenset()
    snoozed_until: datetime | None = None
    preferred_platform: str | None = None
    opted_out_at: datetime | None = None
    """When the opt-out that is in force was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRow:
    id: int
    workspace_id: int
    user: str
    person_id: int
    shut: Undeliverable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """One line of a wave's snapshot: asked at `due_at`, or skipped for `reason`."""

    person_id: int
    due_at: datetime | None = None
    reason: SkipReason | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRow:
    id: int
    public_id: str
    version_id: int
    state: WaveState
    audience: str
    created_by: int | None
    created_at: datetime
    members: tuple[MemberRow, ...]
    confirmed_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    id: int
    public_id: str
    version_id: int
    person_id: int
    state: InvitationState
    created_at: datetime
    wave_id: int | None = None
    touchpoint: str | None = None
    delivered_at: datetime | None = None
    closes_at: datetime | None = None
    talk_requested_at: datetime | None = None
    unreached: Undeliverable | None = None
    submitted_at: datetime | None = None
    """First submission of anything."""
    locks_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The dimensions of an answer as they were when something was first submitted."""

    account_id: int | None = None
    role: str | None = None
    touchpoint: str | None = None
    segment: str | None = None
    language: str | None = None
    persona: str | None = None
    owner: str | None = None
    tier: str | None = None
    relationship: str | None = None
    priority: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """One version of one answer. Score, text and choice all empty: skipped, or it does not apply."""

    id: int
    invitation_id: int
    person_id: int
    question: str
    version: int
    current: bool
    metric: Metric | None
    series: Series | None
    score: int | None
    text: str | None
    choice: str | None
    skipped: bool
    not_applicable: bool
    recorded_at: datetime
    day: date
    place: Place
    platform: str | None
    wave_id: int | None
    survey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    id: int
    public_id: str
    new: NewDelivery
    state: str
    due_at: datetime
    conversation_id: int | None
    attempts: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    reference: str | None = None
    sent_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """A weekly summary together with its schedule."""

    id: int
    public_id: str
    conversation_id: int
    weekday: int
    hour: int
    minute: int
    created_by: int | None
    next_due_at: datetime
    stopped_at: datetime | None = None


@dataclass(slots=True)
class Books:
    """Everything about one tenant. Rows are never changed, only replaced, so that a copy of the tables is a copy."""

    tenant: Tenant
    workspaces: dict[int, Workspace] = field(default_factory=dict)
    accounts: dict[int, AccountRow] = field(default_factory=dict)
    people: dict[int, PersonRow] = field(default_factory=dict)
    identities: dict[int, IdentityRow] = field(default_factory=dict)
    conversations: dict[int, Conversation] = field(default_factory=dict)
    versions: dict[int, SurveyVersion] = field(default_factory=dict)
    waves: dict[int, WaveRow] = field(default_factory=dict)
    invitations: dict[int, InvitationRow] = field(default_factory=dict)
    answers: dict[int, AnswerRow] = field(default_factory=dict)
    deliveries: dict[int, DeliveryRow] = field(default_factory=dict)
    subscriptions: dict[int, SubscriptionRow] = field(default_factory=dict)
    fires: set[tuple[int, date]] = field(default_factory=set)
    events: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """When each came in first."""
    opt_outs: list[tuple[int, datetime]] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    budgets: dict[str, Bucket] = field(default_factory=dict)
    unfolded: int = 0
    """Changes that a real store would still have to fold into its histograms."""
    numbers: Counter[str] = field(default_factory=Counter)

    def was_answered(self, invitation_id: int) -> bool:
        """Somebody who only skipped questions has not answered."""
        mine = (row for row in self.answers.values() if row.invitation_id == invitation_id and row.current)
        return any(not row.skipped for row in mine)

    def copy(self) -> "Books":
        return Books(**{part.name: copy(getattr(self, part.name)) for part in fields(self)})

    def number(self, table: str) -> int:
        """The next id of a table."""
        self.numbers[table] += 1
        return self.numbers[table]


def first(rows: Iterable[Row], wanted: Callable[[Row], bool]) -> Row | None:
    return next((row for row in rows if wanted(row)), None)


def public_id() -> str:
    """Random, for everything that leaves the store."""
    return secrets.token_urlsafe(16)


def utc(moment: datetime) -> datetime:
    """The moment in UTC. Raises ValueError for one without a zone."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be stored.")
    return moment.astimezone(UTC)


def storable(text: str) -> str:
    """The text without NUL, and with a question mark for half of a surrogate pair: no database keeps these."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
