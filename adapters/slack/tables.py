"""Rows of figures as lines of a fixed width, in which cells can stand below each other. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest

from adapters.slack import blocks
from adapters.slack.blocks import Node
from adapters.slack.text import one_line
from bot.messages import Distribution, Table

BAR = 10
CELL = 60
"""The longest text that stands beside others; the first cell of a row is cut to it."""
LINE = 80
"""Letters that stand side by side in a window of common width; Slack breaks what is longer anywhere."""
GAP = "  "


def distribution(block: Distribution) -> Iterator[Node]:
    total = sum(share.count for share in block.shares)
    rows = [
        (
            share.label,
            "█" * round(BAR * share.count / total) if total > 0 else "",
            f"{share.count:,}",
            share.percent,
        )
        for share in block.shares
    ]
    yield from blocks.sections(block.label)
    yield from blocks.monospaced(_aligned(rows, numeric=(False, False, True, True)))


def table(block: Table) -> Iterator[Node]:
    """The caption, the titles, then every row; columns for which a line has no room stand below it, each named and in
    full.
    """
    yield from blocks.sections(block.caption)
    titles = [column.title for column in block.columns]
    beside = _side_by_side([titles, *block.rows])
    lines = _aligned(
        [row[:beside] for row in (titles, *block.rows)], numeric=[column.numeric for column in block.columns]
    )
    if not lines:
        return
    shown = [lines[0], "─" * _width(lines[0])]
    for line, row in zip(lines[1:], block.rows, strict=True):
        shown.append(line)
        named = list(zip_longest(titles, row, fillvalue=""))[beside:]
        if below := [one_line(f"{title} {text}") for title, text in named if text.strip()]:
            shown.append(GAP + " · ".join(below))
    yield from blocks.monospaced(shown)


def _side_by_side(rows: Sequence[Sequence[str]]) -> int:
    """How many columns stand side by side: those before one that is too wide by itself or for the line, and always the
    first.
    """
    beside, end = 0, -len(GAP)
    for width in _widths([[one_line(text) for text in row] for row in rows]):
        end += len(GAP) + min(width, CELL)
        if beside and (width > CELL or end > LINE):
            break
        beside += 1
    return beside


def _aligned(rows: Sequence[Sequence[str]], *, numeric: Sequence[bool]) -> list[str]:
    """Cells below each other. The widths are those of a fixed-width face, in which East Asian letters take two."""
    cells = [[_cell(text) for text in row] for row in rows]
    widths = _widths(cells)
    lines = []
    for row in cells:
        padded = []
        for at, text in enumerate(row):
            gap = " " * (widths[at] - _width(text))
            padded.append(gap + text if at < len(numeric) and numeric[at] else text + gap)
        lines.append(GAP.join(padded).rstrip())
    return lines


def _widths(cells: Sequence[Sequence[str]]) -> list[int]:
    """Of each column, its widest cell."""
    return [max(map(_width, column)) for column in zip_longest(*cells, fillvalue="")]


def _cell(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= CELL else text[: CELL - 1].rstrip() + "…"


def _width(text: str) -> int:
    return sum(map(_letter_width, text))


@lru_cache(maxsize=4_096)
def _letter_width(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1
