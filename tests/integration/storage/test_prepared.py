"""A prepared statement gives what SQLAlchemy gives, with less to do: values, rows, errors."""

import asyncio
from collections.abc import Mapping
from datetime import date

import pytest
from sqlalchemy import bindparam, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from storage.prepared import Prepared, inserting
from storage.tables import account, answer, contact, delivery, person, response
from storage.unit_of_work import SqlStore
from surveys.errors import StorageUnavailable
from tests.builders import NOW, TODAY, Company, a_company, a_delivery, scored

pytestmark = pytest.mark.anyio

STATEMENTS: Mapping[str, object] = {
    "times, JSON and numbers": select(delivery).where(delivery.c.tenant_id == bindparam("tenant")),
    "days and truth": select(answer).where(answer.c.tenant_id == bindparam("tenant"), answer.c.current.is_(True)),
    "lists": select(contact).where(contact.c.tenant_id == bindparam("tenant")),
    "a constant, a limit and an aggregate": select(
        func.aggregate_strings(person.c.name, ",").label("names"), person.c.kind.label("kind")
    )
    .where(person.c.tenant_id == bindparam("tenant"), person.c.kind == "contact")
    .group_by(person.c.kind)
    .limit(3),
}


@pytest.fixture
async def company(store: SqlStore) -> Company:
    company = await a_company(store)
    facts = await company.asked(await company.contact(), await company.publish())
    async with store.write(company.id) as unit:
        await unit.invitations.answer(scored(facts, 9))
        await unit.deliveries.add([a_delivery("quote ' \" \\ %s :x 🙂")])
        await unit.commit()
    return company


@pytest.mark.parametrize("name", list(STATEMENTS))
async def test_rows_are_the_same_as_without_preparation(company: Company, name: str) -> None:
    statement = STATEMENTS[name]
    async with company.store.read(company.id) as unit:
        connection = unit.scope.connection
        expected = await connection.execute(statement, {"tenant": company.id})  # type: ignore[call-overload]
        found = await Prepared(statement).all(connection, tenant=company.id)
    assert [tuple(row) for row in found] == [tuple(row) for row in expected]
    assert found
    assert isinstance(found[0], tuple)


async def test_columns_are_read_by_name_and_nothing_is_none(company: Company) -> None:
    days = Prepared(select(answer.c.local_day.label("day")).where(answer.c.tenant_id == bindparam("tenant")))
    async with company.store.read(company.id) as unit:
        row = await days.first(unit.scope.connection, tenant=company.id)
        assert row.day == TODAY
        assert isinstance(row.day, date)
        assert await days.first(unit.scope.connection, tenant=company.id + 1_000) is None


async def test_an_insert_fills_the_defaults_of_the_columns_that_it_leaves_out(company: Company) -> None:
    new = inserting(account, "tenant_id", "public_id", "name", "name_key", "created_at", returning="id", or_ignore=True)
    values = {"tenant_id": company.id, "public_id": "p", "name": "N", "name_key": "n", "created_at": NOW}
    async with company.store.write(company.id) as unit:
        assert await new.first(unit.scope.connection, **values) is not None
        assert await new.first(unit.scope.connection, **values) is None
        rows = await unit.scope.connection.execute(select(response.c.privacy))
        assert set(rows.scalars()) == {"named"}


async def test_a_forgotten_parameter_is_an_error_and_not_an_empty_value(company: Company) -> None:
    async with company.store.read(company.id) as unit:
        with pytest.raises(KeyError):
            await Prepared(STATEMENTS["lists"]).all(unit.scope.connection)


async def test_a_refused_row_is_an_integrity_error_without_its_values(company: Company) -> None:
    rename = Prepared(
        update(person).where(person.c.tenant_id == bindparam("tenant")).values(kind=bindparam("k"), name=bindparam("n"))
    )
    with pytest.raises(IntegrityError) as caught:
        async with company.store.write(company.id) as unit:
            await rename.all(unit.scope.connection, tenant=company.id, k=None, n="canary")
    assert "canary" not in f"{caught.value} {caught.value.orig!r} {caught.value.__context__}"
    async with company.store.read(company.id) as unit:
        assert len(await unit.people.find("ann")) == 1


async def test_writing_in_a_reading_unit_is_refused(company: Company) -> None:
    with pytest.raises(StorageUnavailable):
        async with company.store.read(company.id) as unit:
            await unit.deliveries.add([a_delivery("x")])


async def test_a_question_that_takes_long_leaves_the_process_to_others_and_is_answered_whole(
    sqlite_store: SqlStore,
) -> None:
    company = await a_company(sqlite_store)
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < 300_000))
    counted = Prepared(select(func.count().label("many"), func.sum(numbers.c.n).label("sum")).select_from(numbers))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with company.store.read(company.id) as unit:
        task = asyncio.create_task(others())
        row = await counted.first(unit.scope.connection)
        at_the_end = turns
        task.cancel()
        assert len(await unit.people.find("nobody")) == 0
    assert (row.many, row.sum) == (300_000, 300_000 * 300_001 // 2)
    assert at_the_end > 1
