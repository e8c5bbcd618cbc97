"""Reads the pages of the user documentation for the tests that hold them to what the product does."""

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

ROOT = Path(__file__).parents[1]


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """What stands in the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def rows(text: str, *header: str) -> list[list[str]]:
    """The cells of the one table whose header begins so."""
    begins = re.escape(f"| {' | '.join(header)} |")
    found = re.search(rf"^{begins}[^\n]*\n\|[ -|]*\n((?:\|[^\n]*\n)+)", text, re.MULTILINE)
    assert found, header
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in found[1].splitlines()]


def codes(cell: str) -> list[str]:
    """What a cell shows as code."""
    return re.findall(r"`([^`]+)`", cell)


def says(text: str, *sentences: str) -> None:
    """The page has each sentence, however its lines are broken."""
    flat = " ".join(text.split())
    for sentence in sentences:
        assert sentence in flat, sentence


def two(value: float, sign: str = "") -> str:
    """Two decimals as the pages write them: halves away from zero, a real minus."""
    return f"{Decimal(value).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP):{sign}}".replace("-", "−")


def whole(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]
