"""The store: units of work, one transaction each, for one tenant or for the system.

`storage` implements it for SQLite and PostgreSQL; one contract suite runs over both and over `tests/fake_store`.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol

from bot.conversation.state import Pending
from bot.events import Address, Envelope, Sender
from bot.ports.rows import (
    AuditEntry,
    Conversation,
    DueDelivery,
    DueSchedule,
    NewAnswer,
    NewDelivery,
    Reservation,
    Route,
    Subscription,
    Tenant,
    Turns,
    Workspace,
)
from surveys.definitions.model import Metric, Survey, SurveyVersion
from surveys.errors import Undeliverable
from surveys.insight.queries import (
    AccountReach,
    Comment,
    Dimension,
    Filter,
    PairedScore,
    Period,
    ResponseCounts,
    ScoreRequest,
    TallySet,
)
from surveys.people.model import Candidate, Permission, Person
from surveys.privacy.gate import ReleasedWave
from surveys.sending.buckets import Budget
from surveys.sending.model import InvitationFacts, Wave, WavePlan, WeekCounts


class InboundEvents(Protocol):
    async def first_time(self, platform: str, event_id: str, digest: bytes, at: datetime) -> bool:
        """Remembers the event; False when it was remembered before (no body is kept)."""


class Conversations(Protocol):
    async def lock(self, workspace_id: int, envelope: Envelope) -> Conversation:
        """The conversation's row, made if new, locked until the unit ends."""

    async def at(self, workspace_id: int, address: Address) -> Conversation | None:
        """The conversation's row as it is, so that a read unit may ask; None where nothing was kept of it yet."""

    async def by_id(self, conversation_id: int) -> Conversation: ...

    async def channel(self, platform: str, name: str) -> Conversation | None:
        """A channel the bot is in, by its name without `#`, in any case."""

    async def channels(self) -> Sequence[Conversation]: ...

    async def remember(self, workspace_id: int, address: Address, name: str, person_id: int | None) -> Conversation: ...

    async def set_pending(self, conversation_id: int, pending: Pending) -> None: ...


class People(Protocol):
    async def known_sender(self, workspace_id: int, sender: Sender) -> Person | None:
        """The person behind an identity that is bound already; writes nothing, so a read unit may ask.

        None also where the way to this person is shut: `by_sender` opens it again, and that is a write.
        """

    async def by_sender(self, workspace_id: int, sender: Sender) -> Person | None:
        """The person behind a platform user: a bound identity, else a full member's e-mail (bound then, once).

        Whoever is heard from can be written to: in a write unit a way that was shut is open again.
        """

    async def by_id(self, person_id: int) -> Person: ...

    async def find(self, text: str) -> Sequence[Person]:
        """People whose e-mail equals, or whose name contains, `text` (with or without a leading `@`), in any case."""

    async def candidates(self, filters: Sequence[Filter], survey: str) -> Sequence[Candidate]:
        """Contacts that match; `survey` decides `last_asked_at` and `open_invitation`."""

    async def routes(self, person_id: int) -> Sequence[Route]:
        """The preferred platform first, then the one on which the person answered last, then the newest."""

    async def routes_of(self, person_ids: Collection[int]) -> Mapping[int, Sequence[Route]]:
        """The same for many people at once; nobody is left out."""

    async def shut_route(self, workspace_id: int, user: str, reason: Undeliverable, at: datetime) -> None:
        """Nothing is sent to this user until they are heard from. Nothing happens where nobody is bound to it."""

    async def with_permission(self, permission: Permission, *, locked: bool = False) -> Sequence[Person]:
        """`locked`: nobody else grants or revokes it to them until the unit ends."""

    async def grant(self, person_id: int, permission: Permission, *, by: int | None, at: datetime) -> bool:
        """False when the person has it already."""

    async def revoke(self, person_id: int, permission: Permission, *, at: datetime) -> bool:
        """False when the person does not have it."""

    async def snooze(self, person_id: int, until: datetime) -> None: ...

    async def ask_first_on(self, person_id: int, platform: str) -> None:
        """`routes` begin with this platform from now on, wherever the person answers."""

    async def opt_out(self, person_id: int, at: datetime) -> None: ...

    async def opt_in(self, person_id: int, at: datetime) -> None: ...

    async def known_values(self, dimension: Dimension) -> Sequence[str]:
        """Values that occur, spelled as stored (for advice on a mistyped filter), at most 500."""


