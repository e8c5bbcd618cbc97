"""A platform's budgets are rows that all replicas draw on, by the database's clock."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.ports import DueDelivery, Reservation, Turns
from surveys.sending.buckets import Budget, Need, Turn
from tests.builders import NOW, Company, a_delivery

pytestmark = pytest.mark.anyio

HORIZON = 0.5
# Slow enough that no token comes in while a test runs.
HOURLY = Budget(key="web:post", rate=1 / 3_600, burst=10)
ELSEWHERE = Budget(key="web:channel", rate=1 / 3_600, burst=10)
AT_ONCE = 4
"""The part of a burst of ten that is given out."""
CLOCKS_APART = 1.0
"""Seconds by which the database's clock may be set back or forth meanwhile."""


async def reserved(company: Company, *needs: tuple[Budget, ...]) -> Turns:
    async with company.store.system() as system:
        turns = await system.reserve(
            [Reservation(tenant_id=company.id, need=Need(budgets=need)) for need in needs], horizon=HORIZON
        )
        await system.commit()
    return turns


def granted(turns: Turns) -> list[bool]:
    return [turn.granted for turn in turns.turns]


async def take(company: Company) -> Sequence[DueDelivery]:
    async with company.store.system() as system:
        due = await system.take_due(now=NOW, limit=10, lease_seconds=60, owner="one")
        await system.commit()
    return due


async def one_taken(company: Company) -> DueDelivery:
    async with company.store.write(company.id) as unit:
        await unit.deliveries.add([a_delivery()])
        await unit.commit()
    [due] = await take(company)
    return due


async def test_a_burst_is_given_out_once_and_then_it_is_empty(company: Company) -> None:
    first = await reserved(company, *[(HOURLY,)] * 6)
    assert granted(first) == [True] * AT_ONCE + [False] * 2
    assert not any(granted(await reserved(company, (HOURLY,))))


async def test_turns_are_told_in_the_order_in_which_they_were_asked_for(company: Company) -> None:
    turns = await reserved(company, (HOURLY,), (), (ELSEWHERE,), (HOURLY, ELSEWHERE))
    assert granted(turns) == [True] * 4
    assert turns.turns[1] == Turn(granted=True, wait=0.0, tolerance=HORIZON)


async def test_turns_count_from_this_moment_of_this_process(company: Company) -> None:
    before = time.monotonic()
    turns = await reserved(company, (HOURLY,))
    assert before <= turns.as_of <= time.monotonic()
    assert 0 <= turns.blur <= turns.as_of - before


async def test_what_is_not_committed_is_not_taken(company: Company) -> None:
    async with company.store.system() as system:
        await system.reserve(
            [Reservation(tenant_id=company.id, need=Need(budgets=(HOURLY,)))] * AT_ONCE, horizon=HORIZON
        )
    assert granted(await reserved(company, (HOURLY,))) == [True]


async def test_a_call_takes_a_token_of_every_budget_or_of_none(company: Company) -> None:
    await reserved(company, *[(HOURLY,)] * AT_ONCE)
    assert not any(granted(await reserved(company, *[(HOURLY, ELSEWHERE)] * AT_ONCE)))
    assert granted(await reserved(company, *[(ELSEWHERE,)] * AT_ONCE)) == [True] * AT_ONCE


async def test_many_replicas_at_once_take_no_more_than_there_is(company: Company) -> None:
    """Also of a budget that nobody has used yet, and whatever the order in which they name them."""
    needs = [(HOURLY, ELSEWHERE), (ELSEWHERE, HOURLY)]
    found = await asyncio.gather(*(reserved(company, needs[number % 2]) for number in range(12)))
    assert sum(granted(turns)[0] for turns in found) == AT_ONCE


async def test_time_fills_it_again(company: Company) -> None:
    fast = Budget(key="web:post", rate=10_000, burst=10)
    await reserved(company, *[(fast,)] * AT_ONCE)
    assert granted(await reserved(company, *[(fast,)] * AT_ONCE)) == [True] * AT_ONCE


async def test_a_pause_holds_for_every_replica_and_for_its_own_key_only(company: Company) -> None:
    before = time.monotonic()
    async with company.store.system() as system:
        await system.pause(company.id, [HOURLY], seconds=30)
        await system.commit()
    turns = await reserved(company, (HOURLY,), (ELSEWHERE,))
    assert granted(turns) == [False, True]
    passed = time.monotonic() - before
    assert turns.turns[0].wait > 30 - passed - CLOCKS_APART


async def test_a_shorter_pause_takes_nothing_from_a_longer_one(company: Company) -> None:
    fast = Budget(key="web:post", rate=10_000, burst=10)
    for seconds in (600.0, 0.0):
        async with company.store.system() as system:
            await system.pause(company.id, [fast], seconds=seconds)
            await system.commit()
    assert granted(await reserved(company, (fast,))) == [False]


# ── putting back and marking ───────────────────────────────────────────────────────────────────────────────────


async def test_what_is_put_back_comes_again_at_its_time_and_was_no_attempt(company: Company) -> None:
    due = await one_taken(company)
    async with company.store.system() as system:
        await system.put_back([(due, NOW + timedelta(seconds=3))])
        await system.commit()
    assert await take(company) == []
    async with company.store.system() as system:
        [again] = await system.take_due(now=NOW + timedelta(seconds=3), limit=1, lease_seconds=60, owner="two")
    assert (again.attempts, again.fence, again.interrupted) == (1, due.fence + 1, False)


async def test_whoever_lost_the_lease_puts_nothing_back(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        await unit.deliveries.add([a_delivery()])
        await unit.commit()
    async with company.store.system() as system:
        [slow] = await system.take_due(now=NOW, limit=1, lease_seconds=-1, owner="slow")
        await system.commit()
    await take(company)
    async with company.store.system() as system:
        await system.put_back([(slow, NOW)])
        await system.posting([slow])
        await system.commit()
    assert await take(company) == []


async def test_a_delivery_cut_short_while_it_was_posted_is_taken_as_interrupted(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        await unit.deliveries.add([a_delivery("called"), a_delivery("not called")])
        await unit.commit()
    async with company.store.system() as system:
        called, waiting = await system.take_due(now=NOW, limit=2, lease_seconds=-1, owner="killed")
        await system.posting([called])
        await system.commit()
    again = {due.id: due.interrupted for due in await take(company)}
    assert again == {called.id: True, waiting.id: False}


async def test_one_in_doubt_stays_in_doubt_until_it_is_settled(company: Company) -> None:
    due = await one_taken(company)
    async with company.store.write(company.id) as unit:
        assert await unit.deliveries.retry(due, at=NOW, error="not found yet", doubtful=True)
        await unit.commit()
    [doubted] = await take(company)
    assert doubted.interrupted
    async with company.store.system() as system:
        await system.put_back([(doubted, NOW)])
        await system.commit()
    [again] = await take(company)
    assert again.interrupted
    async with company.store.write(company.id) as unit:
        assert await unit.deliveries.dropped(again, reason="answered")
        await unit.commit()
    assert await take(company) == []


async def test_what_is_being_posted_can_be_recorded(company: Company) -> None:
    due = await one_taken(company)
    async with company.store.system() as system:
        await system.posting([due])
        await system.commit()
    async with company.store.write(company.id) as unit:
        assert await unit.deliveries.failed(due, error="refused")
        await unit.commit()
    assert await take(company) == []
