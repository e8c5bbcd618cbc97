"""Companies with something to lose: people with answers, a draft and an open wave, a summary, each named."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.actions import Answer, ConfirmWave, SendText
from bot.app import build_works
from bot.events import Address, Envelope, Sender
from storage.session import open_database
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.people.model import Person, Role
from surveys.people.records import ContactRecord, PlatformUser
from tests.builders import NOW, Company, a_company
from tests.fakes import FakeClock, FakePlatform
from tests.scenario.conftest import World, button, message_of


def reason_at(account: str) -> str:
    """Ann's comment."""
    return f"Der wahre Grund steht nur hier, und zwar bei {account}."


class House(World):
    """A company of several in one store, each with a workspace of its own."""

    def envelope(self, user: str, event: str | None = None, channel: str = "") -> Envelope:
        address = Address(
            platform="web",
            workspace=self.company.workspace.external_id,
            conversation=channel or f"dm:{user}",
            direct=not channel,
        )
        return Envelope(address=address, sender=Sender(user=user), event_id=event or f"event-{next(self._events)}")

    async def channel(self, name: str) -> str:
        workspace = self.company.workspace
        address = Address(platform="web", workspace=workspace.external_id, conversation=f"channel:{name}", direct=False)
        async with self.company.store.write(self.company.id) as unit:
            await unit.conversations.remember(workspace.id, address, name, None)
            await unit.commit()
        return address.conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What belongs to one company: ids that a button can carry, and words that nobody else may read."""

    house: House
    ann: Person
    invitation: str
    """Ann's NPS, answered with 3 and a reason; it can still be changed."""
    form: str
    """Ann's open invitation that begins with text."""
    draft: str
    sent: str
    subscription: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in nothing that somebody else is shown."""
        ann = self.ann
        assert ann.email is not None
        assert ann.account is not None
        return (ann.name, ann.email, reason_at(ann.account), self.invitation, self.form, ann.account)


def house_of(company: Company, now: datetime) -> House:
    clock, platform = FakeClock(now), FakePlatform()
    return House(company, build_works(company.store, clock=clock, adapters=[platform]), platform, clock)


async def furnish(store: SqlStore, name: str, account: str) -> Belongings:
    """A company named `name` with everything in `Belongings`; `account` is where Ann works."""
    company = await a_company(store, name)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    house = house_of(company, NOW)
    await house.employee("lead", lead=True)
    await house.employee("emma")
    ann = await company.contact(
        ContactRecord(
            email=f"ann@{account.lower()}.example",
            name=f"Ann of {account}",
            account=account,
            role=Role.DECISION_MAKER,
            users=(PlatformUser(platform="web", user="ann"),),
        )
    )
    await house.contact("bob", account=f"Not {account[0]}")
    await house.channel("voice")
    sent = await _sent(house, account)
    invitation = await _answered(house, ann)
    await house.command("ann", "feedback")
    async with store.read(company.id) as unit:
        opened = [each for each in await unit.invitations.open_of(ann.id) if each.version.survey.key == "feedback"]
    await house.ask("lead", "summary weekly #voice mon 10:00")
    async with store.read(company.id) as unit:
        [subscription] = await unit.subscriptions.all()
    return Belongings(
        house=house,
        ann=ann,
        invitation=invitation,
        form=opened[0].public_id,
        draft=await _draft(house, "csat", account),
        sent=sent,
        subscription=subscription.public_id,
    )


async def _draft(house: House, survey: str, account: str) -> str:
    action = button(await house.ask("lead", f'send {survey} to account:"{account}"'), "Ask").action
    assert isinstance(action, ConfirmWave)
    return action.wave


async def _sent(house: House, account: str) -> str:
    wave = await _draft(house, "nps", account)
    message_of(await house.uses("lead", ConfirmWave(wave)))
    return wave


async def _answered(house: House, ann: Person) -> str:
    """Delivered by hand: of two companies in one store each has a platform of its own."""
    store, company = house.company.store, house.company
    async with store.system() as system:
        [due] = await system.take_due(now=house.clock.now(), limit=10, lease_seconds=60, owner="test")
        await system.commit()
    assert due.invitation_id is not None
    async with store.write(company.id) as unit:
        place = await unit.conversations.lock(company.workspace.id, house.envelope("ann"))
        await unit.deliveries.sent(due, reference="m1", conversation_id=place.id, at=house.clock.now())
        await unit.invitations.delivered(due.invitation_id, house.clock.now())
        await unit.commit()
    async with store.read(company.id) as unit:
        [facts] = await unit.invitations.open_of(ann.id)
    house.clock.move(timedelta(minutes=1))
    await house.uses("ann", Answer(facts.public_id, "recommend", "3"))
    await house.uses("ann", SendText(facts.public_id, "reason"), values={"reason": reason_at(ann.account or "")})
    return facts.public_id


@pytest.fixture(scope="session")
def furnished_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Belongings]:
    """A furnished company in an SQLite file, to be copied; its house is closed."""
    file = tmp_path_factory.mktemp("furnished") / "cx.db"
    shutil.copy(migrated_file, file)

    async def furnished() -> Belongings:
        store = SqlStore(open_database(f"sqlite:///{file}"))
        try:
            return await furnish(store, "Halden Systems", "Verborgen")
        finally:
            await store.dispose()

    return file, asyncio.run(furnished())


@pytest.fixture
async def belongings(
    furnished_file: tuple[Path, Belongings], tmp_path: Path, anyio_backend: str
) -> AsyncIterator[Belongings]:
    """A furnished company of the test's own."""
    template, former = furnished_file
    file = tmp_path / "cx.db"
    shutil.copy(template, file)
    store = SqlStore(open_database(f"sqlite:///{file}"))
    house = house_of(replace(former.house.company, store=store), former.house.clock.now())
    house._events = former.house._events
    yield replace(former, house=house)
    await store.dispose()


@pytest.fixture
async def two_companies(postgres_store: SqlStore) -> tuple[Belongings, Belongings]:
    """Two companies in one database, with people of the same platform user in each."""
    return (
        await furnish(postgres_store, "Halden Systems", "Verborgen"),
        await furnish(postgres_store, "Another company", "Elsewhere"),
    )
