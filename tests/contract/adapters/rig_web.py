"""The local web workspace: form posts of its own pages come in, its open event streams show what everybody reads."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid5

import httpx
from markupsafe import Markup

from adapters.web.app import WebParts, create_web_app, web_parts
from adapters.web.live import ClockMoved
from bot.ports import ChatAdapter
from surveys.errors import StorageUnavailable
from surveys.people.model import Permission, Person
from tests.contract.adapters.rig import (
    ELSEWHERES,
    EXPIRED,
    SHARED,
    Added,
    Commanded,
    Deed,
    Ear,
    FormSent,
    Mentioned,
    Platform,
    Removed,
    Rig,
    SaidByTheBot,
    Shown,
    Tap,
    Trouble,
    Typed,
    Who,
)
from tests.contract.adapters.rig_web_shown import Stream, attributes_in, heard_in, live_in, packed_in, read_in
from tests.threats.hostile import Page
from tests.unit.adapters.web.conftest import ORIGIN, PORT, suggestions
from tests.unit.adapters.web.fakes import (
    FakeCharts,
    FakeClock,
    FakeDirectory,
    FakeLog,
    LoggedMessage,
    contact,
    employee,
)

CHANNEL = "support"
SCRIPT = {"origin": ORIGIN, "accept": "application/json"}
"""What the page's script sends with each request."""

PEOPLE = (
    contact("ann", "Ann Archer"),
    contact("bob", "Bob Binder"),
    employee("emma", "Emma Ek"),
    employee("lead", "Lena Lead", Permission.CX_LEAD),
)
MEMBERS = (Who.LEAD, Who.EMMA)

FORGERIES: Mapping[str, Mapping[str, str]] = {
    "of a page elsewhere": {"origin": "http://evil.example"},
    "of another port": {"origin": "http://127.0.0.1:9999"},
    "over TLS from elsewhere": {"origin": "https://127.0.0.1:8080"},
    "without a proof of its page": {"origin": ""},
    "of a page that hides where it is": {"origin": "null", "sec-fetch-site": "cross-site"},
    "to a name that points here": {"host": "evil.example:8080"},
    "of a page at a name that points here": {"host": "evil.example", "origin": "http://evil.example"},
}
REFUSALS = ("the person is gone", "the log is another one")


class LosingLog(FakeLog):
    """`loses`: what is added next is kept, and that is not known to whoever added it."""

    loses: bool = False

    async def add(
        self, *, conversation: str, author: str | None, visible_to: str | None, body: str, delivery: str | None,
        at: datetime,
    ) -> tuple[LoggedMessage, bool]:  # fmt: skip
        added = await super().add(
            conversation=conversation, author=author, visible_to=visible_to, body=body, delivery=delivery, at=at
        )
        if self.loses:
            self.loses = False
            raise StorageUnavailable
        return added


class TroubledDirectory(FakeDirectory):
    trouble: StorageUnavailable | None = None

    async def person(self, public_id: str) -> Person | None:
        if self.trouble:
            raise self.trouble
        return await super().person(public_id)

    async def channels(self) -> Sequence[str]:
        if self.trouble:
            raise self.trouble
        return await super().channels()


