"""One import as it is asked for, watched and answered: what every kind of file has in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from storage.imports.source import Source
from storage.unit_of_work import SqlStore
from surveys.errors import Fault
from surveys.importing.difference import Difference
from surveys.importing.model import ImportKind


class Phase(StrEnum):
    CHECKING = "checking"
    """Counted in bytes of the file."""
    WRITING = "writing"
    """Counted in rows."""
    FINISHING = "finishing"
    """Not counted: scores are added up, people become visible."""


class Watcher(Protocol):
    """Whoever started the import."""

    def fault(self, fault: Fault) -> None:
        """A row that does not fit, as soon as it is found."""

    def progress(self, phase: Phase, done: int, total: int) -> None: ...

    def confirm(self, difference: Difference) -> bool:
        """Shown before the first row of people or accounts is written; False: nothing is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    dry_run: bool = False
    skip_bad: bool = False
    ignore_unknown: bool = False
    rows_at_once: int = 1_000
    """Rows of the first transaction; the later ones are larger or smaller by how long they took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`now`: the product's time, aware. `actor`: who did it, for the audit."""

    store: SqlStore
    tenant_id: int
    kind: ImportKind
    source: Source
    now: datetime
    watcher: Watcher
    options: Options = Options()
    actor: str = "cx import"


class Ending(StrEnum):
    DONE = "done"
    CHECKED = "checked"
    """A dry run: nothing was written."""
    BAD_ROWS = "bad_rows"
    """Nothing was written, because rows do not fit and were not to be skipped."""
    DECLINED = "declined"
    """Nothing was written, because the difference was not confirmed."""
    KNOWN = "known"
    """The very same file was imported before, all of it: nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`rows`: that fit. `bad`: that do not. The rest counts what the rows led to."""

    ending: Ending
    rows: int
    bad: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    new_accounts: int = 0
    new_people: int = 0
    resumed: bool = False
    known_since: datetime | None = None
    employee_answers: int = 0
    dropped_comments: int = 0
    months_shown: int = 0
    months_withheld: int = 0
    notes: Sequence[str] = field(default=())
    """What else the operator should know, in plain words."""
