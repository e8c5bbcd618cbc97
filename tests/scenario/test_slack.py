"""The whole story in Slack: real engine, real SQLite, signed requests in, Slack's Web API on this machine."""

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from adapters.slack.verify import signature_of
from bot.app import Works, build_works
from bot.connections.slack import SlackConnection, StoredKnowledge, slack_connected
from bot.settings import Settings
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.people.model import Permission
from surveys.people.records import ContactRecord, EmployeeRecord
from tests.builders import NOW, Company, a_company
from tests.fakes import FakeClock
from tests.unit.adapters.slack.block_kit import buttons, check_blocks, inputs, shown
from tests.unit.adapters.slack.conftest import FakeCharts
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.payloads import payload

pytestmark = pytest.mark.anyio
SECRET = "secret"


@dataclass(slots=True)
class SlackWorld:
    slack: FakeSlack
    company: Company
    connection: SlackConnection
    works: Works
    client: httpx.AsyncClient

    async def sends(self, fields: dict[str, str]) -> httpx.Response:
        body, at = urlencode(fields).encode(), str(int(time.time()))
        headers = {
            "x-slack-request-timestamp": at,
            "x-slack-signature": signature_of(body, at, SECRET),
            "content-type": "application/x-www-form-urlencoded",
        }
        response = await self.client.post("/slack/events", content=body, headers=headers)
        assert response.status_code == 200
        return response

    async def command(self, text: str, trigger: str) -> Any:
        request = {**payload("slash_command"), "text": text, "trigger_id": trigger, "channel_id": "D0LEAD"}
        return (await self.sends(request)).json()

    async def taps(self, button: Any, trigger: str, *, user: str = "U0ANN", ts: str, typed: Any = None) -> Any:
        """The button is used; returns the message as it is replaced."""
        request = payload("tap_on_a_scale")
        request["user"]["id"], request["trigger_id"] = user, trigger
        request["response_url"] = self.slack.hook(trigger)
        request["channel"]["id"] = request["container"]["channel_id"] = f"D{user[1:]}"
        request["container"]["message_ts"] = ts
        request["actions"] = [{**button, "block_id": "b"}]
        request["state"] = {"values": typed or {}}
        await self.sends({"payload": json.dumps(request)})
        return (await self.slack.until(f"hook/{trigger}"))[0]


@pytest.fixture
async def slack(anyio_backend: str) -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def world(sqlite_store: SqlStore, slack: FakeSlack) -> AsyncIterator[SlackWorld]:
    company = await a_company(sqlite_store)
    await publish_surveys(sqlite_store, company.id, shipped(), at=NOW)
    await company.contact(ContactRecord(email="ann@acme.example", name="Ann", account="Acme"))
    lead = await company.employee(EmployeeRecord(email="lead@halden.example", name="Lead"))
    async with sqlite_store.write(company.id) as unit:
        await unit.people.grant(lead.id, Permission.CX_LEAD, by=None, at=NOW)
        await unit.commit()
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        SLACK_BOT_TOKEN=SecretStr("xoxb-1"),
        SLACK_SIGNING_SECRET=SecretStr(SECRET),
        SLACK_API_URL=slack.url,
    )
    clock = FakeClock(NOW)
    async with slack_connected(settings, sqlite_store, company.tenant, FakeCharts()) as connection:
        works = build_works(sqlite_store, clock=clock, adapters=[connection.parts.adapter])
        async with connection.serving(settings, works.engine, clock) as service:
            await connection.look(StoredKnowledge(sqlite_store, company.tenant, connection.workspace))
            transport = httpx.ASGITransport(app=Starlette(routes=list(service.routes)))
            async with httpx.AsyncClient(transport=transport, base_url="http://cx.example") as client:
                yield SlackWorld(slack, company, connection, works, client)


async def asked(world: SlackWorld) -> dict[str, Any]:
    """NPS is sent to everyone, and Ann has it."""
    preview = await world.command("send nps to everyone", "t-send")
    check_blocks(preview["blocks"])
    confirm = next(each for each in buttons(preview["blocks"]) if each.get("style") == "primary")
    await world.taps(confirm, "t-confirm", user="U0LEAD", ts="1.1")
    await world.works.clockwork.run_due_now()
    return next(each for each in world.slack.of("chat.postMessage") if each["channel"] == "D0ANN")


