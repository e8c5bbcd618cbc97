"""Bytes into rows: encodings, line ends, quotes, and that a line number is the line a person finds in an editor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.importing.model import LINE_LIMIT, BadRow, FileRefused
from surveys.importing.reading import Rows
from tests.unit.surveys.importing.files import in_lines


def rows_of(text: str | bytes) -> list[tuple[int, list[str]]]:
    rows = Rows(in_lines(text), "f.csv")
    return [(rows.line, cells) for cells in rows]


def refusal_of(text: str | bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        rows_of(text)
    return str(refused.value)


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert rows_of(b"\xef\xbb\xbfa,b\r\n1,2\r\n") == [(1, ["a", "b"]), (2, ["1", "2"])]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_may_end_as_on_any_system_and_the_last_one_need_not(end: str) -> None:
    assert rows_of(f"a,b{end}1,2") == [(1, ["a", "b"]), (2, ["1", "2"])]


def test_a_quoted_cell_may_hold_line_ends_and_the_numbers_of_later_rows_stay_right() -> None:
    assert rows_of('a\n"one\ntwo"\nthree\n') == [(1, ["a"]), (2, ["one\ntwo"]), (4, ["three"])]


def test_empty_rows_are_passed_over_and_counted() -> None:
    assert rows_of("a,b\n\n ,\n1,2\n") == [(1, ["a", "b"]), (4, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "f.csv:1: the file is UTF-16."),
        ("a,b\n1,2\n".encode("utf-16-le"), "f.csv:1: the file looks like UTF-16."),
        ("a,b\n1,Zürich\n".encode("cp1252"), "f.csv:2: the file is not UTF-8 (byte 0xfc at position 4 of the line)."),
        (b"a,b\n1,2\x003\n", "f.csv:2: the line holds a NUL byte."),
        (b"PK\x03\x04 and the rest of a spreadsheet", "f.csv:1: the file is a spreadsheet or archive, not text."),
    ],
)
def test_another_encoding_is_named_with_its_line_and_what_to_do(content: bytes, said: str) -> None:
    refusal = refusal_of(content)
    assert refusal.startswith(said)
    assert "CSV UTF-8" in refusal


def test_a_line_that_is_far_too_long_is_refused_before_it_fills_the_memory() -> None:
    assert "f.csv:2: the line is longer than" in refusal_of("a\n" + "x" * (LINE_LIMIT + 1))


def test_a_quote_that_is_never_closed_is_found_where_it_begins() -> None:
    assert refusal_of('a\n1\n"open\n2\n3\n').startswith(
        "f.csv:3: a quoted cell that begins in this row is never closed"
    )


def test_a_bare_carriage_return_is_explained() -> None:
    assert "carriage return" in refusal_of("a,b\n1\rx,2\n")


def test_a_quote_in_the_wrong_place_costs_one_row_only() -> None:
    rows = Rows(in_lines('a,b\n"x"y,2\n3,4\n'), "f.csv")
    next(rows)
    with pytest.raises(BadRow):
        next(rows)
    assert rows.line == 2
    assert next(rows) == ["3", "4"]


cells = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=6))
def test_every_row_begins_at_the_line_where_an_editor_shows_it(table: list[list[str]]) -> None:
    text, expected = "", []
    for row in table:
        line = text.count("\n") + 1
        text += ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
        if any(cell.strip() for cell in row):
            expected.append((line, [cell.strip() for cell in row]))
    assert rows_of_lines(text) == expected


def rows_of_lines(text: str) -> list[tuple[int, list[str]]]:
    rows = Rows((line + b"\n" for line in text.encode().split(b"\n")[:-1]), "f.csv")
    return [(rows.line, found) for found in rows]


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_a_refusal_and_nothing_else(content: bytes) -> None:
    rows = Rows(in_lines(content), "f.csv")
    outcomes: list[str] = []
    while not outcomes or outcomes[-1] in ("row", "bad row"):
        try:
            next(rows)
            outcomes.append("row")
        except BadRow:
            outcomes.append("bad row")
        except StopIteration:
            outcomes.append("end")
        except FileRefused:
            outcomes.append("refused")
    assert len(outcomes) <= len(content) + 1
