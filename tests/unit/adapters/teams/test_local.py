"""Local mode (`CX_TEAMS_LOCAL=1`): no token, and therefore nobody but a client on this machine."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from starlette.applications import Starlette

from adapters.teams.app import LOCAL, TeamsService, connect, serve
from bot.messages import Outcome, Reply
from tests.patience import PATIENCE
from tests.unit.adapters.teams.conftest import FakeCharts, FakeEngine, FakeKnown, FakeWorkspaces, says
from tests.unit.adapters.teams.payloads import payload

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Local:
    client: httpx.AsyncClient
    engine: FakeEngine
    sent: list[tuple[str, str, Any]]
    service_url: str
    service: TeamsService

    async def posts(self, **changes: Any) -> httpx.Response:
        headers = {name.replace("_", "-"): str(value) for name, value in changes.pop("headers", {}).items()}
        activity = {**payload("message_in_the_personal_chat"), "serviceUrl": self.service_url, **changes}
        headers = {"content-type": "application/json", **headers}
        return await self.client.post("/api/messages", content=json.dumps(activity).encode(), headers=headers)


@pytest.fixture
async def local(anyio_backend: str) -> AsyncIterator[Local]:
    """A playground that keeps what it is sent."""
    sent: list[tuple[str, str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        sent.append((request.path, request.headers.get("Authorization", ""), body))
        return web.json_response({"id": "1"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", take)
    playground = TestServer(application, host="127.0.0.1")
    await playground.start_server()
    parts = connect(None, host="127.0.0.1", charts=FakeCharts())
    engine = FakeEngine(outcome=Outcome(reply=Reply(message=says("Hello"))))
    service = serve(parts, engine=engine, known=FakeKnown(), workspaces=FakeWorkspaces(tenant=None))
    transport = httpx.ASGITransport(app=Starlette(routes=list(service.routes)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3978") as client:
        yield Local(client, engine, sent, str(playground.make_url("/_connector")), service)
        await service.stop()
    await parts.session.close()
    await playground.close()


async def test_a_client_on_this_machine_needs_no_token_and_is_sent_none(local: Local) -> None:
    assert (await local.posts()).status_code == 200
    assert local.engine.events[0].envelope.address.workspace == LOCAL


async def test_the_answer_goes_to_this_machine_without_a_token(local: Local) -> None:
    await local.posts()
    await local.service.afterwards.finish(PATIENCE)
    [(path, token)] = [(path, token) for path, token, _ in local.sent if path.endswith("/activities")]
    assert (path, token) == ("/_connector/v3/conversations/a:ann/activities", "")


@pytest.mark.parametrize(
    "address", ["https://smba.trafficmanager.net/emea/", "https://evil.example/", "http://10.0.0.1/", "file:///x", 5]
)
async def test_only_an_address_on_this_machine_is_written_to(local: Local, address: object) -> None:
    assert (await local.posts(serviceUrl=address)).status_code == 403
    assert (local.engine.events, local.sent) == ([], [])


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:3978"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
    ],
)
async def test_a_page_in_a_browser_cannot_speak_for_anybody(local: Local, headers: dict[str, str]) -> None:
    assert (await local.posts(headers=headers)).status_code == 403
    assert (local.engine.events, local.sent) == ([], [])


async def test_another_channel_is_refused_here_too(local: Local) -> None:
    assert (await local.posts(channelId="emulator")).status_code == 403
