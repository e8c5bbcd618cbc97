"""A weekly summary belongs to a channel; its slot fires once, whoever is first."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.events import Address
from bot.ports import DueSchedule, Subscription
from surveys.errors import NotFound
from tests.builders import NOW, Company

pytestmark = pytest.mark.anyio

CHANNEL = Address(platform="web", workspace="local", conversation="channel:cx", direct=False)
WEEK = timedelta(days=7)


async def subscribed(company: Company, *, hour: int = 9, next_due_at: datetime = NOW) -> Subscription:
    async with company.store.write(company.id) as unit:
        channel = await unit.conversations.remember(company.workspace.id, CHANNEL, "cx", None)
        made = await unit.subscriptions.add_weekly(
            channel.id, weekday=0, hour=hour, minute=0, by=None, at=NOW, next_due_at=next_due_at
        )
        await unit.commit()
    return made


async def due(company: Company, now: datetime = NOW) -> list[DueSchedule]:
    async with company.store.system() as system:
        return list(await system.due_schedules(now))


async def fire(company: Company, schedule: DueSchedule) -> bool:
    async with company.store.write(company.id) as unit:
        claimed = await unit.subscriptions.fire(schedule, next_due_at=schedule.subscription.next_due_at + WEEK, at=NOW)
        await unit.commit()
    return claimed


async def test_a_second_subscription_of_a_channel_changes_the_time_of_the_first(company: Company) -> None:
    first = await subscribed(company)
    second = await subscribed(company, hour=11, next_due_at=NOW + timedelta(hours=2))
    assert (second.public_id, second.hour, second.channel) == (first.public_id, 11, "cx")
    async with company.store.read(company.id) as unit:
        assert await unit.subscriptions.all() == [second]


async def test_a_schedule_is_due_at_its_time_under_its_local_date(company: Company) -> None:
    # 00:30 on Monday in Warsaw is still Sunday in UTC.
    made = await subscribed(company, next_due_at=datetime(2026, 7, 5, 22, 30, tzinfo=UTC))
    assert await due(company, datetime(2026, 7, 5, 22, 29, tzinfo=UTC)) == []
    [found] = await due(company, datetime(2026, 7, 5, 22, 30, tzinfo=UTC))
    assert (found.slot, found.subscription, found.late) == (date(2026, 7, 6), made, False)
    assert found.tenant_id == company.id


async def test_after_an_outage_it_is_due_once_and_says_that_it_is_late(company: Company) -> None:
    await subscribed(company)
    [found] = await due(company, NOW + timedelta(hours=10))
    assert found.late
    assert await fire(company, found)
    assert await due(company, NOW + timedelta(hours=10)) == []


async def test_of_several_replicas_one_claims_the_slot(company: Company) -> None:
    await subscribed(company)
    [found] = await due(company)
    assert sorted(await asyncio.gather(*(fire(company, found) for _ in range(4)))) == [False, False, False, True]
    [later] = await due(company, NOW + WEEK)
    assert later.slot == found.slot + WEEK


async def test_a_channel_knows_for_which_days_its_summary_is_out(company: Company) -> None:
    made = await subscribed(company)
    [found] = await due(company)
    async with company.store.read(company.id) as unit:
        assert not await unit.subscriptions.has_fired(made.conversation_id, found.slot)
    await fire(company, found)
    async with company.store.read(company.id) as unit:
        assert await unit.subscriptions.has_fired(made.conversation_id, found.slot)
        assert not await unit.subscriptions.has_fired(made.conversation_id, found.slot + WEEK)
        assert not await unit.subscriptions.has_fired(made.conversation_id + 1, found.slot)


async def test_a_claim_that_was_rolled_back_leaves_the_slot_free(company: Company) -> None:
    await subscribed(company)
    [found] = await due(company)
    async with company.store.write(company.id) as unit:
        assert await unit.subscriptions.fire(found, next_due_at=NOW + WEEK, at=NOW)
    assert await fire(company, found)


async def test_a_stopped_subscription_is_not_due_and_the_channel_may_subscribe_anew(company: Company) -> None:
    first = await subscribed(company)
    async with company.store.write(company.id) as unit:
        assert await unit.subscriptions.stop(first.public_id, NOW) is not None
        assert await unit.subscriptions.stop(first.public_id, NOW) is None
        await unit.commit()
    assert await due(company) == []
    second = await subscribed(company)
    assert second.public_id != first.public_id
    assert len(await due(company)) == 1


async def test_a_conversation_that_is_not_this_tenants_is_refused(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        with pytest.raises(NotFound):
            await unit.subscriptions.add_weekly(4_711, weekday=0, hour=9, minute=0, by=None, at=NOW, next_due_at=NOW)