class Surveys(Protocol):
    async def publish(self, survey: Survey, at: datetime) -> SurveyVersion:
        """A new version, or the latest one when nothing changed."""

    async def latest(self, key: str) -> SurveyVersion | None: ...

    async def all_latest(self) -> Sequence[SurveyVersion]: ...


class Waves(Protocol):
    async def draft(
        self, version: SurveyVersion, audience: str, plan: WavePlan, *, by: int | None, at: datetime
    ) -> Wave: ...

    async def by_public_id(self, public_id: str) -> Wave | None: ...

    async def plan(self, wave_id: int) -> WavePlan:
        """The snapshot of members, as planned at the preview."""

    async def confirm(self, wave_id: int, plan: WavePlan, *, at: datetime) -> int | None:
        """Draft → open, with an invitation and a delivery for everyone planned; how many, None if it was no draft."""

    async def cancel(self, wave_id: int, *, at: datetime) -> bool:
        """Withdraws what has not left yet; False where it was over already."""

    async def recent(self, limit: int) -> Sequence[Wave]:
        """Those that were confirmed, newest first."""


class Invitations(Protocol):
    async def facts(self, public_id: str) -> InvitationFacts | None:
        """Facts of an invitation of this tenant; in a write unit locked for change until the unit ends."""

    async def open_of(self, person_id: int) -> Sequence[InvitationFacts]:
        """Delivered invitations that can still be answered, newest first."""

    async def unprompted(
        self, version: SurveyVersion, person: Person, *, at: datetime, touchpoint: str | None = None
    ) -> InvitationFacts:
        """An invitation that nobody sent: the person began (`/cx feedback`). Delivered at once."""

    async def delivered(self, invitation_id: int, at: datetime) -> None:
        """The person has the question, also where it was withdrawn while the platform was being called."""

    async def undeliverable(
        self, invitation_id: int, at: datetime, reason: Undeliverable = Undeliverable.NO_PLATFORM
    ) -> None:
        """Queued → undeliverable, which the wave shows with its reason."""

    async def answer(self, answer: NewAnswer) -> bool:
        """Stores a new version; False when it is the current one already. One commit writes the score's delta."""

    async def skip(self, invitation_id: int, question: str, at: datetime) -> None: ...

    async def request_talk(self, invitation_id: int, at: datetime) -> None: ...

    async def cancel_queued(self, person_id: int, at: datetime) -> int:
        """Withdraws what is queued for a person who opted out; how many."""

    async def close_due(self, now: datetime, limit: int) -> int:
        """Closes invitations whose window is over, and waves with nothing open; how many."""


class Deliveries(Protocol):
    async def add(self, deliveries: Sequence[NewDelivery]) -> int:
        """Adds those whose dedupe_key is new; how many."""

    async def sent(self, due: DueDelivery, *, reference: str, conversation_id: int, at: datetime) -> bool: ...

    async def retry(self, due: DueDelivery, *, at: datetime, error: str, doubtful: bool = False) -> bool:
        """Due again at `at`. `doubtful`: the message may be there, and is taken again as an interrupted one."""

    async def failed(self, due: DueDelivery, *, error: str) -> bool: ...

    async def unconfirmed(self, due: DueDelivery, *, error: str) -> bool: ...

    async def dropped(self, due: DueDelivery, *, reason: str) -> bool:
        """Nothing to send any more (answered, opted out, cancelled)."""

    async def message_of(self, invitation_id: int) -> tuple[int, str] | None:
        """(conversation id, platform reference) of the message that carries an invitation."""


class Insight(Protocol):
    async def tally(self, request: ScoreRequest) -> TallySet: ...

    async def panel(self, now: ScoreRequest, before: ScoreRequest) -> Sequence[PairedScore]:
        """Everyone who answered in both, by their mean scores; empty where there are too many answers to pair."""

    async def responses(self, survey_keys: Sequence[str], period: Period, filters: Sequence[Filter]) -> ResponseCounts:
        """Invitations of these surveys that closed in the period."""

    async def reach(self, account_name: str, survey_keys: Sequence[str], period: Period) -> AccountReach | None:
        """How many of an account's people are known, were asked in the period, and answered; None: no such account."""

    async def comments(self, request: ScoreRequest, limit: int) -> Sequence[Comment]:
        """Newest first, of the answers that `request` counts."""

    async def week(self, period: Period) -> WeekCounts: ...

    async def labels(self, dimension: Dimension, keys: Sequence[str]) -> Mapping[str, str]:
        """What a person reads for each key (an account's name for its id)."""

    async def released(self, metric: Metric, period: Period | None) -> Sequence[ReleasedWave]:
        """Released months of an employee metric that lie wholly in the period."""


