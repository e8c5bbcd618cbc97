"""The weekly summary: posted once a week, also over a clock change, an outage and with several replicas."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.app import build_works
from bot.messages import Chart
from storage.session import open_database
from storage.unit_of_work import SqlStore
from tests.conftest import MigratedDatabase
from tests.fakes import FakePlatform
from tests.scenario.conftest import World, button, text_of

pytestmark = pytest.mark.anyio

WARSAW = ZoneInfo("Europe/Warsaw")


async def subscribed(world: World, text: str = "summary weekly #voice mon 09:00") -> str:
    await world.employee("lead", lead=True)
    channel = await world.channel("voice")
    await world.ask("lead", text)
    return channel


async def to(world: World, local: str) -> None:
    world.clock.move_to(datetime.fromisoformat(local).replace(tzinfo=WARSAW).astimezone(UTC))
    await world.clock_ticks()


async def test_it_comes_on_monday_at_nine_with_the_score_and_a_chart_in_words(world: World) -> None:
    channel = await subscribed(world)
    await world.contact("olena")
    await world.sent_nps("lead")
    await world.says("olena", "9")
    await to(world, "2026-07-13 08:59")
    assert world.platform.seen_in(channel) == []
    await to(world, "2026-07-13 09:00")
    (summary,) = world.platform.seen_in(channel)
    (chart,) = [block for block in summary.blocks if isinstance(block, Chart)]
    assert chart.alt_text
    assert "90" in text_of(summary)


async def test_it_comes_once_however_often_the_clock_ticks(world: World) -> None:
    channel = await subscribed(world)
    for minute in range(3):
        await to(world, f"2026-07-13 09:0{minute}")
    assert len(world.platform.seen_in(channel)) == 1
    await to(world, "2026-07-20 09:00")
    assert len(world.platform.seen_in(channel)) == 2


async def test_it_comes_once_with_two_replicas(world: World, sqlite_database: MigratedDatabase) -> None:
    channel = await subscribed(world)
    other_store = SqlStore(open_database(sqlite_database.url))
    other_platform = FakePlatform()
    other = build_works(other_store, clock=world.clock, adapters=[other_platform])
    world.clock.move_to(datetime(2026, 7, 13, 7, 0, tzinfo=UTC))
    await other.clockwork.run_due_now()
    await world.clock_ticks()
    await other.clockwork.run_due_now()
    await other_store.dispose()
    assert len(world.platform.seen_in(channel)) + len(other_platform.seen_in(channel)) == 1


async def test_after_an_outage_of_three_weeks_it_comes_once_and_says_that_it_is_late(world: World) -> None:
    channel = await subscribed(world)
    await to(world, "2026-08-04 11:00")
    await to(world, "2026-08-04 11:01")
    (summary,) = world.platform.seen_in(channel)
    assert "late" in text_of(summary).casefold()
    await to(world, "2026-08-10 09:00")
    assert len(world.platform.seen_in(channel)) == 2


async def test_on_the_night_clocks_go_back_it_comes_once(world: World) -> None:
    channel = await subscribed(world, "summary weekly #voice sun 02:30")
    await to(world, "2026-10-24 12:00")
    posted = len(world.platform.seen_in(channel))
    for minutes in range(0, 240, 15):
        world.clock.move_to(datetime(2026, 10, 25, 0, 0, tzinfo=UTC) + timedelta(minutes=minutes))
        await world.clock_ticks()
    assert len(world.platform.seen_in(channel)) == posted + 1


async def test_on_the_night_clocks_go_forward_a_skipped_time_is_not_lost(world: World) -> None:
    channel = await subscribed(world, "summary weekly #voice sun 02:30")
    await to(world, "2027-03-27 12:00")
    posted = len(world.platform.seen_in(channel))
    await to(world, "2027-03-28 03:30")
    assert len(world.platform.seen_in(channel)) == posted + 1


async def test_a_second_subscription_changes_the_time_and_does_not_add_one(world: World) -> None:
    channel = await subscribed(world)
    await world.ask("lead", "summary weekly #voice tue 10:00")
    await to(world, "2026-07-07 09:59")
    assert world.platform.seen_in(channel) == []
    await to(world, "2026-07-07 10:00")
    await to(world, "2026-07-13 09:00")
    assert len(world.platform.seen_in(channel)) == 1


async def test_moved_to_a_later_hour_after_it_came_it_comes_next_week(world: World) -> None:
    channel = await subscribed(world)
    await to(world, "2026-07-13 09:00")
    assert "20 Jul" in text_of(await world.ask("lead", "summary weekly #voice mon 11:00"))
    await to(world, "2026-07-13 11:00")
    assert len(world.platform.seen_in(channel)) == 1
    await to(world, "2026-07-20 11:00")
    await to(world, "2026-07-27 11:00")
    assert len(world.platform.seen_in(channel)) == 3


async def test_a_slot_that_is_taken_does_not_hold_up_the_weeks_after_it(world: World) -> None:
    """As a time changed by an older version may have left it."""
    channel = await subscribed(world)
    await to(world, "2026-07-13 09:00")
    async with world.company.store.write(world.company.id) as unit:
        [known] = await unit.subscriptions.all()
        await unit.subscriptions.add_weekly(
            known.conversation_id, weekday=0, hour=11, minute=0, by=None, at=world.clock.now(),
            next_due_at=world.clock.now() + timedelta(hours=2),
        )  # fmt: skip
        await unit.commit()
    await to(world, "2026-07-13 11:00")
    await to(world, "2026-07-20 11:00")
    assert len(world.platform.seen_in(channel)) == 2


async def test_a_stopped_summary_comes_no_more(world: World) -> None:
    channel = await subscribed(world)
    listed = await world.ask("lead", "summary list")
    await world.uses("lead", button(listed, "Stop").action)
    await to(world, "2026-07-13 09:00")
    assert world.platform.seen_in(channel) == []


async def test_a_channel_that_was_shared_outside_gets_no_summary(world: World) -> None:
    channel = await subscribed(world)
    world.platform.shared.add(channel)
    await to(world, "2026-07-13 09:00")
    assert world.platform.seen_in(channel) == []


async def test_a_channel_that_the_bot_is_not_in_is_named_with_what_to_do(world: World) -> None:
    await subscribed(world)
    assert "not in #elsewhere" in text_of(await world.ask("lead", "summary weekly #elsewhere mon 09:00"))
