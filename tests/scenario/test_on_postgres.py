"""The main story on PostgreSQL: the engine and its roles, not only the repositories."""

from datetime import timedelta

import pytest

from bot.actions import Answer
from tests.scenario.conftest import World, scale, text_of

pytestmark = pytest.mark.anyio


async def test_asking_answering_correcting_and_the_summary_work_under_row_level_security(
    world_on_postgres: World,
) -> None:
    world = world_on_postgres
    await world.employee("lead", lead=True)
    await world.contact("olena")
    channel = await world.channel("voice")
    await world.ask("lead", "summary weekly #voice tue 09:00")
    await world.sent_nps("lead")
    template = scale(world.platform.seen_by("olena")[0]).template
    await world.uses("olena", Answer(template.invitation, template.question, "1"))
    await world.uses("olena", Answer(template.invitation, template.question, "9"))
    await world.says("olena", "Always there when it matters.")
    assert "+100" in text_of(await world.ask("lead", "nps today"))
    await world.clock_ticks()
    assert "+100" in text_of(await world.ask("lead", "nps today"))
    world.clock.move(timedelta(days=1))
    await world.clock_ticks()
    await world.clock_ticks()
    assert len(world.platform.seen_in(channel)) == 1
    assert "Always there" in text_of(world.platform.seen_in(channel)[0])


async def test_after_the_window_the_response_rate_counts_who_answered(world_on_postgres: World) -> None:
    world = world_on_postgres
    await world.employee("lead", lead=True)
    await world.contact("olena")
    await world.contact("marta")
    await world.sent_nps("lead")
    await world.says("olena", "9")
    world.clock.move(timedelta(days=15))
    await world.clock_ticks()
    assert "50 %" in text_of(await world.ask("lead", "nps last-30d"))
