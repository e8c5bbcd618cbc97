"""What follows an answer: sent in order for each queue, finished at a stop.

Not durable, on purpose: state is in the database, and whatever was lost is shown again at the next tap or update.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from bot.observability import reference
from surveys.errors import DeliveryError

log = structlog.get_logger(__name__)

STOP_SECONDS = 3.0


class Afterwards:
    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._last: dict[str, asyncio.Task[None]] = {}

    def add(self, queue: str, work: Coroutine[Any, Any, None]) -> None:
        """Runs `work` once everything added to `queue` before it is done. Its failure is logged, never raised."""
        task = asyncio.create_task(self._run(self._last.get(queue), work), name=f"{self._platform}-afterwards")
        self._last[queue] = task
        task.add_done_callback(lambda done: self._forget(queue, done))

    async def finish(self, seconds: float = STOP_SECONDS) -> None:
        """Waits for what is under way, at most `seconds`; then it is left."""
        if self._last:
            await asyncio.wait(set(self._last.values()), timeout=seconds)
        for task in list(self._last.values()):
            task.cancel()

    async def _run(self, before: "asyncio.Task[None] | None", work: Coroutine[Any, Any, None]) -> None:
        try:
            if before is not None:
                await asyncio.wait({before})
            await work
        except DeliveryError as error:
            log.warning("answer.not_sent", platform=self._platform, permanent=error.permanent)
        except Exception:
            log.exception("answer.failed", platform=self._platform, reference=reference())
        finally:
            # Stopped before its turn came, it is not left lying about.
            work.close()

    def _forget(self, queue: str, task: "asyncio.Task[None]") -> None:
        if self._last.get(queue) is task:
            del self._last[queue]
