"""A published version never changes; publishing what is published already finds it."""

import asyncio
from dataclasses import replace

import pytest

from surveys.definitions.loader import shipped
from tests.builders import NOW, Company, a_survey

pytestmark = pytest.mark.anyio


async def test_the_same_definition_is_published_once(company: Company) -> None:
    first = await company.publish()
    second = await company.publish()
    assert (first.number, second) == (1, first)


async def test_a_changed_definition_is_the_next_version_and_the_old_one_stays(company: Company) -> None:
    first = await company.publish(a_survey())
    person = await company.contact()
    asked_before = await company.asked(person, first)
    second = await company.publish(replace(a_survey(), purpose="To know more."))
    async with company.store.read(company.id) as unit:
        assert await unit.surveys.latest("nps") == second
        assert (await unit.invitations.facts_by_id(asked_before.id)).version == first
    assert (second.number, second.survey.purpose) == (2, "To know more.")


async def test_a_new_version_is_among_the_latest_from_the_next_unit_on(company: Company) -> None:
    async def latest() -> list[tuple[str, int]]:
        async with company.store.read(company.id) as unit:
            return [(version.survey.key, version.number) for version in await unit.surveys.all_latest()]

    await company.publish(a_survey())
    assert await latest() == await latest() == [("nps", 1)]
    await company.publish(replace(a_survey(), purpose="To know more."))
    assert await latest() == [("nps", 2)]


async def test_going_back_to_an_earlier_wording_is_a_version_of_its_own(company: Company) -> None:
    await company.publish(a_survey())
    await company.publish(replace(a_survey(), purpose="To know more."))
    third = await company.publish(a_survey())
    assert (third.number, third.survey) == (3, a_survey())


async def test_every_shipped_survey_is_read_back_as_it_was(company: Company) -> None:
    for survey in shipped():
        await company.publish(survey)
    async with company.store.read(company.id) as unit:
        assert [version.survey for version in await unit.surveys.all_latest()] == sorted(
            shipped(), key=lambda survey: survey.key
        )


async def test_an_unknown_survey_has_no_latest_version(company: Company) -> None:
    async with company.store.read(company.id) as unit:
        assert await unit.surveys.latest("nps") is None
        assert not await unit.surveys.all_latest()


async def test_published_twice_at_once_it_is_one_version(company: Company) -> None:
    versions = await asyncio.gather(*(company.publish() for _ in range(3)))
    assert {version.number for version in versions} == {1}
    assert len({version.id for version in versions}) == 1


async def test_a_version_keeps_its_public_id(company: Company) -> None:
    published = await company.publish()
    async with company.store.write(company.id) as unit:
        assert (await unit.surveys.publish(a_survey(), NOW)).public_id == published.public_id
