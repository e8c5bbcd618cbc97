"""The process's own bell."""

import asyncio

import pytest

from bot.delivery.loop import WakeUp

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("turns", range(6))
async def test_a_bell_that_rings_at_the_moment_of_the_end_does_not_hide_the_end(turns: int) -> None:
    bell = WakeUp()
    waiting = asyncio.create_task(bell.wait(60))
    for _ in range(3):
        await asyncio.sleep(0)
    bell.ring()
    for _ in range(turns):
        await asyncio.sleep(0)
    told = waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled() == told


async def test_a_bell_that_rang_before_anybody_waited_is_heard() -> None:
    bell = WakeUp()
    bell.ring()
    waiting = asyncio.create_task(bell.wait(3600))
    done, _ = await asyncio.wait([waiting], timeout=30)
    assert done == {waiting}
