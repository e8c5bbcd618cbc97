"""Time that goes by only when everybody waits: seconds cost nothing, and nothing sleeps."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import TypeVar

from tests.builders import NOW

Result = TypeVar("Result")

TURNS_OF_THE_LOOP = 60
"""So often everything may go on before it counts as waiting."""


class VirtualTime:
    """One clock for the process, the product and the database."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self._sleeping: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def monotonic(self) -> float:
        return self.seconds

    def database(self) -> float:
        return self.now().timestamp()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds - 1_000.0)

    async def sleep(self, seconds: float) -> None:
        until: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleeping, (self.seconds + max(seconds, 0.0), next(self._order), until))
        await until

    async def run(self, work: Awaitable[Result]) -> Result:
        """`work` to its end, however long it takes."""
        task = asyncio.ensure_future(work)
        while not await self._settled(task):
            assert self._sleeping, "everybody waits, and nobody for a time"
            self._forward()
        return await task

    async def run_for(self, seconds: float, task: "asyncio.Future[Result]") -> None:
        """So many seconds, or until the task is done."""
        end = self.seconds + seconds
        while not await self._settled(task) and self._sleeping and self._sleeping[0][0] <= end:
            self._forward()
        self.seconds = max(self.seconds, end) if not task.done() else self.seconds

    async def _settled(self, task: "asyncio.Future[Result]") -> bool:
        for _ in range(TURNS_OF_THE_LOOP):
            await asyncio.sleep(0)
        return task.done()

    def _forward(self) -> None:
        at, _, until = heapq.heappop(self._sleeping)
        self.seconds = max(self.seconds, at)
        if not until.done():
            until.set_result(None)
