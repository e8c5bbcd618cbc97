"""A platform may deliver an event twice: only the first delivery is one."""

import asyncio

import pytest

from tests.builders import NOW, Company

pytestmark = pytest.mark.anyio


async def remember(company: Company, event: str, *, platform: str = "slack", commit: bool = True) -> bool:
    async with company.store.write(company.id) as unit:
        first = await unit.inbound.first_time(platform, event, b"\x01" * 32, NOW)
        if commit:
            await unit.commit()
    return first


async def test_the_second_delivery_of_an_event_is_recognised(company: Company) -> None:
    assert await remember(company, "Ev1")
    assert not await remember(company, "Ev1")


async def test_an_event_whose_unit_was_rolled_back_comes_again_as_the_first(company: Company) -> None:
    assert await remember(company, "Ev1", commit=False)
    assert await remember(company, "Ev1")


async def test_the_same_id_on_another_platform_is_another_event(company: Company) -> None:
    assert await remember(company, "1", platform="slack")
    assert await remember(company, "1", platform="teams")


async def test_very_long_ids_are_told_apart(company: Company) -> None:
    assert await remember(company, "a" * 5_000)
    assert await remember(company, "a" * 4_999 + "b")
    assert not await remember(company, "a" * 5_000)


async def test_of_one_event_delivered_twice_at_once_one_is_the_first(company: Company) -> None:
    assert sorted(await asyncio.gather(*(remember(company, "Ev1") for _ in range(4)))) == [False, False, False, True]
