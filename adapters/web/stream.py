"""One open event stream: what happens, as server-sent events for one person with one conversation open.

Events: `message` (a message of the open conversation, as HTML), `notice` (something new in another conversation of
theirs), `clock` (the clock's time), `refresh` (read the log again). Each carries a cursor as its id; a page that comes
back sends the last one, and is told to refresh when it missed anything.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from adapters.web.chat import CHANNEL, direct_with
from adapters.web.live import ClockMoved, Ended, Happening, Live, Missed, Posted
from adapters.web.pages import MessageView, Place, message_part
from adapters.web.people import may_enter_channels
from surveys.words import Words

HEARTBEAT_SECONDS = 15.0
RECONNECT_MILLISECONDS = 2000

ViewOf = Callable[[Place, Posted], Awaitable[MessageView]]
ClockNow = Callable[[], Awaitable[Mapping[str, str]]]


class EventStream:
    """Written for one request; iterate over `events()` once."""

    def __init__(
        self,
        *,
        live: Live,
        place: Place,
        view_of: ViewOf,
        clock_now: ClockNow,
        gone: Callable[[], Awaitable[bool]],
        words: Words,
        heartbeat: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._live = live
        self._place = place
        self._view_of = view_of
        self._clock_now = clock_now
        self._gone = gone
        self._words = words
        self._heartbeat = heartbeat

    async def events(self, since: str) -> AsyncIterator[str]:
        """Text of the stream, until the process stops or the reader is gone; the clock with every heartbeat."""
        with self._live.listen(since) as listener:
            yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
            while True:
                try:
                    async with asyncio.timeout(self._heartbeat):
                        cursor, happening = await listener.queue.get()
                except TimeoutError:
                    if await self._gone():
                        return
                    yield _event("clock", await self._clock_now())
                    continue
                if isinstance(happening, Ended):
                    return
                async for name, data in self._told(happening):
                    yield _event(name, data, cursor)

    async def _told(self, happening: Happening) -> AsyncIterator[tuple[str, Mapping[str, str]]]:
        match happening:
            case Posted() if self._may_see(happening):
                if happening.message.conversation == self._place.conversation:
                    view = await self._view_of(self._place, happening)
                    yield "message", message_event(view, new=happening.new, words=self._words)
                elif happening.new:
                    yield (
                        "notice",
                        {"conversation": happening.message.conversation, "message": happening.message.public_id},
                    )
            case ClockMoved():
                yield "clock", await self._clock_now()
            case Missed():
                yield "refresh", {}
            case _:
                pass

    def _may_see(self, posted: Posted) -> bool:
        viewer, message = self._place.viewer, posted.message
        if message.visible_to not in (None, viewer.public_id):
            return False
        if message.conversation.startswith(CHANNEL):
            return may_enter_channels(viewer)
        return message.conversation == direct_with(viewer.public_id)


def message_event(view: MessageView, *, new: bool, words: Words) -> Mapping[str, str]:
    """A message for the page's script: where it belongs, its HTML, and what to say aloud about it."""
    said = "" if view.mine else words.gettext("{author}: {summary}").format(author=view.author, summary=view.summary)
    return {
        "id": view.id,
        "html": message_part(view, words),
        "day": view.day,
        "dayLabel": view.day_label,
        "sent": view.sent,
        "said": said,
        "new": "yes" if new else "",
    }


def _event(name: str, data: Mapping[str, str], cursor: str = "") -> str:
    head = f"id: {cursor}\n" if cursor else ""
    # JSON has no raw line ends, which would end the event.
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n"
