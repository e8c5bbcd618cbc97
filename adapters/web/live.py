"""Who is looking just now: posted messages and moves of the clock go at once to the open event streams.

In this process only, and nothing is kept: whoever missed something is told to read the log again. What a stream may
show is decided by whoever reads it (`stream`), by the message's conversation and `visible_to`.
"""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from adapters.web.chat import StoredMessage

WAITING_AT_MOST = 200
"""Happenings that may wait for one slow reader; with more it is told to read the log again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message is new, or has a new body. `sent` is the id that the author's own page gave to what it sent."""

    message: StoredMessage
    new: bool
    sent: str = ""


@dataclass(frozen=True, slots=True)
class ClockMoved:
    """The demo's clock shows another time."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Something was not delivered: read the log again."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The process stops."""


Happening = Posted | ClockMoved | Missed | Ended


@dataclass(slots=True, eq=False)
class Listener:
    """One open stream's queue of (cursor after it, what happened)."""

    queue: asyncio.Queue[tuple[str, Happening]] = field(default_factory=lambda: asyncio.Queue(WAITING_AT_MOST))

    def offer(self, cursor: str, happening: Happening) -> None:
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            happening = happening if isinstance(happening, Ended) else Missed()
        self.queue.put_nowait((cursor, happening))


class Live:
    """The open streams of this process. Not safe between threads: everything runs in one event loop."""

    def __init__(self) -> None:
        self._boot = secrets.token_hex(4)
        self._count = 0
        self._listeners: set[Listener] = set()
        self._ended = False

    @property
    def cursor(self) -> str:
        """Changes with everything published, and with every start of the process."""
        return f"{self._boot}-{self._count}"

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def publish(self, happening: Happening) -> None:
        self._count += 1
        for listener in self._listeners:
            listener.offer(self.cursor, happening)

    @contextmanager
    def listen(self, since: str) -> Iterator[Listener]:
        """A stream's queue while it is open. When anything was published after `since`, it begins with Missed."""
        listener = Listener()
        if since and since != self.cursor:
            listener.offer(self.cursor, Missed())
        if self._ended:
            listener.offer(self.cursor, Ended())
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def end(self) -> None:
        """Ends every stream, now and from now on. Call it when the stop begins: a server waits for open streams."""
        self._ended = True
        self.publish(Ended())
