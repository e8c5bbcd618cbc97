"""bolt's application: it acknowledges, dispatches by kind and speaks Socket Mode; every listener is one exchange.

`process_before_response`: the answer leaves when the listener returns (its default runner sleeps first). bolt checks
no signature, because the raw bytes are checked before it; it calls no `auth.test`, because that is known; and there
is a listener for everything, because what it does not know it answers with 404 and logs with its body.
"""

import re
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from adapters.slack.api import SlackApi
from adapters.slack.exchange import Exchange
from adapters.slack.heard import Installation
from adapters.slack.quiet import QUIET
from bot.observability import reference

log = structlog.get_logger(__name__)

ANYTHING = re.compile(r"")
WRONG_SHAPE = (AttributeError, LookupError, TypeError, ValueError)
"""What bolt raises where a field is not of the type that it takes for granted."""


class OursFailed(Exception):
    """A listener failed: a fault of ours, whatever its type."""


def bolt_app(*, api: SlackApi, here: Installation, exchange: Exchange) -> AsyncApp:
    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=here.enterprise or None,
            team_id=here.team,
            bot_user_id=here.bot_user,
            bot_id=here.bot_id,
            bot_token=api.client.token,
        )

    app = AsyncApp(
        name="cx-pulse",
        logger=QUIET,
        client=api.client,
        authorize=authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )

    async def listen(ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            answer = await exchange.take(body)
        except Exception as error:
            raise OursFailed from error
        await (ack(dict(answer)) if answer else ack())

    async def failed(error: Exception) -> BoltResponse:
        match error:
            case BoltUnhandledRequestError():
                return BoltResponse(status=200, body="")
            case _ if isinstance(error, WRONG_SHAPE):
                log.warning("slack.refused", platform="slack", status=400, kind="shape")
                return BoltResponse(status=400, body="")
            case _:
                log.error("slack.request_failed", platform="slack", reference=reference(), exc_info=error)
                return BoltResponse(status=500, body="")

    # bolt asks them one after another; most requests are taps.
    for kind in (app.action, app.command, app.event, app.view, app.view_closed, app.shortcut, app.options):
        kind(ANYTHING)(listen)
    app.error(failed)
    return app
