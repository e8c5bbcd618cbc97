"""A whole company in a test: real engine, real SQLite, shipped surveys; only the platform and the clock are fakes."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.actions import Action
from bot.app import Works, build_works
from bot.events import ActionChosen, Address, CommandInvoked, Envelope, MessageReceived, Sender
from bot.messages import Block, Button, Buttons, Message, Outcome, Scale
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.people.model import Permission, Person, Role
from surveys.people.records import ContactRecord, EmployeeRecord, PlatformUser
from tests.builders import NOW, Company, a_company
from tests.fakes import FakeClock, FakePlatform
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.teams.fake_teams import FakeTeams


@dataclass(slots=True)
class World:
    """People are called by their platform user, which is the part of their e-mail before the @."""

    company: Company
    works: Works
    platform: FakePlatform
    clock: FakeClock
    _events: "itertools.count[int]" = field(default_factory=itertools.count)

    async def contact(self, user: str, *, role: Role = Role.TECHNICAL, account: str = "Acme", **more: str) -> Person:
        return await self.company.contact(
            ContactRecord(
                email=f"{user}@example.com",
                name=more.get("name", user.title()),
                account=account,
                role=role,
                timezone=more.get("timezone"),
                users=(PlatformUser(platform="web", user=user),),
            )
        )

    async def employee(self, user: str, *, lead: bool = False) -> Person:
        person = await self.company.employee(
            EmployeeRecord(
                email=f"{user}@halden.example", name=user.title(), users=(PlatformUser(platform="web", user=user),)
            )
        )
        if lead:
            async with self.company.store.write(self.company.id) as unit:
                await unit.people.grant(person.id, Permission.CX_LEAD, by=None, at=NOW)
                await unit.commit()
        return person

    async def channel(self, name: str) -> str:
        """A channel that the bot is in; returns its conversation."""
        address = Address(platform="web", workspace="local", conversation=f"channel:{name}", direct=False)
        async with self.company.store.write(self.company.id) as unit:
            await unit.conversations.remember(self.company.workspace.id, address, name, None)
            await unit.commit()
        return address.conversation

    def envelope(self, user: str, event: str | None = None, channel: str = "") -> Envelope:
        conversation = channel or f"dm:{user}"
        return Envelope(
            address=Address(platform="web", workspace="local", conversation=conversation, direct=not channel),
            sender=Sender(user=user),
            event_id=event or f"event-{next(self._events)}",
        )

    async def command(self, user: str, text: str, *, event: str | None = None, channel: str = "") -> Outcome:
        return await self.works.engine.handle(CommandInvoked(envelope=self.envelope(user, event, channel), text=text))

    async def says(self, user: str, text: str, *, event: str | None = None) -> Outcome:
        return await self.works.engine.handle(MessageReceived(envelope=self.envelope(user, event), text=text))

    async def uses(
        self,
        user: str,
        action: Action,
        *,
        event: str | None = None,
        values: dict[str, str] | None = None,
        channel: str = "",
    ) -> Outcome:
        return await self.works.engine.handle(
            ActionChosen(envelope=self.envelope(user, event, channel), action=action, values=values or {})
        )

    async def clock_ticks(self) -> None:
        """Everything that is due at this moment happens."""
        await self.works.clockwork.run_due_now()

    async def sent(self, survey: str, lead: str, audience: str = "everyone") -> None:
        """The lead sends it, confirms, and the invitations arrive."""
        preview = message_of(await self.command(lead, f"send {survey} to {audience}"))
        await self.uses(lead, button(preview, "Ask").action)
        await self.clock_ticks()

    async def sent_nps(self, lead: str, audience: str = "everyone") -> None:
        await self.sent("nps", lead, audience)

    async def ask(self, lead: str, text: str) -> Message:
        return message_of(await self.command(lead, text))


async def a_world(store: SqlStore) -> World:
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    platform, clock = FakePlatform(workspace=company.workspace.external_id), FakeClock(NOW)
    return World(company, build_works(store, clock=clock, adapters=[platform]), platform, clock)


@pytest.fixture
async def world(sqlite_store: SqlStore) -> World:
    return await a_world(sqlite_store)


@pytest.fixture
async def world_on_postgres(postgres_store: SqlStore) -> World:
    """The same on PostgreSQL, under its roles and row-level security."""
    return await a_world(postgres_store)


def message_of(outcome: Outcome) -> Message:
    assert outcome.reply is not None, "nothing was answered"
    return outcome.reply.message


def blocks_of(message: Message, kind: type[Block]) -> list[Block]:
    return [block for block in message.blocks if isinstance(block, kind)]


def buttons(message: Message) -> list[Button]:
    return [button for block in message.blocks if isinstance(block, Buttons) for button in block.buttons]


def button(message: Message, label: str) -> Button:
    """The button whose label begins like this, in any case."""
    found = [each for each in buttons(message) if each.label.casefold().startswith(label.casefold())]
    assert found, f"no button {label!r} among {[each.label for each in buttons(message)]}"
    return found[0]


def scale(message: Message) -> Scale:
    found = [block for block in message.blocks if isinstance(block, Scale)]
    assert len(found) == 1, message
    return found[0]


def text_of(message: Message) -> str:
    """Everything a person can read in it, for looking words up."""
    return " ".join([message.summary, *(str(block) for block in message.blocks)])


@pytest.fixture
async def slack(anyio_backend: str) -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def teams(anyio_backend: str) -> AsyncIterator[FakeTeams]:
    fake = FakeTeams()
    await fake.start()
    yield fake
    await fake.stop()
