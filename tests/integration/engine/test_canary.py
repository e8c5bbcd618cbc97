"""Threat 13: what people type, and what opens doors, is in no log line, figure, audit row, delivery or event, come what
may; and whoever met a failure is told a reference that the log has, too."""

import io
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

import pytest
from httpx import Response
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import create_async_engine

from bot import actions
from bot.actions import Action, Answer, SendText, unpack
from bot.app import build_works
from bot.events import ActionChosen, Address
from bot.messages import Message, Outcome
from bot.observability import metrics_page
from bot.settings import Settings
from storage.addresses import async_url
from storage.session import Kind, open_database
from storage.tables import survey_version
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.errors import DeliveryError
from surveys.people.model import Role
from surveys.people.records import ContactRecord, EmployeeRecord, PlatformUser
from tests.builders import NOW, a_company
from tests.conftest import MigratedDatabase
from tests.fakes import FakeClock, FakePlatform
from tests.loud_log import loud_log
from tests.scenario.conftest import World, message_of
from tests.threats.stored import everything_stored
from tests.threats.workspace import ORIGIN, Workspace, a_workspace

pytestmark = pytest.mark.anyio

NAME = "Canary Zażółć"
EMAIL = "canary@acme.example"
ACCOUNT = "Canary Works"
COMMENT = "canary: the invoice was wrong, '); DROP TABLE answer; --"
TOKEN = "xoxb-canary-1234567890"
REFERENCE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b")

COMMANDS = (
    "canary",
    "nps canary",
    "nps account:canary",
    'nps account:"Canary Works" all',
    "explain",
    "help canary",
    "grant canary cx_lead",
    "send canary to canary",
    "summary weekly #canary mon 09:00",
)
NOWHERE = ("audit", "delivery", "inbound_event", "schedule", "schedule_fire", "import_batch", "histogram")
"""Tables that hold nothing of what a person typed. (A name is in `person`, a comment in `answer`: there it belongs.)"""


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with loud_log() as stream:
        yield stream


class BreakingPlatform(FakePlatform):
    """Fails in the way of the day, and repeats in its exception what it was given, as libraries do."""

    def __init__(self) -> None:
        super().__init__()
        self.breaks = False

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        if self.breaks:
            raise ValueError(f"cannot post {message!r} to {address!r} with {TOKEN}")
        return await super().post(address, message, delivery=delivery)


@dataclass(slots=True)
class Nest:
    """A company with a canary in every name."""

    world: World
    platform: BreakingPlatform
    database: MigratedDatabase

    @property
    def store(self) -> SqlStore:
        return self.world.company.store

    async def card(self, user: str) -> str:
        """The public id of a person's open NPS."""
        async with self.store.read(self.world.company.id) as unit:
            [person] = await unit.people.find(f"canary-{user}@acme.example")
            [asked] = [one for one in await unit.invitations.open_of(person.id) if one.version.survey.key == "nps"]
        return asked.public_id

    async def comments(self, user: str, said: str = COMMENT) -> Outcome:
        return await self.world.uses(user, SendText(await self.card(user), "reason"), values={"reason": said})

    @asynccontextmanager
    async def trap(self) -> AsyncIterator[None]:
        """Inside, the second comment of the same words breaks a rule of the database, which repeats them."""
        await _as_owner(self.database, "CREATE UNIQUE INDEX trap ON answer (tenant_id, text)")
        try:
            yield
        finally:
            await _as_owner(self.database, "DROP INDEX trap")

    async def assert_nothing_leaked(self, log: io.StringIO) -> None:
        assert_no_canary(log.getvalue(), "the log")
        assert_no_canary(metrics_page()[0].decode(), "the figures")
        stored = await everything_stored(self.store, self.world.company.id)
        for table in NOWHERE:
            assert_no_canary(repr(stored[table]), table)


def assert_no_canary(shown: str, where: str) -> None:
    shown = shown.replace(Path(__file__).name, "")  # a frame of this file in a trace is none
    found = [shown[max(0, at.start() - 200) : at.end() + 50] for at in re.finditer("canary", shown, re.IGNORECASE)]
    assert found == [], f"a canary in {where}"


async def _as_owner(database: MigratedDatabase, statement: str) -> None:
    engine = create_async_engine(async_url(database.owner_url))
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


def reference_told(outcome: Outcome) -> str:
    told = REFERENCE.search(message_of(outcome).summary)
    assert told, message_of(outcome)
    return told[0]


@pytest.fixture
async def nest(store: SqlStore, database: MigratedDatabase) -> Nest:
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    platform, clock = BreakingPlatform(), FakeClock(NOW)
    world = World(company, build_works(store, clock=clock, adapters=[platform]), platform, clock)
    await world.employee("lead", lead=True)
    await company.employee(EmployeeRecord(email="canary@halden.example", name=NAME, team=ACCOUNT))
    for user in ("ann", "other"):
        await company.contact(
            ContactRecord(
                email=f"canary-{user}@acme.example",
                name=f"{NAME} {user}",
                account=ACCOUNT,
                persona="canary",
                role=Role.TECHNICAL,
                users=(PlatformUser(platform="web", user=user),),
            )
        )
    await world.sent_nps("lead")
    return Nest(world, platform, database)


