"""Microsoft on this machine: the Bot Connector, the sign-in that gives the bot its token, and the keys of requests.

The adapter's own addresses lead here: a session is given whose names resolve to this machine, over TLS with a
certificate made in the test. So the list of trusted addresses is the real one. Everything that is called is kept.
"""

import asyncio
import socket
import ssl
import tempfile
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.patience import PATIENCE
from tests.unit.adapters.teams.signing import published

TENANT = "0f9d2f4a-7a4e-4d6e-9a4b-6a3f5c1d2e30"
APP = "6b1f4f0e-1111-4222-8333-9a9a9a9a9a9a"
BOT = f"28:{APP}"
SERVICE = "https://smba.trafficmanager.net/emea/"
TEAM = "19:team@thread.tacv2"
MOST_ON_A_PAGE = 500
WITHOUT_A_TOKEN = ("token", "openid", "keys")
HOSTS = ("smba.trafficmanager.net", "login.botframework.com", "login.microsoftonline.com", "evil.example")

PEOPLE: Mapping[str, dict[str, Any]] = {
    "29:ann": {"aadObjectId": "aaaaaaaa-0000-4000-8000-000000000001", "name": "Ann", "email": "ann@acme.example"},
    "29:lead": {"aadObjectId": "aaaaaaaa-0000-4000-8000-000000000002", "name": "Lead", "email": "lead@halden.example"},
    "29:bob": {"aadObjectId": "aaaaaaaa-0000-4000-8000-000000000005", "name": "Bob", "email": "bob@other.example"},
    "29:emma": {"aadObjectId": "aaaaaaaa-0000-4000-8000-000000000006", "name": "Emma", "email": "emma@halden.example"},
    "29:guest": {
        "aadObjectId": "aaaaaaaa-0000-4000-8000-000000000003",
        "name": "Guest",
        "email": "lead@halden.example",
        "userPrincipalName": "lead_halden.example#EXT#@halden.onmicrosoft.example",
        "userRole": "guest",
    },
    "29:eve": {
        "aadObjectId": "aaaaaaaa-0000-4000-8000-000000000004",
        "name": "Eve",
        "email": "lead@halden.example",
        "tenantId": "ffffffff-0000-4000-8000-000000000000",
    },
}


@dataclass(frozen=True, slots=True)
class Call:
    """`what`: token, openid, keys, send, update, create, member, members, channels, team, or the path itself."""

    what: str
    host: str
    path: str
    body: Any
    authorization: str


