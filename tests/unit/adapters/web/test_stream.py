"""What an open page is told, and what it is not."""

import json
from collections.abc import AsyncIterator, Mapping

import pytest

from adapters.web.codec import encode
from adapters.web.live import WAITING_AT_MOST, ClockMoved, Live, Posted
from adapters.web.pages import Place, channel_place, direct_place
from adapters.web.stream import EventStream
from adapters.web.workspace import Workspace
from bot.messages import Message
from surveys.words import ENGLISH
from tests.unit.adapters.web.fakes import (
    HANNA,
    INGRID,
    JONAS,
    MARTA,
    START,
    FakeClock,
    FakeDirectory,
    FakeLog,
    LoggedMessage,
)

pytestmark = pytest.mark.anyio


def logged(conversation: str, visible_to: str | None, text: str = "Hello", author: str | None = None) -> LoggedMessage:
    return LoggedMessage(
        public_id="m1", conversation=conversation, author=author, visible_to=visible_to,
        body=encode(Message(summary=text)), posted_at=START, updated_at=START,
    )  # fmt: skip


class Reader:
    """Reads a place's stream until the process stops; `gone`: after how many heartbeats the page is closed."""

    def __init__(self, live: Live, place: Place, *, heartbeat: float = 60.0, gone: bool = False) -> None:
        workspace = Workspace(
            log=FakeLog(), directory=FakeDirectory(), clock=FakeClock(), words_of=lambda language: ENGLISH
        )
        self._stream = EventStream(
            live=live,
            place=place,
            view_of=workspace.view_of,
            clock_now=self._clock,
            gone=self._gone,
            words=ENGLISH,
            heartbeat=heartbeat,
        )
        self._closed = gone

    async def _clock(self) -> Mapping[str, str]:
        return {"label": "Monday"}

    async def _gone(self) -> bool:
        return self._closed

    def events(self, since: str = "") -> AsyncIterator[str]:
        return self._stream.events(since)

    async def until_the_end(self, since: str = "") -> list[tuple[str, dict[str, str]]]:
        heard = []
        async for text in self.events(since):
            lines = dict(line.split(": ", 1) for line in text.strip().split("\n"))
            if "event" in lines:
                heard.append((lines["event"], json.loads(lines["data"])))
        return heard


async def told(place: Place, *happenings: Posted | ClockMoved) -> list[tuple[str, dict[str, str]]]:
    """What a page with `place` open hears of these."""
    live = Live()
    reader = Reader(live, place)
    stream = reader.events()
    await anext(stream)
    for happening in happenings:
        live.publish(happening)
    live.end()
    heard = []
    async for text in stream:
        lines = dict(line.split(": ", 1) for line in text.strip().split("\n"))
        heard.append((lines["event"], json.loads(lines["data"])))
    return heard


async def test_a_new_message_arrives_as_html_with_what_to_say_aloud() -> None:
    ((name, data),) = await told(direct_place(MARTA), Posted(message=logged("dm:marta", "marta", "<b>9</b>"), new=True))
    assert name == "message"
    assert data["said"] == "CX Pulse: <b>9</b>"
    assert "&lt;b&gt;9&lt;/b&gt;" in data["html"]
    assert (data["id"], data["day"], data["dayLabel"]) == ("m1", "2026-07-06", "Monday, 6 July 2026")


async def test_nobody_hears_anothers_direct_conversation() -> None:
    marta = Posted(message=logged("dm:marta", "marta"), new=True)
    unmarked = Posted(message=logged("dm:marta", None), new=True)
    assert await told(direct_place(INGRID), marta, unmarked) == []
    assert await told(channel_place(HANNA, "cx-weekly"), marta, unmarked) == []


async def test_a_private_answer_in_a_channel_is_heard_by_the_asker_alone() -> None:
    answer = Posted(message=logged("channel:cx-weekly", "hanna"), new=True)
    assert [name for name, _ in await told(channel_place(HANNA, "cx-weekly"), answer)] == ["message"]
    assert await told(channel_place(JONAS, "cx-weekly"), answer) == []


async def test_customers_contacts_hear_nothing_of_channels() -> None:
    assert await told(direct_place(MARTA), Posted(message=logged("channel:cx-weekly", None), new=True)) == []


async def test_news_of_another_conversation_is_a_notice_without_words() -> None:
    ((name, data),) = await told(
        direct_place(HANNA),
        Posted(message=logged("channel:support", None, "secret"), new=True),
        Posted(message=logged("channel:support", None, "secret"), new=False),
    )
    assert (name, data) == ("notice", {"conversation": "channel:support", "message": "m1"})


async def test_what_one_wrote_is_not_read_out_to_oneself() -> None:
    said = Posted(message=logged("dm:marta", "marta", author="marta"), new=True, sent="uuid")
    ((_, data),) = await told(direct_place(MARTA), said)
    assert data["said"] == ""
    assert data["sent"] == "uuid"


async def test_the_id_of_what_one_page_sent_is_not_told_to_others() -> None:
    said = Posted(message=logged("channel:support", None, author="jonas"), new=True, sent="uuid")
    ((_, data),) = await told(channel_place(HANNA, "support"), said)
    assert data["sent"] == ""


async def test_a_moved_clock_is_told_to_every_page() -> None:
    assert await told(direct_place(MARTA), ClockMoved()) == [("clock", {"label": "Monday"})]


async def test_a_page_that_missed_something_is_told_to_read_again() -> None:
    live = Live()
    before = live.cursor
    live.publish(ClockMoved())
    now = live.cursor
    live.end()
    assert await Reader(live, direct_place(MARTA)).until_the_end(before) == [("refresh", {})]
    assert await Reader(live, direct_place(MARTA)).until_the_end(live.cursor) == []
    assert await Reader(live, direct_place(MARTA)).until_the_end("of-another-process") == [("refresh", {})]
    assert now != live.cursor


async def test_a_slow_page_is_told_to_read_again_instead_of_waiting_for_ever() -> None:
    live = Live()
    stream = Reader(live, direct_place(MARTA)).events()
    await anext(stream)
    for _ in range(WAITING_AT_MOST + 1):
        live.publish(ClockMoved())
    live.end()
    rest = [text async for text in stream]
    assert len(rest) == 1
    assert "event: refresh" in rest[0]


async def test_every_stream_ends_when_the_process_stops_and_none_opens_after() -> None:
    live = Live()
    stream = Reader(live, direct_place(MARTA)).events()
    await anext(stream)
    assert live.listeners == 1
    live.end()
    assert [text async for text in stream] == []
    assert live.listeners == 0
    assert await Reader(live, direct_place(MARTA)).until_the_end() == []


async def test_a_quiet_stream_shows_the_clock_and_a_closed_page_ends_it() -> None:
    open_page = Reader(Live(), direct_place(MARTA), heartbeat=0.001).events()
    await anext(open_page)
    assert "event: clock" in await anext(open_page)
    live = Live()
    closed_page = Reader(live, direct_place(MARTA), heartbeat=0.001, gone=True).events()
    assert len([text async for text in closed_page]) == 1
    assert live.listeners == 0
