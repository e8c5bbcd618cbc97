"""Bytes of a CSV file → rows of cells with their line numbers. Knows text and quotes, not what a column means."""

import csv
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from surveys.errors import Fault
from surveys.importing.model import LINE_LIMIT, ROW_LIMIT, BadRow, FileRefused

BOM = b"\xef\xbb\xbf"
OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK\x03\x04": "a spreadsheet or archive, not text"}
SAVE_AS_UTF8 = "Save the file as “CSV UTF-8” and import it again."
# What the csv module says when the rest of the file is swallowed, not only one row.
SWALLOWED = ("unexpected end of data", "field larger than field limit")


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Lines of an open file; one that is far too long comes in pieces, so that memory stays bounded."""
    return iter(lambda: file.readline(LINE_LIMIT + 1), b"")


def decoded(lines: Iterable[bytes], file: str) -> Iterator[str]:
    """Lines as text, without the byte-order mark.

    Raises FileRefused at the first line that is not UTF-8, holds a NUL or is too long. A line of UTF-8 ends where its
    bytes end, so lines can be decoded one by one, and the number of the faulty one is known.
    """
    for number, line in enumerate(lines, start=1):
        if number == 1:
            refuse_other_encoding(line, file)
            line = line.removeprefix(BOM)
        if b"\0" in line:
            raise FileRefused(Fault(file=file, line=number, problem="the line holds a NUL byte.", remedy=SAVE_AS_UTF8))
        if len(line) > LINE_LIMIT:
            problem = f"the line is longer than {LINE_LIMIT:,} bytes."
            raise FileRefused(Fault(file=file, line=number, problem=problem, remedy="Is it a CSV file?"))
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            problem = (
                f"the file is not UTF-8 (byte 0x{line[error.start]:02x} at position {error.start + 1} of the line)."
            )
            raise FileRefused(Fault(file=file, line=number, problem=problem, remedy=SAVE_AS_UTF8)) from None


def refuse_other_encoding(first_line: bytes, file: str) -> None:
    for mark, name in OTHER_ENCODINGS.items():
        if first_line.startswith(mark):
            raise FileRefused(Fault(file=file, line=1, problem=f"the file is {name}.", remedy=SAVE_AS_UTF8))
    if b"\0" in first_line:
        raise FileRefused(Fault(file=file, line=1, problem="the file looks like UTF-16.", remedy=SAVE_AS_UTF8))


class Rows:
    """The rows of a file, one after another; `line` is where the last one began (a quoted cell may hold line ends)."""

    def __init__(self, lines: Iterable[bytes], file: str) -> None:
        self._file = file
        self._reader = csv.reader(decoded(lines, file), strict=True)
        self.line = 0

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        """The next row that holds anything, its cells stripped.

        Raises BadRow where quotes are wrong within a row and reading can go on, FileRefused where it cannot.
        """
        while True:
            self.line = self._reader.line_num + 1
            if self.line > ROW_LIMIT * 10:
                self._refuse(f"the file has more than {ROW_LIMIT * 10:,} lines.", "Import it in parts.")
            try:
                row = next(self._reader)
            except csv.Error as error:
                self._explain(str(error))
            cells = [cell.strip() for cell in row]
            if any(cells):
                return cells

    def _explain(self, error: str) -> None:
        if "new-line character" in error:
            self._refuse(
                "the line holds a bare carriage return.", "End lines with LF or CRLF; quote cells that span lines."
            )
        if any(words in error for words in SWALLOWED):
            self._refuse(
                "a quoted cell that begins in this row is never closed.", "Close it, and double quotes inside it."
            )
        raise BadRow("a quote is in the wrong place: quote the whole cell and double the quotes inside it")

    def _refuse(self, problem: str, remedy: str) -> None:
        raise FileRefused(Fault(file=self._file, line=self.line, problem=problem, remedy=remedy))
