"""A whole web workspace with fakes around it, and a browser that sends what browsers send."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.types import ASGIApp

from adapters.web.app import WebParts, create_web_app, web_parts
from adapters.web.codec import decode
from adapters.web.people import Featured
from bot.actions import Action, pack
from bot.events import Address
from bot.messages import Message
from surveys.people.model import Person
from tests.unit.adapters.web.fakes import FakeCharts, FakeClock, FakeDirectory, FakeEngine, FakeLog

PORT = 8080
ORIGIN = f"http://127.0.0.1:{PORT}"


def suggestions(person: Person) -> Sequence[tuple[str, str]]:
    return [("nps last-30d", "The score"), ("help", "What you can ask")]


@dataclass(frozen=True, slots=True)
class Browser:
    """Requests to the workspace, each with these headers; redirects are not followed."""

    app: ASGIApp
    headers: Mapping[str, str]

    def get(self, path: str, **headers: str) -> Response:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, data: Mapping[str, str], **headers: str) -> Response:
        return self.request("POST", path, headers=headers, data=data)

    def request(
        self, method: str, path: str, *, headers: Mapping[str, str], data: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Response:  # fmt: skip
        async def ask() -> Response:
            async with AsyncClient(transport=ASGITransport(app=self.app), base_url=ORIGIN) as client:
                sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
                return await client.request(method, path, headers=sent, data=data, content=content)

        return asyncio.run(ask())


@dataclass(slots=True)
class Workplace:
    """The workspace under test. `browser` sends what the page's script does, `without_script` what a plain form does,
    `bare` nothing that a browser adds."""

    log: FakeLog = field(default_factory=FakeLog)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    clock: FakeClock = field(default_factory=FakeClock)
    engine: FakeEngine = field(default_factory=FakeEngine)
    charts: FakeCharts = field(default_factory=FakeCharts)
    parts: WebParts = field(init=False)
    browser: Browser = field(init=False)
    without_script: Browser = field(init=False)
    bare: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.parts = web_parts(log=self.log, directory=self.directory, clock=self.clock)
        app = create_web_app(
            self.parts,
            engine=self.engine,
            charts=self.charts,
            suggestions=suggestions,
            port=PORT,
            featured=[Featured(email="marta@example.com", why="Unhappy about an invoice.")],
        )
        self.browser = Browser(app, {"origin": ORIGIN, "accept": "application/json"})
        self.without_script = Browser(app, {"origin": "null", "sec-fetch-site": "same-origin", "accept": "text/html"})
        self.bare = Browser(app, {})

    def post(self, conversation: str, message: Message) -> str:
        """The bot posts; the message's public id."""
        direct = conversation.startswith("dm:")
        address = Address(platform="web", workspace="local", conversation=conversation, direct=direct)
        return asyncio.run(self.parts.adapter.post(address, message, delivery=uuid4().hex[:22]))

    def summaries(self, conversation: str) -> list[str]:
        """What was said there, oldest first."""
        return [decode(each.body).summary for each in self.log.messages if each.conversation == conversation]

    def write(self, path: str, text: str, event_id: str = "") -> Response:
        """Somebody types in the composer of the conversation at `path`."""
        return self.browser.post(f"{path}/message", data={"text": text, "event_id": event_id or str(uuid4())})

    def tap(self, path: str, message: str, action: Action, event_id: str = "", **values: str) -> Response:
        """Somebody uses a button of a message; `values` are what is typed beside it, by key."""
        typed = {f"value.{key}": value for key, value in values.items()}
        data = {"action": pack(action), "message": message, "event_id": event_id or str(uuid4()), **typed}
        return self.browser.post(f"{path}/action", data=data)


@pytest.fixture
def workplace() -> Workplace:
    return Workplace()
