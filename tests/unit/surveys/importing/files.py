"""Files of responses and people, said in as few words as a test needs."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from surveys.definitions.loader import shipped
from surveys.definitions.model import SurveyVersion
from surveys.errors import Fault
from surveys.importing.checking import check
from surveys.importing.header import Header
from surveys.importing.model import EmployeeAnswer, ImportKind, ResponseRecord
from surveys.importing.responses import ResponseContext, ResponseRows

NOW = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)
SURVEYS = {
    survey.key: SurveyVersion(id=number, public_id=f"v{number}", number=1, survey=survey)
    for number, survey in enumerate(shipped(), start=1)
}


def in_lines(text: str | bytes) -> Iterable[bytes]:
    """As a file gives them: a line ends at its LF."""
    return BytesIO(text.encode() if isinstance(text, str) else text)


def read_responses(
    text: str | bytes,
    *,
    ignore_unknown: bool = False,
    employees: frozenset[str] = frozenset(),
    released: frozenset[tuple[str, str, date]] = frozenset(),
    zone: str = "Europe/Warsaw",
) -> tuple[list[ResponseRecord | EmployeeAnswer], list[str]]:
    """The records, and the faults as they are printed."""
    context = ResponseContext(surveys=SURVEYS, zone=ZoneInfo(zone), now=NOW, employees=employees, released=released)
    faults: list[Fault] = []
    records = check(
        in_lines(text),
        kind=ImportKind.RESPONSES,
        file="r.csv",
        reader=lambda header: ResponseRows(header, context).record,
        on_fault=faults.append,
        ignore_unknown=ignore_unknown,
    )
    return list(records), [str(fault) for fault in faults]


def named(text: str | bytes, **rules: Any) -> list[ResponseRecord]:
    """The records of a file without any fault."""
    records, faults = read_responses(text, **rules)
    assert faults == []
    assert all(isinstance(record, ResponseRecord) for record in records)
    return [record for record in records if isinstance(record, ResponseRecord)]


def faults_of(text: str | bytes) -> list[str]:
    return read_responses(text)[1]


def read_people(text: str, rows: Callable[[Header], object], kind: ImportKind) -> tuple[list[object], list[str]]:
    faults: list[Fault] = []
    records = check(
        in_lines(text),
        kind=kind,
        file="p.csv",
        reader=lambda header: rows(header).record,  # type: ignore[attr-defined]
        on_fault=faults.append,
    )
    return list(records), [str(fault) for fault in faults]
