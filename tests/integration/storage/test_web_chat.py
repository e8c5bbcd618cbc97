"""The local web workspace's log: each message once, each seen by whom it is for."""

from datetime import timedelta

import pytest

from adapters.web.chat import ChatLog, Directory
from bot.events import Address
from storage.unit_of_work import SqlStore
from storage.web_chat import WebChatLog, WebDirectory, WebMessage
from surveys.errors import Refused
from surveys.people.model import Permission
from tests.builders import NOW, Company, a_company, a_contact

pytestmark = pytest.mark.anyio

CHANNEL = "channel:cx"


@pytest.fixture
async def company(store: SqlStore) -> Company:
    return await a_company(store, demo=True)


@pytest.fixture
def log(company: Company) -> ChatLog:
    return WebChatLog(company.store, company.id)


async def post(log: ChatLog, body: str, *, only: str | None = None, delivery: str | None = None) -> str:
    message, _ = await log.add(conversation=CHANNEL, author=None, visible_to=only, body=body, delivery=delivery, at=NOW)
    return message.public_id


async def bodies(log: ChatLog, viewer: str, *, limit: int = 10, before: str | None = None) -> list[str]:
    return [one.body for one in await log.history(CHANNEL, viewer=viewer, limit=limit, before=before)]


async def test_one_delivery_is_one_message(log: ChatLog) -> None:
    first, new = await log.add(conversation=CHANNEL, author=None, visible_to=None, body="a", delivery="d1", at=NOW)
    second, again = await log.add(conversation=CHANNEL, author=None, visible_to=None, body="b", delivery="d1", at=NOW)
    assert (new, again) == (True, False)
    assert second == first
    assert await bodies(log, "ann") == ["a"]


async def test_a_private_message_is_seen_by_one_person(log: ChatLog) -> None:
    await post(log, "for all")
    mine = await post(log, "for Ann", only="ann")
    assert await bodies(log, "ann") == ["for all", "for Ann"]
    assert await bodies(log, "bob") == ["for all"]
    assert (await log.latest([CHANNEL, "channel:empty"], viewer="ann")) == {CHANNEL: mine}


async def test_the_newest_messages_come_oldest_first_page_by_page(log: ChatLog) -> None:
    ids = [await post(log, f"{number}") for number in range(6)]
    assert await bodies(log, "ann", limit=2) == ["4", "5"]
    assert await bodies(log, "ann", limit=3, before=ids[4]) == ["1", "2", "3"]


async def test_a_replaced_message_keeps_its_place(log: ChatLog) -> None:
    first = await post(log, "question")
    await post(log, "later")
    replaced = await log.replace(first, body="You answered 9", at=NOW + timedelta(minutes=1))
    assert isinstance(replaced, WebMessage)
    assert (replaced.posted_at, replaced.updated_at) == (NOW, NOW + timedelta(minutes=1))
    assert await bodies(log, "ann") == ["You answered 9", "later"]
    assert await log.find(first) == replaced
    assert await log.replace("unknown", body="x", at=NOW) is None
    assert await log.find("unknown") is None


async def test_who_may_be_picked(company: Company) -> None:
    ann = await company.contact(a_contact())
    lead = await company.employee()
    async with company.store.write(company.id) as unit:
        await unit.people.grant(lead.id, Permission.CX_LEAD, by=None, at=NOW)
        place = Address(platform="web", workspace="local", conversation=CHANNEL, direct=False)
        await unit.conversations.remember(company.workspace.id, place, "cx", None)
        await unit.commit()
    directory: Directory = WebDirectory(company.store, company.id)
    assert (await directory.tenant()).name == "Halden Systems"
    assert [one.name for one in await directory.people()] == ["Ann", "Lead"]
    assert [one.may(Permission.CX_LEAD) for one in await directory.people()] == [False, True]
    assert await directory.person(ann.public_id) == ann
    assert await directory.person("unknown") is None
    assert await directory.channels() == ["cx"]


async def test_a_company_with_real_data_has_no_local_workspace(store: SqlStore) -> None:
    company = await a_company(store)
    with pytest.raises(Refused):
        await post(WebChatLog(store, company.id), "hello")
