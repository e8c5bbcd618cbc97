"""APScheduler as the clock of this replica, in memory. Every job is one call; what is due is a row in the database."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery.loop import DeliveryLoop, WakeUp
from bot.observability import CLOCK_TICK, DELIVERIES_DUE, JOBS
from bot.ports import Clock, Store
from bot.redaction import code_of
from bot.schedules import fire_due
from surveys.errors import StorageUnavailable

log = structlog.get_logger(__name__)
JOBS.admit(job=("schedules", "fold", "close", "tidy", "deliveries"))

TICK_SECONDS = 1.0
FOLD_SECONDS = 5.0
CLOSE_SECONDS = 15.0
TIDY_SECONDS = 300.0
STALE_AFTER_SECONDS = 30.0
STOP_SECONDS = 5.0
"""How long a stop waits for the jobs that run at that moment."""

FOLD_BATCH = 2_000
CLOSE_BATCH = 500
TIDY_BATCH = 2_000

KEPT = timedelta(days=7)
"""Inbound events and drafts of waves. Slack repeats an event within an hour, Teams within minutes; a preview can be
confirmed for a day (`PREVIEW_LASTS`), and whoever presses its button later reads that it is out of date."""


class Clockwork:
    """Starts and stops the replica's recurring work. `alive` is False when no tick came for half a minute."""

    def __init__(self, *, store: Store, clock: Clock, deliveries: DeliveryLoop, bell: WakeUp) -> None:
        self._store = store
        self._clock = clock
        self._deliveries = deliveries
        self._bell = bell
        self._scheduler = AsyncIOScheduler(
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._last_tick = time.monotonic()
        self._sending: asyncio.Task[None] | None = None
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def alive(self) -> bool:
        return time.monotonic() - self._last_tick < STALE_AFTER_SECONDS

    def start(self) -> None:
        self._scheduler.add_job(self._tick, "interval", seconds=TICK_SECONDS)
        self._scheduler.add_job(self._fold, "interval", seconds=FOLD_SECONDS)
        self._scheduler.add_job(self._close, "interval", seconds=CLOSE_SECONDS)
        self._scheduler.add_job(self._tidy, "interval", seconds=TIDY_SECONDS)
        self._scheduler.start()
        self._sending = asyncio.create_task(self._send_when_rung(), name="deliveries")

    async def stop(self) -> None:
        """Lets the jobs that run now come to their end; what was not begun is given back."""
        self._scheduler.pause()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._quiet.wait()
        self._scheduler.shutdown(wait=False)
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)

    async def run_due_now(self) -> None:
        """Everything that is due at this moment, once: for the movable clock of the demo, and for tests."""
        await self._close()
        await fire_due(self._store, self._clock)
        await self.send_due_now()
        await self._fold()
        await self._tidy()

    async def send_due_now(self) -> None:
        """Of that the deliveries alone. Raises StorageUnavailable: only the clock's own jobs survive that."""
        await self._deliveries.run_once()

    async def _tick(self) -> None:
        await self._do("schedules", lambda: fire_due(self._store, self._clock))
        self._last_tick = time.monotonic()
        CLOCK_TICK.set_to_current_time()
        self._bell.ring()

    async def _fold(self) -> None:
        await self._do("fold", lambda: self._store.fold(limit=FOLD_BATCH))

    async def _close(self) -> None:
        await self._do("close", self._close_everywhere)

    async def _tidy(self) -> None:
        await self._do("tidy", lambda: self._store.tidy(before=self._clock.now() - KEPT, limit=TIDY_BATCH))

    async def _do(self, job: str, work: Callable[[], Awaitable[object]]) -> None:
        self._running += 1
        self._quiet.clear()
        try:
            await _survive(job, work)
        finally:
            self._running -= 1
            if self._running == 0:
                self._quiet.set()

    async def _close_everywhere(self) -> None:
        async with self._store.system() as system:
            tenants = await system.tenants()
            DELIVERIES_DUE.set(await system.count_due(self._clock.now()))
        for tenant in tenants:
            async with self._store.write(tenant.id) as unit:
                await unit.invitations.close_due(self._clock.now(), CLOSE_BATCH)
                await unit.commit()

    async def _send_when_rung(self) -> None:
        while True:
            await self._bell.wait(TICK_SECONDS)
            await _survive("deliveries", self._deliveries.run_once)


async def _survive(job: str, work: Callable[[], Awaitable[object]]) -> None:
    """A database that is away or a fault in one job must not end the clock; the next tick tries again."""
    outcome = "done"
    try:
        await work()
    except StorageUnavailable as error:
        outcome = "unavailable"
        log.warning("clock.storage_unavailable", job=job, state=code_of(error))
    except Exception:
        outcome = "failed"
        log.exception("clock.job_failed", job=job)
    JOBS.labels(job=job, outcome=outcome).inc()
