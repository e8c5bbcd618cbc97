"""The engine needs nothing of a store but what the ports say: one story, through the real engine, on every store."""

from datetime import timedelta

import pytest

from bot.app import build_works
from bot.messages import Headline
from surveys.definitions.loader import shipped
from tests.builders import NOW, Company
from tests.fakes import FakeClock, FakePlatform
from tests.scenario.conftest import World, blocks_of, message_of, scale, text_of

pytestmark = pytest.mark.anyio


async def test_a_wave_is_sent_answered_asked_about_and_summed_up(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        for survey in shipped():
            await unit.surveys.publish(survey, NOW)
        await unit.commit()
    clock, platform = FakeClock(NOW), FakePlatform()
    world = World(company, build_works(company.store, clock=clock, adapters=[platform]), platform, clock)
    await world.employee("lead", lead=True)
    for person in ("olena", "marta"):
        await world.contact(person)
    await world.channel("voice")
    await world.ask("lead", "summary weekly #voice tue 09:00")
    await world.sent_nps("lead")
    for person, score in (("olena", 9), ("marta", 2), ("marta", 10)):
        card = platform.seen_by(person)[0]
        await world.uses(person, scale(card).tap(score))
    await world.says("olena", "Always there when it matters.")
    figure = message_of(await world.command("lead", "nps last-30d"))
    assert [block.value for block in blocks_of(figure, Headline)] == ["+100"]  # type: ignore[union-attr]
    assert "Always there when it matters." in text_of(figure)
    clock.move(timedelta(days=1, minutes=1))
    await world.clock_ticks()
    [summary] = platform.seen_in("channel:voice")
    assert "Always there when it matters." in text_of(summary)
