"""Puts Slack together, in two steps: the engine's delivery loop needs the adapter before there is an engine.

First `connect` (who are we?), then `serve` (answer). By request URL where there is a signing secret, by Socket Mode
where there is an app token.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from starlette.routing import Route

from adapters.requests.afterwards import Afterwards, Sleep
from adapters.slack.adapter import SlackAdapter
from adapters.slack.api import SlackApi
from adapters.slack.dispatch import bolt_app
from adapters.slack.errors import delivery_error, is_away
from adapters.slack.exchange import Exchange, Home, Known
from adapters.slack.heard import PLATFORM, Installation
from adapters.slack.http import SlackEndpoint
from adapters.slack.members import Members
from adapters.slack.quiet import QUIET
from adapters.slack.waits import WAITS, Waits
from bot.ports import ChartRenderer, Engine
from surveys.errors import DeliveryError, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackParts:
    """Connected and known, not yet answering."""

    api: SlackApi
    here: Installation
    members: Members
    adapter: SlackAdapter
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackService:
    """Answering: its routes, and Socket Mode's connection where it is used."""

    routes: Sequence[Route]
    afterwards: Afterwards
    socket: AsyncSocketModeHandler | None

    async def start(self) -> None:
        """Raises Refused where Socket Mode cannot begin: left to itself, the SDK tries for ever and says nothing.

        Raises DeliveryError while Slack is away.
        """
        if self.socket is None:
            return
        client = self.socket.client
        try:
            client.wss_uri = await client.issue_new_wss_url()
        except Exception as error:
            refusal = delivery_error(error)
            if is_away(refusal):
                raise refusal from error
            raise Refused(f"Slack did not accept SLACK_APP_TOKEN: {refusal}") from error
        await self.socket.connect_async()  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """What was acknowledged is answered before the connections end."""
        if self.socket is not None:
            await self.socket.close_async()  # type: ignore[no-untyped-call]
        await self.afterwards.finish()


async def connect(*, token: str, base_url: str, charts: ChartRenderer, sleep: Sleep = asyncio.sleep) -> SlackParts:
    """Asks Slack who the token belongs to. Raises Refused, in words for an operator; DeliveryError while Slack is away.

    `sleep`: while Slack asks to wait.
    """
    api = SlackApi(token=token, base_url=base_url)
    try:
        answer, scopes = await api.scopes()
    except DeliveryError as error:
        await api.close()
        if is_away(error):
            raise
        raise Refused(f"Slack did not accept SLACK_BOT_TOKEN: {error}") from error
    here = Installation(
        team=str(answer.get("team_id") or ""),
        enterprise=str(answer.get("enterprise_id") or ""),
        bot_user=str(answer.get("user_id") or ""),
        bot_id=str(answer.get("bot_id") or ""),
        name=str(answer.get("team") or ""),
        url=str(answer.get("url") or ""),
    )
    if not here.team or not here.bot_user:
        await api.close()
        raise Refused("SLACK_BOT_TOKEN is not the token of a bot in a workspace. It begins with xoxb-.")
    members = Members(api, here, sleep=sleep)
    adapter = SlackAdapter(api=api, here=here, members=members, charts=charts, sleep=sleep)
    return SlackParts(api=api, here=here, members=members, adapter=adapter, scopes=scopes)


def serve(
    parts: SlackParts,
    *,
    engine: Engine,
    known: Known,
    home: Home,
    signing_secret: str = "",
    app_token: str = "",
    waits: Waits = WAITS,
    sleep: Sleep = asyncio.sleep,
) -> SlackService:
    """`sleep`: between the attempts to send an answer."""
    afterwards = Afterwards(PLATFORM, sleep=sleep)
    exchange = Exchange(
        engine=engine,
        adapter=parts.adapter,
        api=parts.api,
        here=parts.here,
        members=parts.members,
        known=known,
        home=home,
        afterwards=afterwards,
        waits=waits,
    )
    app = bolt_app(api=parts.api, here=parts.here, exchange=exchange)
    routes = [SlackEndpoint(app, secret=signing_secret).route()] if signing_secret else []
    socket = AsyncSocketModeHandler(app, app_token, logger=QUIET, web_client=parts.api.client) if app_token else None
    return SlackService(routes=routes, afterwards=afterwards, socket=socket)