def forged() -> list[Action]:
    """Every kind of action with a canary in every field."""
    fields = {str: "canary", int: 7}
    return [kind(*(fields[type_] for type_ in _types(kind))) for kind in Action.__args__]


def _types(kind: type[Action]) -> list[type]:
    hints = get_type_hints(kind)
    return [hints[name] for name in kind.__slots__]


async def test_what_people_type_stays_where_it_belongs(nest: Nest, log: io.StringIO) -> None:
    world = nest.world
    await nest.comments("ann")
    await world.uses("ann", actions.TalkToPerson(await nest.card("ann")))
    await world.says("ann", COMMENT)
    await world.command("ann", f"feedback {COMMENT}")
    for typed in COMMANDS:
        await world.command("lead", typed)
        await world.says("lead", typed)
        await world.says("nobody-known", typed)
    for action in (*forged(), unpack("canary"), unpack('["a","canary"]')):
        for user in ("ann", "lead", "nobody-known"):
            envelope = world.envelope(user)
            outcome = await world.works.engine.handle(
                ActionChosen(envelope=envelope, action=action, values={"canary": COMMENT, "reason": COMMENT})
            )
            assert outcome.reply is not None
    await world.clock_ticks()
    stored = await everything_stored(nest.store, world.company.id)
    assert "canary" in repr(stored["answer"])
    assert "Canary" in repr(stored["person"])
    await nest.assert_nothing_leaked(log)


async def test_a_rule_of_the_database_that_was_broken_is_told_without_its_values(nest: Nest, log: io.StringIO) -> None:
    await nest.comments("ann")
    async with nest.trap():
        outcome = await nest.comments("other")
    assert reference_told(outcome) in log.getvalue()
    assert "IntegrityError" in log.getvalue()
    if nest.database.kind is Kind.POSTGRESQL:
        assert "23505" in log.getvalue()
    await nest.assert_nothing_leaked(log)
    assert REFERENCE.search(message_of(await nest.comments("other")).summary) is None


async def test_a_fault_of_our_own_is_told_without_what_it_was_about(nest: Nest, log: io.StringIO) -> None:
    """A stored definition that cannot be read: its reader's exception repeats it."""
    world, tenant = nest.world, nest.world.company.id
    async with nest.store.database.writing(tenant) as transaction:
        await transaction.connection.execute(
            update(survey_version).where(survey_version.c.tenant_id == tenant).values(definition='["canary"]')
        )
        await transaction.commit()
    fresh = SqlStore(open_database(nest.database.url))
    try:
        works = build_works(fresh, clock=world.clock, adapters=[nest.platform])
        for event in (
            ActionChosen(envelope=world.envelope("ann"), action=Answer("canary", "canary", "canary")),
            ActionChosen(envelope=world.envelope("lead"), action=actions.RunCommand("nps canary")),
        ):
            outcome = await works.engine.handle(event)
            if "wrong on our side" in message_of(outcome).summary:
                assert reference_told(outcome) in log.getvalue()
        await works.clockwork.run_due_now()
    finally:
        await fresh.dispose()
    assert log.getvalue().count("event.failed") == 1
    await nest.assert_nothing_leaked(log)


@pytest.mark.parametrize("place", ["user", "conversation", "reference"])
async def test_a_value_that_fits_no_column_is_not_repeated(nest: Nest, log: io.StringIO, place: str) -> None:
    """SQLite takes any length; PostgreSQL refuses, and names the value."""
    long = "canary" * 1_000
    envelope = nest.world.envelope(long if place == "user" else "other")
    if place != "user":
        address = Address(
            platform="web",
            workspace="local",
            conversation=long if place == "conversation" else "dm:other",
            reference=long if place == "reference" else "",
        )
        envelope = type(envelope)(address=address, sender=envelope.sender, event_id=envelope.event_id)
    outcome = await nest.world.works.engine.handle(ActionChosen(envelope=envelope, action=unpack("canary")))
    if "wrong on our side" in message_of(outcome).summary:
        assert reference_told(outcome) in log.getvalue()
    await nest.assert_nothing_leaked(log)


async def test_a_platform_that_repeats_a_message_in_its_exception_is_not_believed(nest: Nest, log: io.StringIO) -> None:
    await nest.comments("ann")
    await nest.world.uses("ann", actions.TalkToPerson(await nest.card("ann")))
    nest.platform.breaks = True
    await nest.world.clock_ticks()
    stored = await everything_stored(nest.store, nest.world.company.id)
    errors = REFERENCE.findall(repr(stored["delivery"]))
    assert errors
    assert all(mark in log.getvalue() for mark in errors)
    nest.platform.breaks = False
    nest.platform.refusals.append(DeliveryError("channel_not_found", permanent=True))
    nest.world.clock.move_to(NOW.replace(hour=NOW.hour + 1))
    await nest.world.clock_ticks()
    await nest.assert_nothing_leaked(log)


