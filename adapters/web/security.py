"""The workspace's guard (threat 8: a page elsewhere, or a rebound name, must not act as anybody here).

A middleware in plain ASGI, so that event streams pass through unbuffered. Whether the server listens on loopback
only, is decided where it is started.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.parse import BODY_LIMIT

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")

HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

EVENT_STREAM = "/events"
"""The end of every event stream's path."""


def loopback_hosts(port: int) -> frozenset[str]:
    """What a Host header may say when the server listens on `port`."""
    named = {f"{name}:{port}" for name in LOOPBACK_NAMES}
    return frozenset(named | set(LOOPBACK_NAMES) if port == 80 else named)


class LocalGuard:
    """Refuses foreign Hosts (400), foreign Origins (403) and large bodies (413); adds the security headers."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self._app = app
        self._hosts = loopback_hosts(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if refusal := self._refusal(scope):
            await refusal(scope, receive, send_with_headers)
        else:
            await self._app(scope, _limited(receive), send_with_headers)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return PlainTextResponse("This address is not served here.\n", status_code=400)
        changes = scope["method"] not in ("GET", "HEAD")
        if not _same_origin(headers, hosts[0], sure=changes or scope["path"].endswith(EVENT_STREAM)):
            return PlainTextResponse("Only the workspace's own pages may do that.\n", status_code=403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY_LIMIT:
            return PlainTextResponse("That is too much at once.\n", status_code=413)
        return None


def _same_origin(headers: Headers, host: str, *, sure: bool) -> bool:
    """The request comes from a page of this very origin. `sure`: without a proof it does not.

    Browsers send Sec-Fetch-Site to loopback addresses, and Origin with every POST ("null" where the page sends no
    referrer, as ours); following a link from elsewhere is a navigation, which changes nothing and may be.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and origin != "null" and origin.lower() != f"http://{host.lower()}":
        return False
    if site is None:
        return not sure or (origin is not None and origin != "null")
    if site == "same-origin":
        return True
    return not sure and (site == "none" or headers.get("sec-fetch-mode") == "navigate")


def _limited(receive: Receive) -> Receive:
    """Stops reading a body that is larger than it said, or did not say how large it is."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > BODY_LIMIT:
            raise HTTPException(413)
        return message

    return limited
