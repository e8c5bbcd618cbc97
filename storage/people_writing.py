"""Accounts and people as they come in from outside: found by name or e-mail, made or updated, never doubled.

Used by imports and by the demo. What is told changes what is known; None changes nothing. Every change of a group
(account, role, team, level) is kept with its days in `group_assignment`.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update

from storage.identities import bind_user
from storage.prepared import Prepared, inserting
from storage.public_ids import new_public_id
from storage.scope import Scope
from storage.tables import account, contact, employee, group_assignment, identity, person, workspace
from storage.types import AnyRow
from surveys.errors import InvalidInput, Refused
from surveys.people.model import Employment, PersonKind, Priority, Relationship
from surveys.people.records import (
    AccountRecord,
    ContactRecord,
    EmployeeRecord,
    PlatformUser,
    Recorded,
    match_key,
)

Value = str | int | bool | list[str] | date | datetime | None


class _Side:
    """A side table of `person`, with the values of a row of which nothing was told."""

    def __init__(self, table: Table, **defaults: "Value") -> None:
        self.table = table
        self.defaults = defaults
        self.of = Prepared(
            select(table).where(table.c.tenant_id == bindparam("tenant"), table.c.person_id == bindparam("person"))
        )
        self.new = inserting(table, "tenant_id", "person_id", *defaults)


_PERSON = Prepared(select(person).where(person.c.tenant_id == bindparam("tenant"), person.c.handle == bindparam("key")))
_NEW_PERSON = inserting(
    person, "tenant_id", "public_id", "kind", "handle", "name", "email", "language", "timezone", "created_at",
    returning="id",
)  # fmt: skip
_SIDES = {
    PersonKind.CONTACT: _Side(
        contact, account_id=None, role=None, other_roles=[], priority=Priority.STANDARD.value,
        relationship=Relationship.CUSTOMER.value, persona=None,
    ),
    PersonKind.EMPLOYEE: _Side(employee, employment=Employment.EMPLOYEE.value, team=None, level=None),
}  # fmt: skip
_GROUPS = Prepared(
    select(group_assignment.c.id, group_assignment.c.dimension, group_assignment.c.value).where(
        group_assignment.c.tenant_id == bindparam("tenant"),
        group_assignment.c.person_id == bindparam("person"),
        group_assignment.c.valid_to.is_(None),
    )
)
_NEW_GROUP = inserting(group_assignment, "tenant_id", "person_id", "dimension", "value", "valid_from")
_OWNER = Prepared(
    select(identity.c.person_id).where(
        identity.c.tenant_id == bindparam("tenant"),
        identity.c.workspace_id == bindparam("workspace"),
        identity.c.external_id == bindparam("user"),
    )
)


class Accounts:
    """`at`: the product's time, for the day from which a group holds and for `created_at`. `by`: who told it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._account_ids: dict[str, int] = {}
        self._workspaces: dict[str, dict[str, int]] = {}

    async def upsert(self, record: AccountRecord, *, at: datetime) -> Recorded:
        name = " ".join(record.name.split())
        if not name:
            raise InvalidInput("An account needs a name.")
        values = _told(
            tier=record.tier,
            segment=record.segment,
            owner_email=record.owner_email,
            revenue=record.revenue,
            renewal_on=record.renewal_on,
        )
        row = await self._account(name)
        if row is None:
            return Recorded(id=await self._new_account(name, values, at), created=True, changed=True)
        self._account_ids[match_key(name)] = row.id
        changes = _differences(row, values)
        if changes:
            await self._update(account, account.c.id == row.id, changes)
        return Recorded(id=row.id, created=False, changed=bool(changes))

    async def contact(self, record: ContactRecord, *, at: datetime, by: str = "import") -> Recorded:
        account_id = await self._account_id(record.account, at) if record.account else None
        known = await self._person(_handle(record.email, record.handle), PersonKind.CONTACT)
        side = _told(
            account_id=account_id,
            role=record.role.value if record.role else None,
            other_roles=[role.value for role in record.other_roles] if record.other_roles is not None else None,
            priority=record.priority.value if record.priority else None,
            relationship=record.relationship.value if record.relationship else None,
            persona=record.persona,
        )
        person_id, created, changed = await self._write_person(known, record, PersonKind.CONTACT, at)
        changed |= await self._write_side(PersonKind.CONTACT, person_id, side, created=created)
        await self._assign(person_id, {"account": account_id, "role": side.get("role")}, at, created=created)
        bound, unbound = await self._bind(person_id, record.users, by)
        return Recorded(id=person_id, created=created, changed=changed or bound, unbound=unbound)

    async def employee(self, record: EmployeeRecord, *, at: datetime, by: str = "import") -> Recorded:
        known = await self._person(_handle(record.email, None), PersonKind.EMPLOYEE)
        side = _told(
            employment=record.employment.value if record.employment else None, team=record.team, level=record.level
        )
        person_id, created, changed = await self._write_person(known, record, PersonKind.EMPLOYEE, at)
        changed |= await self._write_side(PersonKind.EMPLOYEE, person_id, side, created=created)
        await self._assign(person_id, {"team": record.team, "level": record.level}, at, created=created)
        bound, unbound = await self._bind(person_id, record.users, by)
        return Recorded(id=person_id, created=created, changed=changed or bound, unbound=unbound)

    # ── accounts ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _account(self, name: str) -> AnyRow | None:
        result = await self._scope.connection.execute(
            select(account).where(account.c.tenant_id == self._scope.tenant_id, account.c.name_key == match_key(name))
        )
        return result.first()

    async def _account_id(self, name: str, at: datetime) -> int:
        key = match_key(name)
        if key not in self._account_ids:
            self._account_ids[key] = (await self.upsert(AccountRecord(name=name), at=at)).id
        return self._account_ids[key]

    async def _new_account(self, name: str, values: dict[str, Value], at: datetime) -> int:
        result = await self._scope.connection.execute(
            insert(account)
            .values(
                tenant_id=self._scope.tenant_id,
                public_id=new_public_id(),
                name=name,
                name_key=match_key(name),
                created_at=at,
                **values,
            )
            .returning(account.c.id)
        )
        account_id = int(result.scalar_one())
        self._account_ids[match_key(name)] = account_id
        return account_id

    # ── people ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _person(self, handle: str, kind: PersonKind) -> AnyRow | None:
        row: AnyRow | None = await _PERSON.first(self._scope.connection, tenant=self._scope.tenant_id, key=handle)
        if row is not None and row.kind != kind.value:
            raise Refused(f"{handle} is known as {_a(row.kind)} and cannot become {_a(kind.value)}.")
        return row

    async def _write_person(
        self, known: AnyRow | None, record: ContactRecord | EmployeeRecord, kind: PersonKind, at: datetime
    ) -> tuple[int, bool, bool]:
        """(id, created, changed)"""
        handle = _handle(record.email, record.handle if isinstance(record, ContactRecord) else None)
        values = _told(name=record.name, email=record.email, language=record.language, timezone=record.timezone)
        if known is not None:
            changes = _differences(known, values)
            if match_key(known.email or "") == match_key(record.email or ""):
                changes.pop("email", None)  # The same one in another spelling is no change.
            if changes:
                await self._update(person, person.c.id == known.id, changes)
            return known.id, False, bool(changes)
        new = await _NEW_PERSON.first(
            self._scope.connection,
            tenant_id=self._scope.tenant_id,
            public_id=new_public_id(),
            kind=kind.value,
            handle=handle,
            name=record.name or (record.email or handle).split("@")[0],
            email=record.email,
            language=record.language or "en",
            timezone=record.timezone,
            created_at=at,
        )
        return new.id, True, True

    async def _write_side(self, kind: PersonKind, person_id: int, told: dict[str, Value], *, created: bool) -> bool:
        side, whose = _SIDES[kind], {"tenant": self._scope.tenant_id, "person": person_id}
        row = None if created else await side.of.first(self._scope.connection, **whose)
        if row is None:
            await side.new.all(
                self._scope.connection,
                tenant_id=self._scope.tenant_id,
                person_id=person_id,
                **(side.defaults | told),
            )
            return True
        changes = _differences(row, told)
        if changes:
            await self._update(side.table, side.table.c.person_id == person_id, changes)
        return bool(changes)

    async def _assign(self, person_id: int, groups: dict[str, Value], at: datetime, *, created: bool) -> None:
        """Closes the open row of a dimension whose value changed and opens a new one from the local day on."""
        told = {dimension: str(value) for dimension, value in groups.items() if value is not None}
        if not told:
            return
        day = self._scope.local_day(at)
        whose = {"tenant": self._scope.tenant_id, "person": person_id}
        rows = [] if created else await _GROUPS.all(self._scope.connection, **whose)
        in_force = {row.dimension: row for row in rows}
        for dimension, value in told.items():
            former = in_force.get(dimension)
            if former is not None and former.value == value:
                continue
            if former is not None:
                await self._update(group_assignment, group_assignment.c.id == former.id, {"valid_to": day})
            await _NEW_GROUP.all(
                self._scope.connection,
                tenant_id=self._scope.tenant_id,
                person_id=person_id,
                dimension=dimension,
                value=value,
                valid_from=day,
            )

    # ── platform users ─────────────────────────────────────────────────────────────────────────────────────────

    async def _bind(
        self, person_id: int, users: tuple[PlatformUser, ...], by: str
    ) -> tuple[bool, tuple[PlatformUser, ...]]:
        """(anything new, users without a workspace). A user bound to somebody else is refused (threat 11)."""
        bound = False
        unbound: list[PlatformUser] = []
        for user in users:
            place = await self._place(user)
            if place is None:
                unbound.append(user)
                continue
            workspace_id, named = place
            owner = await self._owner(workspace_id, named)
            if owner is not None and owner != person_id:
                raise Refused(f"The {user.platform} user {named} belongs to somebody else already.")
            if owner is None:
                bound |= await bind_user(self._scope, workspace_id, user=named, person_id=person_id, by=by)
        return bound, tuple(unbound)

    async def _place(self, user: PlatformUser) -> tuple[int, str] | None:
        """(workspace, user as known in it). None also where it is not said which of several workspaces is meant."""
        if user.platform not in self._workspaces:
            statement = select(workspace.c.external_id, workspace.c.id).where(
                workspace.c.tenant_id == self._scope.tenant_id, workspace.c.platform == user.platform
            )
            self._workspaces[user.platform] = {
                row.external_id: row.id for row in await self._scope.connection.execute(statement)
            }
        connected = self._workspaces[user.platform]
        try:
            place = user.place(connected)
        except ValueError:
            return None
        return (connected[place[0]], place[1]) if place else None

    async def _owner(self, workspace_id: int, user: str) -> int | None:
        row = await _OWNER.first(
            self._scope.connection, tenant=self._scope.tenant_id, workspace=workspace_id, user=user
        )
        return row.person_id if row else None

    async def _update(self, table: Table, which: Any, values: dict[str, Value]) -> None:
        await self._scope.connection.execute(
            update(table).where(table.c.tenant_id == self._scope.tenant_id, which).values(values)
        )


def _handle(email: str | None, handle: str | None) -> str:
    key = match_key(handle or email or "")
    if not key:
        raise InvalidInput("A person needs an e-mail or another stable id.")
    return key


def _told(**values: Any) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _differences(row: AnyRow, values: dict[str, Value]) -> dict[str, Value]:
    known = row._asdict()
    return {name: value for name, value in values.items() if known[name] != value}


def _a(kind: str) -> str:
    return "an employee" if kind == PersonKind.EMPLOYEE.value else "a contact"