# ── the web workspace ──────────────────────────────────────────────────────────────────────────────────────────


async def visited(workspace: Workspace) -> list[Response]:
    """Requests with a canary in path, query, headers, cookies and body; what the browser was told."""
    headers = {
        "authorization": f"Bearer {TOKEN}",
        "cookie": f"session={TOKEN}",
        "user-agent": "canary",
        "referer": "http://127.0.0.1:8080/canary",
        "accept": "application/json",
        "last-event-id": "canary",
    }
    person = await workspace.person(ContactRecord(email=EMAIL, name=NAME, account=ACCOUNT))
    place = f"/as/{person.public_id}"
    paths = (
        f"{place}?before=canary",
        f"{place}/messages",
        f"{place}/message/canary/chart/0.png",
        "/as/canary",
        "/canary?token=canary",
    )
    told = [await workspace.browser.get(path, headers=headers) for path in paths]
    for number, (what, fields) in enumerate(
        (
            ("message", {"text": COMMENT}),
            ("message", {"text": f"/cx feedback {COMMENT}"}),
            ("action", {"action": "canary", "message": "canary"}),
            ("message", {"text": COMMENT, "event_id": "canary"}),
        )
    ):
        fields = {"event_id": f"9c0a4b1e-0000-4000-8000-00000000000{number}", **fields}
        told.append(await workspace.browser.post(f"{place}/{what}", data=fields, headers={**headers, "origin": ORIGIN}))
    elsewhere = {"origin": "http://canary.example"}
    told.append(await workspace.browser.post(f"{place}/message", data={"text": COMMENT}, headers=elsewhere))
    return told


async def test_nothing_of_a_request_is_in_the_log(sqlite_store: SqlStore, log: io.StringIO) -> None:
    workspace = await a_workspace(sqlite_store)
    assert [one.status_code for one in await visited(workspace)] == [200, 200, 404, 404, 404, 200, 200, 404, 400, 403]
    assert_no_canary(log.getvalue(), "the log")
    assert_no_canary(metrics_page()[0].decode(), "the figures")


async def test_nothing_of_a_request_that_failed_is_in_the_log(sqlite_store: SqlStore, log: io.StringIO) -> None:
    workspace = await a_workspace(sqlite_store)
    async with sqlite_store.database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE web_message RENAME COLUMN body TO canary"))
    failed = [one for one in await visited(workspace) if one.status_code == 500]
    assert len(failed) >= 3
    assert all(one.json()["reference"] in log.getvalue() for one in failed)
    assert_no_canary(log.getvalue(), "the log")


# ── the shell ──────────────────────────────────────────────────────────────────────────────────────────────────


def cx(database: MigratedDatabase, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `cx` as an operator does."""
    return subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", *arguments],
        env={**os.environ, "CX_DATABASE_URL": database.url, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_an_import_that_breaks_tells_a_reference_and_no_cell(
    sqlite_store: SqlStore, sqlite_database: MigratedDatabase, tmp_path: Path
) -> None:
    await a_company(sqlite_store)
    await _as_owner(
        sqlite_database,
        "CREATE TRIGGER trap BEFORE INSERT ON contact BEGIN SELECT RAISE(ABORT, 'no contact today'); END",
    )
    file = tmp_path / "people.csv"
    file.write_text(f"email,name,account\n{EMAIL},{NAME},{ACCOUNT}\n", encoding="utf-8")
    done = cx(sqlite_database, "import", "contacts", str(file))
    assert done.returncode == 1
    told, logged = REFERENCE.search(done.stderr.splitlines()[-1]), done.stderr.splitlines()[0]
    assert told
    assert told[0] in logged
    assert_no_canary(done.stderr, "what the operator reads")


def test_no_secret_of_the_settings_is_in_anything_that_is_printed_or_logged(
    sqlite_database: MigratedDatabase,
) -> None:
    secrets = {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": "canary-signing",
        "TEAMS_APP_ID": "app",
        "TEAMS_APP_PASSWORD": "canary-password",
        "CX_API_TOKEN": "canary-api",
    }
    away = "postgresql://cx:canary-password@127.0.0.1:1/cx"
    for arguments, more in (
        (("doctor",), {}),
        (("run",), {"CX_DATABASE_URL": away}),
        (("doctor",), {"CX_DATABASE_URL": "mysql://cx:canary-password@127.0.0.1/cx", "SLACK_APP_TOKEN": TOKEN}),
    ):
        done = cx(sqlite_database, *arguments, **{**secrets, **more})
        assert_no_canary(done.stdout + done.stderr, f"what cx {' '.join(arguments)} prints")
        assert not more or done.returncode == 1
    settings = Settings(**secrets)  # type: ignore[arg-type]
    assert_no_canary(repr(settings) + str(settings.model_dump()), "a settings object")
