"""The product's Teams endpoint as `cx run` composes it, with an engine that says what it was told instead of the store.

Started by `tests.benchmarks.teams_endpoint`, with its port, that of the local Microsoft and its certificate as
arguments.
"""

import asyncio
import ssl
import sys
from collections.abc import Sequence

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.teams.app import TeamsApp, connect, serve
from bot.app import serve_until_stopped
from bot.events import Address, Event, MessageReceived, Sender
from bot.messages import Message, Outcome, Reply
from tests.unit.adapters.teams.fake_teams import APP, TENANT, Here


class Echo:
    async def handle(self, event: Event) -> Outcome:
        said = event.text if isinstance(event, MessageReceived) else ""
        return Outcome(reply=Reply(message=Message(summary=said)))


class EverybodyIsKnown:
    async def knows(self, workspace: str, user: str) -> bool:
        return True

    async def direct_with(self, workspace: str, user: str) -> Address | None:
        return None

    async def met(self, address: Address, user: str) -> None:
        pass

    async def in_channel(self, address: Address, name: str) -> None:
        pass

    async def members(self, workspace: str, senders: Sequence[Sender]) -> None:
        pass


class OneWorkspace:
    async def connected(self) -> str | None:
        return TENANT

    async def connect(self, tenant: str, principal: str) -> bool:
        return False


class NoCharts:
    async def png(self, spec: str, *, scale: float = 2.0) -> bytes:
        return b""


async def run(port: int, tls_port: int, certificate: str) -> None:
    tls = ssl.create_default_context(cafile=certificate)
    connector = aiohttp.TCPConnector(resolver=Here(tls_port), ssl=tls)
    async with aiohttp.ClientSession(connector=connector) as session:
        app = TeamsApp(id=APP, password="a secret", tenant=TENANT)
        parts = connect(app, host="127.0.0.1", charts=NoCharts(), session=session)
        service = serve(parts, engine=Echo(), known=EverybodyIsKnown(), workspaces=OneWorkspace())

        async def ready(request: Request) -> Response:
            return PlainTextResponse("ready")

        application = Starlette(routes=[*service.routes, Route("/readyz", ready)])
        await serve_until_stopped(application, host="127.0.0.1", port=port)
        await service.stop()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
