"""The columns of each kind of file, and the check of a header against them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from surveys.definitions.faults import nearest, shown
from surveys.errors import Fault
from surveys.importing.model import FileRefused, ImportKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    required: tuple[str, ...]
    optional: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return self.required + self.optional


COLUMNS = {
    ImportKind.ACCOUNTS: Columns(
        required=("account",), optional=("tier", "revenue", "owner_email", "segment", "renewal_on")
    ),
    ImportKind.CONTACTS: Columns(
        required=("email",),
        optional=(
            "name", "account", "role", "priority", "language", "timezone", "slack_user", "teams_user", "relationship",
            "persona",
        ),
    ),
    ImportKind.EMPLOYEES: Columns(
        required=("email",),
        optional=("name", "kind", "team", "level", "language", "timezone", "slack_user", "teams_user"),
    ),
    ImportKind.RESPONSES: Columns(
        required=("survey", "answered_at", "score"),
        optional=(
            "question", "respondent", "account", "role", "stage", "touchpoint", "segment", "team", "language",
            "comment", "external_id", "channel", "mode",
        ),
    ),
}  # fmt: skip
"""product.md, section 11."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where each known column is. A column that the file does not have is at `absent`."""

    places: dict[str, int]
    width: int

    @property
    def absent(self) -> int:
        """One past the last cell: readers append an empty cell to each row."""
        return self.width

    def place(self, column: str) -> int:
        return self.places.get(column, self.absent)

    def has(self, column: str) -> bool:
        return column in self.places


def read_header(cells: Sequence[str], *, kind: ImportKind, file: str, line: int, ignore_unknown: bool) -> Header:
    """Raises FileRefused with one fault for each column that is missing, doubled or unknown."""
    columns = COLUMNS[kind]
    names = [cell.lower() for cell in cells]
    faults: list[Fault] = []

    def fault(problem: str, remedy: str = "") -> None:
        faults.append(Fault(file=file, line=line, problem=problem, remedy=remedy))

    separator = next((mark for mark in ";\t|" if len(names) == 1 and mark in names[0]), None)
    if separator:
        shown_mark = "a tab" if separator == "\t" else f"“{separator}”"
        fault(f"the cells are separated by {shown_mark}.", "Save the file with commas between the cells.")
        raise FileRefused(*faults)
    for name, times in Counter(name for name in names if name).items():
        if times > 1 and name in columns.all:
            fault(f"the column “{shown(name)}” is there {times} times.")
    missing = [name for name in columns.required if name not in names]
    unknown = [name for name in names if name not in columns.all]
    if not ignore_unknown:
        for name in unknown:
            absent = [column for column in columns.all if column not in names]
            known = nearest(name, absent or columns.all) if name else "Name it or remove it."
            fault(f"unknown column “{shown(name)}”.", f"{known} --ignore-unknown leaves it out.")
    for name in missing:
        fault(f"the column “{name}” is missing.", f"Columns of {kind}: {', '.join(columns.all)}.")
    if faults:
        raise FileRefused(*faults)
    return Header(places={name: place for place, name in enumerate(names) if name in columns.all}, width=len(names))
