"""The disk is full: whoever taps is told that nothing was changed, nothing is half written, and it works again by
itself when there is room; an import says so, exits with 1, and is finished or undone by the next one."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.actions import Answer, ConfirmWave, SendText
from bot.app import build_works
from bot.messages import Outcome
from bot.observability import configure_logging
from bot.views import notes
from storage.addresses import async_url
from storage.imports.importing import Quiet, import_records
from storage.imports.source import TextSource
from storage.imports.unfinished import undo_unfinished
from storage.session import Kind
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.definitions.model import Metric
from surveys.errors import StorageUnavailable
from surveys.importing.model import ImportKind
from surveys.insight.queries import ScoreRequest
from surveys.words import ENGLISH
from tests.builders import NOW, Company, a_company, a_contact
from tests.conftest import MigratedDatabase
from tests.fakes import FakeClock, FakePlatform
from tests.scenario.conftest import World, button, message_of
from tests.threats.stored import differences, everything_stored

pytestmark = pytest.mark.anyio

LONG = "ж" * 9_000
"""A comment that needs pages of its own."""
_REFUSES = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""
_FULL_TABLES = ("answer", "invitation", "wave_member", "schedule_fire")


@dataclass(slots=True)
class Site:
    world: World
    platform: FakePlatform
    database: MigratedDatabase

    @property
    def store(self) -> SqlStore:
        return self.world.company.store

    @property
    def company(self) -> Company:
        return self.world.company

    @asynccontextmanager
    async def full(self) -> AsyncIterator[None]:
        """Inside, the database's file cannot grow (SQLite), or rows find no room (PostgreSQL)."""
        if self.database.kind is Kind.SQLITE:
            await self._pages("PRAGMA page_count")
            try:
                yield
            finally:
                await self._pages("SELECT 1000000000")
            return
        await self._as_owner(_REFUSES)
        for table in _FULL_TABLES:
            await self._as_owner(
                f"CREATE TRIGGER no_room BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION disk_is_full()"
            )
        try:
            yield
        finally:
            await self._as_owner("DROP FUNCTION disk_is_full() CASCADE")

    async def _pages(self, how_many: str) -> None:
        async with self.store.database.engine.connect() as connection:
            most = (await connection.exec_driver_sql(how_many)).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")

    async def _as_owner(self, statement: str) -> None:
        engine = create_async_engine(async_url(self.database.owner_url))
        async with engine.begin() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    async def asked(self, user: str) -> str:
        async with self.store.read(self.company.id) as unit:
            [person] = await unit.people.find(f"{user}@example.com")
            [invitation] = await unit.invitations.open_of(person.id)
        return invitation.public_id

    async def counted(self) -> tuple[dict[int, int], int]:
        request = ScoreRequest(metric=Metric.NPS, series=None, period=None)
        async with self.store.read(self.company.id) as unit:
            tally = await unit.insight.tally(request)
            comments = await unit.insight.comments(request, 10_000)
        return dict(tally.total.counts), len(comments)


