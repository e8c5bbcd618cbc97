"""One cell of text → one value. Every reader takes a stripped, non-empty cell and raises BadCell with the reason."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from surveys.definitions.faults import nearest, shown
from surveys.importing.model import COMMENT_LIMIT, BadCell
from surveys.people.records import match_key

Cell = TypeVar("Cell")
Value = TypeVar("Value")

AHEAD = timedelta(days=1)
"""How far ahead of now a time may lie: clocks and zones of other systems are wrong by hours, not by more."""
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

EMAIL_LIMIT = 320
MEMO_LIMIT = 200_000

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_COMMENT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}(?:\.0{1,6})?", re.ASCII)
_REVENUE_LIMIT = Decimal(10) ** 14


class Memo(dict[Cell, Value], Generic[Cell, Value]):
    """Remembers what a reader made of a cell, or of several: most columns hold few different values."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[Cell], Value]) -> None:
        self._read = read

    def __missing__(self, cell: Cell) -> Value:
        if len(self) >= MEMO_LIMIT:
            self.clear()
        value = self[cell] = self._read(cell)
        return value


def name(column: str, limit: int) -> Callable[[str], str]:
    """A name, key or id: one line, at most `limit` characters, spelled as it is."""

    def read(cell: str) -> str:
        if len(cell) > limit:
            raise BadCell(f"{column} has {len(cell)} characters, at most {limit} are allowed")
        if not cell.isprintable() and _CONTROL.search(cell):
            raise BadCell(f"{column} “{shown(cell)}” holds a line end or a control character")
        return cell

    return read


def one_of(column: str, words: Iterable[str]) -> Callable[[str], str]:
    """One of the product's words, in any case; spaces and hyphens for underscores are understood."""
    known = tuple(str(word) for word in words)

    def read(cell: str) -> str:
        word = cell.lower().replace(" ", "_").replace("-", "_")
        if word not in known:
            raise BadCell(f"{column} “{shown(cell)}” is unknown. {nearest(word, known)}".removesuffix("."))
        return word

    return read


def email(column: str) -> Callable[[str], str]:
    """An address, spelled as it is."""
    line = name(column, EMAIL_LIMIT)

    def read(cell: str) -> str:
        if not _EMAIL.fullmatch(line(cell)):
            raise BadCell(f"{column} “{shown(cell)}” is not an e-mail address")
        return cell

    return read


def handle(column: str) -> Callable[[str], str]:
    """An e-mail address or any other stable id, as a person is found by it (`match_key`)."""

    def read(cell: str) -> str:
        key = match_key(cell)
        if len(key) > EMAIL_LIMIT:
            raise BadCell(f"{column} has {len(key)} characters, at most {EMAIL_LIMIT} are allowed")
        if not key.isprintable() and _CONTROL.search(key):
            raise BadCell(f"{column} “{shown(cell)}” holds a line end or a control character")
        return key

    return read


def language(cell: str) -> str:
    if len(cell) > 10 or not _LANGUAGE.fullmatch(cell):
        raise BadCell(f"language “{shown(cell)}” is not a language code; write e.g. en or de")
    return cell


def timezone(cell: str) -> str:
    try:
        ZoneInfo(cell)
    except (ValueError, OSError, KeyError) as error:
        raise BadCell(f"timezone “{shown(cell)}” is unknown; write e.g. Europe/Warsaw") from error
    return cell


def revenue(cell: str) -> Decimal:
    try:
        amount = Decimal(cell)
    except InvalidOperation as error:
        raise BadCell(f"revenue “{shown(cell)}” is not a number; write e.g. 148000 or 148000.50") from error
    if not amount.is_finite() or not 0 <= amount < _REVENUE_LIMIT:
        raise BadCell(f"revenue “{shown(cell)}” is outside 0 to {_REVENUE_LIMIT:,.0f}")
    return round(amount, 2)


def day(column: str) -> Callable[[str], date]:
    def read(cell: str) -> date:
        try:
            return date.fromisoformat(cell)
        except ValueError as error:
            raise BadCell(f"{column} “{shown(cell)}” is not a date; write e.g. 2026-09-18") from error

    return read


def whole_number(column: str) -> Callable[[str], int]:
    """A whole number; a spreadsheet's “9.0” is one too."""

    def read(cell: str) -> int:
        if not _WHOLE.fullmatch(cell):
            raise BadCell(f"{column} “{shown(cell)}” is not a whole number")
        return int(cell.partition(".")[0])

    return read


def moment(column: str, now: datetime) -> Callable[[str], datetime]:
    """An ISO 8601 time with its offset → UTC; at most a day ahead of `now`."""
    latest = now + AHEAD

    def read(cell: str) -> datetime:
        if not cell:
            raise BadCell(f"{column} is empty")
        try:
            time = datetime.fromisoformat(cell)
        except ValueError as error:
            advice = "write e.g. 2026-03-01T09:30:00+01:00"
            raise BadCell(f"{column} “{shown(cell)}” is not a date and time; {advice}") from error
        if time.tzinfo is None:
            raise BadCell(f"{column} “{shown(cell)}” has no offset; write e.g. {shown(cell)}{_missing_offset(cell)}")
        try:
            utc = time.astimezone(UTC)
        except OverflowError as error:
            raise BadCell(f"{column} “{shown(cell)}” is outside the calendar") from error
        if utc > latest:
            raise BadCell(f"{column} “{shown(cell)}” is more than a day ahead")
        if utc < EARLIEST:
            raise BadCell(f"{column} “{shown(cell)}” is before {EARLIEST.year}")
        return utc

    return read


def _missing_offset(cell: str) -> str:
    return "+01:00" if ":" in cell else "T09:30:00+01:00"


def comment(cell: str) -> str:
    """A comment as it is, without control characters other than line ends and tabs."""
    if len(cell) > COMMENT_LIMIT:
        raise BadCell(f"comment has {len(cell):,} characters, at most {COMMENT_LIMIT:,} are allowed")
    return _CONTROL_IN_COMMENT.sub("", cell)