@dataclass(slots=True, repr=False)
class WebRig:
    ear: Ear
    parts: WebParts
    log: LosingLog
    directory: TroubledDirectory
    client: httpx.AsyncClient
    streams: list[Stream] = field(default_factory=list)
    _told: list[Shown] = field(default_factory=list)
    _last: tuple[str, Mapping[str, str], Who] | None = None
    _count: int = 0

    @property
    def adapter(self) -> ChatAdapter:
        return self.parts.adapter

    @property
    def workspace(self) -> str:
        return "local"

    @property
    def channel(self) -> str:
        return f"channel:{CHANNEL}"

    def user(self, who: Who) -> str:
        return who.value

    async def does(self, deed: Deed) -> int:
        self._last = self._request(deed)
        return await self._posts(*self._last)

    async def repeats(self, copy: str) -> int:
        assert self._last is not None
        return await self._posts(*self._last)

    async def forges(self, deed: Deed, forgery: str) -> int:
        return await self._posts(*self._request(deed), forged=FORGERIES[forgery])

    async def comes_from_elsewhere(self, deed: Deed, elsewhere: str) -> int:
        raise AssertionError("there is one workspace")

    async def mangles(self, deed: Deed) -> Mapping[str, int]:
        path, fields, who = self._request(deed)
        found = {}
        for name in fields:
            for wrong in ("", "x", "7", "[]", "\x00", "9" * 20_000):
                found[f"{name}={wrong[:3]!r}"] = await self._posts(path, {**fields, name: wrong}, who, forged={})
            without = {other: value for other, value in fields.items() if other != name}
            found[f"no {name}"] = await self._posts(path, without, who, forged={})
        return found

    async def shown(self) -> Sequence[Shown]:
        await self._read()
        return self._told

    async def meets(self, trouble: Trouble, case: str = "") -> None:
        match trouble:
            case Trouble.BROKEN | Trouble.AWAY:
                self.log.trouble = self.directory.trouble = StorageUnavailable()
            case Trouble.ANSWER_LOST:
                self.log.loses = True
            case Trouble.REFUSED if case == "the person is gone":
                self.directory.everybody = tuple(one for one in PEOPLE if one.public_id == Who.LEAD)
            case Trouble.REFUSED:
                self.log.messages.clear()
                self.directory.everybody = ()
            case Trouble.THROTTLED:
                raise AssertionError("nobody counts here")

    def recovers(self) -> None:
        self.log.trouble = self.directory.trouble = None

    def shares_the_channel(self) -> None:
        raise AssertionError("nobody from outside can enter")

    def check(self, shown: Shown) -> None:
        """A browser has no limits, but an element has one id, and a picture its words."""
        assert isinstance(shown.native, str)
        page = Page(shown.native)
        ids = [value for name, value in attributes_in(shown.native) if name == "id"]
        assert len(ids) == len(set(ids)), "two elements have one id"
        assert all("alt" in names for tag, names in page.elements if tag == "img"), "a picture without words"
        shown.native.encode("utf-8")

    async def _read(self) -> None:
        """What the open pages were told since the last look, in the order in which it happened."""
        self.parts.live.publish(ClockMoved())
        for stream in self.streams:
            await stream.until(self.parts.live.cursor)
        told: dict[int, Shown] = {}
        for stream in self.streams:
            for cursor, name, data in stream.told:
                if name == "message" and "from-bot" in data["html"]:
                    at = int(cursor.rpartition("-")[2])
                    readers = told[at].readers if at in told else frozenset()
                    told[at] = replace(_shown(stream, data), readers=readers | {stream.who})
            stream.told.clear()
        self._told += [shown for _, shown in sorted(told.items())]

    async def _posts(
        self, path: str, fields: Mapping[str, str], who: Who, *, forged: Mapping[str, str] | None = None
    ) -> int:
        # No browser can send half of a surrogate pair, and a form's texts come as multipart.
        sent = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
        files = {name: (None, value) for name, value in sent.items()}
        response = await self.client.post(path, files=files, headers={**SCRIPT, **(forged or {})})
        if forged is None and "json" in response.headers.get("content-type", ""):
            await self._brought_back(response.json(), path, who)
        return response.status_code

    async def _brought_back(self, answer: Mapping[str, object], path: str, who: Who) -> None:
        """A dialog, or why something was not taken, is in the answer alone: the page shows both to who sent it."""
        html = ""
        match answer:
            case {"error": str(error)}:
                html = str(Markup('<p role="alert">{}</p>').format(error))
                texts: tuple[str, ...] = (error,)
            case {"form": {"title": str(title), "html": str(inside)}}:
                html = inside
                texts = (title, *read_in(inside))
            case _:
                return
        conversation = f"channel:{CHANNEL}" if "/channel/" in path else f"dm:{who}"
        shown = Shown(
            conversation=conversation, readers=frozenset({who}), texts=texts, live=live_in(html), native=html,
            packed=packed_in(html), form="form" in answer,
        )  # fmt: skip
        await self._read()
        self._told.append(shown)

    def _request(self, deed: Deed) -> tuple[str, Mapping[str, str], Who]:
        self._count += 1
        own = {"event_id": str(uuid5(UUID(int=7), str(self._count)))}
        match deed:
            case Tap(who=who, packed=packed, message=message, values=values, channel=channel):
                typed = {f"value.{key}": value for key, value in values.items()}
                return _path(who, channel) + "/action", {**own, "action": packed, "message": message, **typed}, who
            case FormSent(who=who, packed=packed, message=message, values=values):
                typed = {f"value.{key}": value for key, value in values.items()}
                return _path(who) + "/action", {**own, "action": packed, "message": message, **typed}, who
            case Typed(who=who, text=text):
                return _path(who) + "/message", {**own, "text": text}, who
            case Mentioned(who=who, text=text):
                return _path(who, True) + "/message", {**own, "text": f"@CX Pulse {text}"}, who
            case Commanded(who=who, text=text, channel=channel):
                return _path(who, channel) + "/message", {**own, "text": f"/cx {text}"}, who
            case Added() | Removed() | SaidByTheBot():
                raise AssertionError("the bot is always there, and is told nothing of itself")


def _path(who: Who, channel: bool = False) -> str:
    return f"/as/{who}/channel/{CHANNEL}" if channel else f"/as/{who}"


def _shown(stream: Stream, data: Mapping[str, str]) -> Shown:
    return Shown(
        conversation=stream.conversation,
        readers=frozenset({stream.who}),
        texts=read_in(data["html"]),
        heard=(data["said"], *heard_in(data["html"])),
        live=live_in(data["html"]),
        native=data["html"],
        packed=packed_in(data["html"]),
        reference=data["id"],
        replaced=not data["new"],
    )


@asynccontextmanager
async def opened(ear: Ear) -> AsyncIterator[Rig]:
    log, directory, clock = LosingLog(), TroubledDirectory(everybody=PEOPLE), FakeClock()
    parts = web_parts(log=log, directory=directory, clock=clock)
    app = create_web_app(parts, engine=ear, charts=FakeCharts(), suggestions=suggestions, port=PORT)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN) as client:
        rig = WebRig(ear, parts, log, directory, client)
        rig.streams += [Stream(who, f"dm:{who}") for who in Who]
        rig.streams += [Stream(who, rig.channel) for who in MEMBERS]
        for stream in rig.streams:
            channel = stream.conversation == rig.channel
            await stream.open(app, _path(stream.who, channel) + "/events")
        try:
            yield rig
        finally:
            parts.live.end()
            for stream in rig.streams:
                await stream.close()


PLATFORM = Platform(
    name="web",
    open=opened,
    copies=("the page sends it again",),
    forgeries=tuple(FORGERIES),
    refusals=REFUSALS,
    # The page's messages are in the database: while it is away nothing that is done in the page can be kept.
    status_while_away=503,
    cannot={
        Added: "the bot is in every conversation of the workspace from the start",
        Removed: "the bot cannot be taken out of it",
        SaidByTheBot: "what the bot says is stored, and nobody tells it back",
        EXPIRED: "a request of a page has no time: the page is on this machine",
        ELSEWHERES: "there is one workspace, and the path names nobody of another one",
        SHARED: "nobody from outside can enter a channel of it",
        Trouble.THROTTLED: "its log is in this process, and nobody counts",
    },
)
