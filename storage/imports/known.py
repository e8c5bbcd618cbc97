"""What is known about the accounts and people of a file, read in parts: what its rows are compared with."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import account, contact, employee, group_assignment, identity, person, workspace
from surveys.people.model import PersonKind
from surveys.people.records import PlatformUser

AT_ONCE = 500
"""Keys of one statement."""


@dataclass(slots=True)
class Known:
    """`accounts` by match_key, `people` by handle; the others by person id. `owners`: (workspace, user) → identity."""

    accounts: dict[str, Row[Any]] = field(default_factory=dict)
    account_names: dict[int, str] = field(default_factory=dict)
    people: dict[str, Row[Any]] = field(default_factory=dict)
    emails: dict[int, str] = field(default_factory=dict)
    sides: dict[int, Row[Any]] = field(default_factory=dict)
    groups: dict[int, dict[str, Row[Any]]] = field(default_factory=dict)
    identities: dict[int, list[Row[Any]]] = field(default_factory=dict)
    owners: dict[tuple[int, str], Row[Any]] = field(default_factory=dict)
    workspaces: Sequence[Row[Any]] = ()

    def place_of(self, user: PlatformUser) -> tuple[int, str] | None:
        """(workspace, user as known in it); None: not connected. Raises ValueError as `PlatformUser.place` does."""
        mine = {one.external_id: one.id for one in self.workspaces if one.platform == user.platform}
        place = user.place(mine)
        return (mine[place[0]], place[1]) if place else None


async def known_accounts(connection: AsyncConnection, tenant_id: int, keys: Collection[str]) -> Known:
    known = Known()
    for rows in await _of(connection, account, tenant_id, "name_key", keys):
        known.accounts[rows.name_key] = rows
    return known


async def known_people(
    connection: AsyncConnection,
    tenant_id: int,
    kind: PersonKind,
    *,
    handles: Collection[str],
    accounts: Collection[str],
    users: Collection[str],
) -> Known:
    """`accounts`: match keys, `users`: platform users that the file names."""
    known = await known_accounts(connection, tenant_id, accounts)
    for row in await _of(connection, person, tenant_id, "handle", handles):
        known.people[row.handle] = row
    ids = [row.id for row in known.people.values()]
    for row in await _of(connection, contact if kind is PersonKind.CONTACT else employee, tenant_id, "person_id", ids):
        known.sides[row.person_id] = row
    for row in await _of(connection, group_assignment, tenant_id, "person_id", ids):
        if row.valid_to is None:
            known.groups.setdefault(row.person_id, {})[row.dimension] = row
    for row in await _of(connection, identity, tenant_id, "person_id", ids):
        known.identities.setdefault(row.person_id, []).append(row)
    for row in await _of(connection, identity, tenant_id, "external_id", users):
        known.owners[row.workspace_id, row.external_id] = row
    if kind is PersonKind.CONTACT:
        account_ids = {side.account_id for side in known.sides.values() if side.account_id is not None}
        known.account_names = {row.id: row.name for row in await _of(connection, account, tenant_id, "id", account_ids)}
    owners = {row.person_id for row in known.owners.values()}
    known.emails = {row.id: row.email or row.handle for row in await _of(connection, person, tenant_id, "id", owners)}
    known.workspaces = await _rows(connection, select(workspace).where(workspace.c.tenant_id == tenant_id))
    return known


async def _of(
    connection: AsyncConnection, table: Table, tenant_id: int, column: str, keys: Collection[Any]
) -> Sequence[Row[Any]]:
    rows: list[Row[Any]] = []
    for part in parts(sorted(keys)):
        rows += await _rows(connection, select(table).where(table.c.tenant_id == tenant_id, table.c[column].in_(part)))
    return rows


async def _rows(connection: AsyncConnection, statement: Select[Any]) -> list[Row[Any]]:
    return list((await connection.execute(statement)).all())


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))
