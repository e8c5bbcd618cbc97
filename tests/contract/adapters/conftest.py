"""The platforms that the contract is held against. Another one joins by its rig and one more entry in `PLATFORMS`."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import pytest

from bot.actions import Action, pack
from bot.app import Works, build_works
from bot.events import Event
from bot.messages import Message
from bot.ports import Workspace
from storage.tenancy import ensure_workspace
from surveys.people.records import ContactRecord, EmployeeRecord, PlatformUser
from surveys.sending.model import InvitationFacts
from tests.builders import NOW, Company
from tests.contract.adapters import rig_fake, rig_slack, rig_teams, rig_web
from tests.contract.adapters.rig import Ear, Platform, Rig, Shown, Tap, Who
from tests.fakes import FakeClock
from tests.threats.conftest import Belongings, belongings, furnished_file

__all__ = ["belongings", "furnished_file"]

PLATFORMS = {each.PLATFORM.name: each.PLATFORM for each in (rig_fake, rig_web, rig_slack, rig_teams)}

EMAILS = {
    Who.ANN: "ann@verborgen.example",
    Who.BOB: "bob@example.com",
    Who.EMMA: "emma@halden.example",
    Who.LEAD: "lead@halden.example",
}
"""Of the people in `tests/threats`, whose company it is."""

Cases = Callable[[Platform], Iterable[object]]


def each_platform_and(name: str, cases: Cases) -> pytest.MarkDecorator:
    """The test runs for every case of every platform; `name` is the argument that is given the case."""
    params = [
        pytest.param(platform, case, id=f"{platform.name}-{called(case)}")
        for platform in PLATFORMS.values()
        for case in cases(platform)
    ]
    return pytest.mark.parametrize(("platform", name), params)


def called(case: object) -> str:
    return case.__name__ if isinstance(case, type) else str(getattr(case, "value", case))


@pytest.fixture(params=list(PLATFORMS.values()), ids=list(PLATFORMS))
def platform(request: pytest.FixtureRequest) -> Platform:
    found = request.param
    assert isinstance(found, Platform)
    return found


@pytest.fixture
async def rig(platform: Platform, anyio_backend: str) -> AsyncIterator[Rig]:
    """The platform with an engine that says what it is told to say."""
    async with platform.open(Ear()) as opened:
        yield opened


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A company with something to lose, its people on the platform under test, and the real engine behind it."""

    rig: Rig
    company: Company
    workspace: Workspace
    works: Works
    clock: FakeClock
    belongings: Belongings

    async def invitation(self, public_id: str = "") -> InvitationFacts:
        """Ann's NPS, as it is stored now."""
        async with self.company.store.read(self.company.id) as unit:
            facts = await unit.invitations.facts(public_id or self.belongings.invitation)
        assert facts is not None
        return facts

    async def taps(self, who: Who, action: Action, message: str, **values: str) -> int:
        return await self.rig.does(Tap(who=who, packed=pack(action), message=message, values=values))

    async def card(self, who: Who) -> str:
        """A message of the bot's in somebody's direct conversation; its reference."""
        return await a_card(self.rig, who)


@pytest.fixture
async def house(rig: Rig, belongings: Belongings) -> House:
    company, clock = belongings.house.company, belongings.house.clock
    workspace = await moves_in(company, rig, clock.now())
    works = build_works(company.store, clock=clock, adapters=[rig.adapter])
    rig.ear.engine = works.engine
    return House(rig=rig, company=company, workspace=workspace, works=works, clock=clock, belongings=belongings)


async def moves_in(company: Company, rig: Rig, at: datetime) -> Workspace:
    """The company's people are on the platform from now on."""
    store = company.store
    name, workspace = rig.adapter.platform, rig.workspace
    found = await ensure_workspace(store, company.id, platform=name, external_id=workspace, name="Here", at=at)
    for who in Who:
        user = PlatformUser(platform=name, user=rig.user(who), workspace=workspace)
        async with store.write(company.id) as unit:
            if who in (Who.ANN, Who.BOB):
                await unit.accounts.contact(ContactRecord(email=EMAILS[who], users=(user,)), at=NOW)
            else:
                await unit.accounts.employee(EmployeeRecord(email=EMAILS[who], users=(user,)), at=NOW)
            await unit.commit()
    return found


async def a_card(rig: Rig, who: Who, message: Message | None = None) -> str:
    address = await rig.adapter.open_direct(rig.workspace, rig.user(who))
    card = message or Message(summary="How likely?")
    return await rig.adapter.post(address, card, delivery=f"card-{who}-{len(await rig.shown())}")


async def news(rig: Rig, before: int) -> list[Shown]:
    """What left for the platform since there were `before`."""
    return list(await rig.shown())[before:]


def the_event(rig: Rig) -> Event:
    """The one event that the engine saw."""
    [event] = rig.ear.events
    return event
