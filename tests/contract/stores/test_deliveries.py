"""A message is added once, taken by one replica at a time, and recorded by whoever holds the lease."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.events import Address
from bot.ports import DueDelivery
from tests.builders import NOW, Company, a_delivery

pytestmark = pytest.mark.anyio

DIRECT = Address(platform="web", workspace="local", conversation="dm:1")


async def take(company: Company, *, limit: int = 10, lease: int = 60, owner: str = "one") -> Sequence[DueDelivery]:
    async with company.store.system() as system:
        due = await system.take_due(now=NOW, limit=limit, lease_seconds=lease, owner=owner)
        await system.commit()
    return due


async def add(company: Company, *keys: str) -> int:
    async with company.store.write(company.id) as unit:
        added = await unit.deliveries.add([a_delivery(key) for key in keys])
        await unit.commit()
    return added


async def sent(company: Company, due: DueDelivery, reference: str = "m1") -> bool:
    async with company.store.write(company.id) as unit:
        conversation = await unit.conversations.remember(company.workspace.id, DIRECT, "", None)
        done = await unit.deliveries.sent(due, reference=reference, conversation_id=conversation.id, at=NOW)
        await unit.commit()
    return done


async def test_a_second_delivery_with_the_same_key_is_not_added(company: Company) -> None:
    assert await add(company, "a", "b") == 2
    assert await add(company, "b", "c") == 1
    assert len(await take(company)) == 3


async def test_what_is_due_later_is_not_taken_yet(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        await unit.deliveries.add(
            [
                a_delivery("later", due_at=NOW + timedelta(seconds=1)),
                a_delivery("older", due_at=NOW - timedelta(days=1)),
                a_delivery("now"),
            ]
        )
        await unit.commit()
    taken = await take(company)
    assert [one.parameters for one in taken] == [{"text": "hello"}, {"text": "hello"}]
    assert len(await take(company)) == 0
    assert [one.attempts for one in taken] == [1, 1]


async def test_the_oldest_are_taken_first_and_no_more_than_asked(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        for minutes in (1, 3, 2):
            await unit.deliveries.add([a_delivery(f"{minutes}", due_at=NOW - timedelta(minutes=minutes))])
        await unit.commit()
    first = await take(company, limit=2)
    second = await take(company, limit=2)
    assert [one.id for one in (*first, *second)] == [2, 3, 1]


async def test_several_replicas_never_take_the_same_delivery(company: Company) -> None:
    await add(company, *(f"{number}" for number in range(40)))
    taken = await asyncio.gather(*(take(company, limit=20, owner=f"replica {number}") for number in range(6)))
    ids = [one.id for batch in taken for one in batch]
    while batch := await take(company, limit=20):
        ids += [one.id for one in batch]
    assert len(ids) == len(set(ids)) == 40


async def test_a_taking_that_was_not_committed_is_given_up(company: Company) -> None:
    await add(company, "a")
    async with company.store.system() as system:
        assert len(await system.take_due(now=NOW, limit=10, lease_seconds=60, owner="killed")) == 1
    assert len(await take(company)) == 1


async def test_a_delivery_whose_lease_ran_out_is_taken_again_and_the_first_taker_is_too_late(company: Company) -> None:
    await add(company, "a")
    [slow] = await take(company, lease=-1, owner="killed")
    [again] = await take(company, owner="two")
    assert (slow.id, again.attempts, again.fence) == (again.id, 2, slow.fence + 1)
    assert not await sent(company, slow)
    async with company.store.write(company.id) as unit:
        assert not await unit.deliveries.failed(slow, error="late")
        assert not await unit.deliveries.retry(slow, at=NOW, error="late")
        assert not await unit.deliveries.unconfirmed(slow, error="late")
        assert not await unit.deliveries.dropped(slow, reason="late")
        await unit.commit()
    assert await sent(company, again)
    assert await take(company) == []


async def test_a_lease_in_force_is_respected(company: Company) -> None:
    await add(company, "a")
    await take(company, lease=60)
    assert await take(company) == []


async def test_what_was_sent_is_recorded_once(company: Company) -> None:
    await add(company, "a")
    [due] = await take(company)
    assert await sent(company, due)
    assert not await sent(company, due)
    async with company.store.write(company.id) as unit:
        assert not await unit.deliveries.failed(due, error="after all")


async def test_a_retry_waits_for_its_time_and_keeps_its_count(company: Company) -> None:
    await add(company, "a")
    [due] = await take(company)
    async with company.store.write(company.id) as unit:
        assert await unit.deliveries.retry(due, at=NOW + timedelta(minutes=1), error="429" * 500)
        await unit.commit()
    assert await take(company) == []
    async with company.store.system() as system:
        [again] = await system.take_due(now=NOW + timedelta(minutes=1), limit=10, lease_seconds=60, owner="two")
    assert again.attempts == 2


@pytest.mark.parametrize("end", ["failed", "unconfirmed", "dropped"])
async def test_what_has_ended_is_not_taken_again(company: Company, end: str) -> None:
    await add(company, "a")
    [due] = await take(company, lease=-1)
    async with company.store.write(company.id) as unit:
        match end:
            case "failed":
                assert await unit.deliveries.failed(due, error="gone")
            case "unconfirmed":
                assert await unit.deliveries.unconfirmed(due, error="time-out")
            case _:
                assert await unit.deliveries.dropped(due, reason="answered")
        await unit.commit()
    assert await take(company) == []


async def test_the_message_of_an_invitation_is_found(company: Company) -> None:
    facts = await company.asked(await company.contact(), await company.publish())
    async with company.store.write(company.id) as unit:
        assert await unit.deliveries.message_of(facts.id) is None
        await unit.deliveries.add(
            [
                type(a_delivery())(
                    template="invitation", parameters={}, dedupe_key="i", due_at=NOW, invitation_id=facts.id
                )
            ]
        )
        await unit.commit()
    [due] = await take(company)
    assert await sent(company, due, "ts-17")
    async with company.store.read(company.id) as unit:
        found = await unit.deliveries.message_of(facts.id)
    assert found is not None
    assert found[1] == "ts-17"
