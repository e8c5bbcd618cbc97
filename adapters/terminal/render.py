"""Message → text for a terminal. Control characters in data become spaces: a name must not move the cursor."""

import unicodedata
from collections.abc import Iterable

from bot.messages import (
    Block,
    Buttons,
    Chart,
    Choice,
    Distribution,
    Divider,
    Facts,
    Heading,
    Headline,
    Message,
    Paragraph,
    Quote,
    Scale,
    Table,
    TextInput,
)

BAR_CELLS = 30


def render(message: Message) -> str:
    """The whole message, blocks apart by an empty line; a message without blocks is its summary."""
    if not message.blocks:
        return safe(message.summary)
    parts = ("\n".join(safe(line) for line in _lines(block)) for block in message.blocks)
    return "\n\n".join(part for part in parts if part)


def safe(text: str) -> str:
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char != "\n" else char for char in text)


def _lines(block: Block) -> Iterable[str]:
    match block:
        case Heading(text=text):
            return [text, "─" * width(text)]
        case Paragraph(text=text):
            return [text]
        case Quote(text=text, by=by):
            return [f"“{text}”" + (f" — {by}" if by else "")]
        case Headline(label=label, value=value, notes=notes, badge=badge):
            return [f"{label}: {value}" + (f"  [{badge}]" if badge else ""), *notes]
        case Facts(rows=rows):
            return _aligned([[f"{label}:", value] for label, value in rows], numeric=())
        case Distribution(label=label, shares=shares):
            total = sum(share.count for share in shares) or 1
            parts = [
                [share.label, str(share.count), share.percent, "█" * round(BAR_CELLS * share.count / total)]
                for share in shares
            ]
            return [label, *_aligned(parts, numeric=(1, 2))]
        case Table(caption=caption, columns=columns, rows=rows):
            numeric = tuple(index for index, column in enumerate(columns) if column.numeric)
            return [caption, *_aligned([[column.title for column in columns], *map(list, rows)], numeric=numeric)]
        case Chart(title=title, alt_text=alt_text):
            return [title, alt_text]
        case Scale(question=question, low=low, high=high, low_label=low_label, high_label=high_label):
            return [question, f"{low} ({low_label}) … {high} ({high_label})"]
        case Choice(question=question, options=options):
            return [question, *(f"- {option.label}" for option in options)]
        case TextInput(label=label):
            return [label]
        case Buttons() | Divider():
            return []


def width(text: str) -> int:
    """Columns the text takes: wide characters of East Asian scripts take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _aligned(rows: list[list[str]], *, numeric: tuple[int, ...]) -> list[str]:
    widths = [max(width(row[index]) for row in rows) for index in range(len(rows[0]))] if rows else []
    lines = []
    for row in rows:
        cells = []
        for index, cell in enumerate(row):
            padding = " " * (widths[index] - width(cell))
            cells.append(padding + cell if index in numeric else cell + padding)
        lines.append("  ".join(cells).rstrip())
    return lines
