"""Plans about accounts and people into rows: the new ones first and invisible, in chunks; all else in one commit.

What is new is the bulk of a first import and waits hidden; what changes is changed where it stands, together with
the flip of the batch, so that nothing is ever half-imported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.imports import batches
from storage.imports.bulk import learn_sizes, update_rows
from storage.imports.known import AT_ONCE, parts
from storage.imports.newcomers import Newcomers
from storage.imports.pace import Pace
from storage.imports.person_plan import PersonPlan
from storage.public_ids import new_public_id
from storage.scope import insert_new
from storage.session import Database
from storage.tables import account, audit, contact, employee, group_assignment, identity, person
from surveys.errors import Fault
from surveys.importing.difference import ChangeKind
from surveys.people.model import Employment, PersonKind, Priority, Relationship

_TRIES = 3


@dataclass(slots=True, kw_only=True)
class AccountPlan:
    """`account_id` is None until a new account is made."""

    key: str
    name: str
    account_id: int | None
    values: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Plans:
    """All that a file of accounts, contacts or employees would write. Rows that change nothing have no plan."""

    accounts: list[AccountPlan] = field(default_factory=list)
    people: list[PersonPlan] = field(default_factory=list)
    named_accounts: dict[str, str] = field(default_factory=dict)
    """match key → name of accounts that contacts come to."""
    faults: list[Fault] = field(default_factory=list)
    """Rows that contradict what is known."""

    @property
    def empty(self) -> bool:
        return not (self.accounts or self.people or self.named_accounts)

    def within(self, former: "Plans") -> bool:
        """Whether this is all made ready once `former` is written hidden."""
        return (
            self.named_accounts.keys() <= former.named_accounts.keys()
            and self.faults == former.faults
            and not any(plan.account_id is None for plan in self.accounts)
            and not any(plan.is_new for plan in self.people)
        )


class PeopleWriter:
    def __init__(
        self, database: Database, tenant_id: int, batch_id: int, kind: PersonKind | None, at: datetime, day: date
    ) -> None:
        self._database = database
        self._tenant_id = tenant_id
        self._batch_id = batch_id
        self._kind = kind
        self._at = at
        self._day = day
        self._pace = Pace(database.kind, AT_ONCE)
        self._newcomers = Newcomers(tenant_id, batch_id, at)

    @property
    def new_accounts(self) -> int:
        return self._newcomers.new_accounts

    async def write_hidden(self, plans: Plans) -> None:
        """New accounts and people, in chunks. Raises Refused when another process undid the batch."""
        names = plans.named_accounts | {plan.key: plan.name for plan in plans.accounts if plan.account_id is None}
        for part in parts(sorted(names.values())):
            await self._chunk(lambda connection, part=part: self._newcomers.meet(connection, accounts=part, people={}))
        for new in parts([plan for plan in plans.people if plan.is_new]):
            await self._chunk(lambda connection, new=new: self._make_people(connection, new))
        await self._chunk(learn_sizes)

    async def _chunk(self, write: Any) -> None:
        await self._pace.wait()
        for attempt in range(_TRIES):
            try:
                async with self._database.writing(self._tenant_id) as transaction:
                    self._pace.begun()
                    await batches.hold(transaction.connection, self._tenant_id, self._batch_id)
                    await write(transaction.connection)
                    await transaction.commit()
                self._pace.wrote(0)
                return
            except IntegrityError:
                # Somebody made the same account or person in this very moment: now it can be found.
                self._newcomers.accounts.clear()
                if attempt == _TRIES - 1:
                    raise

    async def _make_people(self, connection: AsyncConnection, plans: Sequence[PersonPlan]) -> None:
        assert self._kind is not None
        await connection.execute(
            insert_new(connection, person),
            [
                {
                    "tenant_id": self._tenant_id,
                    "public_id": new_public_id(),
                    "kind": self._kind.value,
                    "handle": plan.handle,
                    "name": plan.person.get("name") or plan.handle.partition("@")[0],
                    "email": plan.person.get("email"),
                    "language": plan.person.get("language") or "en",
                    "timezone": plan.person.get("timezone"),
                    "created_at": self._at,
                    "batch_id": self._batch_id,
                }
                for plan in plans
            ],
        )

    # ── the one commit ─────────────────────────────────────────────────────────────────────────────────────────

    async def write_rest(self, connection: AsyncConnection, plans: Plans, *, actor: str) -> None:
        """Everything else, in the transaction that completes the batch and in which it was planned.

        Who was new then is known now.
        """
        await self._update(connection, account, "id", {plan.account_id: plan.values for plan in plans.accounts})
        await self._update(connection, person, "id", {plan.person_id: plan.person for plan in plans.people})
        await self._write_sides(connection, plans.people)
        await self._write_groups(connection, plans.people)
        await self._write_identities(connection, plans.people)
        await self._write_audit(connection, plans.people, actor)

    async def _write_sides(self, connection: AsyncConnection, plans: Sequence[PersonPlan]) -> None:
        if self._kind is None:
            return
        table = contact if self._kind is PersonKind.CONTACT else employee
        defaults: dict[str, Any] = {"employment": Employment.EMPLOYEE.value, "team": None, "level": None}
        if self._kind is PersonKind.CONTACT:
            defaults = {
                "account_id": None,
                "role": None,
                "other_roles": [],
                "priority": Priority.STANDARD.value,
                "relationship": Relationship.CUSTOMER.value,
                "persona": None,
            }
        new, changed = [], {}
        for plan in plans:
            if plan.account is not None:
                plan.side["account_id"] = self._newcomers.accounts[plan.account].id
                plan.groups["account"] = str(plan.side["account_id"])
            if plan.has_side:
                changed[plan.person_id] = plan.side
            else:
                new.append({"tenant_id": self._tenant_id, "person_id": plan.person_id, **defaults, **plan.side})
        if new:
            await connection.execute(insert(table), new)
        await self._update(connection, table, "person_id", changed)

    async def _write_groups(self, connection: AsyncConnection, plans: Sequence[PersonPlan]) -> None:
        closed = {row_id: {"valid_to": self._day} for plan in plans for row_id in plan.closes}
        await self._update(connection, group_assignment, "id", closed)
        opened = [
            {
                "tenant_id": self._tenant_id,
                "person_id": plan.person_id,
                "dimension": dimension,
                "value": value,
                "valid_from": self._day,
            }
            for plan in plans
            for dimension, value in plan.groups.items()
        ]
        if opened:
            await connection.execute(insert(group_assignment), opened)

    async def _write_identities(self, connection: AsyncConnection, plans: Sequence[PersonPlan]) -> None:
        """First all that is taken away, then all that is given: two people may swap their users."""
        for part in parts(sorted({row.id for plan in plans for row in plan.unbinds})):
            await connection.execute(
                delete(identity).where(identity.c.tenant_id == self._tenant_id, identity.c.id.in_(part))
            )
        given = [
            {
                "tenant_id": self._tenant_id,
                "person_id": plan.person_id,
                "workspace_id": workspace_id,
                "external_id": user,
                "bound_by": "import",
                "bound_at": self._at,
            }
            for plan in plans
            for workspace_id, user in plan.binds
        ]
        if given:
            await connection.execute(insert(identity), given)

    async def _write_audit(self, connection: AsyncConnection, plans: Sequence[PersonPlan], actor: str) -> None:
        entries = [
            {
                "tenant_id": self._tenant_id,
                "at": self._at,
                "actor_id": None,
                "actor": actor,
                "action": "identity.moved" if change.kind is ChangeKind.IDENTITY else "group.changed",
                "subject": f"person:{plan.person_id}",
                "detail": {"field": change.field, "before": change.before or "", "after": change.after or ""},
            }
            for plan in plans
            for change in plan.change().of_kind(ChangeKind.IDENTITY, ChangeKind.GROUP)
        ]
        entries += [
            {
                "tenant_id": self._tenant_id,
                "at": self._at,
                "actor_id": None,
                "actor": actor,
                "action": "identity.bound",
                "subject": f"person:{plan.person_id}",
                "detail": {"workspace": str(workspace_id), "user": user, "by": "import"},
            }
            for plan in plans
            for workspace_id, user in plan.binds
        ]
        if entries:
            await connection.execute(insert(audit), entries)

    async def _update(
        self, connection: AsyncConnection, table: Any, by: str, changes: Mapping[Any, Mapping[str, Any]]
    ) -> None:
        told = {key: values for key, values in changes.items() if values}
        await update_rows(connection, table, tenant_id=self._tenant_id, by=by, changes=told)
