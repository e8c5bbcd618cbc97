"""Slack's side of Socket Mode on this machine: gives out its address, sends envelopes, keeps what is answered to them.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from tests.patience import PATIENCE
from tests.unit.adapters.slack.fake_slack import FakeSlack


@dataclass(slots=True)
class FakeSocket:
    """`links`: every connection that was made, newest last. `answers`: by envelope id, the payload or None."""

    slack: FakeSlack
    links: list[web.WebSocketResponse] = field(default_factory=list)
    answers: dict[str, list[dict[str, Any] | None]] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=count)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _server: TestServer | None = None

    async def start(self) -> None:
        application = web.Application()
        application.router.add_get("/link", self._link)
        self._server = TestServer(application, host="127.0.0.1")
        await self._server.start_server()

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.close()

    def allow(self, connections: int) -> None:
        """`apps.connections.open` gives the address so many times."""
        assert self._server is not None
        address = str(self._server.make_url("/link").with_scheme("ws"))
        for _ in range(connections):
            self.slack.refusals["apps.connections.open"].append(web.json_response({"ok": True, "url": address}))

    async def connected(self, count: int = 1) -> web.WebSocketResponse:
        """The newest connection, once there have been so many."""
        await self._until(lambda: len(self.links) >= count)
        return self.links[-1]

    async def sends(self, payload: dict[str, Any], *, envelope: str = "", **more: Any) -> str:
        """Over the newest connection; the envelope's id."""
        name = envelope or f"envelope-{next(self._numbers)}"
        kind = "interactive"
        if "command" in payload:
            kind = "slash_commands"
        elif payload.get("type") == "event_callback":
            kind = "events_api"
        await self.links[-1].send_json(
            {
                "envelope_id": name,
                "type": kind,
                "payload": payload,
                "accepts_response_payload": kind != "events_api",
                **more,
            }
        )
        return name

    async def answered(self, envelope: str, times: int = 1) -> dict[str, Any] | None:
        """The payload of the newest answer to an envelope, once there have been so many; None: acknowledged alone."""
        await self._until(lambda: len(self.answers.get(envelope, ())) >= times)
        return self.answers[envelope][-1]

    async def asks(self, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Sends it in an envelope; what is answered."""
        return await self.answered(await self.sends(payload))

    async def _until(self, holds: Any) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(holds)

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        link = web.WebSocketResponse()
        await link.prepare(request)
        await link.send_json({"type": "hello", "num_connections": 1})
        async with self._changed:
            self.links.append(link)
            self._changed.notify_all()
        async for message in link:
            if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                answer = message.json()
                async with self._changed:
                    self.answers.setdefault(answer["envelope_id"], []).append(answer.get("payload"))
                    self._changed.notify_all()
        return link
