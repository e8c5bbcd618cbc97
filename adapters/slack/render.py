"""A neutral message → Block Kit, a form → a modal. Pure: one match over the blocks.

What can be tapped is in `controls`, rows of figures in `tables`, how text is escaped in `text`, the limits in
`blocks`. Everything is plain text except tables, which need a fixed width. A message that would be too large loses
words from its end, never what can be tapped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.slack import blocks, controls, tables
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


def _all(shown: Sequence[Block], words: Words, *, within: str = "b") -> list[Node]:
    """Every block; buttons behind a field with a button of its own stand beside that one ("Send", "Skip")."""
    found: list[Node] = []
    before: Block | None = None
    for index, block in enumerate(shown):
        nodes = list(render_block(block, f"{within}{'' if within == 'b' else '.'}{index}", words))
        if isinstance(before, TextInput) and before.submit is not None and isinstance(block, Buttons) and nodes:
            nodes[:1] = controls.beside(found.pop(), nodes[0])
        found += nodes
        before = block
    return found


def render_block(block: Block, place: str, words: Words) -> Iterator[Node]:
    """One block as Block Kit. `place` makes ids unique in the message and is the same at the next rendering."""
    match block:
        case Heading(text=text):
            yield from blocks.title(text)
        case Paragraph(text=text, tone=Tone.STRONG):
            yield from blocks.title(text)
        case Paragraph(text=text, tone=Tone.MUTED) if len(text) <= blocks.CONTEXT // 2:
            yield from blocks.context([text])
        case Paragraph(text=text):
            yield from blocks.sections(text)
        case Quote(text=text, by=by):
            yield from blocks.sections(f"“{text}”")
            yield from blocks.context([f"— {by}"] if by else [])
        case Headline(label=label, value=value, notes=notes, badge=badge):
            yield from blocks.title(f"{label}: {value}")
            yield from blocks.context([badge, *notes])
        case Facts(rows=rows):
            yield from blocks.sections("\n".join(f"{label}: {value}" for label, value in rows))
        case Distribution():
            yield from tables.distribution(block)
        case Table():
            yield from tables.table(block)
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
