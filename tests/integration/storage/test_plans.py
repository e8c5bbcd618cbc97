"""What happens thousands of times a minute takes as long with a million rows as with ten: SQLite's own plans say so."""

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from storage.exporting import ExportedAnswer, exported_answers
from storage.sqlite_driver import Connection
from storage.unit_of_work import SqlStore, SqlUnitOfWork
from surveys.definitions.model import Metric
from surveys.insight.queries import ScoreRequest
from surveys.people.model import Person
from surveys.sending.model import InvitationFacts
from tests.builders import NOW, Company, a_company, a_delivery, scored

pytestmark = pytest.mark.anyio

LARGE = frozenset(
    {"answer", "response", "invitation", "person", "contact", "delivery", "identity", "conversation", "inbound_event"}
    | {"said"}
)
"""Tables that grow with a tenant's people and years; an export calls the answers `said` that may have its comment."""
_BY_TENANT_ALONE = re.compile(r"SEARCH (\w+) .*\(tenant_id=\?\)")
_THROUGH_ALL = re.compile(r"SCAN (\w+)")


@asynccontextmanager
async def told(unit: SqlUnitOfWork) -> AsyncIterator[list[str]]:
    """Every statement meanwhile, with its values."""
    connection = (await unit.scope.connection.get_raw_connection()).driver_connection
    assert isinstance(connection, Connection)
    statements: list[str] = []
    await connection.set_trace_callback(statements.append)
    yield statements
    await connection.set_trace_callback(None)  # type: ignore[arg-type]  # ends it


def through_a_tenant(database: str, statement: str) -> set[str]:
    """The large tables of which a statement goes through all that a tenant has."""
    with sqlite3.connect(database) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    steps = [_BY_TENANT_ALONE.match(step) or _THROUGH_ALL.match(step) for step in plan]
    return {step[1] for step in steps if step and step[1] in LARGE}


async def exported(unit: SqlUnitOfWork) -> list[ExportedAnswer]:
    request = ScoreRequest(metric=Metric.NPS, series=None, period=None)
    return [answer async for answer in exported_answers(unit.scope, request)]


Doing = Callable[[SqlUnitOfWork, InvitationFacts, Person], Awaitable[object]]

MANY_TIMES: dict[str, Doing] = {
    "the facts of an invitation": lambda unit, facts, _: unit.invitations.facts(facts.public_id),
    "an answer": lambda unit, facts, _: unit.invitations.answer(scored(facts, 9)),
    "a skipped question": lambda unit, facts, _: unit.invitations.skip(facts.id, "reason", NOW),
    "what a person may still answer": lambda unit, _, person: unit.invitations.open_of(person.id),
    "a delivered invitation": lambda unit, facts, _: unit.invitations.delivered(facts.id, NOW),
    "the ways to a person": lambda unit, _, person: unit.people.routes(person.id),
    "the ways to many": lambda unit, _, person: unit.people.routes_of([person.id, person.id + 1]),
    "a person by id": lambda unit, _, person: unit.people.by_id(person.id),
    "a queued delivery": lambda unit, *_: unit.deliveries.add([a_delivery("x")]),
    "each answer of an export": lambda unit, *_: exported(unit),
}


@pytest.fixture
async def company(sqlite_store: SqlStore) -> Company:
    return await a_company(sqlite_store)


@pytest.mark.parametrize("name", list(MANY_TIMES))
async def test_what_is_done_all_the_time_never_goes_through_all_that_a_tenant_has(company: Company, name: str) -> None:
    person = await company.contact()
    facts = await company.asked(person, await company.publish())
    async with company.store.write(company.id) as unit:
        async with told(unit) as statements:
            await MANY_TIMES[name](unit, facts, person)
        await unit.commit()
    file = str(company.store.database.file)
    assert statements
    for statement in statements:
        assert not through_a_tenant(file, statement), statement


async def test_the_measure_knows_a_statement_that_goes_through_everything(company: Company) -> None:
    file = str(company.store.database.file)
    assert through_a_tenant(file, "SELECT * FROM answer WHERE tenant_id = 1 ORDER BY id") == {"answer"}
    assert through_a_tenant(file, "SELECT * FROM person") == {"person"}
