"""Tests for the one CSV writer: text never becomes a formula (threat 12)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.csv_rows import write_csv

FORMULAS = [
    '=HYPERLINK("http://evil","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "  =1",
    "\ufeff=1",
    "|cmd",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_begins_like_a_formula_is_made_plain_text(text: str) -> None:
    (_header, row) = list(csv.reader(io.StringIO(write_csv(("label",), [(text,)]))))
    assert row[0] == "'" + text.replace("\r", "\n")


def test_numbers_stay_numbers_at_full_precision_also_negative_ones() -> None:
    text = write_csv(("a", "b", "c", "d"), [(-27.636986301369863, -3, None, True)])
    assert text == "a,b,c,d\n-27.636986301369863,-3,,true\n"


def test_ordinary_names_are_left_alone() -> None:
    text = write_csv(("label",), [("Nordhavn Tools, Ltd",), ("O'Brien",)])
    assert text == 'label\n"Nordhavn Tools, Ltd"\nO\'Brien\n'


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_reads_back_as_itself_behind_at_most_one_apostrophe(cells: list[str]) -> None:
    written = write_csv(["c"] * len(cells), [cells])
    _header, row = csv.reader(io.StringIO(written, newline=""))
    unified = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    assert all(read in (cell, f"'{cell}") for cell, read in zip(unified, row, strict=True))
    assert not any(read.lstrip().startswith(("=", "+", "-", "@", "＝")) for read in row)
