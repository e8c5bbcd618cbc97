"""Slack's Web API as a process of its own: it answers at once and counts what it was told by response URL.

Started by `tests.benchmarks.slack_world`, with the port as its argument.
"""

import asyncio
import sys
from typing import Any

from aiohttp import web

TEAM, BOT = "T0BENCH", "U0BOT"
AUTH = {"team_id": TEAM, "user_id": BOT, "bot_id": "B0CX", "team": "Bench", "url": "https://bench.slack.com/"}


class WebApi:
    def __init__(self) -> None:
        self._told = 0
        self._more = asyncio.Condition()

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/readyz", self._ready)
        application.router.add_get("/told", self._count)
        application.router.add_post("/hook/{name}", self._hook)
        application.router.add_route("*", "/api/{method}", self._call)
        return application

    async def _ready(self, request: web.Request) -> web.Response:
        return web.Response(text="ready")

    async def _count(self, request: web.Request) -> web.Response:
        """How often it was told something; answers once that is at least `from`."""
        least = int(request.query["from"])
        async with self._more:
            await self._more.wait_for(lambda: self._told >= least)
        return web.Response(text=str(self._told))

    async def _hook(self, request: web.Request) -> web.Response:
        await request.read()
        async with self._more:
            self._told += 1
            self._more.notify_all()
        return web.Response(text="ok")

    async def _call(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True, **_answer(request.match_info["method"])})


def _answer(method: str) -> dict[str, Any]:
    match method:
        case "auth.test":
            return dict(AUTH)
        case "users.conversations":
            return {"channels": []}
        case "users.list":
            return {"members": []}
        case _:
            return {"ts": "1783321200.000200"}


if __name__ == "__main__":
    web.run_app(WebApi().application(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
