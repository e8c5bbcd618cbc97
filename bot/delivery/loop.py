"""The delivery loop of one process: takes what is due under a lease, gives it turns, and hands it to a pool.

Killed in between, a delivery's lease runs out and a replica takes it again; a replica that comes back late finds its
fence outdated and records nothing. What a platform's budget does not allow within a second is put back to its time,
so that one slow platform or channel holds up nothing else (docs/decisions/0015).
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot.delivery.compose import NothingToSend
from bot.delivery.jobs import After, Job
from bot.delivery.pool import Pool
from bot.delivery.sending import LEASE_SECONDS, USABLE_LEASE_SECONDS, Sender
from bot.delivery.targets import Target, find_targets
from bot.observability import DELIVERIES
from bot.ports import ChatAdapter, Clock, DueDelivery, Reservation, Route, Store, UnitOfWork
from surveys.errors import CxError, StorageUnavailable

log = structlog.get_logger(__name__)

BATCH = 50
"""Deliveries that this process holds at most."""
HORIZON = 0.5
"""How many seconds ahead turns are reserved: so few that a crash leaves little in doubt, and a pause is kept soon."""
SOON = 1.0
"""What comes back within so many seconds is waited for; the clock's tick finds the rest."""
OFTEN_ENOUGH = 1.5
"""So many times the usual lateness is tolerated, so that most turns are kept."""
LOOK_AGAIN = 0.15
"""Seconds between two looks for what has become due meanwhile."""


class WakeUp:
    """The process's own bell: rung after a commit, so that nobody waits for the tick."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Returns when rung, or after `seconds`."""
        try:
            # Not wait_for: until Python 3.12 it forgets a cancellation that comes together with the bell.
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


