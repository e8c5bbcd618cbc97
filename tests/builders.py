"""Things that many tests need, made with as little said as the test has to say."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert, select

from bot.events import Address, Envelope, Sender
from bot.ports import NewAnswer, NewDelivery, Tenant, Workspace
from storage.public_ids import new_public_id
from storage.system import TENANT_COLUMNS, to_tenant
from storage.tables import tenant
from storage.tenancy import ensure_workspace
from storage.unit_of_work import SqlStore
from surveys.definitions.model import (
    ChoiceQuestion,
    Metric,
    Phrase,
    Pressure,
    Privacy,
    Question,
    Respondents,
    Scale,
    ScoreQuestion,
    Series,
    Survey,
    SurveyVersion,
    TextQuestion,
)
from surveys.people.model import Person, Role
from surveys.people.records import ContactRecord, EmployeeRecord, PlatformUser
from surveys.sending.model import Asked, InvitationFacts, WavePlan

NOW = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)
"""Monday 09:00 in Warsaw, where the tenants of these tests live."""
TODAY = date(2026, 7, 6)
WARSAW = "Europe/Warsaw"


def english(text: str) -> Phrase:
    return Phrase.of({"en": text})


def a_scale(low: int = 0, high: int = 10) -> Scale:
    return Scale(low=low, high=high, low_label=english("low"), high_label=english("high"))


NPS_QUESTIONS: tuple[Question, ...] = (
    ScoreQuestion(key="recommend", text=english("How likely?"), scale=a_scale(), metric=Metric.NPS),
    TextQuestion(key="reason", text=english("Why?")),
    ChoiceQuestion(
        key="topic", text=english("About what?"), options=(("price", english("Price")), ("support", english("Support")))
    ),
)


def a_survey(
    key: str = "nps",
    *,
    questions: tuple[Question, ...] = NPS_QUESTIONS,
    privacy: Privacy = Privacy.NAMED,
    series: Series = Series.RELATIONSHIP,
    window: timedelta = timedelta(days=14),
    expires_after: timedelta = timedelta(days=7),
) -> Survey:
    return Survey(
        key=key,
        title=english(key),
        purpose="To know.",
        decision="What to do.",
        owner="CX lead",
        ends_on=None,
        pressure=Pressure.RELATIONSHIP,
        privacy=privacy,
        respondents=Respondents.CONTACTS,
        series=series,
        expires_after=expires_after,
        window=window,
        seconds=30,
        questions=questions,
    )


def an_envelope(user: str = "U1", *, conversation: str = "D1", event: str = "e1", direct: bool = True) -> Envelope:
    return Envelope(
        address=Address(platform="web", workspace="local", conversation=conversation, direct=direct),
        sender=Sender(user=user),
        event_id=event,
    )


def a_contact(
    email: str = "ann@acme.example", *, account: str | None = "Acme", role: Role | None = Role.TECHNICAL, user: str = ""
) -> ContactRecord:
    return ContactRecord(
        email=email,
        name=email.split("@")[0].title(),
        account=account,
        role=role,
        users=(PlatformUser(platform="web", user=user),) if user else (),
    )


def an_employee(email: str = "lead@halden.example", *, team: str | None = "CX") -> EmployeeRecord:
    return EmployeeRecord(email=email, name=email.split("@")[0].title(), team=team)


def scored(invitation: InvitationFacts | int, score: int, *, at: datetime = NOW) -> NewAnswer:
    """A tap on the scale of the survey that `a_survey` makes."""
    invitation_id = invitation if isinstance(invitation, int) else invitation.id
    return NewAnswer(invitation_id=invitation_id, question="recommend", at=at, platform="web", score=score)


def a_delivery(key: str = "hello", *, due_at: datetime = NOW, person_id: int | None = None) -> NewDelivery:
    return NewDelivery(
        template="note", parameters={"text": "hello"}, dedupe_key=key, due_at=due_at, person_id=person_id
    )


def a_plan(*people: Person, due_at: datetime = NOW) -> WavePlan:
    return WavePlan(asked=tuple(Asked(person=person, due_at=due_at) for person in people), skipped=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A tenant with its web workspace, in a store."""

    store: SqlStore
    tenant: Tenant
    workspace: Workspace

    @property
    def id(self) -> int:
        return self.tenant.id

    async def contact(self, record: ContactRecord | None = None, *, at: datetime = NOW) -> Person:
        async with self.store.write(self.id) as unit:
            told = await unit.accounts.contact(record or a_contact(), at=at)
            person = await unit.people.by_id(told.id)
            await unit.commit()
        return person

    async def employee(self, record: EmployeeRecord | None = None, *, at: datetime = NOW) -> Person:
        async with self.store.write(self.id) as unit:
            told = await unit.accounts.employee(record or an_employee(), at=at)
            person = await unit.people.by_id(told.id)
            await unit.commit()
        return person

    async def publish(self, survey: Survey | None = None) -> SurveyVersion:
        async with self.store.write(self.id) as unit:
            version = await unit.surveys.publish(survey or a_survey(), NOW)
            await unit.commit()
        return version

    async def asked(self, person: Person, version: SurveyVersion, *, at: datetime = NOW) -> InvitationFacts:
        """A delivered invitation that nobody has answered."""
        async with self.store.write(self.id) as unit:
            facts = await unit.invitations.unprompted(version, person, at=at)
            await unit.commit()
        return facts


async def a_company(
    store: SqlStore, name: str = "Halden Systems", *, timezone: str = WARSAW, demo: bool = False
) -> Company:
    """A new tenant; SQLite takes one only."""
    made = await a_tenant(store, name, timezone=timezone, demo=demo)
    workspace = await ensure_workspace(
        store,
        made.id,
        platform="web",
        external_id="local" if made.id == 1 else f"local-{made.id}",
        name=name,
        at=NOW,
    )
    return Company(store=store, tenant=made, workspace=workspace)


async def a_tenant(store: SqlStore, name: str, *, timezone: str = WARSAW, demo: bool = False) -> Tenant:
    """One more; the product itself makes the first one only."""
    row = {"public_id": new_public_id(), "name": name, "timezone": timezone, "week_start": 0, "demo": demo}
    async with store.database.system() as transaction:
        connection = transaction.connection
        await connection.execute(insert(tenant).values(**row, created_at=NOW))
        made = await connection.execute(select(*TENANT_COLUMNS).where(tenant.c.public_id == row["public_id"]))
        found = to_tenant(made.one())
        await transaction.commit()
    return found
