"""The clock of one replica: how it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import pytest

from bot.clockwork import KEPT, Clockwork
from bot.delivery.loop import DeliveryLoop, WakeUp
from bot.ports import Store
from surveys.errors import StorageUnavailable
from tests.builders import NOW, WARSAW
from tests.fake_store.store import FakeStore, open_books
from tests.fakes import FakeClock
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


class SlowStore:
    """A store in which every piece of work takes until it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.ended = False

    @asynccontextmanager
    async def system(self) -> AsyncIterator[None]:
        self.begun.set()
        await self.may_end.wait()
        self.ended = True
        raise StorageUnavailable("Nothing is behind this store.")
        yield


async def test_a_stop_lets_what_runs_at_that_moment_come_to_its_end() -> None:
    slow, clock = SlowStore(), FakeClock(NOW)
    deliveries = DeliveryLoop(store=cast(Store, SlowStore()), adapters={}, clock=clock, owner="here")
    clockwork = Clockwork(store=cast(Store, slow), clock=clock, deliveries=deliveries, bell=WakeUp())
    clockwork.start()
    async with asyncio.timeout(PATIENCE):
        await slow.begun.wait()
        stopping = asyncio.create_task(clockwork.stop())
        await asyncio.sleep(0)
        assert not stopping.done()
        slow.may_end.set()
        await stopping
    assert slow.ended


async def test_what_is_due_is_followed_by_a_little_tidying() -> None:
    store, clock = FakeStore(), FakeClock(NOW)
    tenant, _ = open_books(store, "Halden Systems", timezone=WARSAW)
    deliveries = DeliveryLoop(store=cast(Store, store), adapters={}, clock=clock, owner="here")
    clockwork = Clockwork(store=cast(Store, store), clock=clock, deliveries=deliveries, bell=WakeUp())

    async def first_time() -> bool:
        async with store.write(tenant.id) as unit:
            new = await unit.inbound.first_time("slack", "Ev1", b"", NOW - KEPT - timedelta(seconds=1))
            await unit.commit()
        return new

    assert [await first_time(), await first_time()] == [True, False]
    await clockwork.run_due_now()
    assert await first_time()