class DeliveryLoop:
    def __init__(
        self,
        *,
        store: Store,
        adapters: Mapping[str, ChatAdapter],
        clock: Clock,
        owner: str,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`adapters` by platform; `owner` names this process in leases."""
        self._store = store
        self._adapters = adapters
        self._clock = clock
        self._owner = owner
        self._monotonic = monotonic
        self._sleep = sleep
        self._sender = Sender(store=store, adapters=adapters, clock=clock, monotonic=monotonic, sleep=sleep)

    async def run_once(self) -> int:
        """Sends everything that is due and allowed now or within about a second; how many deliveries were taken."""
        run = _Run(
            store=self._store,
            adapters=self._adapters,
            clock=self._clock,
            owner=self._owner,
            sender=self._sender,
            monotonic=self._monotonic,
            sleep=self._sleep,
        )
        try:
            while await run.carry_on():
                pass
        finally:
            await run.wind_down()
        return run.taken


class _Run:
    """From the first delivery that is due to the last one that may be sent now."""

    def __init__(
        self,
        *,
        store: Store,
        adapters: Mapping[str, ChatAdapter],
        clock: Clock,
        owner: str,
        sender: Sender,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._clock = clock
        self._owner = owner
        self._sender = sender
        self._monotonic = monotonic
        self._sleep = sleep
        self._pool = Pool(sender.take_further, monotonic=monotonic, sleep=sleep)
        self._look_at = 0.0
        self._next_due: float | None = None
        self.taken = 0

    async def carry_on(self) -> bool:
        """One round; False when nothing is left to do for now."""
        jobs, given_back = [], []
        for job, after in self._pool.came_back():
            if after is After.NEEDS_TURN:
                jobs.append(job)
            elif after is After.GIVE_BACK:
                given_back.append(job)
        idle = not (self._pool or jobs)
        room = BATCH - len(self._pool) - len(jobs)
        batch: Sequence[DueDelivery] = ()
        if idle or (room >= BATCH // 2 and self._monotonic() >= self._look_at):
            batch = await self._take(room)
            jobs += await self._aim(batch)
        await self._give_turns(jobs, given_back)
        if self._pool:
            await self._pool.wait(LOOK_AGAIN)
            return True
        return bool(batch) or await self._more_comes_soon()

    async def wind_down(self) -> None:
        """Also when the process stops: what was not begun is given back, and does not wait for its lease to run out."""
        unbegun = await self._pool.wind_down()
        if unbegun:
            try:
                await self._give_turns([], unbegun)
            except StorageUnavailable:
                DELIVERIES.labels(outcome="unavailable").inc()

    async def _take(self, limit: int) -> Sequence[DueDelivery]:
        async with self._store.system() as system:
            due = await system.take_due(
                now=self._clock.now(), limit=limit, lease_seconds=LEASE_SECONDS, owner=self._owner
            )
            await system.commit()
        self.taken += len(due)
        self._look_at = self._monotonic() + (0.0 if len(due) == limit else LOOK_AGAIN)
        return due

    async def _aim(self, batch: Sequence[DueDelivery]) -> list[Job]:
        """Where each goes; what goes nowhere is settled."""
        taken_at = self._monotonic()
        by_tenant: dict[int, list[DueDelivery]] = defaultdict(list)
        for due in batch:
            by_tenant[due.tenant_id].append(due)
        jobs = []
        for tenant_id, mine in by_tenant.items():
            async with self._store.read(tenant_id) as unit:
                routes = await unit.people.routes_of({due.person_id for due in mine if due.person_id is not None})
                aimed = [(due, await self._targets(unit, due, routes)) for due in mine]
            for due, found in aimed:
                match found:
                    case NothingToSend():
                        await self._sender.drop(due, found.reason)
                    case CxError():
                        await self._sender.could_not_aim(Job(due=due, targets=(), taken_at=taken_at), found)
                    case targets:
                        jobs.append(Job(due=due, targets=targets, taken_at=taken_at))
        return jobs

    async def _targets(
        self, unit: UnitOfWork, due: DueDelivery, routes: Mapping[int, Sequence[Route]]
    ) -> tuple[Target, ...] | NothingToSend | CxError:
        try:
            return await find_targets(unit, due, routes.get(due.person_id or 0, ()), self._adapters)
        except StorageUnavailable:
            raise
        except CxError as error:
            return error

    async def _give_turns(self, jobs: Sequence[Job], given_back: Sequence[Job]) -> None:
        """In one transaction: tokens for those whose turn is near, and a later time for all others."""
        now = self._monotonic()
        back = [(job.due, self._clock.now()) for job in given_back]
        asked: list[tuple[Job, Reservation]] = []
        ready: list[Job] = []
        for job in jobs:
            if now - job.taken_at > USABLE_LEASE_SECONDS:
                back.append((job.due, self._clock.now()))
            elif (reservation := job.ask(self._adapters, tolerance=self._sender.lateness * OFTEN_ENOUGH)) is not None:
                asked.append((job, reservation))
            else:
                job.at_once(now)
                ready.append(job)
        if asked or back or any(job.needs_mark(self._adapters) for job in ready):
            async with self._store.system() as system:
                if asked:
                    turns = await system.reserve([reservation for _, reservation in asked], horizon=HORIZON)
                    for (job, _), turn in zip(asked, turns.turns, strict=True):
                        if turn.granted:
                            job.has_turn(turns, turn)
                            ready.append(job)
                        else:
                            back.append((job.due, self._comes_back(turn.wait)))
                marked = [job for job in ready if job.needs_mark(self._adapters)]
                await system.posting([job.due for job in marked])
                await system.put_back(back)
                await system.commit()
            for job in marked:
                job.marked = True
        for job in ready:
            self._pool.add(job)

    def _comes_back(self, seconds: float) -> datetime:
        DELIVERIES.labels(outcome="postponed").inc()
        at = self._monotonic() + seconds
        self._next_due = at if self._next_due is None else min(self._next_due, at)
        return self._clock.now() + timedelta(seconds=seconds)

    async def _more_comes_soon(self) -> bool:
        """Waits for what was put back by less than the tick that would find it."""
        ahead = None if self._next_due is None else self._next_due - self._monotonic()
        self._next_due = None
        if ahead is None or ahead > SOON:
            return False
        await self._sleep(max(ahead, 0.0))
        return True
