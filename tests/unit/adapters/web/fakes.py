"""A web workspace in memory: its log, its people, its clock, and an engine that says what it is told to say."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from adapters.web.live import Live
from bot.events import Event
from bot.messages import Audience, Form, Message, Outcome, Paragraph, Reply
from bot.ports import Tenant
from surveys.errors import CxError
from surveys.people.model import Permission, Person, PersonKind, Role

START = datetime(2026, 7, 6, 6, 55, tzinfo=UTC)
"""Monday 08:55 in Warsaw."""

HALDEN = Tenant(id=1, public_id="t1", name="Halden Systems", timezone="Europe/Warsaw", week_start=0, demo=True)


def contact(public_id: str, name: str, role: Role = Role.FINANCE, account: str = "Nordhavn Tools") -> Person:
    return Person(
        id=1, public_id=public_id, kind=PersonKind.CONTACT, name=name, email=f"{public_id}@example.com", language="pl",
        timezone="Europe/Warsaw", account_id=1, account=account, role=role,
    )  # fmt: skip


def employee(public_id: str, name: str, *permissions: Permission) -> Person:
    return Person(
        id=2, public_id=public_id, kind=PersonKind.EMPLOYEE, name=name, email=f"{public_id}@halden.example",
        language="en", timezone="Europe/Warsaw", team="Support", permissions=frozenset(permissions),
    )  # fmt: skip


MARTA = contact("marta", "Marta Zielińska")
INGRID = contact("ingrid", "Ingrid Voss", Role.DECISION_MAKER, "Meridian Freight")
JONAS = employee("jonas", "Jonas Berg")
HANNA = employee("hanna", "Hanna Brandt", Permission.CX_LEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMessage:
    public_id: str
    conversation: str
    author: str | None
    visible_to: str | None
    body: str
    posted_at: datetime
    updated_at: datetime


@dataclass(slots=True)
class FakeLog:
    messages: list[LoggedMessage] = field(default_factory=list)
    by_delivery: dict[str, str] = field(default_factory=dict)
    trouble: CxError | None = None

    async def add(
        self, *, conversation: str, author: str | None, visible_to: str | None, body: str, delivery: str | None,
        at: datetime,
    ) -> tuple[LoggedMessage, bool]:  # fmt: skip
        if self.trouble:
            raise self.trouble
        if delivery is not None and len(delivery) > 22:
            raise AssertionError("The log's key holds 22 characters.")
        if delivery is not None and delivery in self.by_delivery:
            known = await self.find(self.by_delivery[delivery])
            assert known is not None
            return known, False
        message = LoggedMessage(
            public_id=secrets.token_urlsafe(16), conversation=conversation, author=author, visible_to=visible_to,
            body=body, posted_at=at, updated_at=at,
        )  # fmt: skip
        self.messages.append(message)
        if delivery is not None:
            self.by_delivery[delivery] = message.public_id
        return message, True

    async def replace(self, public_id: str, *, body: str, at: datetime) -> LoggedMessage | None:
        for index, message in enumerate(self.messages):
            if message.public_id == public_id:
                self.messages[index] = replace(message, body=body, updated_at=at)
                return self.messages[index]
        return None

    async def find(self, public_id: str) -> LoggedMessage | None:
        return next((message for message in self.messages if message.public_id == public_id), None)

    async def history(
        self, conversation: str, *, viewer: str, limit: int, before: str | None = None
    ) -> Sequence[LoggedMessage]:
        seen = [m for m in self.messages if m.conversation == conversation and m.visible_to in (None, viewer)]
        if before is not None:
            seen = seen[: next((i for i, m in enumerate(seen) if m.public_id == before), 0)]
        return seen[-limit:]

    async def latest(self, conversations: Sequence[str], *, viewer: str) -> Mapping[str, str]:
        return {
            m.conversation: m.public_id
            for m in self.messages
            if m.conversation in conversations and m.visible_to in (None, viewer)
        }


@dataclass(slots=True)
class FakeDirectory:
    company: Tenant = HALDEN
    everybody: tuple[Person, ...] = (MARTA, INGRID, JONAS, HANNA)

    async def tenant(self) -> Tenant:
        return self.company

    async def people(self) -> Sequence[Person]:
        return self.everybody

    async def person(self, public_id: str) -> Person | None:
        return next((person for person in self.everybody if person.public_id == public_id), None)

    async def channels(self) -> Sequence[str]:
        return ["cx-weekly", "support"]


@dataclass(slots=True)
class FakeClock:
    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    async def move_to(self, moment: datetime) -> None:
        self.moment = moment


def says(text: str, audience: Audience = Audience.SENDER) -> Outcome:
    return Outcome(reply=Reply(message=Message(summary=text, blocks=(Paragraph(text=text),)), audience=audience))


@dataclass(slots=True)
class FakeEngine:
    """Answers each new event with the next of `outcomes`, a known one with nothing; as the real one, by event id."""

    outcomes: list[Outcome] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    trouble: Exception | None = None

    async def handle(self, event: Event) -> Outcome:
        if self.trouble:
            raise self.trouble
        if any(known.envelope.event_id == event.envelope.event_id for known in self.events):
            return Outcome()
        self.events.append(event)
        return self.outcomes.pop(0) if self.outcomes else Outcome()

    def will_say(self, text: str, audience: Audience = Audience.SENDER) -> None:
        self.outcomes.append(says(text, audience))

    def will_open(self, form: Form) -> None:
        self.outcomes.append(Outcome(form=form))


@dataclass(slots=True)
class FakeCharts:
    drawn: list[str] = field(default_factory=list)
    trouble: Exception | None = None

    async def png(self, spec: str, *, scale: float = 2.0) -> bytes:
        if self.trouble:
            raise self.trouble
        self.drawn.append(spec)
        return b"\x89PNG fake"


class Ear:
    """Hears what is published while it is open."""

    def __init__(self, live: Live) -> None:
        self._listening = live.listen("")
        self._listener = self._listening.__enter__()

    def heard(self) -> list[object]:
        happenings: list[object] = []
        while not self._listener.queue.empty():
            happenings.append(self._listener.queue.get_nowait()[1])
        return happenings
