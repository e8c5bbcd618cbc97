"""One delivery at its turn: compose it now, call the platform, record what came of it. Never raises.

The platform call is at-least-once; the record is exactly-once (docs/decisions/0006).
"""

import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.delivery.backoff import GIVE_UP_AFTER_ATTEMPTS, LONGEST_RETRY, pause_before_retry
from bot.delivery.compose import Composed, NotBefore, NothingToSend, Prepared, compose
from bot.delivery.jobs import After, Job
from bot.delivery.refusals import told_of_refusal
from bot.delivery.targets import refuse_outsiders
from bot.events import Address
from bot.observability import DELIVERIES, reference
from bot.ports import (
    Call,
    ChatAdapter,
    Clock,
    DeliveryKind,
    DueDelivery,
    FindsPosted,
    KeepsBudgets,
    PostsOnce,
    Store,
)
from bot.redaction import code_of
from surveys.errors import CxError, DeliveryError, NotFound, StorageUnavailable, Undeliverable

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60
USABLE_LEASE_SECONDS = LEASE_SECONDS / 2
"""Older than that, nothing is begun any more: another replica might take it meanwhile."""

LATENESS_KEPT = 0.9
"""How slowly the usual lateness follows that of single calls: one that is very late says little about the next."""


class Sender:
    """Takes a job one step further, up to the next call for which a turn has to be reserved."""

    def __init__(
        self,
        *,
        store: Store,
        adapters: Mapping[str, ChatAdapter],
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._store = store
        self._adapters = adapters
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._pauses: dict[tuple[int, str], float] = {}
        self.lateness = 0.0
        """By how many seconds this process usually comes late to its turns."""

    async def take_further(self, job: Job) -> After:
        try:
            return await self._step(job)
        except StorageUnavailable:
            # The lease runs out and the delivery is taken again; nothing is lost.
            DELIVERIES.labels(outcome="unavailable").inc()
            return After.ENDED
        except Exception as error:
            return await self._guarded(job, error)
        finally:
            job.calling = False

    async def could_not_aim(self, job: Job, error: CxError) -> None:
        """There is no way to send it just now, or none at all."""
        await self._guarded(job, error)

    async def drop(self, due: DueDelivery, reason: str) -> None:
        DELIVERIES.labels(outcome="cancelled").inc()
        async with self._store.write(due.tenant_id) as unit:
            await unit.deliveries.dropped(due, reason=reason[:300])
            await unit.commit()

    # ── a step ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _step(self, job: Job) -> After:
        adapter = self._adapters.get(job.target.platform)
        if adapter is None:
            raise DeliveryError(f"{job.target.platform} is not connected", retry_after=LONGEST_RETRY.total_seconds())
        while True:
            match job.call:
                case Call.OPEN:
                    after = await self._open(job, adapter)
                case Call.LOOK:
                    after = await self._look(job, adapter)
                case Call.POST | Call.UPDATE:
                    return await self._send(job, adapter)
            if after is not None:
                return after
            if isinstance(adapter, KeepsBudgets):
                return After.NEEDS_TURN

    async def _open(self, job: Job, adapter: ChatAdapter) -> After | None:
        composed = await self._compose(job.due)
        if not isinstance(composed, Composed):
            return await self._not_now(job.due, composed)
        after = await self._turn(job)
        if after is None:
            address = await adapter.open_direct(job.target.workspace, job.target.user)
            # At once: when its turn to post comes later, it need not be opened again.
            async with self._store.write(job.due.tenant_id) as unit:
                known = await unit.conversations.remember(job.target.workspace_id, address, "", job.due.person_id)
                await unit.commit()
            job.opened(known)
        return after

    async def _look(self, job: Job, adapter: ChatAdapter) -> After | None:
        after = await self._turn(job)
        if after is None:
            assert job.address is not None
            await refuse_outsiders(adapter, job.address)
            job.looked = True
        return after

    async def _send(self, job: Job, adapter: ChatAdapter) -> After:
        address, due = job.address, job.due
        assert address is not None
        composed = job.composed or await self._compose(due)
        if not isinstance(composed, Composed):
            return await self._not_now(due, composed)
        job.composed = composed
        if due.kind is DeliveryKind.UPDATE:
            after = await self._turn(job)
            if after is not None:
                return after
            await adapter.update(address, job.target.message, composed.message)
            return await self._sent(job, composed, job.target.message)
        found = await _posted_before(adapter, address, due)
        if found is not None:
            return await self._sent(job, composed, found)
        after = await self._turn(job)
        if after is not None:
            return after
        message = await adapter.post(address, composed.message, delivery=due.public_id)
        return await self._sent(job, composed, message)

    async def _turn(self, job: Job) -> After | None:
        """Waits for it. A turn that was missed is asked for again: two late calls together may be too many."""
        ahead = job.start - self._monotonic()
        if ahead > 0:
            await self._sleep(ahead)
        now = self._monotonic()
        if job.budgets:
            late = now - job.start + job.blur
            self.lateness = self.lateness * LATENESS_KEPT + late * (1 - LATENESS_KEPT)
        if now - job.taken_at > USABLE_LEASE_SECONDS:
            return After.GIVE_BACK
        if now > job.until or any(self._is_paused(job, budget.key, now) for budget in job.budgets):
            return After.NEEDS_TURN
        job.calling = True
        return None

    def _is_paused(self, job: Job, key: str, now: float) -> bool:
        return self._pauses.get((job.due.tenant_id, key), now) > now

    async def _compose(self, due: DueDelivery) -> Prepared:
        async with self._store.read(due.tenant_id) as unit:
            return await compose(unit, due, self._clock.now())

    async def _not_now(self, due: DueDelivery, why: NothingToSend | NotBefore) -> After:
        match why:
            case NothingToSend(reason=reason):
                await self.drop(due, reason)
            case NotBefore(moment=moment):
                DELIVERIES.labels(outcome="postponed").inc()
                async with self._store.write(due.tenant_id) as unit:
                    await unit.deliveries.retry(due, at=moment, error="business hours", doubtful=due.interrupted)
                    await unit.commit()
        return After.ENDED

    # ── what came of it ────────────────────────────────────────────────────────────────────────────────────────

    async def _sent(self, job: Job, composed: Composed, message: str) -> After:
        now, due, conversation_id = self._clock.now(), job.due, job.target.conversation_id
        assert conversation_id is not None
        async with self._store.write(due.tenant_id) as unit:
            if not await unit.deliveries.sent(due, reference=message, conversation_id=conversation_id, at=now):
                DELIVERIES.labels(outcome="lost").inc()
                return After.ENDED
            if due.invitation_id is not None and due.kind is DeliveryKind.POST:
                await unit.invitations.delivered(due.invitation_id, now)
            if composed.pending is not None:
                await unit.conversations.set_pending(conversation_id, composed.pending)
            await unit.commit()
        DELIVERIES.labels(outcome="sent").inc()
        return After.ENDED

    async def _guarded(self, job: Job, error: Exception) -> After:
        """What is to be done about an error; the database may be away for that, too."""
        try:
            return await self._not_sent(job, error)
        except StorageUnavailable:
            DELIVERIES.labels(outcome="unavailable").inc()
        except Exception:
            log.exception("delivery.error", delivery=job.due.public_id, template=job.due.template)
        return After.ENDED

    async def _not_sent(self, job: Job, error: Exception) -> After:
        due = job.due
        match error:
            case DeliveryError():
                log.warning(
                    "delivery.not_sent",
                    delivery=due.public_id,
                    template=due.template,
                    permanent=error.permanent,
                    state=code_of(error),
                )
                return await self._refused(job, error)
            case NotFound():
                await self._fail(due, str(error), Undeliverable.REFUSED)
            case _:
                mark = reference()
                log.error(
                    "delivery.error", delivery=due.public_id, template=due.template, reference=mark, exc_info=error
                )
                # A post that failed on our side may be there all the same.
                posting = job.calling and job.call is Call.POST
                await self._retry(due, error=f"error {mark}", doubtful=posting or due.interrupted)
        return After.ENDED

    async def _refused(self, job: Job, error: DeliveryError) -> After:
        due = job.due
        if error.permanent:
            return await self._refused_for_good(job, error)
        # Only a post can have left something behind; the same update twice is the same message.
        if error.uncertain and job.call is Call.POST:
            DELIVERIES.labels(outcome="unconfirmed").inc()
            async with self._store.write(due.tenant_id) as unit:
                await unit.deliveries.unconfirmed(due, error=str(error)[:300])
                await unit.commit()
            return After.ENDED
        if error.throttled:
            await self._pause(job, error.retry_after)
        await self._retry(due, error=str(error), after=error.retry_after, doubtful=error.doubtful or due.interrupted)
        return After.ENDED

    async def _refused_for_good(self, job: Job, error: DeliveryError) -> After:
        """By the next way if there is one. A way that leads nowhere is shut until the person is heard from there."""
        due = job.due
        target = job.target if job.targets else None
        if target is not None and target.is_shut_by(error.reason):
            async with self._store.write(due.tenant_id) as unit:
                await unit.people.shut_route(target.workspace_id, target.user, error.reason, self._clock.now())
                await unit.commit()
        if job.turn_to_next_target():
            return After.NEEDS_TURN
        await self._fail(due, str(error), error.reason)
        return After.ENDED

    async def _fail(self, due: DueDelivery, error: str, reason: Undeliverable) -> None:
        """Whoever has to know is told: the wave shows the reason, the owner of a summary gets a message."""
        now = self._clock.now()
        async with self._store.write(due.tenant_id) as unit:
            if await unit.deliveries.failed(due, error=error[:300]):
                DELIVERIES.labels(outcome="failed").inc()
                if due.invitation_id is not None and due.kind is DeliveryKind.POST:
                    await unit.invitations.undeliverable(due.invitation_id, now, reason)
                await unit.deliveries.add(await told_of_refusal(unit, due, reason, now))
            await unit.commit()

    async def _pause(self, job: Job, seconds: float | None) -> None:
        """Too many calls (429): nobody draws on these budgets for as long as the platform says."""
        DELIVERIES.labels(outcome="throttled").inc()
        if not job.budgets:
            return
        if seconds is None:
            seconds = pause_before_retry(job.due.public_id, job.due.attempts, None).total_seconds()
        for budget in job.budgets:
            self._pauses[(job.due.tenant_id, budget.key)] = self._monotonic() + seconds
        async with self._store.system() as system:
            await system.pause(job.due.tenant_id, job.budgets, seconds=seconds)
            await system.commit()

    async def _retry(self, due: DueDelivery, *, error: str, after: float | None = None, doubtful: bool = False) -> None:
        if due.attempts >= GIVE_UP_AFTER_ATTEMPTS:
            await self._fail(due, error, Undeliverable.REFUSED)
            return
        DELIVERIES.labels(outcome="retried").inc()
        at = self._clock.now() + pause_before_retry(due.public_id, due.attempts, after)
        async with self._store.write(due.tenant_id) as unit:
            await unit.deliveries.retry(due, at=at, error=error[:300], doubtful=doubtful)
            await unit.commit()


async def _posted_before(adapter: ChatAdapter, address: Address, due: DueDelivery) -> str | None:
    """The message of an earlier attempt that was cut short. Raises DeliveryError, `uncertain` where nobody can tell."""
    if not due.interrupted or isinstance(adapter, PostsOnce):
        return None
    if not isinstance(adapter, FindsPosted):
        raise DeliveryError("An earlier attempt was cut short, and the platform cannot be asked.", uncertain=True)
    try:
        return await adapter.find_posted(address, due.public_id)
    except DeliveryError as error:
        raise error.while_looking() from error
