"""Who asks, and where."""

from dataclasses import dataclass

from bot.events import Address
from surveys.people.model import Permission, Person, PersonKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """`person` None: nobody the tenant knows, or the operator at the machine's own shell."""

    person: Person | None
    permissions: frozenset[Permission]

    @classmethod
    def of(cls, person: Person | None) -> "Asker":
        return cls(person=person, permissions=person.permissions if person else frozenset())

    def may(self, permission: Permission) -> bool:
        return permission is Permission.ANYONE or permission in self.permissions

    @property
    def is_employee(self) -> bool:
        return self.person is not None and self.person.kind is PersonKind.EMPLOYEE


OPERATOR = Asker(person=None, permissions=frozenset({Permission.CX_LEAD}))
"""Whoever may read the database file has a CX lead's rights already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the command was given, and by whom as the platform knows them; not known in the operator's shell."""

    direct: bool
    address: Address | None = None
    user: str = ""
