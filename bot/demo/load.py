"""Loads the story into a demo's database. The only part of it that touches anything; everything else is a plan.

It goes through the product's own code: people through the repositories, history through the import, questions as
waves with deliveries and answers. It can be stopped at any moment and is continued by the next start.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from adapters.web.chat import PLATFORM
from adapters.web.people import Featured
from bot.demo.contacts import INGRID, JONAS, KATHARINA, MARTA, OKSANA, Seat, by_seat
from bot.demo.dates import STARTS_AT, WIDENED, Quarter
from bot.demo.employees import CX_LEAD, SUPPORT_AGENT
from bot.demo.history import HistoryFile, history_files
from bot.demo.load_people import CHANNELS, correct_roles, mark_former, open_workspace, respect_wishes, write_people
from bot.demo.load_waves import WaveWriter, weeks
from bot.ports import Tenant
from storage.imports.job import Ending, Job, Phase
from storage.imports.response_import import import_responses
from storage.imports.source import TextSource
from storage.unit_of_work import SqlStore
from storage.web_chat import WebDirectory
from surveys.errors import CxError, Fault, NotFound, Refused
from surveys.importing.difference import Difference
from surveys.importing.model import ImportKind
from surveys.people.model import Person
from surveys.sending.recurrence import next_weekly
from surveys.words import ENGLISH, Words

START = STARTS_AT
"""Where the demo's clock starts."""

SUMMARY_CHANNEL = CHANNELS[0]
FOLD_AT_ONCE = 5_000

Progress = Callable[[str], None]


class DemoNotLoaded(CxError):
    """The sample data could not be loaded."""


def cast(words: Words = ENGLISH) -> tuple[Featured, ...]:
    """The people that the picker offers first; `why` is a sentence for whoever tries the demo."""
    _ = words.gettext
    return (
        Featured(email=CX_LEAD, why=_("Asks, sends, reads the summaries")),
        _member(KATHARINA, _("A question is waiting")),
        _member(JONAS, _("A question is waiting")),
        _member(OKSANA, _("A question is waiting")),
        _member(MARTA, _("Is asked at 09:05, and has a reason to be cross")),
        Featured(email=SUPPORT_AGENT, why=_("May not see customers' scores")),
        _member(INGRID, _("Head of purchasing: silent since August 2025")),
    )


def _member(seat: Seat, why: str) -> Featured:
    return Featured(email=by_seat()[seat].email, why=why)


async def load(
    store: SqlStore, tenant: Tenant, *, now: datetime = START, progress: Progress = lambda line: None
) -> bool:
    """Writes the whole story; False when it is there already. `now`: where the clock starts.

    The shipped surveys have to be published before. Raises Refused for a tenant that is no demo.
    """
    if not tenant.demo:
        raise Refused("Sample data is never put into a company's own database.")
    if await _loaded(store, tenant):
        return False
    begin = datetime.combine(Quarter.Q1_2025.period.start, time(8), tzinfo=ZoneInfo(tenant.timezone))
    people = await _people(store, tenant)
    if CX_LEAD not in people:
        progress("Sample data: people and accounts")
        await write_people(store, tenant, at=begin)
        people = await _people(store, tenant)
    await open_workspace(store, tenant, people, at=begin)
    for file in history_files():
        progress(f"Sample data: {file.name}")
        await _import(store, tenant, file, now)
    await _write_waves(store, tenant, people, now, progress)
    await respect_wishes(store, tenant, people, at=now)
    await mark_former(store, tenant, at=now)
    progress("Sample data: adding up")
    while await store.fold(limit=FOLD_AT_ONCE):
        pass
    await _subscribe(store, tenant, people[CX_LEAD], now)
    return True


async def _people(store: SqlStore, tenant: Tenant) -> Mapping[str, Person]:
    return {person.email: person for person in await WebDirectory(store, tenant.id).people() if person.email}


async def _loaded(store: SqlStore, tenant: Tenant) -> bool:
    """The subscription is the last thing that is written."""
    async with store.read(tenant.id) as unit:
        return bool(await unit.subscriptions.all())


class _Watcher:
    """Our own files have no bad rows; one would be a fault of the story."""

    def fault(self, fault: Fault) -> None:
        raise DemoNotLoaded(str(fault))

    def progress(self, phase: Phase, done: int, total: int) -> None:
        """The whole takes a few seconds; a line for each file is enough."""

    def confirm(self, difference: Difference) -> bool:
        return True


async def _import(store: SqlStore, tenant: Tenant, file: HistoryFile, now: datetime) -> None:
    job = Job(
        store=store,
        tenant_id=tenant.id,
        kind=ImportKind.RESPONSES,
        source=TextSource(name=file.name, text=file.csv()),
        now=now,
        watcher=_Watcher(),
        actor="demo",
    )
    outcome = await import_responses(job)
    if outcome.ending not in (Ending.DONE, Ending.KNOWN):
        raise DemoNotLoaded(f"{file.name}: {outcome.ending}.")


async def _write_waves(
    store: SqlStore, tenant: Tenant, people: Mapping[str, Person], now: datetime, progress: Progress
) -> None:
    writer = WaveWriter(store, tenant, people, people[CX_LEAD])
    month = ""
    corrected = False
    for monday, week in weeks():
        if monday >= WIDENED and not corrected:
            await correct_roles(store, tenant, at=datetime.combine(monday, time(8), tzinfo=ZoneInfo(tenant.timezone)))
            corrected = True
        if f"{monday:%Y-%m}" != month:
            month = f"{monday:%Y-%m}"
            progress(f"Sample data: answers of {month}")
        await writer.write(monday, week)
    await writer.close(now)


async def _subscribe(store: SqlStore, tenant: Tenant, lead: Person, now: datetime) -> None:
    """The weekly summary of #customer-voice, next due five minutes after the start."""
    zone = ZoneInfo(tenant.timezone)
    async with store.write(tenant.id) as unit:
        channel = await unit.conversations.channel(PLATFORM, SUMMARY_CHANNEL)
        if channel is None:
            raise NotFound(f"The channel #{SUMMARY_CHANNEL} does not exist.")
        await unit.subscriptions.add_weekly(
            channel.id,
            weekday=0,
            hour=9,
            minute=0,
            by=lead.id,
            at=now,
            next_due_at=next_weekly(now, weekday=0, at=time(9), zone=zone),
        )
        await unit.commit()