async def test_an_imported_contact_is_asked_in_slack_answers_with_one_tap_and_counts(world: SlackWorld) -> None:
    message = await asked(world)
    check_blocks(message["blocks"])
    nine = next(each for each in buttons(message["blocks"]) if each["text"]["text"] == "9")
    ts = world.slack.history["D0ANN"][0]["ts"]

    after = await world.taps(nine, "t-nine", ts=ts)
    check_blocks(after["blocks"])
    assert after["replace_original"] is True
    [field] = inputs(after["blocks"])
    [send] = [each for each in buttons(after["blocks"]) if each["action_id"].endswith(".send")]
    typed = {field["block_id"]: {field["element"]["action_id"]: {"value": "Quick & kind <!channel>"}}}
    thanks = await world.taps(send, "t-comment", ts=ts, typed=typed)
    check_blocks(thanks["blocks"])

    answer = await world.command("nps last-30d", "t-nps")
    check_blocks(answer["blocks"])
    assert "+100" in shown(answer["blocks"]) or "100" in shown(answer["blocks"])
    assert "1" in answer["text"]


async def test_a_tap_delivered_twice_is_one_answer(world: SlackWorld) -> None:
    message = await asked(world)
    nine = next(each for each in buttons(message["blocks"]) if each["text"]["text"] == "9")
    ts = world.slack.history["D0ANN"][0]["ts"]
    await world.taps(nine, "t-nine", ts=ts)
    replaced = len(world.slack.of("hook/t-nine"))
    request = payload("tap_on_a_scale")
    request["trigger_id"] = "t-nine"
    request["actions"] = [{**nine, "block_id": "b"}]
    await world.sends({"payload": json.dumps(request), "again": "1"})
    assert len(world.slack.of("hook/t-nine")) == replaced
    async with world.company.store.read(world.company.id) as unit:
        people = await unit.people.find("ann@acme.example")
        [facts] = await unit.invitations.open_of(people[0].id)
    assert [given.version for given in facts.answers] == [1]


async def test_somebody_elses_button_records_nothing(world: SlackWorld) -> None:
    message = await asked(world)
    nine = next(each for each in buttons(message["blocks"]) if each["text"]["text"] == "9")
    request = payload("tap_on_a_scale")
    request["user"]["id"], request["actions"] = "U0GUEST", [{**nine, "block_id": "b"}]
    request["channel"]["id"] = request["container"]["channel_id"] = "D0GUEST"
    before = len(world.slack.of("chat.postMessage"))
    await world.sends({"payload": json.dumps(request)})
    note = (await world.slack.until("chat.postMessage", before + 1))[-1]
    assert (note["channel"], "somebody else" in shown(note["blocks"])) == ("D0GUEST", True)
    async with world.company.store.read(world.company.id) as unit:
        people = await unit.people.find("ann@acme.example")
        [facts] = await unit.invitations.open_of(people[0].id)
    assert facts.answers == ()


async def test_a_posted_invitation_is_found_again_by_its_delivery(world: SlackWorld) -> None:
    first = await asked(world)
    store = world.company.store
    async with store.read(world.company.id) as unit:
        people = await unit.people.find("ann@acme.example")
        [facts] = await unit.invitations.open_of(people[0].id)
        posted = await unit.deliveries.message_of(facts.id)
    assert posted is not None
    address = await world.connection.parts.adapter.open_direct("T0HALDEN", "U0ANN")
    delivery = first["metadata"]["event_payload"]["delivery"]
    assert await world.connection.parts.adapter.find_posted(address, delivery) == posted[1]


async def test_the_home_tab_shows_my_question_and_to_a_lead_the_score(world: SlackWorld) -> None:
    await asked(world)
    for user, words in (("U0ANN", "Acme"), ("U0LEAD", "NPS")):
        event = payload("home_opened")
        event["event"]["user"], event["event_id"] = user, f"Ev{user}"
        body, at = json.dumps(event).encode(), str(int(time.time()))
        headers = {
            "x-slack-request-timestamp": at,
            "x-slack-signature": signature_of(body, at, SECRET),
            "content-type": "application/json",
        }
        await world.client.post("/slack/events", content=body, headers=headers)
        published = await world.slack.until("views.publish", 1 if user == "U0ANN" else 2)
        assert published[-1]["user_id"] == user
        if user == "U0ANN":
            assert len(buttons(published[-1]["view"]["blocks"])) >= 11
        else:
            assert words in shown(published[-1]["view"]["blocks"])
