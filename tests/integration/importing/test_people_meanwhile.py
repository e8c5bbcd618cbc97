"""People are bound and changed while somebody reads what a file would change: only what was confirmed is done."""

import asyncio
from collections.abc import Awaitable, Callable
from threading import Thread

import pytest
from sqlalchemy import func, select, text, update

from storage.identities import bind_user
from storage.imports.job import Ending
from storage.session import open_database
from storage.tables import audit, contact, import_batch, person, workspace
from storage.unit_of_work import SqlStore, SqlUnitOfWork
from surveys.errors import Refused
from surveys.importing.difference import Difference
from surveys.importing.model import ImportKind
from tests.builders import NOW, Company, a_contact, an_employee
from tests.conftest import MigratedDatabase
from tests.integration.importing.imports import Operator, a_company_with_surveys, bring_in, left_hidden
from tests.integration.importing.test_people import users, with_slack

pytestmark = pytest.mark.anyio

FILE = "email,name,account,role,slack_user\nann@acme.example,Ann,Acme,technical,T1:U1\n"
Happening = Callable[[SqlUnitOfWork], Awaitable[object]]


class Meanwhile(Operator):
    """An operator who takes so long to confirm that another process does something."""

    def __init__(self, database: MigratedDatabase, happens: Happening) -> None:
        super().__init__()
        self._url = database.url
        self._happens = happens

    def confirm(self, difference: Difference) -> bool:
        elsewhere = Thread(target=lambda: asyncio.run(self._other_process()))
        elsewhere.start()
        elsewhere.join()
        return super().confirm(difference)

    async def _other_process(self) -> None:
        store = SqlStore(open_database(self._url))
        async with store.write(1) as unit:
            await self._happens(unit)
            await unit.commit()
        await store.dispose()


async def bound(unit: SqlUnitOfWork, user: str, email: str) -> None:
    slack = await unit.scope.connection.scalar(select(workspace.c.id).where(workspace.c.platform == "slack"))
    who = await unit.scope.connection.scalar(select(person.c.id).where(person.c.handle == email))
    assert slack is not None
    assert who is not None
    assert await bind_user(unit.scope, slack, user=user, person_id=who, by="email")


async def states(company: Company) -> list[str]:
    async with company.store.read(company.id) as unit:
        return list(await unit.scope.connection.scalars(select(import_batch.c.state).order_by(import_batch.c.id)))


async def known_ann(store: SqlStore) -> Company:
    company = await with_slack(await a_company_with_surveys(store))
    await company.contact(a_contact("ann@acme.example"))
    await company.contact(a_contact("bob@acme.example"))
    return company


async def test_somebody_bound_to_the_same_person_meanwhile_is_no_trouble(
    store: SqlStore, database: MigratedDatabase
) -> None:
    company = await known_ann(store)
    slow = Meanwhile(database, lambda unit: bound(unit, "U1", "ann@acme.example"))
    outcome = await bring_in(company, ImportKind.CONTACTS, FILE, operator=slow)
    assert outcome.ending is Ending.DONE
    assert await users(company) == {"U1": "ann@acme.example"}
    assert await states(company) == ["complete"]
    async with store.read(company.id) as unit:
        bindings = select(func.count()).where(audit.c.action == "identity.bound")
        assert await unit.scope.connection.scalar(bindings) == 1


async def test_a_user_bound_to_somebody_else_meanwhile_is_not_taken_away_unseen(
    store: SqlStore, database: MigratedDatabase
) -> None:
    company = await known_ann(store)
    slow = Meanwhile(database, lambda unit: bound(unit, "U1", "bob@acme.example"))
    with pytest.raises(Refused, match="more now than was shown"):
        await bring_in(company, ImportKind.CONTACTS, FILE, operator=slow)
    assert await users(company) == {"U1": "bob@acme.example"}
    assert await states(company) == ["undone"]
    assert await left_hidden(company) == 0


async def test_another_user_of_the_person_bound_meanwhile_is_not_taken_away_unseen(
    store: SqlStore, database: MigratedDatabase
) -> None:
    company = await known_ann(store)
    slow = Meanwhile(database, lambda unit: bound(unit, "U9", "ann@acme.example"))
    with pytest.raises(Refused, match="more now than was shown"):
        await bring_in(company, ImportKind.CONTACTS, FILE, operator=slow)
    assert await users(company) == {"U9": "ann@acme.example"}


async def test_a_role_given_meanwhile_is_not_overwritten_unseen(store: SqlStore, database: MigratedDatabase) -> None:
    company = await known_ann(store)

    async def promoted(unit: SqlUnitOfWork) -> None:
        await unit.scope.connection.execute(update(contact).values(role="decision_maker"))

    with pytest.raises(Refused, match="more now than was shown"):
        await bring_in(company, ImportKind.CONTACTS, FILE, operator=Meanwhile(database, promoted))
    async with store.read(company.id) as unit:
        assert set(await unit.scope.connection.scalars(select(contact.c.role))) == {"decision_maker"}


async def test_somebody_new_who_is_there_meanwhile_gets_what_the_file_says(
    store: SqlStore, database: MigratedDatabase
) -> None:
    company = await known_ann(store)
    slow = Meanwhile(database, lambda unit: unit.accounts.contact(a_contact("eve@acme.example", role=None), at=NOW))
    await bring_in(company, ImportKind.CONTACTS, FILE.replace("ann@", "eve@").replace("Ann", "Eva"), operator=slow)
    async with store.read(company.id) as unit:
        rows = await unit.scope.connection.execute(
            select(person.c.name, contact.c.role)
            .join(contact, contact.c.person_id == person.c.id)
            .where(person.c.handle == "eve@acme.example")
        )
        assert [tuple(row) for row in rows] == [("Eva", "technical")]


async def test_somebody_new_who_became_an_employee_meanwhile_does_not_become_a_contact(
    store: SqlStore, database: MigratedDatabase
) -> None:
    company = await known_ann(store)
    slow = Meanwhile(database, lambda unit: unit.accounts.employee(an_employee("eve@acme.example"), at=NOW))
    with pytest.raises(Refused, match="more now than was shown"):
        await bring_in(company, ImportKind.CONTACTS, FILE.replace("ann@", "eve@"), operator=slow)
    assert await states(company) == ["undone"]


async def test_a_user_bound_in_the_very_moment_of_writing_is_seen(postgres_store: SqlStore) -> None:
    company = await known_ann(postgres_store)
    async with postgres_store.write(company.id) as other:
        await bound(other, "U1", "ann@acme.example")
        importing = asyncio.create_task(bring_in(company, ImportKind.CONTACTS, FILE))
        await somebody_waits_for_a_lock(postgres_store)
        await other.commit()
    assert (await importing).ending is Ending.DONE
    assert await users(company) == {"U1": "ann@acme.example"}


async def somebody_waits_for_a_lock(store: SqlStore) -> None:
    async with asyncio.timeout(30), store.database.engine.connect() as connection:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        while not await connection.scalar(waiting):
            await connection.rollback()
