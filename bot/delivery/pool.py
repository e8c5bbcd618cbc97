"""The jobs that this process holds: those that wait for their turn, and at most AT_ONCE that are at work.

It begins with each at its time, whatever whoever fills it is doing just then; a slow call holds up its own place only.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable

from bot.delivery.jobs import After, Job

AT_ONCE = 24
"""Calls and preparations under way at once."""
AHEAD = 0.15
"""A message is composed so many seconds before its turn."""
DRAIN_SECONDS = 3.0
"""How long a stop waits for the calls that are under way."""
IDLE_SECONDS = 60.0


class Pool:
    """Filled by `add`, emptied by `came_back`; `wind_down` ends it."""

    def __init__(
        self,
        work: Callable[[Job], Awaitable[After]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._work = work
        self._monotonic = monotonic
        self._sleep = sleep
        self._waiting: list[tuple[float, int, Job]] = []
        self._active: dict[asyncio.Future[After], Job] = {}
        self._back: list[tuple[Job, After]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()
        self._somebody_is_back = asyncio.Event()
        self._driver: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._waiting) + len(self._active) + len(self._back)

    def add(self, job: Job) -> None:
        heapq.heappush(self._waiting, (job.start, next(self._order), job))
        self._changed.set()
        if self._driver is None:
            self._driver = asyncio.create_task(self._drive(), name="delivery-pool")

    def came_back(self) -> list[tuple[Job, After]]:
        """Those that have come to an end since the last time."""
        back, self._back = self._back, []
        self._somebody_is_back.clear()
        return back

    async def wait(self, seconds: float) -> None:
        """Until somebody is back, at most `seconds`."""
        await self._either(self._somebody_is_back, seconds)

    async def wind_down(self) -> list[Job]:
        """Lets the calls that are under way come to their end; returns what was not begun."""
        if self._driver is not None:
            self._driver.cancel()
            await asyncio.gather(self._driver, return_exceptions=True)
        calling = {task for task, job in self._active.items() if job.calling}
        unbegun = [job for _, _, job in self._waiting]
        for task, job in list(self._active.items()):
            if task not in calling and task.cancel():
                unbegun.append(job)
        if calling:
            await asyncio.wait(calling, timeout=DRAIN_SECONDS)
        left = list(self._active)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self._waiting.clear()
        # Now, that those are among them whose call ended meanwhile and left something to do.
        return unbegun + [job for job, after in self._back if after is not After.ENDED]

    async def _drive(self) -> None:
        while True:
            self._changed.clear()
            near = self._monotonic() + AHEAD
            while self._waiting and len(self._active) < AT_ONCE and self._waiting[0][0] <= near:
                _, _, job = heapq.heappop(self._waiting)
                task = asyncio.ensure_future(self._work(job))
                self._active[task] = job
                task.add_done_callback(self._done)
            full = len(self._active) >= AT_ONCE
            ahead = IDLE_SECONDS if full or not self._waiting else self._waiting[0][0] - near
            await self._either(self._changed, ahead)

    def _done(self, task: "asyncio.Future[After]") -> None:
        job = self._active.pop(task)
        if not task.cancelled():
            self._back.append((job, task.result()))
        self._changed.set()
        self._somebody_is_back.set()

    async def _either(self, event: asyncio.Event, seconds: float) -> None:
        """Until the event, at most `seconds`."""
        if event.is_set():
            return
        both = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(self._sleep(seconds))}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
