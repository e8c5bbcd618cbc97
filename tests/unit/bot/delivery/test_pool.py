"""The jobs of this process: what a stop finds of them."""

import asyncio

import pytest

from bot.delivery.jobs import After, Job
from bot.delivery.pool import Pool
from bot.ports import DeliveryKind, DueDelivery

pytestmark = pytest.mark.anyio


def a_job(number: int) -> Job:
    due = DueDelivery(
        tenant_id=1, id=number, public_id=f"d{number}", fence=1, template="invitation", parameters={}, attempts=1,
        kind=DeliveryKind.POST, person_id=None, conversation_id=None, invitation_id=None,
    )  # fmt: skip
    return Job(due=due, targets=(), taken_at=0.0)


@pytest.mark.parametrize(("after", "given_back"), [(After.NEEDS_TURN, True), (After.ENDED, False)])
async def test_a_call_that_ends_while_the_process_stops_and_has_more_to_do_is_given_back(
    after: After, given_back: bool
) -> None:
    begun, answered = asyncio.Event(), asyncio.Event()

    async def work(job: Job) -> After:
        job.calling = True
        begun.set()
        await answered.wait()
        job.calling = False
        return after

    pool, job = Pool(work), a_job(1)
    pool.add(job)
    await begun.wait()
    stopping = asyncio.ensure_future(pool.wind_down())
    await asyncio.sleep(0)
    answered.set()
    assert await stopping == ([job] if given_back else [])
