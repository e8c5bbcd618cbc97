"""The one CSV writer. Text that a spreadsheet would take for a formula is made harmless (threat 12)."""

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | float | bool | None

_STARTS_FORMULA = "=+-@\t\r\n|＝＋－＠﹦﹢﹣﹫"


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as CSV text with Unix line ends. Numbers keep their full precision; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


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
    """An apostrophe in front of anything that begins like a formula, also behind blanks and invisible characters."""
    visible = text.lstrip(" \u00a0\u200b\u200e\u200f\u2060\ufeff\u3000\x00")
    return f"'{text}" if visible[:1] and visible[0] in _STARTS_FORMULA else text
