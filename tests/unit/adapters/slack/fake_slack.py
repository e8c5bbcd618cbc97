"""Slack's Web API on this machine: it keeps what was sent to it, and refuses what it is told to refuse."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.patience import PATIENCE

MEMBERS: Mapping[str, dict[str, Any]] = {
    "U0ANN": {"profile": {"email": "ann@acme.example", "real_name": "Ann"}},
    "U0LEAD": {"profile": {"email": "lead@halden.example", "real_name": "Lead"}},
    "U0GUEST": {"profile": {"email": "guest@acme.example", "real_name": "Guest"}, "is_restricted": True},
    "U0BOT": {"profile": {"real_name": "CX Pulse"}, "is_bot": True},
}
AUTH = {
    "team_id": "T0HALDEN",
    "user_id": "U0BOT",
    "bot_id": "B0CX",
    "team": "Halden Systems",
    "url": "https://h.slack.com/",
}


@dataclass(slots=True)
class FakeSlack:
    """`calls`: (method, arguments) in order. `refusals`: answers given instead, by method, one each."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusals: dict[str, deque[web.StreamResponse | None]] = field(default_factory=lambda: defaultdict(deque))
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    inside: dict[str, list[str]] = field(default_factory=dict)
    people: dict[str, dict[str, Any]] = field(default_factory=lambda: dict(MEMBERS))
    """Everybody in the workspace."""
    users_on_a_page: int = 1_000
    allowed: dict[str, int] = field(default_factory=dict)
    """How many more calls of a method Slack takes before it asks to wait."""
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """What is answered only once it is let go, by method."""
    history: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    pictures: list[bytes] = field(default_factory=list)
    scopes: str = "chat:write,commands"
    _server: TestServer | None = None
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("/api/"))

    async def start(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/api/{method}", self._call)
        application.router.add_post("/hook/{name}", self._hook)
        application.router.add_post("/upload", self._upload)
        self._server = TestServer(application, host="127.0.0.1")
        await self._server.start_server()

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.close()

    def hook(self, name: str = "1") -> str:
        assert self._server is not None
        return str(self._server.make_url(f"/hook/{name}"))

    def of(self, method: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == method]

    async def until(self, method: str, count: int = 1) -> list[dict[str, Any]]:
        """What was sent to a method, once that is `count` calls."""
        async with asyncio.timeout(PATIENCE):
            while len(self.of(method)) < count:
                self._more.clear()
                await self._more.wait()
        return self.of(method)

    def refuse(self, method: str, error: str, *, status: int = 200, **headers: str) -> None:
        answer = web.json_response({"ok": False, "error": error}, status=status)
        answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        self.refusals[method].append(answer)

    def lose_the_answer(self, method: str) -> None:
        """The call arrives and is done; the connection ends before the answer."""
        self.refusals[method].append(None)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.content_type == "application/json":
            arguments = await request.json()
        else:
            arguments = {**request.query, **await request.post()}
        self._keep(method, arguments)
        if self.refusals[method]:
            refusal = self.refusals[method].popleft()
            if refusal is not None:
                return refusal
            self._answer(method, arguments)
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if method in self.allowed:
            if self.allowed[method] == 0:
                return web.json_response({"ok": False}, status=429, headers={"Retry-After": "30"})
            self.allowed[method] -= 1
        return web.json_response(
            {"ok": True, **self._answer(method, arguments)}, headers={"x-oauth-scopes": self.scopes}
        )

    async def _hook(self, request: web.Request) -> web.StreamResponse:
        method = f"hook/{request.match_info['name']}"
        self._keep(method, json.loads(await request.text()))
        if method in self.held:
            await self.held[method].wait()
        return self.refusals[method].popleft() or web.Response() if self.refusals[method] else web.Response(text="ok")

    def _keep(self, method: str, arguments: dict[str, Any]) -> None:
        self.calls.append((method, arguments))
        self._more.set()

    async def _upload(self, request: web.Request) -> web.Response:
        self.pictures.append(await request.read())
        return web.Response(text="OK")

    def _answer(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return dict(AUTH)
            case "conversations.open":
                return {"channel": {"id": f"D{arguments['users'][1:]}"}}
            case "chat.postMessage":
                ts = f"1783321200.{len(self.calls):06}"
                self.history[arguments["channel"]].insert(0, {**arguments, "ts": ts})
                return {"ts": ts, "channel": arguments["channel"]}
            case "conversations.history":
                messages = self.history[arguments["channel"]]
                if arguments.get("include_all_metadata") != "true":
                    # As Slack does: https://docs.slack.dev/reference/methods/conversations.history#arguments
                    messages = [{name: each[name] for name in each if name != "metadata"} for each in messages]
                return {"messages": messages}
            case "conversations.info":
                return {
                    "channel": {
                        "id": arguments["channel"],
                        "name": "voice",
                        **self.channels.get(arguments["channel"], {}),
                    }
                }
            case "conversations.members":
                return {"members": self.inside.get(arguments["channel"], ["U0ANN", "U0BOT"])}
            case "users.conversations":
                return {"channels": [{"id": "C0VOICE", "name": "voice"}]}
            case "users.info":
                return {"user": a_user(arguments["user"], self.people)}
            case "users.list":
                first = int(arguments["cursor"] or 0)
                after = first + self.users_on_a_page
                return {
                    "members": [a_user(user, self.people) for user in list(self.people)[first:after]],
                    "response_metadata": {"next_cursor": str(after) if after < len(self.people) else ""},
                }
            case "files.getUploadURLExternal":
                assert self._server is not None
                return {"upload_url": str(self._server.make_url("/upload")), "file_id": "F0CHART"}
            case "files.completeUploadExternal":
                return {"files": [{"id": "F0CHART"}]}
            case _:
                return {}


def a_user(user: str, people: Mapping[str, dict[str, Any]] = MEMBERS) -> dict[str, Any]:
    return {
        "id": user,
        "name": user.lower(),
        "team_id": "T0HALDEN",
        "deleted": False,
        **people.get(user, {"profile": {}}),
    }
