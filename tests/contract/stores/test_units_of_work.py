"""One unit is one transaction: nothing without a commit, everything with it, and no second one."""

import pytest

from surveys.errors import CxError, NotFound
from tests.builders import NOW, Company, a_delivery, a_survey

pytestmark = pytest.mark.anyio


async def test_leaving_a_unit_without_commit_changes_nothing(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        await unit.surveys.publish(a_survey(), NOW)
        assert await unit.surveys.latest("nps") is not None
    async with company.store.read(company.id) as unit:
        assert await unit.surveys.latest("nps") is None


async def test_an_error_in_a_unit_rolls_back_what_was_written_before_it(company: Company) -> None:
    async def fail() -> None:
        async with company.store.write(company.id) as unit:
            await unit.surveys.publish(a_survey(), NOW)
            raise LookupError("something else went wrong")

    with pytest.raises(LookupError):
        await fail()
    async with company.store.read(company.id) as unit:
        assert await unit.surveys.latest("nps") is None


async def test_a_unit_commits_once(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        await unit.deliveries.add([a_delivery("first")])
        await unit.commit()
        with pytest.raises(CxError):
            await unit.commit()


async def test_a_version_published_in_a_unit_that_was_rolled_back_is_forgotten(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        await unit.surveys.publish(a_survey("nps"), NOW)
        lost = await unit.surveys.latest("nps")
    version = await company.publish(a_survey("csat"))
    person = await company.contact()
    facts = await company.asked(person, version)
    assert lost is not None
    assert facts.version.survey.key == "csat"


async def test_a_reader_sees_what_was_committed_before_it_began_and_nothing_later(company: Company) -> None:
    async with company.store.read(company.id) as reader:
        assert await reader.surveys.latest("nps") is None
        await company.publish()
        assert await reader.surveys.latest("nps") is None
    async with company.store.read(company.id) as reader:
        assert await reader.surveys.latest("nps") is not None


async def test_an_unknown_tenant_is_refused(company: Company) -> None:
    with pytest.raises(NotFound):
        async with company.store.write(company.id + 1_000):
            pass


async def test_the_system_unit_finds_the_tenant_by_its_workspace(company: Company) -> None:
    async with company.store.system() as system:
        found = await system.workspace("web", "local")
        assert found is not None
        assert found.tenant_id == company.id
        assert await system.workspace("web", "elsewhere") is None
        assert await system.workspace("slack", "local") is None
        assert [tenant.name for tenant in await system.tenants()] == ["Halden Systems"]


async def test_a_store_with_this_versions_schema_is_ready(company: Company) -> None:
    assert await company.store.ready()
