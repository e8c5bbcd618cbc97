"""After a batch is complete: what it made becomes visible or, undone, goes away. In short transactions, repeatable.

People and accounts of an undone import are emptied instead of deleted: a database looks through every table that
could point at a row before it lets go of it, and there may be millions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.folding.layers import drop_layer
from storage.imports import batches
from storage.imports.batches import Batch
from storage.imports.bulk import insert_rows, select_in, update_rows
from storage.session import Database
from storage.tables import (
    account,
    answer,
    contact,
    employee,
    group_assignment,
    identity,
    invitation,
    layer,
    person,
    response,
    role_grant,
)
from surveys.importing.model import ImportKind
from surveys.people.model import Priority, Relationship

ROWS = 500
"""Rows of one transaction: some tens of milliseconds."""


async def settle(database: Database, tenant_id: int, batch: Batch, at: datetime) -> None:
    """Shows the people and accounts that a complete batch made; corrected responses take over what was corrected."""
    if batch.kind is ImportKind.RESPONSES:
        await _in_parts(database, tenant_id, batch, answer, _correct_responses, mark="superseded_by")
        await _in_parts(database, tenant_id, batch, person, _make_contacts)
    await _in_parts(database, tenant_id, batch, person, _show_people)
    await _in_parts(database, tenant_id, batch, account, _show_accounts)
    await _finish(database, tenant_id, batch, at)


async def undo(database: Database, tenant_id: int, batch: Batch, at: datetime) -> None:
    """Takes back everything that a batch wrote; what it corrected counts as before (it never stopped counting)."""
    async with database.writing(tenant_id) as transaction:
        connection = transaction.connection
        await batches.mark(connection, tenant_id, batch.id, state=batches.UNDONE)
        layers = await connection.scalars(
            select(layer.c.id).where(layer.c.tenant_id == tenant_id, layer.c.batch_id == batch.id)
        )
        for layer_id in layers.all():
            await drop_layer(connection, tenant_id, layer_id)
        await transaction.commit()
    await _in_parts(database, tenant_id, batch, answer, _delete_answers)
    await _in_parts(database, tenant_id, batch, answer, _uncorrect, mark="superseded_by")
    await _in_parts(database, tenant_id, batch, person, _empty_people)
    await _in_parts(database, tenant_id, batch, account, _empty_accounts)
    await _finish(database, tenant_id, batch, at)


async def _finish(database: Database, tenant_id: int, batch: Batch, at: datetime) -> None:
    async with database.writing(tenant_id) as transaction:
        await batches.mark(transaction.connection, tenant_id, batch.id, finished_at=at)
        await transaction.commit()


async def _in_parts(
    database: Database, tenant_id: int, batch: Batch, table: Table, step: Any, *, mark: str = "batch_id"
) -> None:
    """Calls `step(connection, tenant_id, batch_id, ids)` for all rows of the batch, some hundred ids at a time."""
    last = 0
    while True:
        async with database.reading(tenant_id) as snapshot:
            found = await snapshot.connection.scalars(
                select(table.c.id)
                .where(table.c.tenant_id == tenant_id, table.c[mark] == batch.id, table.c.id > last)
                .order_by(table.c.id)
                .limit(ROWS)
            )
            ids = list(found)
        if not ids:
            return
        last = ids[-1]
        async with database.writing(tenant_id) as transaction:
            await step(transaction.connection, tenant_id, batch.id, ids)
            await transaction.commit()


# ── complete ───────────────────────────────────────────────────────────────────────────────────────────────────


async def _correct_responses(connection: AsyncConnection, tenant_id: int, batch_id: int, ids: Sequence[int]) -> None:
    """A corrected response belongs to whom, and to when, its correction says. `ids`: the answers as they were."""
    corrected = select(answer.c.response_id).where(answer.c.tenant_id == tenant_id, answer.c.id.in_(ids))
    said = select(answer.c.person_id, answer.c.recorded_at, answer.c.response_id).where(
        answer.c.tenant_id == tenant_id,
        answer.c.response_id.in_(corrected),
        answer.c.batch_id == batch_id,
        answer.c.score.is_not(None),
    )
    changes = {
        row.response_id: {"person_id": row.person_id, "submitted_at": row.recorded_at}
        for row in await connection.execute(said)
    }
    await update_rows(connection, response, tenant_id=tenant_id, by="id", changes=changes)


async def _make_contacts(connection: AsyncConnection, tenant_id: int, batch_id: int, ids: Sequence[int]) -> None:
    """Somebody new becomes a contact with the account and role of their last row."""
    rows = await select_in(connection, contact, ("person_id",), tenant_id=tenant_id, key="person_id", keys=ids)
    new = sorted(set(ids) - {row[0] for row in rows})
    last = (
        select(func.max(answer.c.id))
        .where(answer.c.tenant_id == tenant_id, answer.c.person_id.in_(new), answer.c.batch_id == batch_id)
        .group_by(answer.c.person_id)
    )
    answers = await connection.execute(
        select(answer.c.person_id, answer.c.account_id, answer.c.role, answer.c.local_day).where(
            answer.c.tenant_id == tenant_id, answer.c.id.in_(last)
        )
    )
    latest = {row.person_id: row for row in answers}
    if not latest:
        return
    await connection.execute(
        insert(contact),
        [
            {
                "tenant_id": tenant_id,
                "person_id": person_id,
                "account_id": row.account_id,
                "role": row.role,
                "other_roles": [],
                "priority": Priority.STANDARD.value,
                "relationship": Relationship.CUSTOMER.value,
            }
            for person_id, row in latest.items()
        ],
    )
    groups = [
        (tenant_id, person_id, dimension, str(value), row.local_day)
        for person_id, row in latest.items()
        for dimension, value in (("account", row.account_id), ("role", row.role))
        if value is not None
    ]
    await insert_rows(
        connection, group_assignment, ("tenant_id", "person_id", "dimension", "value", "valid_from"), groups
    )


async def _show_people(connection: AsyncConnection, tenant_id: int, batch_id: int, ids: Sequence[int]) -> None:
    await connection.execute(
        update(person).where(person.c.tenant_id == tenant_id, person.c.id.in_(ids)).values(batch_id=None)
    )


async def _show_accounts(connection: AsyncConnection, tenant_id: int, batch_id: int, ids: Sequence[int]) -> None:
    await connection.execute(
        update(account).where(account.c.tenant_id == tenant_id, account.c.id.in_(ids)).values(batch_id=None)
    )


# ── undone ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def _delete_answers(connection: AsyncConnection, tenant_id: int, batch_id: int, ids: Sequence[int]) -> None:
    """The answers, and the responses that are of this batch (a corrected one stays)."""
    mine = (answer.c.tenant_id == tenant_id) & answer.c.id.in_(ids)
    responses = set(await connection.scalars(select(answer.c.response_id).where(mine)))
    await connection.execute(delete(answer).where(mine))
    left = await select_in(connection, answer, ("response_id",), tenant_id=tenant_id, key="response_id", keys=responses)
    await connection.execute(
        delete(response).where(
            response.c.tenant_id == tenant_id,
            response.c.id.in_(responses - {row[0] for row in left}),
            response.c.batch_id == batch_id,
        )
    )


async def _uncorrect(connection: AsyncConnection, tenant_id: int, batch_id: int, ids: Sequence[int]) -> None:
    """What was to be corrected stands; its content is no longer known, so that the next file decides anew."""
    mine = (answer.c.tenant_id == tenant_id) & answer.c.id.in_(ids)
    responses = set(await connection.scalars(select(answer.c.response_id).where(mine)))
    await connection.execute(update(answer).where(mine).values(superseded_by=None))
    await connection.execute(
        update(response)
        .where(response.c.tenant_id == tenant_id, response.c.id.in_(responses))
        .values(content_digest=None)
    )


async def _empty_people(connection: AsyncConnection, tenant_id: int, batch_id: int, ids: Sequence[int]) -> None:
    """Whoever became somebody meanwhile (a platform user was bound, a contact was added by hand) stays."""
    used: set[int] = set()
    for table in (contact, employee, identity, invitation, role_grant):
        rows = await select_in(connection, table, ("person_id",), tenant_id=tenant_id, key="person_id", keys=ids)
        used.update(row[0] for row in rows)
    await _show_people(connection, tenant_id, batch_id, sorted(used))
    emptied: dict[str, Any] = {"name": "", "email": None, "language": "en", "timezone": None}
    changes = {one: {"handle": _gone(one), **emptied} for one in ids if one not in used}
    await update_rows(connection, person, tenant_id=tenant_id, by="id", changes=changes)


async def _empty_accounts(connection: AsyncConnection, tenant_id: int, batch_id: int, ids: Sequence[int]) -> None:
    rows = await select_in(connection, contact, ("account_id",), tenant_id=tenant_id, key="account_id", keys=ids)
    used = {row[0] for row in rows}
    await _show_accounts(connection, tenant_id, batch_id, sorted(used))
    emptied = dict.fromkeys(("tier", "segment", "owner_email", "revenue", "renewal_on"))
    changes = {one: {"name": "", "name_key": _gone(one), **emptied} for one in ids if one not in used}
    await update_rows(connection, account, tenant_id=tenant_id, by="id", changes=changes)


def _gone(row_id: int) -> str:
    """A key that nobody can type: keys hold no control characters."""
    return f"\x1f{row_id}"