def assert_told_that_nothing_changed(outcome: Outcome) -> None:
    assert outcome.form is None
    assert message_of(outcome) == notes.unavailable(ENGLISH)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging(json=True, stream=stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
async def site(store: SqlStore, database: MigratedDatabase) -> Site:
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    clock, platform = FakeClock(NOW), FakePlatform()
    world = World(company, build_works(store, clock=clock, adapters=[platform]), platform, clock)
    await world.employee("lead", lead=True)
    await world.contact("olena")
    return Site(world, platform, database)


async def test_a_comment_that_finds_no_room_is_refused_whole_and_kept_later(site: Site, log: io.StringIO) -> None:
    world = site.world
    await world.sent_nps("lead")
    asked = await site.asked("olena")
    await world.uses("olena", Answer(asked, "recommend", "9"))
    before = await everything_stored(site.store, site.company.id)
    comment = SendText(asked, "reason")
    async with site.full():
        for _ in range(3):
            assert_told_that_nothing_changed(
                await world.uses("olena", comment, values={"reason": LONG}, event="the-comment")
            )
        assert differences(before, await everything_stored(site.store, site.company.id)) == {}
        # Who only asks is answered.
        message_of(await world.command("lead", "nps last-30d"))
    message_of(await world.uses("olena", comment, values={"reason": LONG}, event="the-comment"))
    assert await site.counted() == ({9: 1}, 1)
    told = [line for line in map(json.loads, log.getvalue().splitlines()) if line["event"] == "event.unavailable"]
    assert {line["state"] for line in told} == {"SQLITE_FULL" if site.database.kind is Kind.SQLITE else "53100"}


async def test_a_wave_that_finds_no_room_asks_nobody_and_can_be_confirmed_later(site: Site) -> None:
    world = site.world
    async with site.store.write(site.company.id) as unit:
        for number in range(80):
            await unit.accounts.contact(a_contact(f"many{number}@example.com", user=f"many{number}"), at=NOW)
        await unit.commit()
    preview = message_of(await world.command("lead", "send nps to everyone"))
    confirm = button(preview, "Ask 81").action
    assert isinstance(confirm, ConfirmWave)
    before = await everything_stored(site.store, site.company.id)
    async with site.full():
        assert_told_that_nothing_changed(await world.uses("lead", confirm, event="confirm"))
        await world.clock_ticks()
        assert site.platform.messages == {}
    assert differences(before, await everything_stored(site.store, site.company.id)) == {}
    message_of(await world.uses("lead", confirm, event="confirm"))
    await world.clock_ticks()
    assert len(site.platform.messages) == 81


# ── imports ────────────────────────────────────────────────────────────────────────────────────────────────────


ROWS = 1_500
AT = "2026-03-01T10:00:00+01:00"


def history(rows: int) -> str:
    lines = ["survey,answered_at,score,respondent,account,comment,external_id"]
    lines += [
        f"nps,{AT},{number % 11},p{number}@example.com,Account {number % 40},{'word ' * 30},x{number}"
        for number in range(rows)
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def history_file(tmp_path: Path) -> Path:
    file = tmp_path / "history.csv"
    file.write_text(history(ROWS), encoding="utf-8")
    return file


def cx(database: MigratedDatabase, *arguments: str, room: int | None = None) -> subprocess.CompletedProcess[str]:
    """Runs `cx`; `room`: the most pages that the database's file may have."""
    limit = f"""
from sqlalchemy import event
from sqlalchemy.pool import Pool
event.listen(Pool, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = {room}"))
"""
    code = f"{limit if room else ''}\nfrom bot.cli import main\nmain()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "CX_DATABASE_URL": database.url},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
async def small(sqlite_store: SqlStore, sqlite_database: MigratedDatabase) -> tuple[Site, int]:
    """A company in an SQLite file, and how many pages that file has."""
    company = await a_company(sqlite_store)
    await publish_surveys(sqlite_store, company.id, shipped(), at=NOW)
    clock, platform = FakeClock(NOW), FakePlatform()
    world = World(company, build_works(sqlite_store, clock=clock, adapters=[platform]), platform, clock)
    async with sqlite_store.database.engine.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
    return Site(world, platform, sqlite_database), int(pages)


@pytest.mark.parametrize("room", [1, 200], ids=["at once", "later"])
async def test_an_import_on_a_full_disk_says_so_and_the_next_one_finishes_it(
    small: tuple[Site, int], history_file: Path, room: int
) -> None:
    site, pages = small
    before = await site.counted()
    stopped = cx(site.database, "import", "responses", str(history_file), room=pages + room)
    assert stopped.returncode == 1
    assert stopped.stderr.splitlines()[-1].startswith("The disk of the database is full.")
    assert "Traceback" not in stopped.stderr
    assert await site.counted() == before
    finished = cx(site.database, "import", "responses", str(history_file))
    assert finished.returncode == 0, finished.stderr
    scores, comments = await site.counted()
    assert (sum(scores.values()), comments) == (ROWS, ROWS)
    again = cx(site.database, "import", "responses", str(history_file))
    assert "Nothing to do" in again.stdout
    assert await site.counted() == (scores, comments)


async def test_an_import_on_a_full_disk_that_nobody_repeats_is_undone_at_the_next_start(
    small: tuple[Site, int], history_file: Path
) -> None:
    site, pages = small
    cx(site.database, "import", "responses", str(history_file), room=pages + 200)
    assert "writing" in repr((await everything_stored(site.store, site.company.id))["import_batch"])
    await undo_unfinished(site.store, at=NOW)
    left = await everything_stored(site.store, site.company.id)
    assert left["answer"] == left["response"] == left["histogram"] == []
    async with site.store.read(site.company.id) as unit:
        assert await unit.people.candidates((), "nps") == []
        assert await unit.people.find("p1@example.com") == []


async def test_taps_go_on_while_an_import_waits_for_room(site: Site) -> None:
    """The import fails; the tap beside it, which needs no new page, does not have to."""
    world = site.world
    await world.sent_nps("lead")
    asked = await site.asked("olena")
    async with site.full():
        with pytest.raises(StorageUnavailable) as stopped:
            await import_records(
                site.store,
                site.company.id,
                ImportKind.RESPONSES,
                TextSource(name="history.csv", text=history(ROWS)),
                now=NOW,
                watcher=Quiet(),
            )
        assert str(stopped.value).startswith("The disk of the database is full.")
    message_of(await world.uses("olena", Answer(asked, "recommend", "9")))
    assert await site.counted() == ({9: 1}, 0)
