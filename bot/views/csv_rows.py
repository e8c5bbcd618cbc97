"""The one CSV writer. Text that a spreadsheet would take for a formula is made harmless (threat 12)."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

Cell = str | int | float | bool | None

_STARTS_FORMULA = "=+-@|＝＋－＠﹦﹢﹣﹫"


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV text with Unix line ends. Numbers keep their full precision; None is an empty cell."""
    text = io.StringIO()
    table = CsvRows(text, header)
    for row in rows:
        table.add(row)
    return text.getvalue()


class CsvRows:
    """Rows into an open text, one at a time, below a header; `written`: how many."""

    def __init__(self, text: TextIO, header: Sequence[str]) -> None:
        self._writer = csv.writer(text, lineterminator="\n")
        self._writer.writerow(header)
        self.written = 0

    def add(self, row: Sequence[Cell]) -> None:
        self._writer.writerow([_cell(cell) for cell in row])
        self.written += 1


def _cell(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return repr(cell)
        case _:
            return harmless(cell)


def harmless(text: str) -> str:
    """An apostrophe in front of anything that begins like a formula, also behind blanks and invisible characters.

    A lone carriage return becomes a line feed: Python's writer leaves it unquoted, and readers take it for a new row.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    visible = next((letter for letter in text if not _invisible(letter)), "")
    return f"'{text}" if text[:1] in ("\t", "\n") or (visible and visible in _STARTS_FORMULA) else text


def _invisible(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf")
