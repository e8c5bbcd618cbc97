"""One row about a person, compared with what is known: what would be written, and what a person reads of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from storage.imports.known import Known
from surveys.errors import Fault
from surveys.importing.difference import ChangeKind, FieldChange, RecordChange
from surveys.people.model import PersonKind
from surveys.people.records import ContactRecord, EmployeeRecord, PlatformUser, match_key

GROUPS = {PersonKind.CONTACT: ("account", "role"), PersonKind.EMPLOYEE: ("team", "level")}
"""What figures and audiences are made by, kept with its days in `group_assignment`."""

_SHOWN = {"account_id": "account", "employment": "kind"}
"""How a column is called in the file."""


@dataclass(slots=True, kw_only=True)
class PersonPlan:
    """`person_id` is None until a new person is made. `account`: the match key of the account that the row names."""

    line: int
    handle: str
    person_id: int | None
    person: dict[str, Any]
    side: dict[str, Any]
    has_side: bool
    account: str | None
    groups: dict[str, str]
    closes: list[int] = field(default_factory=list)
    unbinds: list[Row[Any]] = field(default_factory=list)
    binds: list[tuple[int, str]] = field(default_factory=list)
    unbound: list[PlatformUser] = field(default_factory=list)
    outside: list[PlatformUser] = field(default_factory=list)
    """Bound as people of another company."""
    changes: list[FieldChange] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return self.person_id is None

    def change(self) -> RecordChange:
        return RecordChange(line=self.line, who=self.handle, fields=tuple(self.changes))


def plan_person(record: ContactRecord | EmployeeRecord, known: Known, *, line: int, file: str) -> PersonPlan | Fault:
    """A Fault where the row contradicts what is known."""
    kind = PersonKind.CONTACT if isinstance(record, ContactRecord) else PersonKind.EMPLOYEE
    handle = match_key(record.email or "")
    row = known.people.get(handle)
    if row is not None and row.kind != kind.value:
        problem = f"{handle} is known as {_a(row.kind)} and cannot become {_a(kind.value)}"
        return Fault(file=file, line=line, problem=problem)
    person_id = row.id if row is not None else None
    side_row = known.sides.get(person_id) if person_id is not None else None
    email = record.email
    if row is not None and match_key(row.email or "") == handle:
        email = row.email  # Another spelling of the same address is no news.
    told = _told(name=record.name, email=email, language=record.language, timezone=record.timezone)
    plan = PersonPlan(
        line=line,
        handle=handle,
        person_id=person_id,
        person=_differing(row, told) if row is not None else told,
        side={},
        has_side=side_row is not None,
        account=match_key(record.account) if isinstance(record, ContactRecord) and record.account else None,
        groups={},
    )
    side = _side(record)
    plan.side = _differing(side_row, side) if side_row is not None else side
    _compare_account(plan, record, side_row, known)
    if row is not None:
        plan.changes += [
            FieldChange(field=name, before=row._mapping[name], after=plan.person[name]) for name in plan.person
        ]
        plan.changes += _side_changes(kind, plan.side, side_row)
    plan.groups |= {name: str(value) for name, value in plan.side.items() if name in GROUPS[kind]}
    open_groups = known.groups.get(person_id, {}) if person_id is not None else {}
    plan.closes = [open_groups[name].id for name in _moved(plan, kind) if name in open_groups]
    fault = _plan_users(plan, record.users, known)
    return Fault(file=file, line=line, problem=fault) if fault else plan


def _moved(plan: PersonPlan, kind: PersonKind) -> list[str]:
    return [name for name in GROUPS[kind] if name in plan.groups or (name == "account" and plan.account is not None)]


def _compare_account(
    plan: PersonPlan, record: ContactRecord | EmployeeRecord, side: Row[Any] | None, known: Known
) -> None:
    """Empties `plan.account` where the contact belongs to that account already."""
    if plan.account is None or not isinstance(record, ContactRecord):
        return
    there = known.accounts.get(plan.account)
    before = side.account_id if side is not None else None
    if there is not None and there.id == before:
        plan.account = None
    elif plan.person_id is not None:
        kind = ChangeKind.GROUP if before is not None else ChangeKind.PLAIN
        name = known.account_names.get(before) if before is not None else None
        plan.changes.append(FieldChange(field="account", before=name, after=record.account, kind=kind))


def _side(record: ContactRecord | EmployeeRecord) -> dict[str, Any]:
    match record:
        case ContactRecord():
            return _told(
                role=record.role.value if record.role else None,
                priority=record.priority.value if record.priority else None,
                relationship=record.relationship.value if record.relationship else None,
                persona=record.persona,
            )
        case EmployeeRecord():
            employment = record.employment.value if record.employment else None
            return _told(employment=employment, team=record.team, level=record.level)


def _side_changes(kind: PersonKind, side: Mapping[str, Any], row: Row[Any] | None) -> list[FieldChange]:
    changes = []
    for name, after in side.items():
        before = row._mapping[name] if row is not None else None
        grouped = name in GROUPS[kind] and before is not None
        changes.append(
            FieldChange(
                field=_SHOWN.get(name, name),
                before=before,
                after=after,
                kind=ChangeKind.GROUP if grouped else ChangeKind.PLAIN,
            )
        )
    return changes


def _plan_users(plan: PersonPlan, users: tuple[PlatformUser, ...], known: Known) -> str | None:
    """What is bound and what is taken away first; a text where the row cannot be understood."""
    for user in users:
        try:
            place = known.place_of(user)
        except ValueError:
            return f"{user.platform}_user {user.user} needs its workspace: TEAM:USER, because there are several"
        if place is None:
            plan.unbound.append(user)
        else:
            _plan_user(plan, user, place, known)
    return None


def _plan_user(plan: PersonPlan, user: PlatformUser, place: tuple[int, str], known: Known) -> None:
    workspace_id, named = place
    owner = known.owners.get(place)
    if owner is not None and owner.person_id == plan.person_id:
        return
    mine = known.identities.get(plan.person_id, ()) if plan.person_id is not None else ()
    replaced = [row for row in mine if row.workspace_id == workspace_id]
    plan.unbinds += [*replaced, *([owner] if owner is not None else [])]
    plan.binds.append(place)
    if named != user.user:
        plan.outside.append(user)
    column = f"{user.platform}_user"
    if replaced or owner is not None:
        before = ", ".join(row.external_id for row in replaced) or None
        whose = f"{named} (so far of {known.emails.get(owner.person_id)})" if owner is not None else named
        plan.changes.append(FieldChange(field=column, before=before, after=whose, kind=ChangeKind.IDENTITY))
    elif plan.person_id is not None:
        plan.changes.append(FieldChange(field=column, before=None, after=named))


def _told(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _differing(row: Row[Any], told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if row._mapping[name] != value}


def _a(kind: str) -> str:
    return "an employee" if kind == PersonKind.EMPLOYEE.value else "a contact"
