"""What follows an answer: sent in order for each queue, tried again for a while, finished at a stop.

Not durable, on purpose: state is in the database, and a message that shows an invitation is brought up to date by a
delivery where it could not be here (adapters.requests.repair).
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import structlog

from bot.observability import reference
from bot.redaction import code_of
from surveys.errors import DeliveryError

log = structlog.get_logger(__name__)

STOP_SECONDS = 3.0
GIVE_UP_SECONDS = 1.0
"""Of these, so many at the end are left for what gives up."""
ATTEMPTS = 5
PATIENCE_SECONDS = 60.0
"""How long a call waits in all, over its attempts: whoever asked is still looking."""
FIRST_PAUSE = 2.0

Sleep = Callable[[float], Awaitable[None]]
_Found = TypeVar("_Found")


class Afterwards:
    def __init__(self, platform: str, *, sleep: Sleep = asyncio.sleep) -> None:
        self._platform = platform
        self._sleep = sleep
        self._last: dict[str, asyncio.Task[None]] = {}
        self._stopped = asyncio.Event()

    def add(self, queue: str, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` once everything added to `queue` before it is done. Its failure is logged, never raised."""
        task = asyncio.create_task(self._run(self._last.get(queue), work), name=f"{self._platform}-afterwards")
        self._last[queue] = task
        task.add_done_callback(lambda done: self._forget(queue, done))

    async def insist(self, call: Callable[[], Awaitable[_Found]]) -> _Found:
        """Makes one call of the platform, again and again where it asks to wait. Raises the last DeliveryError.

        What may have arrived is not repeated: a message would be there twice.
        """
        left = PATIENCE_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await call()
            except DeliveryError as error:
                pause = error.retry_after if error.retry_after is not None else FIRST_PAUSE * 2 ** (attempt - 1)
                over = attempt == ATTEMPTS or pause > left or self._stopped.is_set()
                if error.permanent or error.uncertain or error.doubtful or over:
                    raise
                left -= pause
            await self._pause(pause)
        raise AssertionError("The last attempt returns or raises.")

    async def finish(self, seconds: float = STOP_SECONDS) -> None:
        """Waits for what is under way, at most `seconds`. Before they end, nothing waits for its next attempt."""
        await self._wait(max(seconds - GIVE_UP_SECONDS, 0.0))
        if self._last:
            self._stopped.set()
            await self._wait(GIVE_UP_SECONDS)
        for task in list(self._last.values()):
            task.cancel()

    async def _wait(self, seconds: float) -> None:
        """Also for what is added meanwhile."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while self._last and (left := until - clock()) > 0:
            await asyncio.wait(set(self._last.values()), timeout=left)

    async def _pause(self, seconds: float) -> None:
        """For so long, or until the process stops: then the next attempt is the last one."""
        waits = {asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._stopped.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _run(self, before: "asyncio.Task[None] | None", work: Coroutine[Any, Any, None]) -> None:
        try:
            if before is not None:
                await asyncio.wait({before})
            await work
        except DeliveryError as error:
            log.warning("answer.not_sent", platform=self._platform, permanent=error.permanent, state=code_of(error))
        except Exception:
            log.exception("answer.failed", platform=self._platform, reference=reference())
        finally:
            # Stopped before its turn came, it is not left lying about.
            work.close()

    def _forget(self, queue: str, task: "asyncio.Task[None]") -> None:
        if self._last.get(queue) is task:
            del self._last[queue]
