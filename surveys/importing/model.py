"""What a checked row becomes, and the bounds of a file. The records of people are in `surveys.people.records`."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from surveys.definitions.model import Metric, Series
from surveys.errors import Fault, InvalidInput

ROW_LIMIT = 5_000_000
"""Rows of one file: what one import keeps in memory (identities, counts) stays well below the machine's."""
LINE_LIMIT = 1_000_000
"""Bytes of one line; a longer one is no CSV of people or answers."""
COMMENT_LIMIT = 10_000
"""Characters of a comment, the same as in chat."""


class ImportKind(StrEnum):
    """What a file holds; the word on the command line."""

    ACCOUNTS = "accounts"
    CONTACTS = "contacts"
    EMPLOYEES = "employees"
    RESPONSES = "responses"


class FileRefused(InvalidInput):
    """The file cannot be read as a whole, so no row of it can be trusted."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class BadCell(Exception):
    """One value does not fit; the text says which and why, for the person who made the file."""


class BadRow(Exception):
    """A row does not fit; the text has every reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTarget:
    """The question that a row's score belongs to. `low` and `high` bound its scale, both included."""

    version_id: int
    survey: str
    question: str
    metric: Metric | None
    low: int
    high: int


class RowDimensions(NamedTuple):
    """What a row says about who answered and where, spelled as it is. Many rows share one."""

    account: str | None
    role: str | None
    stage: str | None
    touchpoint: str | None
    segment: str | None
    team: str | None
    language: str | None
    channel: str | None
    mode: str | None


class ResponseRecord(NamedTuple):
    """One named response. Empty cells are None. `identity` is the row's own name for ever, `digest` its content.

    A tuple and not a dataclass, because a million of them are made in one import.
    """

    line: int
    identity: str
    digest: bytes
    target: ScoreTarget
    series: Series
    score: int
    answered_at: datetime
    local_day: date
    respondent: str | None
    dimensions: RowDimensions
    comment: str | None
    comment_question: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeAnswer:
    """One answer of somebody who works here: counted in memory, never stored. `month` is its first local day."""

    line: int
    target: ScoreTarget
    metric: Metric
    month: date
    score: int
    respondent: str | None
    commented: bool
