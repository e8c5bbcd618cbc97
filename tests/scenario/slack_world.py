"""A company that works in Slack: real engine, real SQLite, signed requests in, Slack's Web API on this machine."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from adapters.slack.app import SlackService
from adapters.slack.verify import signature_of
from adapters.slack.waits import Waits
from bot.app import Works, build_works
from bot.connections.slack import SlackConnection, StoredKnowledge, slack_connected
from bot.settings import Settings
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.people.model import Permission
from surveys.people.records import ContactRecord, EmployeeRecord
from surveys.sending.model import InvitationFacts
from tests.builders import NOW, Company, a_company
from tests.fakes import FakeClock
from tests.patience import PATIENCE, Slept
from tests.unit.adapters.slack.block_kit import buttons, check_blocks, shown
from tests.unit.adapters.slack.conftest import FakeCharts
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.payloads import payload

SECRET = "secret"
WAITS = Waits(form=PATIENCE, look_up=PATIENCE)
BY_URL = {"SLACK_SIGNING_SECRET": SecretStr(SECRET)}
ANN = "ann@acme.example"


@dataclass(slots=True)
class SlackWorld:
    slack: FakeSlack
    company: Company
    connection: SlackConnection
    works: Works
    service: SlackService
    clock: FakeClock
    client: httpx.AsyncClient

    # ── what people do ──

    async def sends(self, fields: dict[str, str], **more: str) -> httpx.Response:
        """A form, as Slack sends commands and interactions."""
        return await self.posts(urlencode(fields).encode(), "application/x-www-form-urlencoded", **more)

    async def happens(self, event: dict[str, Any], **more: str) -> httpx.Response:
        """An event, as Slack sends those."""
        return await self.posts(json.dumps(event).encode(), "application/json", **more)

    async def posts(self, body: bytes, kind: str, **more: str) -> httpx.Response:
        at = str(int(time.time()))
        headers = {
            "x-slack-request-timestamp": at,
            "x-slack-signature": signature_of(body, at, SECRET),
            "content-type": kind,
            **more,
        }
        response = await self.client.post("/slack/events", content=body, headers=headers)
        assert response.status_code == 200
        return response

    async def command(self, text: str, trigger: str, *, user: str = "U0LEAD") -> Any:
        """Typed in the person's own conversation; what is answered, in the request or, if that takes long, after it."""
        own, posted = f"D{user[1:]}", len(self.slack.of("chat.postMessage"))
        request = {**payload("slash_command"), "text": text, "trigger_id": trigger, "channel_id": own, "user_id": user}
        answer = (await self.sends(request)).json()
        if "Working on it" in shown(answer["blocks"]):
            await self.slack.until("chat.postMessage", posted + 1)
            return self.to(own)[-1]
        return answer

    async def taps(
        self, button: Any, trigger: str, *, user: str = "U0ANN", ts: str, typed: Any = None, **more: str
    ) -> Any:
        """The button is used; returns the message as it is replaced."""
        await self.sends({"payload": json.dumps(self.tap(button, trigger, user=user, ts=ts, typed=typed))}, **more)
        return (await self.slack.until(f"hook/{trigger}"))[0]

    def tap(self, button: Any, trigger: str, *, user: str = "U0ANN", ts: str, typed: Any = None) -> dict[str, Any]:
        request = payload("tap_on_a_scale")
        request["user"]["id"], request["trigger_id"] = user, trigger
        request["response_url"] = self.slack.hook(trigger)
        request["channel"]["id"] = request["container"]["channel_id"] = f"D{user[1:]}"
        request["container"]["message_ts"] = ts
        request["actions"] = [{**button, "block_id": "b"}]
        request["state"] = {"values": typed or {}}
        return request

    # ── what happens ──

    async def finished(self) -> None:
        """Whatever follows an answer is done."""
        await self.service.afterwards.finish(PATIENCE)

    async def confirmed(self, survey: str = "nps") -> None:
        """The lead sends it to everyone; nothing has left yet."""
        preview = await self.command(f"send {survey} to everyone", "t-send")
        check_blocks(preview["blocks"])
        confirm = next(each for each in buttons(preview["blocks"]) if each.get("style") == "primary")
        await self.taps(confirm, "t-confirm", user="U0LEAD", ts="1.1")

    async def asked(self, survey: str = "nps") -> dict[str, Any]:
        """It is sent to everyone, and Ann has it: what was posted."""
        await self.confirmed(survey)
        await self.works.clockwork.run_due_now()
        return self.to("D0ANN")[0]

    def to(self, channel: str) -> list[dict[str, Any]]:
        return [each for each in self.slack.of("chat.postMessage") if each["channel"] == channel]

    @property
    def ts(self) -> str:
        """Of the newest message in Ann's direct conversation."""
        return str(self.slack.history["D0ANN"][0]["ts"])

    async def invitations(self, email: str = ANN) -> list[InvitationFacts]:
        """Of Ann, or somebody else, as they can be answered."""
        async with self.company.store.read(self.company.id) as unit:
            people = await unit.people.find(email)
            return list(await unit.invitations.open_of(people[0].id))


def point(message: dict[str, Any], label: str) -> Any:
    """The button of a message with this label."""
    return next(each for each in buttons(message["blocks"]) if each["text"]["text"] == label)


@asynccontextmanager
async def slack_world(store: SqlStore, slack: FakeSlack, **settings: SecretStr) -> AsyncIterator[SlackWorld]:
    """`settings`: how Slack reaches us, by request URL if nothing else is said."""
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    await company.contact(ContactRecord(email=ANN, name="Ann", account="Acme"))
    lead = await company.employee(EmployeeRecord(email="lead@halden.example", name="Lead"))
    async with store.write(company.id) as unit:
        await unit.people.grant(lead.id, Permission.CX_LEAD, by=None, at=NOW)
        await unit.commit()
    given = Settings(
        _env_file=None,  # type: ignore[call-arg]
        SLACK_BOT_TOKEN=SecretStr("xoxb-1"),
        SLACK_API_URL=slack.url,
        **(settings or BY_URL),  # type: ignore[arg-type]
    )
    clock = FakeClock(NOW)
    async with slack_connected(given, store, company.tenant, FakeCharts()) as connection:
        works = build_works(store, clock=clock, adapters=[connection.parts.adapter])
        async with connection.serving(given, works.engine, clock, waits=WAITS, sleep=Slept()) as service:
            await connection.look(StoredKnowledge(store, company.tenant, connection.workspace))
            transport = httpx.ASGITransport(app=Starlette(routes=list(service.routes)))
            async with httpx.AsyncClient(transport=transport, base_url="http://cx.example") as client:
                yield SlackWorld(slack, company, connection, works, service, clock, client)
