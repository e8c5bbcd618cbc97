"""Threat 12, end to end: hostile names and comments go through the real engine and store to every page and answer."""

import asyncio
import csv
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.terminal.render import render
from adapters.web.codec import decode
from bot.actions import Answer, ConfirmWave, SendText, TalkToPerson
from bot.commands.tokens import quote
from bot.events import Address
from bot.messages import Buttons, Message
from bot.ports import NewAnswer
from bot.views.csv_rows import write_csv
from storage.exporting import ExportedAnswer, exported_answers
from storage.session import open_database
from storage.unit_of_work import SqlStore
from storage.web_chat import WebChatLog
from surveys.definitions.model import Metric
from surveys.importing.model import ImportKind
from surveys.insight.queries import Dimension, ScoreRequest
from surveys.people.model import Person
from surveys.people.records import AccountRecord, ContactRecord, EmployeeRecord
from tests.builders import NOW, Company, a_company, a_contact
from tests.integration.importing.imports import AT, Operator, a_company_with_surveys, bring_in
from tests.threats.hostile import ANYTHING, HOSTILE, UNSTORABLE, Page, as_lines, begins_a_formula, commands_a_terminal
from tests.threats.workspace import Workspace, a_workspace

pytestmark = pytest.mark.anyio

QUESTIONS = (
    "nps all",
    "nps by account all top 50",
    "nps by segment all top 50",
    "nps by account all as csv",
    "why nps by account this-year",
    "trend nps by account all",
    "trend nps all",
    "explain nps all",
    "waves",
    "summary list",
    "help",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a walk through the workspace showed: its HTML, what is in its log, and the CSV that was exported."""

    pages: Sequence[Page]
    messages: Sequence[Message]
    csv: str


async def walk(file: Path, texts: Sequence[str], names: Sequence[str]) -> Walk:
    """Everybody called and working at one of `names` says the text of the same place; a lead asks about it all."""
    store = SqlStore(open_database(f"sqlite:///{file}"))
    try:
        workspace = await a_workspace(store)
        lead = await workspace.person(EmployeeRecord(email="lead@halden.example", name=names[0]), lead=True)
        await _channel(workspace.company, "voice")
        people = [await _moves_in(workspace, number, name) for number, name in enumerate(names)]
        await _asked(workspace, lead)
        for number, (person, text) in enumerate(zip(people, texts, strict=True)):
            await _answers(workspace, person, text, typed=bool(number % 2))
        await _questions(workspace, lead, people)
        await workspace.ticks()
        for path in ("/", "/?part=people", "/?q=a", f"/as/{lead.public_id}/channel/voice", f"/as/{lead.public_id}"):
            await workspace.looks(path)
        for person in people:
            await workspace.looks(f"/as/{person.public_id}")
        return Walk(
            pages=[Page(html) for html in workspace.seen],
            messages=await _logged(workspace, [lead, *people]),
            csv=await _exported(workspace),
        )
    finally:
        await store.dispose()


async def _channel(company: Company, name: str) -> None:
    address = Address(platform="web", workspace="local", conversation=f"channel:{name}", direct=False)
    async with company.store.write(company.id) as unit:
        await unit.conversations.remember(company.workspace.id, address, name, None)
        await unit.commit()


async def _moves_in(workspace: Workspace, number: int, name: str) -> Person:
    async with workspace.company.store.write(workspace.tenant_id) as unit:
        await unit.accounts.upsert(AccountRecord(name=f"{name} {number}", segment=name, tier=name), at=NOW)
        await unit.commit()
    return await workspace.person(
        ContactRecord(email=f"p{number}@example.com", name=name, account=f"{name} {number}", persona=name)
    )


async def _asked(workspace: Workspace, lead: Person) -> None:
    await workspace.types(lead, "/cx send nps to everyone")
    blocks = [block for message in await _logged(workspace, [lead]) for block in message.blocks]
    buttons = [button for row in blocks if isinstance(row, Buttons) for button in row.buttons]
    [confirm] = [button.action for button in buttons if isinstance(button.action, ConfirmWave)]
    await workspace.taps(lead, await _newest(workspace, lead), confirm)
    await workspace.ticks()


async def _newest(workspace: Workspace, person: Person) -> str:
    log = WebChatLog(workspace.company.store, workspace.tenant_id)
    newest = await log.history(f"dm:{person.public_id}", viewer=person.public_id, limit=1)
    return newest[0].public_id


async def _answers(workspace: Workspace, person: Person, text: str, *, typed: bool) -> None:
    """A score, the text as a comment (typed, or sent from the card), the same text as feedback, and a wish to talk."""
    async with workspace.company.store.read(workspace.tenant_id) as unit:
        [asked] = await unit.invitations.open_of(person.id)
    card = await _newest(workspace, person)
    await workspace.taps(person, card, Answer(asked.public_id, "recommend", "3" if typed else "9"))
    if typed:
        await workspace.types(person, text)
    else:
        await workspace.taps(person, card, SendText(asked.public_id, "reason"), reason=text)
    await workspace.types(person, f"/cx feedback {text}")
    if typed:
        await workspace.taps(person, card, TalkToPerson(asked.public_id))
        await workspace.types(person, f"What about {text}?")


async def _questions(workspace: Workspace, lead: Person, people: Sequence[Person]) -> None:
    for text in QUESTIONS:
        await workspace.types(lead, f"/cx {text}")
    for person in people:
        name = quote(person.account or "")
        await workspace.types(lead, f"/cx nps all account:{name}")
        await workspace.types(lead, f"/cx send csat to account:{name}")
    for person in people[::6]:
        await workspace.types(lead, f"/cx grant {person.name} cx_lead")
        await workspace.types(lead, f"@CX Pulse {person.name}", channel="voice")
    await workspace.types(lead, "/cx summary weekly #voice tue 09:00")
    await workspace.clock.move_to(NOW.replace(day=NOW.day + 1, hour=9))
    await workspace.ticks()


async def _logged(workspace: Workspace, people: Sequence[Person]) -> list[Message]:
    log = WebChatLog(workspace.company.store, workspace.tenant_id)
    places = [(f"dm:{person.public_id}", person.public_id) for person in people]
    places.append(("channel:voice", people[0].public_id))
    messages = []
    for place, viewer in places:
        messages += [decode(each.body) for each in await log.history(place, viewer=viewer, limit=10_000)]
    return messages


async def _exported(workspace: Workspace) -> str:
    request = ScoreRequest(metric=Metric.NPS, series=None, period=None)
    async with workspace.company.store.read(workspace.tenant_id) as unit:
        rows = [row async for row in exported_answers(unit.scope, request)]
    return write_csv(ExportedAnswer._fields, rows)


@pytest.fixture(scope="module")
def walks(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Walk]:
    """The same walk with hostile texts, and with ordinary ones."""
    folder = tmp_path_factory.mktemp("hostile")
    hostile = list({**HOSTILE, **UNSTORABLE}.values())
    plain = [f"Ordinary words {number}" for number in range(12)]
    done = {}
    for name, texts in (("hostile", hostile), ("plain", plain)):
        file = folder / f"{name}.db"
        shutil.copy(migrated_file, file)
        names = [" ".join(text.split())[:250] for text in texts]
        done[name] = asyncio.run(walk(file, texts, names))
    return done


def test_no_page_has_an_element_or_an_attribute_that_ordinary_words_do_not_make(walks: Mapping[str, Walk]) -> None:
    plain = set().union(*(page.elements for page in walks["plain"].pages))
    hostile = set().union(*(page.elements for page in walks["hostile"].pages))
    assert hostile - plain == set()
    assert not [name for _, names in plain for name in names if name.startswith("on") or name == "style"]


def test_every_address_on_every_page_is_one_of_our_own(walks: Mapping[str, Walk]) -> None:
    addresses = {address for page in walks["hostile"].pages for address in page.addresses}
    assert addresses
    assert not [one for one in addresses if not one.startswith(("/", "#")) or one.startswith("//")]


def test_every_name_and_comment_can_be_read_somewhere_as_it_is(walks: Mapping[str, Walk]) -> None:
    said = [*(page.text for page in walks["hostile"].pages)]
    everything = "\n".join(said)
    for text in HOSTILE.values():
        assert as_lines(text).strip() in everything
        assert " ".join(text.split()) in everything


def test_every_message_can_be_shown_on_a_terminal_and_none_commands_it(walks: Mapping[str, Walk]) -> None:
    assert len(walks["hostile"].messages) > 200
    for message in walks["hostile"].messages:
        assert not commands_a_terminal(render(message))
        json.dumps(render(message), ensure_ascii=False).encode("utf-8")


def test_what_stands_for_a_message_in_a_notification_is_one_line(walks: Mapping[str, Walk]) -> None:
    for message in walks["plain"].messages:
        assert "\n" not in message.summary


def test_the_exported_answers_are_rows_of_text(walks: Mapping[str, Walk]) -> None:
    rows = list(csv.DictReader(io.StringIO(walks["hostile"].csv, newline="")))
    assert len(rows) == len({**HOSTILE, **UNSTORABLE})
    assert not [cell for row in rows for cell in row.values() if begins_a_formula(cell)]
    comments = {row["comment"] for row in rows}
    for text in HOSTILE.values():
        assert {text.strip(), f"'{text.strip()}"} & comments


# ── by import, and in both databases ───────────────────────────────────────────────────────────────────────────


def _csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue()


async def test_a_hostile_name_comes_in_by_import_as_it_is(sqlite_store: SqlStore) -> None:
    company = await a_company_with_surveys(sqlite_store)
    names = list(HOSTILE.values())
    contacts = _csv(
        ("email", "name", "account", "persona"),
        [(f"p{number}@example.com", name, f"{name[:290]} {number}", name[:100]) for number, name in enumerate(names)],
    )
    answers = _csv(
        ("survey", "answered_at", "score", "respondent", "segment", "touchpoint", "comment"),
        [("nps", AT, "9", f"p{number}@example.com", text[:100], text[:100], text) for number, text in enumerate(names)],
    )
    for kind, text in ((ImportKind.CONTACTS, contacts), (ImportKind.RESPONSES, answers)):
        operator = Operator()
        await bring_in(company, kind, text, operator=operator)
        assert operator.lines == []
    async with company.store.read(company.id) as unit:
        people = await unit.people.candidates((), "nps")
        comments = await unit.insight.comments(ScoreRequest(metric=Metric.NPS, series=None, period=None), 100)
        touchpoints = await unit.people.known_values(Dimension.TOUCHPOINT)
    stripped = [name.strip() for name in names]
    assert [one.person.name for one in people] == stripped
    assert {one.text for one in comments} == set(stripped)
    assert set(touchpoints) == {name[:100].strip() for name in names}


@pytest.mark.parametrize("text", [text for text in UNSTORABLE.values() if "\x00" not in text])
async def test_a_name_with_control_characters_is_refused_by_file_and_line(text: str, sqlite_store: SqlStore) -> None:
    company = await a_company_with_surveys(sqlite_store)
    name = text.encode("utf-8", "replace").decode()
    operator = Operator()
    await bring_in(
        company,
        ImportKind.ACCOUNTS,
        _csv(("account", "segment"), [("Acme", "a"), (f"x{name}x", "b")]),
        operator=operator,
    )
    refused = [line for line in operator.lines if line.startswith("file.csv:3:")]
    assert bool(refused) is not name.isprintable()
    assert all(line.isprintable() for line in operator.lines)


async def test_any_comment_is_stored_alike_by_both_databases(sqlite_store: SqlStore, postgres_store: SqlStore) -> None:
    texts = list(ANYTHING.values())
    expected = [text.replace("\x00", "").encode("utf-8", "replace").decode() for text in texts]
    assert await _kept(sqlite_store, texts) == expected
    assert await _kept(postgres_store, texts) == expected


async def _kept(store: SqlStore, texts: Sequence[str]) -> list[str]:
    """What the store gives back of comments that were put in, without the conversation's own cleaning."""
    company = await a_company(store)
    version = await company.publish()
    kept = []
    for number, text in enumerate(texts):
        person = await company.contact(a_contact(f"p{number}@acme.example"))
        asked = await company.asked(person, version)
        async with store.write(company.id) as unit:
            await unit.invitations.answer(
                NewAnswer(invitation_id=asked.id, question="reason", at=NOW, platform="web", text=text)
            )
            await unit.commit()
        async with store.read(company.id) as unit:
            facts = await unit.invitations.facts(asked.public_id)
        assert facts is not None
        given = facts.answer("reason")
        assert given is not None
        kept.append(given.text or "")
    return kept
