"""What a Slack app costs before it does anything: slack-bolt in the product's own server, with a listener that only
acknowledges. The signature is checked, by bolt.

Started by `tests.benchmarks.slack_world`, with the port, the Web API's address and the signing secret as arguments.
"""

import asyncio
import re
import sys

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.app import serve_until_stopped

ANYTHING = re.compile(r"")


def bare(api_url: str, secret: str) -> Starlette:
    # Without `process_before_response` bolt sleeps ten milliseconds before every answer: a lower floor.
    app = AsyncApp(
        signing_secret=secret,
        client=AsyncWebClient(token="xoxb-bench", base_url=api_url),
        process_before_response=True,
    )

    @app.action(ANYTHING)
    @app.command("/cx")
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    handler = AsyncSlackRequestHandler(app)

    async def receive(request: Request) -> Response:
        return await handler.handle(request)

    async def ready(request: Request) -> Response:
        return PlainTextResponse("ready")

    return Starlette(
        routes=[
            Route("/slack/events", receive, methods=["POST"]),
            Route("/readyz", ready),
        ]
    )


if __name__ == "__main__":
    port, api, signing_secret = sys.argv[1:]
    asyncio.run(serve_until_stopped(bare(api, signing_secret), host="127.0.0.1", port=int(port)))
