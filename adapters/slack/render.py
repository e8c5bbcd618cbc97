"""A neutral message → Block Kit, a form → a modal. Pure: one match over the blocks.

What can be tapped is in `controls`, how text is escaped in `text`, the limits in `blocks`. Everything is plain
text except tables, which need a fixed width. A message that would be too large loses words from its end, never what
can be tapped.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from adapters.slack import blocks, controls
from adapters.slack.blocks import Node
from adapters.slack.text import NOTHING, one_line
from bot.messages import (
    Block,
    Buttons,
    Chart,
    Choice,
    Distribution,
    Divider,
    Facts,
    Form,
    Heading,
    Headline,
    Message,
    Paragraph,
    Quote,
    Scale,
    Table,
    TextInput,
    Tone,
)
from surveys.words import ENGLISH, Words

BAR = 10
CELL = 40
"""A cell's longest text: a row of some columns still fits on a screen."""
_CONTROLS = ("actions", "input")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """`text` is what a notification shows; escaped, and meant to be sent with `mrkdwn: false`."""

    text: str
    blocks: tuple[Node, ...]


def render_message(message: Message, words: Words = ENGLISH) -> Rendered:
    """All blocks in order, within every limit; the summary alone where there are none."""
    shown = message.blocks or (Paragraph(text=message.summary),)
    nodes = list(_all(shown, words))
    return Rendered(
        text=blocks.fallback(message.summary),
        blocks=tuple(fitted(nodes, most=blocks.MESSAGE_BLOCKS, words=words)) or _nothing(),
    )


def render_form(form: Form, *, metadata: str, words: Words = ENGLISH) -> Node:
    """A modal whose submission carries every input. `metadata` comes back with it: at most 3,000 characters."""
    nodes = list(_all(form.blocks, words))
    return {
        "type": "modal",
        "callback_id": "form",
        "title": blocks.plain(one_line(form.title), blocks.TITLE),
        "submit": blocks.plain(one_line(form.submit_label), blocks.TITLE),
        "close": blocks.plain(words.gettext("Cancel"), blocks.TITLE),
        "private_metadata": metadata,
        "blocks": fitted(nodes, most=blocks.VIEW_BLOCKS, words=words) or _nothing(),
    }


def render_home(messages: Sequence[Message], words: Words = ENGLISH) -> Node:
    """The Home tab: messages below each other, a line between two."""
    nodes: list[Node] = []
    for number, message in enumerate(messages):
        if nodes:
            nodes.append(blocks.divider())
        nodes += _all(message.blocks or (Paragraph(text=message.summary),), words, within=f"m{number}")
    return {"type": "home", "blocks": fitted(nodes, most=blocks.VIEW_BLOCKS, words=words) or _nothing()}


def charts(message: Message) -> tuple[Chart, ...]:
    """The pictures that follow a message as files."""
    return tuple(block for block in message.blocks if isinstance(block, Chart))


def fitted(nodes: Sequence[Node], *, most: int, words: Words) -> list[Node]:
    """At most `most` blocks and ALL_CHARACTERS characters: the last blocks without a control go first."""
    kept = list(nodes)
    size = sum(map(blocks.characters, kept))
    if len(kept) <= most and size <= blocks.ALL_CHARACTERS:
        return kept
    note = list(blocks.context([words.gettext("There is more than one message can hold; the rest is left out.")]))
    room = blocks.ALL_CHARACTERS - sum(map(blocks.characters, note))
    at = len(kept)
    for index in range(len(kept) - 1, -1, -1):
        if len(kept) < most and size <= room:
            break
        if kept[index]["type"] not in _CONTROLS:
            size -= blocks.characters(kept[index])
            del kept[index]
            at = index
    kept = kept[:at] + note + kept[at:]
    return kept[:most]


def _nothing() -> tuple[Node, ...]:
    return tuple(blocks.sections(NOTHING))


def _all(shown: Sequence[Block], words: Words, *, within: str = "b") -> Iterator[Node]:
    for index, block in enumerate(shown):
        yield from render_block(block, f"{within}{'' if within == 'b' else '.'}{index}", words)


def render_block(block: Block, place: str, words: Words) -> Iterator[Node]:
    """One block as Block Kit. `place` makes ids unique in the message and is the same at the next rendering."""
    match block:
        case Heading(text=text):
            yield from _title(text)
        case Paragraph(text=text, tone=Tone.STRONG):
            yield from _title(text)
        case Paragraph(text=text, tone=Tone.MUTED) if len(text) <= blocks.CONTEXT // 2:
            yield from blocks.context([text])
        case Paragraph(text=text):
            yield from blocks.sections(text)
        case Quote(text=text, by=by):
            yield from blocks.sections(f"“{text}”")
            yield from blocks.context([f"— {by}"] if by else [])
        case Headline(label=label, value=value, notes=notes, badge=badge):
            yield from _title(f"{label}  {value}")
            yield from blocks.context([badge, *notes])
        case Facts(rows=rows):
            yield from blocks.sections("\n".join(f"{label}: {value}" for label, value in rows))
        case Distribution():
            yield from _distribution(block)
        case Table():
            yield from _table(block)
        case Chart(title=title, alt_text=alt_text):
            # The picture follows as a file with this same text: whoever does not see it, reads it here.
            yield from blocks.sections(alt_text if alt_text.startswith(title) else f"{title}: {alt_text}")
        case Scale() | Choice() | TextInput() | Buttons():
            yield from _control(block, place, words)
        case Divider():
            yield blocks.divider()


def _control(block: Scale | Choice | TextInput | Buttons, place: str, words: Words) -> Iterator[Node]:
    match block:
        case Scale():
            return controls.scale(block, place, words)
        case Choice():
            return controls.choice(block, place, words)
        case TextInput():
            return controls.text_input(block, place, words)
        case Buttons():
            return controls.buttons(block, place)


def _title(text: str) -> Iterator[Node]:
    """A header where it fits on one line of one."""
    if len(text) <= blocks.HEADER // 2 and "\n" not in text:
        return iter([blocks.header(text)])
    return blocks.sections(text)


def _distribution(block: Distribution) -> Iterator[Node]:
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


def _table(block: Table) -> Iterator[Node]:
    yield from blocks.sections(block.caption)
    numeric = tuple(column.numeric for column in block.columns)
    head = tuple(column.title for column in block.columns)
    lines = _aligned([head, *block.rows], numeric=numeric)
    if lines:
        lines.insert(1, "─" * _width(lines[0]))
    yield from blocks.monospaced(lines)


def _aligned(rows: Sequence[Sequence[str]], *, numeric: Sequence[bool]) -> list[str]:
    """Cells below each other. The widths are those of a fixed-width face, in which East Asian letters take two."""
    cells = [[_cell(text) for text in row] for row in rows]
    columns = max((len(row) for row in cells), default=0)
    widths = [max((_width(row[at]) for row in cells if at < len(row)), default=0) for at in range(columns)]
    lines = []
    for row in cells:
        padded = []
        for at, text in enumerate(row):
            gap = " " * (widths[at] - _width(text))
            padded.append(gap + text if at < len(numeric) and numeric[at] else text + gap)
        lines.append("  ".join(padded).rstrip())
    return lines


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
