"""What is told about accounts and people from outside: one record per row of an import (product.md, section 11).

In every record None means "not told": what is known already stays, and a new row takes the default.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from surveys.people.model import Employment, Priority, Relationship, Role

SLACK = "slack"
"""The platform where people of several companies can meet in one workspace."""


def match_key(text: str) -> str:
    """What names are found by: spelling is kept, but case and runs of blanks do not tell two names apart."""
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformUser:
    """A user on one platform. `workspace` empty: the tenant's only workspace there.

    In Slack it may be another company's, whose people come over Slack Connect, also as WORKSPACE:TEAM.
    """

    platform: str
    user: str
    workspace: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Under which of them `place` may find this user."""
        return frozenset({self.user, f"{self.workspace.rpartition(':')[2]}:{self.user}"})

    def place(self, connected: Collection[str]) -> tuple[str, str] | None:
        """(workspace, user as known in it), of the ids of those connected on the platform; None: in none of them.

        Somebody of another company is known as TEAM:USER, since their id says nothing in our workspace. Raises
        ValueError where no workspace is named and there are several.
        """
        if not self.workspace:
            if len(connected) > 1:
                raise ValueError("There are several workspaces.")
            return next(((only, self.user) for only in connected), None)
        if self.workspace in connected:
            return self.workspace, self.user
        named, colon, team = self.workspace.rpartition(":")
        here = named if colon else next(iter(connected), "") if len(connected) == 1 else ""
        if self.platform != SLACK or here not in connected:
            return None
        return here, f"{team}:{self.user}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """An account, found by its name in any case. `revenue` per year in the tenant's currency."""

    name: str
    tier: str | None = None
    segment: str | None = None
    owner_email: str | None = None
    revenue: Decimal | None = None
    renewal_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRecord:
    """A contact, found by `handle`, else by the e-mail in any case. `account` by name; a new one is made."""

    email: str | None
    handle: str | None = None
    """A stable id where there is no e-mail; one of the two must be given."""
    name: str | None = None
    account: str | None = None
    role: Role | None = None
    other_roles: tuple[Role, ...] | None = None
    priority: Priority | None = None
    relationship: Relationship | None = None
    persona: str | None = None
    language: str | None = None
    timezone: str | None = None
    users: tuple[PlatformUser, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeRecord:
    """An employee, found by the e-mail in any case."""

    email: str
    name: str | None = None
    employment: Employment | None = None
    team: str | None = None
    level: str | None = None
    language: str | None = None
    timezone: str | None = None
    users: tuple[PlatformUser, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a record led to. `unbound`: platform users whose workspace is not connected (yet)."""

    id: int
    created: bool
    changed: bool
    unbound: tuple[PlatformUser, ...] = ()