class Subscriptions(Protocol):
    async def add_weekly(
        self, conversation_id: int, *, weekday: int, hour: int, minute: int, by: int | None, at: datetime,
        next_due_at: datetime,
    ) -> Subscription:  # fmt: skip
        """One weekly summary per channel: a second call changes its time."""

    async def all(self) -> Sequence[Subscription]: ...

    async def stop(self, public_id: str, at: datetime) -> Subscription | None: ...

    async def fire(self, due: DueSchedule, *, next_due_at: datetime, at: datetime) -> bool:
        """Claims the slot and moves the schedule on; False when another replica claimed it."""

    async def has_fired(self, conversation_id: int, slot: date) -> bool:
        """Whether the channel's summary of that local day is out already."""


class Audit(Protocol):
    async def append(self, entry: AuditEntry) -> None: ...


class UnitOfWork(Protocol):
    """One transaction for one tenant. Leaving without `commit` rolls back; `commit` may be called once."""

    @property
    def tenant(self) -> Tenant: ...
    @property
    def inbound(self) -> InboundEvents: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def people(self) -> People: ...
    @property
    def surveys(self) -> Surveys: ...
    @property
    def waves(self) -> Waves: ...
    @property
    def invitations(self) -> Invitations: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def insight(self) -> Insight: ...
    @property
    def subscriptions(self) -> Subscriptions: ...
    @property
    def audit(self) -> Audit: ...

    async def commit(self) -> None: ...


class SystemUnit(Protocol):
    """What is looked up before the tenant is known. Sees workspaces and due rows, nothing of people's answers."""

    async def workspace(self, platform: str, external_id: str) -> Workspace | None: ...

    async def tenants(self) -> Sequence[Tenant]: ...

    async def take_due(self, *, now: datetime, limit: int, lease_seconds: int, owner: str) -> Sequence[DueDelivery]:
        """Marks due deliveries `sending` under a lease (database time) and returns them, oldest first."""

    async def reserve(self, reservations: Sequence[Reservation], *, horizon: float) -> Turns:
        """Takes tokens for calls at most `horizon` seconds from now, by the database's clock, for all replicas."""

    async def pause(self, tenant_id: int, budgets: Sequence[Budget], *, seconds: float) -> None:
        """No turn of these budgets for so long, for any replica: the platform asked for it."""

    async def posting(self, dues: Sequence[DueDelivery]) -> None:
        """The platform is about to be called: cut short from now on, a message may be there."""

    async def put_back(self, waiting: Sequence[tuple[DueDelivery, datetime]]) -> None:
        """Gives taken deliveries back until their new time; no attempt was made. An outdated fence changes nothing."""

    async def count_due(self, now: datetime) -> int:
        """Deliveries that should have been sent by now and are not."""

    async def due_schedules(self, now: datetime) -> Sequence[DueSchedule]: ...

    async def commit(self) -> None: ...


class Store(Protocol):
    """Opens units. `read` never takes the writer's place; `write` is the one writer on SQLite."""

    def write(self, tenant_id: int) -> AbstractAsyncContextManager[UnitOfWork]: ...

    def read(self, tenant_id: int) -> AbstractAsyncContextManager[UnitOfWork]: ...

    def system(self) -> AbstractAsyncContextManager[SystemUnit]: ...

    async def fold(self, *, limit: int) -> int:
        """Folds waiting score deltas into histograms, in batches of their own; how many were folded."""

    async def tidy(self, *, before: datetime, limit: int) -> int:
        """Deletes drafts of waves and inbound events from before, and budgets that are full again; how many rows.

        At most `limit` of each kind and tenant: what is left over goes the next time.
        """

    async def ready(self) -> bool:
        """The database answers and its schema is this version's."""
