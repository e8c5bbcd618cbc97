"""The delivery loop of one process. The platform call is at-least-once; the record is exactly-once.

A delivery is marked `sending` under a lease and a fence before the call. Killed in between, its lease runs out and a
replica takes it again; a replica that comes back late finds its fence outdated and records nothing. Retries back off
with a spread that is made from the delivery's id, so that it needs no randomness.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.delivery.compose import Composed, NothingToSend, compose
from bot.delivery.targets import Target, find_target, refuse_outsiders
from bot.events import Address
from bot.observability import DELIVERIES, reference
from bot.ports import ChatAdapter, Clock, DeliveryKind, DueDelivery, Store
from surveys.errors import CxError, DeliveryError, NotFound, StorageUnavailable

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60
BATCH = 50
AT_ONCE = 8
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=15)
GIVE_UP_AFTER_ATTEMPTS = 400
"""With the longest pause about four days: an outage delays, it does not lose."""


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
    def __init__(self, *, store: Store, adapters: Mapping[str, ChatAdapter], clock: Clock, owner: str) -> None:
        """`adapters` by platform; `owner` names this process in leases."""
        self._store = store
        self._adapters = adapters
        self._clock = clock
        self._owner = owner

    async def run_once(self) -> int:
        """Sends everything due now; how many deliveries were taken."""
        taken = 0
        while batch := await self._take():
            taken += len(batch)
            for start in range(0, len(batch), AT_ONCE):
                await asyncio.gather(*(self._deliver(due) for due in batch[start : start + AT_ONCE]))
        return taken

    async def _take(self) -> list[DueDelivery]:
        async with self._store.system() as system:
            due = await system.take_due(
                now=self._clock.now(), limit=BATCH, lease_seconds=LEASE_SECONDS, owner=self._owner
            )
            await system.commit()
        return list(due)

    async def _deliver(self, due: DueDelivery) -> None:
        try:
            await self._send(due)
        except StorageUnavailable:
            # The lease runs out and the delivery is taken again; nothing is lost.
            DELIVERIES.labels(outcome="unavailable").inc()
        except DeliveryError as error:
            await self._not_sent(due, error)
        except NotFound as error:
            await self._settle(due, "failed", str(error))
        except (CxError, Exception):
            mark = reference()
            log.exception("delivery.error", delivery=due.public_id, template=due.template, reference=mark)
            await self._retry(due, error=f"error {mark}", after=None)

    async def _send(self, due: DueDelivery) -> None:
        now = self._clock.now()
        async with self._store.read(due.tenant_id) as unit:
            composed = await compose(unit, due, now)
            if isinstance(composed, Composed):
                target = await find_target(unit, due)
        if isinstance(composed, NothingToSend):
            await self._settle(due, "dropped", composed.reason)
        elif isinstance(target, NothingToSend):
            await self._settle(due, "dropped", target.reason)
        else:
            await self._post(due, composed, target)

    async def _post(self, due: DueDelivery, composed: Composed, target: Target) -> None:
        adapter = self._adapters.get(target.platform)
        if adapter is None:
            raise DeliveryError(f"{target.platform} is not connected", retry_after=LONGEST_RETRY.total_seconds())
        address = target.address or await adapter.open_direct(target.workspace, target.user)
        if due.kind is DeliveryKind.UPDATE:
            await adapter.update(address, target.message, composed.message)
            message = target.message
        else:
            if not address.direct:
                await refuse_outsiders(adapter, address)
            message = await adapter.post(address, composed.message, delivery=due.public_id)
        await self._record_sent(due, composed, target, address, message)

    async def _record_sent(
        self, due: DueDelivery, composed: Composed, target: Target, address: Address, message: str
    ) -> None:
        now = self._clock.now()
        async with self._store.write(due.tenant_id) as unit:
            conversation_id = target.conversation_id
            if conversation_id is None:
                known = await unit.conversations.remember(target.workspace_id, address, "", due.person_id)
                conversation_id = known.id
            if not await unit.deliveries.sent(due, reference=message, conversation_id=conversation_id, at=now):
                DELIVERIES.labels(outcome="lost").inc()
                return
            if due.invitation_id is not None and due.kind is DeliveryKind.POST:
                await unit.invitations.delivered(due.invitation_id, now)
            if composed.pending is not None:
                await unit.conversations.set_pending(conversation_id, composed.pending)
            await unit.commit()
        DELIVERIES.labels(outcome="sent").inc()

    async def _not_sent(self, due: DueDelivery, error: DeliveryError) -> None:
        log.warning("delivery.not_sent", delivery=due.public_id, template=due.template, permanent=error.permanent)
        if error.permanent:
            await self._settle(due, "failed", str(error))
        elif error.uncertain:
            await self._settle(due, "unconfirmed", str(error))
        else:
            await self._retry(due, error=str(error), after=error.retry_after)

    async def _settle(self, due: DueDelivery, state: str, reason: str) -> None:
        """Ends a delivery without a message: `dropped`, `failed` or `unconfirmed`."""
        DELIVERIES.labels(outcome="cancelled" if state == "dropped" else state).inc()
        async with self._store.write(due.tenant_id) as unit:
            match state:
                case "dropped":
                    await unit.deliveries.dropped(due, reason=reason[:300])
                case "unconfirmed":
                    await unit.deliveries.unconfirmed(due, error=reason[:300])
                case _:
                    settled = await unit.deliveries.failed(due, error=reason[:300])
                    if settled and due.invitation_id is not None and due.kind is DeliveryKind.POST:
                        await unit.invitations.undeliverable(due.invitation_id, self._clock.now())
            await unit.commit()

    async def _retry(self, due: DueDelivery, *, error: str, after: float | None) -> None:
        if due.attempts >= GIVE_UP_AFTER_ATTEMPTS:
            await self._settle(due, "failed", error)
            return
        DELIVERIES.labels(outcome="retried").inc()
        at = self._clock.now() + pause_before_retry(due.public_id, due.attempts, after)
        async with self._store.write(due.tenant_id) as unit:
            await unit.deliveries.retry(due, at=at, error=error[:300])
            await unit.commit()


def pause_before_retry(delivery: str, attempts: int, retry_after: float | None) -> timedelta:
    """What the platform asked for, else twice as long each time, up to LONGEST_RETRY; spread by up to a quarter."""
    spread = hashlib.sha256(f"{delivery}:{attempts}".encode()).digest()[0] / 255 / 4
    if retry_after is not None:
        return timedelta(seconds=retry_after * (1 + spread))
    pause = min(FIRST_RETRY * (1 << min(attempts, 12)), LONGEST_RETRY)
    return pause * (1 + spread)