@dataclass(slots=True)
class FakeTeams:
    """`refusals`: answers given instead, by what is called, one each; None ends the connection after the work."""

    calls: list[Call] = field(default_factory=list)
    refusals: dict[str, deque[web.StreamResponse | str | None]] = field(default_factory=lambda: defaultdict(deque))
    inside: dict[str, list[str]] = field(default_factory=dict)
    people_on_a_page: int = MOST_ON_A_PAGE
    messages: dict[str, str] = field(default_factory=lambda: {"1783321200111": "a:ann"})
    """The bot's, each with its conversation: what can be changed."""
    channels: list[dict[str, Any]] = field(
        default_factory=lambda: [{"id": TEAM}, {"id": "19:voice@thread.tacv2", "name": "Voice of us"}]
    )
    keys: list[dict[str, Any]] = field(default_factory=lambda: [published("k1")])
    token_seconds: int = 3600
    hold: dict[str, asyncio.Event] = field(default_factory=dict)
    _server: TestServer | None = None
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        application = web.Application(client_max_size=2**22)
        application.router.add_route("*", "/{path:.*}", self._take)
        self._server = TestServer(application, host="127.0.0.1", scheme="https")
        server, _ = _tls()
        await self._server.start_server(ssl=server)

    async def stop(self) -> None:
        assert self._server is not None
        await self._server.close()

    def session(self) -> aiohttp.ClientSession:
        """Every name leads here; whatever is called is seen, also what should not have been."""
        assert self._server is not None
        _, client = _tls()
        connector = aiohttp.TCPConnector(resolver=Here(self._server.port or 0), ssl=client)
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE))

    def of(self, what: str) -> list[Any]:
        """The bodies of the calls."""
        return [call.body for call in self.calls if call.what == what]

    async def until(self, what: str, count: int = 1) -> list[Any]:
        """What was called, once that is `count` times."""
        async with asyncio.timeout(PATIENCE):
            while len(self.of(what)) < count:
                self._more.clear()
                await self._more.wait()
        return self.of(what)

    def refuse(self, what: str, code: str, *, status: int, **headers: str) -> None:
        answer = web.json_response({"error": {"code": code, "message": code}}, status=status)
        answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        self.refusals[what].append(answer)

    def let_through(self, what: str) -> None:
        """The next one is answered as usual; what is refused comes after it."""
        self.refusals[what].append("")

    def lose_the_answer(self, what: str) -> None:
        """The call arrives and is done; the connection ends before the answer."""
        self.refusals[what].append(None)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        body = await _read(request, raw)
        what = what_is(request.method, request.path)
        call = Call(what, request.host, request.path, body, request.headers.get("Authorization", ""))
        self.calls.append(call)
        self._more.set()
        if what in self.hold:
            await self.hold[what].wait()
        if self.refusals[what]:
            refusal = self.refusals[what].popleft()
            if isinstance(refusal, web.StreamResponse):
                return refusal
            if refusal is None:
                self._answer(what, request.path, body, request.query)
                assert request.transport is not None
                request.transport.close()
                return web.Response()
        if what not in WITHOUT_A_TOKEN and call.authorization not in self._tokens():
            return web.json_response({"message": "Authorization has been denied for this request."}, status=401)
        status, answer = self._answer(what, request.path, body, request.query)
        return web.json_response(answer, status=status)

    def _answer(self, what: str, path: str, body: Any, query: Mapping[str, str]) -> tuple[int, Any]:
        parts = path.strip("/").split("/")
        match what:
            case "token":
                number = len(self.of("token"))
                return 200, {"access_token": f"token-{number}", "expires_in": self.token_seconds}
            case "openid":
                return 200, {"jwks_uri": "https://login.botframework.com/v1/.well-known/keys"}
            case "keys":
                return 200, {"keys": self.keys}
            case "send":
                return self._kept(f"m{len(self.of('send'))}", parts[-2])
            case "update":
                there = self.messages.get(parts[-1]) == parts[-3]
                return (200, {"id": parts[-1]}) if there else _missing("ActivityNotFoundInConversation")
            case "create":
                return 201, {"id": f"a:{body['members'][0]['id']}"}
            case "member":
                return self._member(parts[-1])
            case "members":
                return self._page(self.inside.get(parts[-2], ["29:ann", "29:lead"]), query)
            case "channels" | "team" if TEAM not in parts:
                return _missing("TeamNotFound")
            case "channels":
                return 200, {"conversations": self.channels}
            case "team":
                return 200, {"id": parts[-1], "name": "Customer experience"}
            case _:
                return 200, {}

    def _tokens(self) -> set[str]:
        return {f"Bearer token-{number}" for number in range(1, len(self.of("token")) + 1)}

    def _kept(self, message: str, conversation: str) -> tuple[int, Any]:
        """A message, in a thread of a channel perhaps."""
        if not conversation.startswith(("a:", "19:")):
            return _missing("ConversationNotFound")
        self.messages[message] = conversation.partition(";")[0]
        return 201, {"id": message}

    def _page(self, there: list[str], query: Mapping[str, str]) -> tuple[int, Any]:
        size = int(query["pageSize"])
        if size > MOST_ON_A_PAGE:
            return 400, {"error": {"code": "BadArgument"}}
        first = int(query.get("continuationToken", "after-0").removeprefix("after-"))
        after = first + min(self.people_on_a_page, size)
        more = {"continuationToken": f"after-{after}"} if after < len(there) else {}
        return 200, {"members": [somebody(user) for user in there[first:after]], **more}

    def _member(self, user: str) -> tuple[int, Any]:
        return (200, somebody(user)) if user in PEOPLE else _missing("MemberNotFoundInConversation")


def _missing(code: str) -> tuple[int, Any]:
    return 404, {"error": {"code": code}}


def what_is(method: str, path: str) -> str:
    parts = path.strip("/").split("/")
    match method, parts:
        case "POST", [_, "oauth2", "v2.0", "token"]:
            return "token"
        case "GET", ["v1", ".well-known", "openidconfiguration"]:
            return "openid"
        case "GET", ["v1", ".well-known", "keys"]:
            return "keys"
        case "POST", [*_, "v3", "conversations"]:
            return "create"
        case "POST", [*_, "v3", "conversations", _, "activities"]:
            return "send"
        case "PUT", [*_, "v3", "conversations", _, "activities", _]:
            return "update"
        case "GET", [*_, "v3", "conversations", _, "members", _]:
            return "member"
        case "GET", [*_, "v3", "conversations", _, "pagedmembers"]:
            return "members"
        case "GET", [*_, "v3", "teams", _, "conversations"]:
            return "channels"
        case "GET", [*_, "v3", "teams", _]:
            return "team"
        case _:
            return path


def somebody(user: str) -> dict[str, Any]:
    known = PEOPLE[user]
    return {"id": user, "tenantId": TENANT, "userRole": "user", "userPrincipalName": known["email"], **known}


class Here(AbstractResolver):
    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=self._port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


async def _read(request: web.Request, raw: bytes) -> Any:
    if request.content_type == "application/json":
        return await request.json() if raw else None
    return dict(await request.post()) if raw else None


@cache
def _tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(the server's, that of a client which trusts this server alone)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(public + private)
        server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=public.decode())
