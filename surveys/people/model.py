"""People and accounts as values, in the words of the trade."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """A contact's role in the buying account; groups add up by the primary one."""

    DECISION_MAKER = "decision_maker"
    PROCUREMENT = "procurement"
    INFLUENCER = "influencer"
    TECHNICAL = "technical"
    OPERATIONS = "operations"
    FINANCE = "finance"
    END_USER = "end_user"
    OTHER = "other"


class Priority(StrEnum):
    CRITICAL = "critical"
    PRIMARY = "primary"
    STANDARD = "standard"


class Relationship(StrEnum):
    PROSPECT = "prospect"
    CUSTOMER = "customer"
    FORMER = "former"


class Stage(StrEnum):
    NEED = "need"
    AWARENESS = "awareness"
    EVALUATION = "evaluation"
    PURCHASE = "purchase"
    ONBOARDING = "onboarding"
    USE = "use"
    SUPPORT = "support"
    RENEWAL = "renewal"
    END = "end"


class Employment(StrEnum):
    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"
    PARTNER = "partner"


class PersonKind(StrEnum):
    CONTACT = "contact"
    EMPLOYEE = "employee"


class Permission(StrEnum):
    """What a command may need. `ANYONE`: every known or unknown person. `MEMBER`: an employee of the tenant."""

    ANYONE = "anyone"
    CX_LEAD = "cx_lead"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody the tenant knows. `permissions` holds the roles granted in CX Pulse, not the role in the account."""

    id: int
    public_id: str
    kind: PersonKind
    name: str
    email: str | None
    language: str
    timezone: str
    account_id: int | None = None
    account: str | None = None
    role: Role | None = None
    priority: Priority | None = None
    team: str | None = None
    permissions: frozenset[Permission] = frozenset()

    def may(self, permission: Permission) -> bool:
        return permission is Permission.ANYONE or permission in self.permissions

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A person with what decides whether they may be asked now."""

    person: Person
    relationship: Relationship
    reachable: bool
    """There is a conversation or an identity on some platform that a message can be sent to."""
    opted_out: bool
    snoozed_until: datetime | None
    last_asked_at: datetime | None
    """When the same survey was last sent to this person."""
    open_invitation: bool
    """The same survey is with this person and not yet answered or closed."""
