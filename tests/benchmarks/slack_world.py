"""A company in Slack, in a database of its own: people who were asked there, a CX lead, and what Slack sends of them.

Bodies are of Slack's real size: a tap carries the whole message that was tapped in.
"""

import itertools
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
from sqlalchemy import func, insert, make_url, select

from adapters.slack.adapter import message_body
from adapters.slack.http import PATH
from adapters.slack.verify import signature_of
from bot.actions import Answer, pack
from bot.events import Address
from bot.ports import Workspace
from bot.views.invitation import invitation as message_of
from storage.identities import bind_user
from storage.public_ids import new_public_id
from storage.tables import invitation, response
from storage.tenancy import ensure_workspace
from storage.unit_of_work import SqlStore
from surveys.definitions.model import SurveyVersion
from surveys.people.model import Permission, Person
from surveys.words import ENGLISH
from tests.benchmarks.http_load import Post, served
from tests.benchmarks.process import CX, Environment, environment_of, free_port
from tests.benchmarks.slack_web_api import TEAM
from tests.builders import a_contact

PAYLOADS = Path(__file__).parents[1] / "payloads" / "slack"
SECRET = "the signing secret of a benchmark"
PEOPLE = 64
LEAD = "U0LEAD"
CHANNEL = "C0VOICE"


# ── servers ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the three servers of a run are: Slack's Web API, the bare bolt application, and the product."""

    web_api: int = field(default_factory=free_port)
    floor: int = field(default_factory=free_port)
    product: int = field(default_factory=free_port)

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.web_api}/api/"

    @property
    def told_url(self) -> str:
        return f"http://127.0.0.1:{self.web_api}/told"

    @property
    def response_url(self) -> str:
        return f"http://127.0.0.1:{self.web_api}/hook/1"


def events_url(port: int) -> str:
    return f"http://127.0.0.1:{port}{PATH}"


def web_api(ports: Ports, environment: Environment, folder: str) -> AbstractContextManager[int]:
    return served(module("slack_web_api", ports.web_api), environment, folder, port=ports.web_api)


def bare_bolt(ports: Ports, environment: Environment, folder: str) -> AbstractContextManager[int]:
    command = (*module("slack_floor", ports.floor), ports.api_url, SECRET)
    return served(command, environment, folder, port=ports.floor)


def cx_run(ports: Ports, environment: Environment, folder: str) -> AbstractContextManager[int]:
    return served((*CX, "run"), environment, folder, port=ports.product)


def environment_for(url: str, ports: Ports) -> dict[str, str]:
    """Of every process of a run: `cx run` finds the Web API on this machine."""
    slack = {
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": ports.api_url,
    }
    return {**environment_of(url), **slack}


def module(name: str, port: int) -> tuple[str, ...]:
    return (CX[0], "-m", f"tests.benchmarks.{name}", str(port))


# ── people ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Respondent:
    person: Person
    user: str
    channel: str


@dataclass(slots=True, kw_only=True)
class World:
    """People of a tenant who are known in Slack; `taps` asks them anew and makes the taps on it."""

    store: SqlStore
    workspace: Workspace
    version: SurveyVersion
    respondents: Sequence[Respondent]
    response_url: str
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def taps(self, number: int) -> list[Post]:
        """A tap each on the 9 of a fresh invitation, signed now."""
        ids = [new_public_id() for _ in range(number)]
        asked = list(itertools.islice(itertools.cycle(self.respondents), number))
        now = datetime.now(UTC)
        async with self.store.write(self.workspace.tenant_id) as unit:
            await unit.scope.connection.execute(
                insert(invitation),
                [self._row(public_id, one, now) for public_id, one in zip(ids, asked, strict=True)],
            )
            facts = await unit.invitations.facts(ids[0])
            await unit.commit()
        assert facts is not None
        shown = message_body(message_of(facts, now, ENGLISH))
        text = _json(_tap_in(shown, Answer(ids[0], self.version.survey.questions[0].key, "9")))
        return [
            signed(
                urlencode({"payload": self._tap_of(text.replace(ids[0], public_id), one)}).encode(),
            )
            for public_id, one in zip(ids, asked, strict=True)
        ]

    async def answered(self) -> int:
        """How many invitations have an answer."""
        async with self.store.read(self.workspace.tenant_id) as unit:
            return (await unit.scope.connection.execute(select(func.count()).select_from(response))).scalar_one()

    def _row(self, public_id: str, one: Respondent, now: datetime) -> dict[str, Any]:
        return {
            "tenant_id": self.workspace.tenant_id,
            "public_id": public_id,
            "survey_version_id": self.version.id,
            "privacy": "named",
            "person_id": one.person.id,
            "survey_key": self.version.survey.key,
            "state": "delivered",
            "created_at": now,
            "delivered_at": now,
            "closes_at": now + self.version.survey.window,
        }

    def _tap_of(self, text: str, one: Respondent) -> str:
        payload = json.loads(text)
        payload["user"] |= {"id": one.user, "name": one.user.lower(), "username": one.user.lower()}
        payload["channel"]["id"] = payload["container"]["channel_id"] = one.channel
        payload["trigger_id"] = trigger(next(self._numbers))
        payload["response_url"] = self.response_url
        return _json(payload)


