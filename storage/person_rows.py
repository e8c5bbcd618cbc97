"""A person read together with account, side table and grants: the one way in which rows become a Person."""

from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.sql import ColumnElement, FromClause

from storage.tables import account, contact, employee, person, role_grant
from storage.types import AnyRow
from surveys.people.model import Permission, Person, PersonKind, Priority, Role

grants = (
    select(func.aggregate_strings(role_grant.c.permission, ","))
    .where(
        role_grant.c.tenant_id == person.c.tenant_id,
        role_grant.c.person_id == person.c.id,
        role_grant.c.revoked_at.is_(None),
    )
    .correlate(person)
    .scalar_subquery()
    .label("person_grants")
)

PERSON_COLUMNS: tuple[ColumnElement[Any], ...] = (
    person.c.id.label("person_id"),
    person.c.public_id.label("person_public_id"),
    person.c.kind.label("person_kind"),
    person.c.name.label("person_name"),
    person.c.email.label("person_email"),
    person.c.language.label("person_language"),
    person.c.timezone.label("person_timezone"),
    contact.c.account_id.label("person_account_id"),
    account.c.name.label("person_account"),
    contact.c.role.label("person_role"),
    contact.c.priority.label("person_priority"),
    employee.c.team.label("person_team"),
    grants,
)


def with_sides(start: FromClause) -> FromClause:
    """`start` already holds `person`; adds account and side tables."""
    return (
        start.outerjoin(contact, and_(contact.c.tenant_id == person.c.tenant_id, contact.c.person_id == person.c.id))
        .outerjoin(account, and_(account.c.tenant_id == contact.c.tenant_id, account.c.id == contact.c.account_id))
        .outerjoin(employee, and_(employee.c.tenant_id == person.c.tenant_id, employee.c.person_id == person.c.id))
    )


def select_people() -> Select[*tuple[Any, ...]]:
    """People without any condition: the caller names the tenant."""
    return select(*PERSON_COLUMNS).select_from(with_sides(person))


def to_person(row: AnyRow, *, timezone: str) -> Person:
    """`timezone`: the tenant's, for a person whose own is unknown."""
    return Person(
        id=row.person_id,
        public_id=row.person_public_id,
        kind=PersonKind(row.person_kind),
        name=row.person_name,
        email=row.person_email,
        language=row.person_language,
        timezone=row.person_timezone or timezone,
        account_id=row.person_account_id,
        account=row.person_account,
        role=Role(row.person_role) if row.person_role else None,
        priority=Priority(row.person_priority) if row.person_priority else None,
        team=row.person_team,
        permissions=frozenset(Permission(word) for word in (row.person_grants or "").split(",") if word),
    )
