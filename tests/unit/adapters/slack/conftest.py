"""Slack on this machine, the real endpoint before it, and an engine that answers as a test says."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from adapters.slack.app import SlackParts, SlackService, connect, serve
from adapters.slack.verify import signature_of
from adapters.slack.waits import Waits
from bot.events import Address, Event, Sender
from bot.messages import Audience, Message, Outcome, Paragraph, Reply
from tests.patience import PATIENCE, Slept
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.payloads import payload

SECRET = "the signing secret"
SOON = Waits(answer=0.2, form=PATIENCE, look_up=PATIENCE)
"""An engine that is not free is soon left behind; Slack is waited for."""


@dataclass(slots=True)
class FakeEngine:
    """Keeps what it was told; `outcome` is what it answers, once it is `free` to."""

    outcome: Outcome = field(default_factory=Outcome)
    events: list[Event] = field(default_factory=list)
    free: asyncio.Event | None = None

    async def handle(self, event: Event) -> Outcome:
        self.events.append(event)
        if self.free is not None:
            await self.free.wait()
        return self.outcome


@dataclass(slots=True)
class FakeKnown:
    users: set[str] = field(default_factory=set)
    channels: dict[str, str] = field(default_factory=dict)

    def remembers(self, user: str) -> bool:
        return user in self.users

    async def knows(self, workspace: str, user: str) -> bool:
        return self.remembers(user)

    async def in_channel(self, address: Address, name: str) -> None:
        self.channels[address.conversation] = name


class FakeCharts:
    async def png(self, spec: str, *, scale: float = 2.0) -> bytes:
        return b"\x89PNG " + spec.encode()


async def home(address: Address, sender: Sender) -> Sequence[Message]:
    return [Message(summary="Home", blocks=(Paragraph(text=f"Welcome {sender.email}"),))]


def says(text: str, audience: Audience = Audience.SENDER) -> Outcome:
    return Outcome(reply=Reply(message=Message(summary=text, blocks=(Paragraph(text=text),)), audience=audience))


@dataclass(slots=True)
class Scene:
    slack: FakeSlack
    engine: FakeEngine
    known: FakeKnown
    parts: SlackParts
    service: SlackService
    client: httpx.AsyncClient
    slept: Slept

    async def sends(self, payload: dict[str, Any], **headers: str) -> httpx.Response:
        """A signed request of Slack's, of the form that this kind of request has."""
        if "command" in payload:
            body, kind = urlencode(payload).encode(), "application/x-www-form-urlencoded"
        elif payload.get("type") in ("event_callback", "url_verification"):
            body, kind = json.dumps(payload).encode(), "application/json"
        else:
            body, kind = urlencode({"payload": json.dumps(payload)}).encode(), "application/x-www-form-urlencoded"
        return await self.posts(body, **{"content-type": kind, **headers})

    async def posts(self, body: bytes, **headers: str) -> httpx.Response:
        at = str(int(time.time()))
        signed = {"x-slack-request-timestamp": at, "x-slack-signature": signature_of(body, at, SECRET)}
        return await self.client.post("/slack/events", content=body, headers={**signed, **headers})


def hooked(scene: Scene, name: str, hook: str = "1") -> dict[str, Any]:
    return {**payload(name), "response_url": scene.slack.hook(hook)}


@pytest.fixture
async def slack(anyio_backend: str) -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def scene(slack: FakeSlack) -> AsyncIterator[Scene]:
    engine, known, slept = FakeEngine(), FakeKnown(), Slept()
    parts = await connect(token="xoxb-1", base_url=slack.url, charts=FakeCharts(), sleep=slept)
    service = serve(parts, engine=engine, known=known, home=home, signing_secret=SECRET, waits=SOON, sleep=slept)
    transport = httpx.ASGITransport(app=Starlette(routes=list(service.routes)))
    async with httpx.AsyncClient(transport=transport, base_url="http://cx.example") as client:
        yield Scene(slack, engine, known, parts, service, client, slept)
    await service.stop()
    await parts.api.close()
