"""What nobody will ask for again is deleted; what was sent, said and done stays."""

from datetime import timedelta

import pytest

from bot.ports import Reservation
from surveys.sending.buckets import Budget, Need
from surveys.sending.model import Wave
from tests.builders import NOW, Company, a_contact, a_plan

pytestmark = pytest.mark.anyio

WEEK = timedelta(days=7)


async def came_in(company: Company, event: str, days_ago: float) -> bool:
    async with company.store.write(company.id) as unit:
        first = await unit.inbound.first_time("slack", event, b"\x01" * 32, NOW - timedelta(days=days_ago))
        await unit.commit()
    return first


async def drafted(company: Company, people: int, days_ago: float, *, confirmed: bool = False) -> Wave:
    version = await company.publish()
    plan = a_plan(*[await company.contact(a_contact(f"p{number}@acme.example")) for number in range(people)])
    at = NOW - timedelta(days=days_ago)
    async with company.store.write(company.id) as unit:
        wave = await unit.waves.draft(version, "all", plan, by=None, at=at)
        if confirmed:
            await unit.waves.confirm(wave.id, plan, at=at)
        await unit.commit()
    return wave


async def tidied(company: Company, limit: int = 100) -> int:
    return await company.store.tidy(before=NOW - WEEK, limit=limit)


async def is_there(company: Company, wave: Wave) -> bool:
    async with company.store.read(company.id) as unit:
        return await unit.waves.by_public_id(wave.public_id) is not None


async def test_a_draft_that_nobody_confirmed_goes_with_its_members(company: Company) -> None:
    old, young = await drafted(company, 3, 7.01), await drafted(company, 3, 6.99)
    assert await tidied(company) == 4
    assert not await is_there(company, old)
    assert await is_there(company, young)
    assert await tidied(company) == 0


async def test_a_wave_that_was_sent_stays_for_ever(company: Company) -> None:
    sent = await drafted(company, 3, 3_650, confirmed=True)
    assert await tidied(company) == 0
    async with company.store.read(company.id) as unit:
        assert len((await unit.waves.plan(sent.id)).asked) == 3


async def test_a_wave_that_was_cancelled_stays_in_the_list(company: Company) -> None:
    wave = await drafted(company, 2, 30)
    async with company.store.write(company.id) as unit:
        assert await unit.waves.cancel(wave.id, at=NOW)
        await unit.commit()
    assert await tidied(company) == 0
    assert await is_there(company, wave)


async def test_more_than_a_portion_goes_in_several(company: Company) -> None:
    wave = await drafted(company, 5, 8)
    portions = [await tidied(company, limit=2) for _ in range(4)]
    assert portions == [2, 2, 2, 0]
    assert not await is_there(company, wave)


async def test_an_event_is_remembered_for_a_week(company: Company) -> None:
    await came_in(company, "old", 7.01)
    await came_in(company, "young", 6.99)
    assert await tidied(company) == 1
    assert await came_in(company, "old", 0)
    assert not await came_in(company, "young", 0)


async def test_a_budget_that_was_drawn_on_today_is_kept(company: Company) -> None:
    hourly = Budget(key="web:post", rate=1 / 3_600, burst=10)

    async def turn() -> bool:
        need = Reservation(tenant_id=company.id, need=Need(budgets=(hourly,)))
        async with company.store.system() as system:
            turns = await system.reserve([need], horizon=0.5)
            await system.commit()
        return turns.turns[0].granted

    assert [await turn() for _ in range(5)] == [True, True, True, True, False]
    assert await tidied(company) == 0
    assert not await turn()
