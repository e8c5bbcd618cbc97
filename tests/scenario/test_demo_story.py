"""The demo's story in the real engine: every planted fact is found by the command that should show it."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from adapters.terminal.render import render
from bot.actions import Answer
from bot.app import Works, build_works
from bot.commands.advice import Advice
from bot.commands.grammar import Question
from bot.demo.contacts import INGRID, JONAS, KATHARINA, MARTA, OKSANA, by_seat, contacts
from bot.demo.dates import COMPANY, STARTS_AT, TIMEZONE
from bot.demo.employees import CX_LEAD
from bot.demo.load import START, cast, load
from bot.demo.special_comments import MARTA_WILL_WRITE
from bot.desk import OPERATOR, Desk, Place
from bot.desk.errand import Errand
from bot.events import ActionChosen, Address, CommandInvoked, Envelope, MessageReceived, Sender
from bot.language import words_for
from bot.messages import Message, Outcome, Scale
from bot.ports import Tenant
from bot.views.json import to_json
from storage.session import open_database
from storage.tenancy import ensure_tenant, publish_surveys
from storage.unit_of_work import SqlStore
from storage.web_chat import WebDirectory
from surveys.definitions.loader import shipped
from surveys.errors import Refused
from surveys.people.model import Person, Role
from tests.conftest import MigratedDatabase
from tests.fakes import FakeClock, FakePlatform

pytestmark = pytest.mark.anyio

TRUTH: dict[str, Any] = json.loads(files("bot.demo").joinpath("truth.json").read_text("utf-8"))
FACTS: list[dict[str, Any]] = TRUTH["facts"]
FIGURES = [fact for fact in FACTS if "expect" in fact]
SAYINGS = [fact for fact in FACTS if "says" in fact]
PENDING = [fact for fact in FACTS if "pending" in fact]


def named(fact: dict[str, Any]) -> str:
    return str(fact["id"])


@dataclass(slots=True)
class Demo:
    store: SqlStore
    tenant: Tenant
    people: dict[str, Person]
    clock: FakeClock
    platform: FakePlatform
    works: Works
    events: list[str] = field(default_factory=list)

    async def command(self, person: Person, text: str) -> Message:
        event = CommandInvoked(envelope=self.envelope(person), text=text)
        return self.message(await self.works.engine.handle(event))

    def envelope(self, person: Person) -> Envelope:
        self.events.append(f"event-{len(self.events)}")
        address = Address(platform="web", workspace="local", conversation=f"dm:{person.public_id}")
        return Envelope(address=address, sender=Sender(user=person.public_id), event_id=self.events[-1])

    @staticmethod
    def message(outcome: Outcome) -> Message:
        assert outcome.reply is not None
        return outcome.reply.message

    def shown_to(self, person: Person) -> list[Message]:
        return self.platform.seen_by(person.public_id)

    async def moves_to(self, hour: int, minute: int) -> None:
        self.clock.move_to(STARTS_AT.replace(hour=hour, minute=minute))
        await self.works.clockwork.run_due_now()

    @property
    def lead(self) -> Person:
        return self.people[CX_LEAD]


async def prepared(url: str) -> tuple[SqlStore, Tenant]:
    store = SqlStore(open_database(url))
    tenant = await ensure_tenant(store, name=COMPANY, timezone=TIMEZONE, now=START, demo=True)
    await publish_surveys(store, tenant.id, shipped(), at=START)
    return store, tenant


async def seen_from_outside(store: SqlStore, tenant: Tenant) -> Demo:
    people = {person.email: person for person in await WebDirectory(store, tenant.id).people() if person.email}
    clock, platform = FakeClock(START), FakePlatform()
    return Demo(store, tenant, people, clock, platform, build_works(store, clock=clock, adapters=[platform]))


class Stopped(Exception):
    """Whatever stops a program."""


async def load_with_stops(store: SqlStore, tenant: Tenant) -> int:
    """Loads, stopped once at each of some steps and started again; how often it was stopped."""
    waiting = {"people", "support.csv", "2025-10", "2026-04", "adding up"}

    def stop(line: str) -> None:
        for step in [step for step in waiting if line.endswith(step) or f"{step} and" in line]:
            waiting.remove(step)
            raise Stopped

    stops = 0
    while True:
        try:
            await load(store, tenant, progress=stop)
            return stops
        except Stopped:
            stops += 1


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def empty_file(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copy(migrated_file, tmp_path_factory.mktemp("demo") / "demo.db"))


@pytest.fixture(scope="module")
async def story(empty_file: Path, anyio_backend: str) -> AsyncIterator[Demo]:
    """Loaded once, with interruptions: every fact below is found although. The tests that use it only read."""
    store, tenant = await prepared(f"sqlite:///{empty_file}")
    assert await load_with_stops(store, tenant) == 5
    yield await seen_from_outside(store, tenant)
    await store.dispose()


@pytest.fixture
def copied_file(story: Demo, empty_file: Path, tmp_path: Path) -> Path:
    file = tmp_path / "demo.db"
    with closing(sqlite3.connect(empty_file)) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)
    return file


@pytest.fixture
async def morning(story: Demo, copied_file: Path) -> AsyncIterator[Demo]:
    """A copy of the story, in which things happen."""
    store = SqlStore(open_database(f"sqlite:///{copied_file}"))
    yield await seen_from_outside(store, story.tenant)
    await store.dispose()


async def asked(demo: Demo, query: str) -> dict[str, Any] | Advice:
    """What `cx ask QUERY --json` prints."""
    async with demo.store.read(demo.tenant.id) as unit:
        place = Place(direct=True)
        errand = Errand(unit=unit, asker=OPERATOR, place=place, now=START, words=words_for(None))
        desk = Desk()
        command = await desk.read(errand, query)
        if isinstance(command, Advice):
            return command
        assert isinstance(command, Question)
        found: dict[str, Any] = json.loads(json.dumps(to_json(await desk.result(errand, command))))
        return found


def value_at(found: Any, path: str) -> Any:
    """`groups.technical.n`: in a list the part whose key is `technical`."""
    for name in path.split("."):
        found = next(one for one in found if one["key"] == name) if isinstance(found, list) else found[name]
    return found


def rounded(value: Any) -> Any:
    return round(value, 2) if isinstance(value, float) else value


@pytest.mark.parametrize("fact", FIGURES, ids=named)
async def test_a_planted_figure_is_found_by_its_command(story: Demo, fact: dict[str, Any]) -> None:
    found = await asked(story, fact["ask"])

    assert not isinstance(found, Advice), found
    for path, expected in fact["expect"].items():
        assert rounded(value_at(found, path)) == rounded(expected), (path, fact["tells"])


@pytest.mark.parametrize("fact", SAYINGS, ids=named)
async def test_a_planted_fact_is_told_in_words(morning: Demo, fact: dict[str, Any]) -> None:
    await morning.moves_to(8, 55)
    told = render(await morning.command(morning.lead, fact["ask"]))

    for words in fact["says"]:
        assert words in told, told


@pytest.mark.parametrize("fact", PENDING, ids=named)
async def test_a_pending_fact_waits_for_a_command_that_does_not_exist_yet(story: Demo, fact: dict[str, Any]) -> None:
    """When its command comes, this fails: the fact then gets the figures it expects."""
    assert fact["pending"], "it says what it waits for"
    assert isinstance(await asked(story, fact["ask"]), Advice)


def test_every_fact_has_one_way_to_be_found_and_a_name_of_its_own() -> None:
    assert len({fact["id"] for fact in FACTS}) == len(FACTS)
    assert all(sum(kind in fact for kind in ("expect", "says", "pending")) == 1 for fact in FACTS)
    assert TRUTH["starts_at"] == STARTS_AT.isoformat()


async def test_loading_again_changes_nothing(story: Demo) -> None:
    before = await asked(story, "nps all by role")

    assert not await load(story.store, story.tenant)
    assert await asked(story, "nps all by role") == before


async def test_everybody_is_in_the_database_as_planned(story: Demo) -> None:
    everybody = await WebDirectory(story.store, story.tenant.id).people()

    assert len(everybody) == 340 + 64
    for contact in contacts():
        person = story.people[contact.email]
        assert (person.name, person.account, person.role) == (contact.name, contact.account, contact.role)
        assert (person.language, person.timezone) == (contact.language, contact.timezone)


async def test_the_cast_is_there_and_led_by_the_cx_lead(story: Demo) -> None:
    roles = [story.people[member.email].role for member in cast()]

    assert story.people[cast()[0].email].permissions
    assert {Role.DECISION_MAKER, Role.TECHNICAL, Role.OPERATIONS, Role.FINANCE, None} <= set(roles)


async def test_a_company_with_data_of_its_own_never_gets_sample_data(sqlite_database: MigratedDatabase) -> None:
    store = SqlStore(open_database(sqlite_database.url))
    tenant = await ensure_tenant(store, name="Real", timezone=TIMEZONE, now=START)

    with pytest.raises(Refused):
        await load(store, tenant)
    await store.dispose()


async def test_when_the_clock_starts_questions_are_waiting_and_one_tap_answers(morning: Demo) -> None:
    await morning.moves_to(8, 55)
    for seat in (KATHARINA, JONAS, OKSANA):
        person = morning.people[by_seat()[seat].email]
        (question,) = morning.shown_to(person)
        (scale,) = [block for block in question.blocks if isinstance(block, Scale)]
        tap = scale.tap(8)
        assert isinstance(tap, Answer)
        await morning.works.engine.handle(ActionChosen(envelope=morning.envelope(person), action=tap))
    today = await morning.command(morning.lead, "nps today")

    assert "n 3" in render(today)


async def test_at_nine_the_summary_posts_itself_in_customer_voice(morning: Demo) -> None:
    await morning.moves_to(8, 59)
    assert morning.platform.seen_in("channel:customer-voice") == []

    await morning.moves_to(9, 0)
    (summary,) = morning.platform.seen_in("channel:customer-voice")

    told = render(summary)
    assert "29 Jun – 5 Jul 2026" in told
    assert "First time anybody asked the people who run the thing" in told
    assert "Certificates, again." in told


async def test_at_five_past_nine_marta_is_asked_and_her_two_becomes_a_three(morning: Demo) -> None:
    marta = morning.people[by_seat()[MARTA].email]
    await morning.moves_to(9, 4)
    assert morning.shown_to(marta) == []

    await morning.moves_to(9, 5)
    (question,) = morning.shown_to(marta)
    (scale,) = [block for block in question.blocks if isinstance(block, Scale)]
    for score in (2, 3):
        event = ActionChosen(envelope=morning.envelope(marta), action=scale.tap(score))
        await morning.works.engine.handle(event)
    await morning.works.engine.handle(MessageReceived(envelope=morning.envelope(marta), text=MARTA_WILL_WRITE))
    told = render(await morning.command(morning.lead, 'nps account:"Nordhavn Tools" today'))

    assert "lowest 3" in told
    assert "Trzeci miesiąc z rzędu faktura nie zgadza się z zamówieniem." in told
    assert "n 1" in told


async def test_the_silent_purchaser_is_not_asked_on_the_demos_day(morning: Demo) -> None:
    await morning.moves_to(18, 0)

    assert morning.shown_to(morning.people[by_seat()[INGRID].email]) == []


async def test_on_postgresql_the_story_is_the_same(postgres_database: MigratedDatabase) -> None:
    store, tenant = await prepared(postgres_database.url)
    assert await load(store, tenant)
    demo = await seen_from_outside(store, tenant)
    for fact in FIGURES:
        found = await asked(demo, fact["ask"])
        assert not isinstance(found, Advice), found
        for path, expected in fact["expect"].items():
            assert rounded(value_at(found, path)) == rounded(expected), (fact["id"], path)
    await store.dispose()