async def build_world(store: SqlStore, tenant_id: int, version: SurveyVersion, response_url: str) -> World:
    workspace = await _workspace(store, tenant_id)
    respondents = []
    async with store.write(tenant_id) as unit:
        for number in range(PEOPLE):
            made = await unit.accounts.contact(a_contact(f"p{number}@acme.example"), at=datetime.now(UTC))
            person = await unit.people.by_id(made.id)
            one = Respondent(person=person, user=f"U{number:010}", channel=f"D{number:010}")
            await bind_user(unit.scope, workspace.id, user=one.user, person_id=person.id, by="import")
            address = Address(platform="slack", workspace=TEAM, conversation=one.channel)
            await unit.conversations.remember(workspace.id, address, "", person.id)
            respondents.append(one)
        await unit.commit()
    return World(
        store=store, workspace=workspace, version=version, respondents=respondents, response_url=response_url
    )  # fmt: skip


async def make_lead(store: SqlStore, tenant_id: int, person_id: int) -> None:
    """Makes a person the CX lead whom Slack calls LEAD."""
    workspace = await _workspace(store, tenant_id)
    async with store.write(tenant_id) as unit:
        await unit.people.grant(person_id, Permission.CX_LEAD, by=None, at=datetime.now(UTC))
        await bind_user(unit.scope, workspace.id, user=LEAD, person_id=person_id, by="import")
        await unit.commit()


async def _workspace(store: SqlStore, tenant_id: int) -> Workspace:
    return await ensure_workspace(
        store, tenant_id, platform="slack", external_id=TEAM, name="Bench", at=datetime.now(UTC)
    )


# ── requests ───────────────────────────────────────────────────────────────────────────────────────────────────


def commands(text: str, number: int, response_url: str) -> list[Post]:
    """The lead's `/cx TEXT` in a channel, signed now; each is another one to Slack."""
    payload = _payload("slash_command") | {
        "team_id": TEAM, "channel_id": CHANNEL, "user_id": LEAD, "text": text, "response_url": response_url
    }  # fmt: skip
    began = time.monotonic_ns()
    return [signed(urlencode(payload | {"trigger_id": trigger(began + each)}).encode()) for each in range(number)]


def signed(body: bytes) -> Post:
    at = str(int(time.time()))
    return Post(
        body=body,
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": at,
            "x-slack-signature": signature_of(body, at, SECRET),
        },
    )


def trigger(number: int) -> str:
    """As long as one of Slack's."""
    return f"{number:013}.333649436676.d8c1bb837935619ccad0f624c448ffb3"


def _tap_in(shown: Mapping[str, Any], action: Answer) -> dict[str, Any]:
    """The payload of a tap on `action` in a message of ours: the message as we sent it is in it."""
    payload = _payload("tap_on_a_scale")
    button, block = next(
        (element, block)
        for block in shown["blocks"]
        for element in block.get("elements", ())
        if element.get("value") == pack(action)
    )
    payload["team"]["id"] = payload["user"]["team_id"] = TEAM
    payload["message"] |= {
        "team": TEAM, "app_id": payload["api_app_id"], "text": shown["text"], "blocks": shown["blocks"]
    }  # fmt: skip
    payload["actions"] = [{**button, "block_id": block["block_id"], "action_ts": "1783321260.000100"}]
    return payload


def _json(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, separators=(",", ":"))


def _payload(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return read


async def administer(admin_url: str, statement: str) -> None:
    """Runs a statement as whoever may do anything in this database (PostgreSQL)."""
    connection = await asyncpg.connect(make_url(admin_url).set(drivername="postgresql").render_as_string(False))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
