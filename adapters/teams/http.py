"""`POST /api/messages`: token, form, sender's tenant, then a turn. Nothing of a request is logged or repeated.

In this order: nothing of a body is read before its token is good, and nothing happens before all of it is.
"""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.requests.body import read_body
from adapters.requests.received import Received
from adapters.teams.admission import Admission
from adapters.teams.cards import Node
from adapters.teams.exchange import Exchange
from adapters.teams.keys import KeysUnavailable, SigningKeys
from adapters.teams.parse import PLATFORM, Payload
from adapters.teams.protocol import NotAnActivity
from adapters.teams.protocol import Protocol as BotProtocol
from adapters.teams.service_urls import is_trusted
from adapters.teams.tokens import (
    CHANNEL,
    Refused,
    Signed,
    Verified,
    check_signature,
    fault_of_activity,
    read_header,
    verify,
)
from bot.observability import reference
from bot.settings import is_loopback
from surveys.errors import StorageUnavailable

log = structlog.get_logger(__name__)

PATH = "/api/messages"
TOKENS_KEPT = 100
BODY_LIMIT = 512 * 1024
"""Bytes. The longest that Teams sends us, a dialog with ten long texts, is below half of it."""


class Check(Protocol):
    """Whether a request comes from whom it says."""

    async def headers(self, headers: Mapping[str, str]) -> Verified | Refused:
        """Before the body is read. Raises KeysUnavailable."""

    def activity(self, activity: Payload, verified: Verified) -> str:
        """Why the activity is not vouched for, as a name for the log; "" where it is."""


class TokenCheck:
    """Every request has a token of Microsoft's for this bot."""

    def __init__(self, keys: SigningKeys, *, app_id: str, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._app_id = app_id
        self._now = now
        self._signed: OrderedDict[str, Signed] = OrderedDict()

    async def headers(self, headers: Mapping[str, str]) -> Verified | Refused:
        signed = await self._signature(headers.get("authorization", ""))
        return signed if isinstance(signed, Refused) else verify(signed, app_id=self._app_id, now=self._now())

    async def _signature(self, authorization: str) -> Signed | Refused:
        """Teams sends one token with many requests: its signature is checked once for each key that was fetched."""
        kept = self._signed.get(authorization)
        if kept is not None and await self._keys.key(kept.key_id) is kept.key:
            return kept
        token = read_header(authorization)
        if isinstance(token, Refused):
            return token
        signed = check_signature(token, await self._keys.key(token.key_id))
        if isinstance(signed, Signed):
            self._signed[authorization] = signed
            while len(self._signed) > TOKENS_KEPT:
                self._signed.popitem(last=False)
        return signed

    def activity(self, activity: Payload, verified: Verified) -> str:
        fault = fault_of_activity(activity, verified)
        return fault or ("" if is_trusted(verified.service_url) else "service_url")


class LocalCheck:
    """No token (`CX_TEAMS_LOCAL=1`): only a client on this machine, and no page of a browser that means us."""

    async def headers(self, headers: Mapping[str, str]) -> Verified | Refused:
        if not _is_here(f"//{headers.get('host', '')}") or not _is_here(headers.get("origin", "//localhost")):
            return Refused(status=403, reason="not_local")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            # A page of another site can send any other kind without asking.
            return Refused(status=403, reason="not_json")
        return Verified(service_url="", endorsements=frozenset({CHANNEL}))

    def activity(self, activity: Payload, verified: Verified) -> str:
        if activity.get("channelId") != CHANNEL:
            return "channel"
        service_url = activity.get("serviceUrl")
        return "" if isinstance(service_url, str) and is_trusted(service_url, local=True) else "service_url"


class TeamsEndpoint:
    def __init__(self, *, check: Check, admission: Admission, protocol: BotProtocol, exchange: Exchange) -> None:
        self._check = check
        self._admission = admission
        self._protocol = protocol
        self._exchange = exchange

    def route(self) -> Route:
        return Route(PATH, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        received = Received()
        try:
            verified = await self._check.headers(_headers(request))
        except KeysUnavailable:
            log.warning("teams.keys_unavailable", platform=PLATFORM)
            return Response(status_code=503, headers={"Retry-After": "10"})
        if isinstance(verified, Refused):
            return _refused(verified.status, verified.reason)
        body = await read_body(request, limit=BODY_LIMIT)
        if len(body) > BODY_LIMIT:
            return _refused(413, "too_large")
        activity = _object(body)
        if activity is None:
            return _refused(400, "not_an_object")
        try:
            return await self._take(activity, verified, received)
        except StorageUnavailable:
            return Response(status_code=503, headers={"Retry-After": "10"})
        except Exception:
            log.exception("teams.request_failed", platform=PLATFORM, reference=reference())
            return Response(status_code=500)

    async def _take(self, activity: Payload, verified: Verified, received: Received) -> Response:
        fault = self._check.activity(activity, verified)
        if fault:
            return _refused(403, fault)
        workspace = await self._admission.workspace_of(activity, received)
        if workspace is None:
            return _refused(403, "tenant")

        async def turn(payload: Payload) -> Node | None:
            return await self._exchange.take(payload, workspace, received)

        try:
            answer = await self._protocol.run(activity, turn)
        except NotAnActivity:
            return _refused(400, "not_an_activity")
        return Response(status_code=200) if answer is None else JSONResponse(answer)


def _refused(status: int, reason: str) -> Response:
    log.warning("teams.refused", platform=PLATFORM, status=status, kind=reason)
    return Response(status_code=status)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        read = json.loads(body.decode("utf-8"))
        if b"\\u" in body:
            # Half of a surrogate pair is JSON, but no text: no id, no hash and no database would take it.
            json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _headers(request: Request) -> dict[str, str]:
    names = ("authorization", "content-type", "host", "origin")
    return {name: request.headers[name] for name in names if name in request.headers}


def _is_here(address: str) -> bool:
    try:
        return is_loopback(urlsplit(address).hostname or "")
    except ValueError:
        return False
