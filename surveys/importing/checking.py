"""A whole file, row by row: records to whoever iterates, a fault for each row that does not fit."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from surveys.errors import Fault
from surveys.importing.header import Header, read_header
from surveys.importing.model import ROW_LIMIT, BadRow, FileRefused, ImportKind
from surveys.importing.reading import Rows

Record = TypeVar("Record")

RowReader = Callable[[int, list[str]], Record]
"""(line, stripped cells of the header's width) → a record. Raises BadRow."""


def check(
    lines: Iterable[bytes],
    *,
    kind: ImportKind,
    file: str,
    reader: Callable[[Header], RowReader[Record]],
    on_fault: Callable[[Fault], None],
    ignore_unknown: bool = False,
) -> Iterator[Record]:
    """The records of the file in its order. `file` is its name as faults show it.

    Raises FileRefused where the file as a whole cannot be read: encoding, header, quotes, size.
    """
    rows = Rows(lines, file)
    cells = _first(rows, file)
    header = read_header(cells, kind=kind, file=file, line=rows.line, ignore_unknown=ignore_unknown)
    read = reader(header)
    width = header.width
    seen = 0
    while True:
        try:
            row = next(rows)
            seen += 1
            if seen > ROW_LIMIT:
                problem = f"the file has more than {ROW_LIMIT:,} rows."
                raise FileRefused(Fault(file=file, line=rows.line, problem=problem, remedy="Import it in parts."))
            if len(row) != width:
                counted = "1 cell" if len(row) == 1 else f"{len(row)} cells"
                raise BadRow(f"the row has {counted}, the header has {width}")
            record = read(rows.line, row)
        except StopIteration:
            return
        except BadRow as error:
            on_fault(Fault(file=file, line=rows.line, problem=str(error)))
            continue
        yield record


def _first(rows: Rows, file: str) -> list[str]:
    """The header row. Raises FileRefused where there is none."""
    try:
        return next(rows)
    except StopIteration:
        raise FileRefused(
            Fault(file=file, line=1, problem="the file is empty.", remedy="Its first line names the columns.")
        ) from None
    except BadRow as error:
        raise FileRefused(Fault(file=file, line=rows.line, problem=f"{error}.")) from None
