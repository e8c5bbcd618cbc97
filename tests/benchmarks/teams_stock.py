"""An echo bot on botbuilder's stock adapter, in the product's own server: the SDK checks the token, fetches the keys,
asks for its own token and posts the answer, each as it does without any setting.

Started by `tests.benchmarks.teams_endpoint`, with its port and that of the local Microsoft as arguments.
"""

import asyncio
import socket
import sys
from typing import Any

from botbuilder.core import CloudAdapterBase, TurnContext  # type: ignore[import-untyped]
from botbuilder.schema import Activity, ActivityTypes  # type: ignore[import-untyped]
from botframework.connector.auth import (  # type: ignore[import-untyped]
    BotFrameworkAuthenticationFactory,
    PasswordServiceClientCredentialFactory,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.app import serve_until_stopped
from tests.unit.adapters.teams.fake_teams import APP, HOSTS, TENANT

_looked_up = socket.getaddrinfo


def stock() -> Starlette:
    credentials = PasswordServiceClientCredentialFactory(APP, "a secret", TENANT)
    adapter = CloudAdapterBase(BotFrameworkAuthenticationFactory.create(credential_factory=credentials))

    async def echo(context: TurnContext) -> None:
        if context.activity.type == ActivityTypes.message:
            await context.send_activity(context.activity.text)

    async def receive(request: Request) -> Response:
        activity = Activity().deserialize(await request.json())
        await adapter.process_activity(request.headers["authorization"], activity, echo)
        return Response(status_code=200)

    async def ready(request: Request) -> Response:
        return PlainTextResponse("ready")

    return Starlette(routes=[Route("/api/messages", receive, methods=["POST"]), Route("/readyz", ready)])


def lead_here(tls_port: int) -> None:
    """Microsoft's names lead to this machine; the SDK takes no other address for its sign-in."""

    def found(host: Any, port: Any, *more: Any, **others: Any) -> Any:
        return _looked_up(*(("127.0.0.1", tls_port) if host in HOSTS else (host, port)), *more, **others)

    socket.getaddrinfo = found


if __name__ == "__main__":
    lead_here(int(sys.argv[2]))
    asyncio.run(serve_until_stopped(stock(), host="127.0.0.1", port=int(sys.argv[1])))
