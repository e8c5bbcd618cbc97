"""Rows of files of accounts, contacts and employees → the records of `surveys.people.records`.

An empty cell is "not told", like a column that is not there: what is known stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from surveys.definitions.faults import shown
from surveys.importing import cells as read
from surveys.importing.header import Header
from surveys.importing.model import BadCell, BadRow
from surveys.people.model import Employment, Priority, Relationship, Role
from surveys.people.records import AccountRecord, ContactRecord, EmployeeRecord, PlatformUser, match_key

Value = TypeVar("Value")
PersonRecord = TypeVar("PersonRecord", ContactRecord, EmployeeRecord)
Record = TypeVar("Record", AccountRecord, ContactRecord, EmployeeRecord, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Generic[Record]):
    """A record and the line that it came from."""

    line: int
    record: Record


class _Row:
    """One row under a header: reads cells by column name and gathers what is wrong with them."""

    def __init__(self, header: Header, cells: list[str]) -> None:
        self._header = header
        self._cells = cells
        self._reasons: list[str] = []

    def get(self, column: str, reader: Callable[[str], Value]) -> Value | None:
        place = self._header.places.get(column)
        cell = "" if place is None else self._cells[place]
        if not cell:
            return None
        try:
            return reader(cell)
        except BadCell as error:
            self._reasons.append(str(error))
            return None

    def need(self, column: str, reader: Callable[[str], str]) -> str:
        value = self.get(column, reader)
        if value is None and not self._cells[self._header.place(column)]:
            self._reasons.append(f"{column} is empty")
        return value or ""

    def refuse(self, reason: str) -> None:
        self._reasons.append(reason)

    def finish(self) -> None:
        if self._reasons:
            raise BadRow("; ".join(self._reasons))


class _Claims:
    """What may stand in one row of a file only, and the line where it stood first."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], int] = {}

    def claim(self, row: _Row, column: str, key: str, line: int) -> None:
        if key and (first := self._lines.setdefault((column, key), line)) != line:
            row.refuse(f"{column} “{shown(key)}” is already in line {first}")


class AccountRows:
    def __init__(self, header: Header) -> None:
        self._header = header
        self._claims = _Claims()

    def record(self, line: int, cells: list[str]) -> Numbered[AccountRecord]:
        """Raises BadRow with every reason."""
        row = _Row(self._header, cells)
        record = AccountRecord(
            name=row.need("account", read.name("account", 300)),
            tier=row.get("tier", read.name("tier", 60)),
            segment=row.get("segment", read.name("segment", 100)),
            owner_email=row.get("owner_email", read.email("owner_email")),
            revenue=row.get("revenue", read.revenue),
            renewal_on=row.get("renewal_on", read.day("renewal_on")),
        )
        self._claims.claim(row, "account", match_key(record.name), line)
        row.finish()
        return Numbered(line=line, record=record)


class ContactRows:
    def __init__(self, header: Header) -> None:
        self._header = header
        self._claims = _Claims()

    def record(self, line: int, cells: list[str]) -> Numbered[ContactRecord]:
        """Raises BadRow with every reason."""
        row = _Row(self._header, cells)
        role = row.get("role", read.one_of("role", Role))
        priority = row.get("priority", read.one_of("priority", Priority))
        relationship = row.get("relationship", read.one_of("relationship", Relationship))
        record = ContactRecord(
            email=row.need("email", read.email("email")),
            name=row.get("name", read.name("name", 300)),
            account=row.get("account", read.name("account", 300)),
            role=Role(role) if role else None,
            priority=Priority(priority) if priority else None,
            relationship=Relationship(relationship) if relationship else None,
            persona=row.get("persona", read.name("persona", 100)),
            language=row.get("language", read.language),
            timezone=row.get("timezone", read.timezone),
            users=_users(row, self._claims, line),
        )
        self._claims.claim(row, "email", match_key(record.email or ""), line)
        row.finish()
        return Numbered(line=line, record=record)


class EmployeeRows:
    def __init__(self, header: Header) -> None:
        self._header = header
        self._claims = _Claims()

    def record(self, line: int, cells: list[str]) -> Numbered[EmployeeRecord]:
        """Raises BadRow with every reason."""
        row = _Row(self._header, cells)
        employment = row.get("kind", read.one_of("kind", Employment))
        record = EmployeeRecord(
            email=row.need("email", read.email("email")),
            name=row.get("name", read.name("name", 300)),
            employment=Employment(employment) if employment else None,
            team=row.get("team", read.name("team", 100)),
            level=row.get("level", read.name("level", 60)),
            language=row.get("language", read.language),
            timezone=row.get("timezone", read.timezone),
            users=_users(row, self._claims, line),
        )
        self._claims.claim(row, "email", match_key(record.email), line)
        row.finish()
        return Numbered(line=line, record=record)


def _users(row: _Row, claims: _Claims, line: int) -> tuple[PlatformUser, ...]:
    users = []
    for column, platform in (("slack_user", "slack"), ("teams_user", "teams")):
        cell = row.get(column, read.name(column, 255))
        if cell is None:
            continue
        claims.claim(row, column, cell, line)
        workspace, colon, user = cell.rpartition(":") if platform == "slack" else ("", "", cell)
        if not user or (colon and not workspace):
            row.refuse(f"{column} “{shown(cell)}” is not TEAM:USER")
            continue
        users.append(PlatformUser(platform=platform, user=user, workspace=workspace))
    return tuple(users)
