"""What a page of the workspace shows, and a page that is open: its event stream."""

import asyncio
import json
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Scope

from tests.contract.adapters.rig import Who
from tests.patience import PATIENCE
from tests.threats.hostile import Page
from tests.unit.adapters.web.conftest import ORIGIN, PORT


@dataclass(slots=True)
class Stream:
    """One page open in a browser: what its event stream told it, as (cursor, name, data)."""

    who: Who
    conversation: str
    told: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    _rest: str = ""
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: asyncio.Event = field(default_factory=asyncio.Event)
    _task: "asyncio.Task[None] | None" = None

    async def open(self, app: ASGIApp, path: str) -> None:
        headers = [(b"host", f"127.0.0.1:{PORT}".encode()), (b"origin", ORIGIN.encode())]
        scope: Scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
            "path": path, "raw_path": path.encode(), "root_path": "", "scheme": "http", "query_string": b"",
            "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", PORT),
        }  # fmt: skip

        async def listen() -> None:
            await app(scope, self._receive, self._send)

        self._task = asyncio.create_task(listen(), name=f"stream of {self.who}")
        await self._more.wait()

    async def close(self) -> None:
        self._closed.set()
        if self._task is not None:
            await asyncio.wait_for(self._task, PATIENCE)

    async def until(self, cursor: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while not any(at == cursor for at, _, _ in self.told):
                self._more.clear()
                await self._more.wait()

    async def _receive(self) -> Message:
        await self._closed.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
        self._rest += message.get("body", b"").decode()
        *whole, self._rest = self._rest.split("\n\n")
        for event in whole:
            parts = dict(line.split(": ", 1) for line in event.splitlines())
            if "event" in parts:
                self.told.append((parts.get("id", ""), parts["event"], json.loads(parts["data"])))
        if message["type"] == "http.response.body":
            self._more.set()


def read_in(html: str) -> tuple[str, ...]:
    """What is to be seen, what stands in a field, and what stands for a picture."""
    shown = ("alt", "placeholder", "value", "title")
    return (Page(html).text, *(value for name, value in attributes_in(html) if name in shown))


def heard_in(html: str) -> tuple[str, ...]:
    return tuple(value for name, value in attributes_in(html) if name == "aria-label")


def attributes_in(html: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    class Reader(Page):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend((name, value or "") for name, value in attrs)

    Reader(html)
    return found


def packed_in(html: str) -> frozenset[str]:
    """The values of the buttons that are named "action"."""
    found: set[str] = set()

    class Reader(Page):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            named = dict(attrs)
            if tag == "button" and named.get("name") == "action":
                found.add(named.get("value") or "")

    Reader(html)
    return frozenset(found)


def live_in(html: str) -> frozenset[str]:
    """Every element with its attributes, and every address that is not the workspace's own."""
    page = Page(html)
    elements = {f"<{tag} {' '.join(names)}>" for tag, names in page.elements}
    foreign = {address for address in page.addresses if not address.startswith(("/as/", "/static/"))}
    return frozenset(elements | foreign)
