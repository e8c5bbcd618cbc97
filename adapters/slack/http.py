"""`POST /slack/events`: the raw bytes are checked, then bolt dispatches. Nothing of a request is logged or repeated."""

import time
from collections.abc import Callable

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.requests.answered import Answered
from adapters.requests.body import read_body
from adapters.slack.dispatch import WRONG_SHAPE
from adapters.slack.verify import BODY_LIMIT, WINDOW_SECONDS, Accepted, CertificateCheck, Refused, examine

log = structlog.get_logger(__name__)

PATH = "/slack/events"


class SlackEndpoint:
    def __init__(self, app: AsyncApp, *, secret: str, now: Callable[[], float] = time.time) -> None:
        self._app = app
        self._secret = secret
        self._now = now
        self._answered = Answered(seconds=2 * WINDOW_SECONDS, now=now)

    def route(self) -> Route:
        return Route(PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        body = await read_body(request, limit=BODY_LIMIT)
        match examine(body, _headers(request), secret=self._secret, now=self._now()):
            case Refused(status=status, reason=reason):
                log.warning("slack.refused", platform="slack", status=status, kind=reason)
                return Response(status_code=status)
            case CertificateCheck():
                return Response(status_code=200)
            case Accepted(body=text, signature=signature):
                return await self._dispatch(text, signature)

    async def _dispatch(self, text: str, signature: str) -> Response:
        if signature in self._answered:
            # An identical copy of what was answered: Slack signs its own retries anew, with their time.
            return Response(status_code=200)
        try:
            given = await self._app.async_dispatch(
                AsyncBoltRequest(body=text, headers={"content-type": "application/json"})
            )
        except WRONG_SHAPE:
            # Where bolt fails outside its own boundary; a fault of ours is inside (dispatch.OursFailed).
            log.warning("slack.refused", platform="slack", status=400, kind="shape")
            return Response(status_code=400)
        if given.status < 500:
            self._answered.add(signature)
        return Response(given.body, status_code=given.status, headers=given.first_headers_without_set_cookie())


def _headers(request: Request) -> dict[str, str]:
    return {name: request.headers.get(name, "") for name in (
        "x-slack-signature", "x-slack-request-timestamp", "content-type"
    )}  # fmt: skip
