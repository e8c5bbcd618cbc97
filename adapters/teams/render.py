"""A neutral message → an Adaptive Card 1.5, a form → the card of a dialog. Pure: one match over the blocks.

Figures are in `cards_figures`, what can be tapped in `cards_controls`, elements in `cards`, text in `text`. A card
that would be too large is drawn again with less room (`cards_room`), then loses words from its end, never what can be
tapped.

A chart's picture does not fit into a card of 28 KB: the PNG of a weekly summary is 50 KB at twice the size, a third
more as a data URI. Send it as an attachment of its own beside the card, in the order of `charts` (contentType
image/png, contentUrl a data URI; Teams counts no base64 picture in the 100 KB of a message, and takes pictures of up to
1,024 × 1,024 points), and give no `pictures`: the card then has the chart's words, which such an attachment has no
place for. A picture that is an https address costs only its length, but whoever knows it sees the figures.
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
https://learn.microsoft.com/microsoftteams/platform/concepts/cloud-overview (images in agent messages and cards)

`speak` is left out: Teams does not read it, and other clients put it in place of the card's own words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.teams import cards, cards_controls, cards_figures
from adapters.teams.cards import Node
from adapters.teams.cards_room import Room, rooms
from adapters.teams.text import NOTHING, shortened
from bot.messages import (
    Block,
    Button,
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

FALLBACK = 1_000
"""Characters of the one line for notifications."""
_NO_PICTURES: Mapping[str, str] = {}


def render_card(message: Message, *, words: Words = ENGLISH, pictures: Mapping[str, str] = _NO_PICTURES) -> Node:
    """The message as a card below 28 KB. `pictures`: chart spec → address or data URI of its PNG."""
    blocks = message.blocks or (Paragraph(text=message.summary),)
    body = _fitted(blocks, pictures, words, base=_card((), message))
    return _card(body, message)


def render_dialog(form: Form, *, origin: str = "", words: Words = ENGLISH) -> Node:
    """The card of a dialog (its title is the dialog's own). What is typed comes back by key, with the form's action.

    `origin`: whatever should come back with it, such as the message that opened the form.
    """
    send = cards.submit(form.action, shortened(form.submit_label, FALLBACK), origin=origin)
    base = {**cards.card((), fallback=shortened(form.title, FALLBACK)), "actions": [send]}
    return {**base, "body": _fitted(form.blocks, {}, words, base=base)}


def plain_text(message: Message) -> str:
    """One line for notifications and clients without cards. Send it with `textFormat: plain`."""
    return shortened(message.summary, FALLBACK)


def charts(message: Message) -> tuple[Chart, ...]:
    """The pictures of a message, in order."""
    return tuple(block for block in message.blocks if isinstance(block, Chart))


def _card(body: Sequence[Node], message: Message) -> Node:
    wide = any(cards_figures.is_wide(block) for block in message.blocks if isinstance(block, Table))
    return cards.card(body, fallback=plain_text(message), wide=wide)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What became of one block. `control`: something in it can be tapped or typed into."""

    nodes: tuple[Node, ...]
    control: bool

    @property
    def size(self) -> int:
        return sum(cards.size(node) + 1 for node in self.nodes)


def _fitted(blocks: Sequence[Block], pictures: Mapping[str, str], words: Words, *, base: Node) -> list[Node]:
    """Every block in the most room that keeps the card below its limit; never empty."""
    room_left = cards.CARD_BYTES - cards.size(base)
    parts: list[_Part] = []
    for room in rooms(words):
        parts = list(_parts(blocks, pictures, room))
        if sum(part.size for part in parts) <= room_left:
            break
    else:
        parts = _without_the_end(parts, room_left, words)
    return [node for part in parts for node in part.nodes] or cards.text(NOTHING)


def _without_the_end(parts: Sequence[_Part], room_left: int, words: Words) -> list[_Part]:
    """The last parts without a control go first, then the last controls; a line says so in their place."""
    said = words.gettext("There is more than one message can hold; the rest is left out.")
    note = _Part(nodes=tuple(cards.text(said, isSubtle=True)), control=False)
    kept, at = list(parts), len(parts)
    left = room_left - note.size - sum(part.size for part in kept)
    for control in (False, True):
        for index in range(len(kept) - 1, -1, -1):
            if left >= 0:
                break
            if kept[index].control is control:
                left += kept[index].size
                del kept[index]
                at = index
    return [*kept[:at], note, *kept[at:]]


def _parts(blocks: Sequence[Block], pictures: Mapping[str, str], room: Room) -> Iterator[_Part]:
    """Every block. Buttons behind a field with a button of its own stand beside that one; a divider is a line above."""
    keys: set[str] = set()
    line, taken = False, -1
    for index, block in enumerate(blocks):
        if isinstance(block, Divider):
            line = True
        if isinstance(block, Divider) or index == taken:
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        beside: tuple[Button, ...] = ()
        if isinstance(block, TextInput) and block.submit is not None and isinstance(following, Buttons):
            taken, beside = index + 1, following.buttons
        nodes = _nodes(block, keys, beside, pictures, room)
        if nodes:
            nodes = [{**nodes[0], **_above(block, line)}, *nodes[1:]]
            line = False
        yield _Part(nodes=tuple(nodes), control=isinstance(block, Scale | Choice | TextInput | Buttons))


def _above(block: Block, line: bool) -> Node:
    """How far a block stands from the one before it; with a line between them, where a divider was."""
    if line:
        return {"separator": True, "spacing": "Medium"}
    return {} if isinstance(block, Paragraph | Quote) else {"spacing": "Medium"}


def _nodes(
    block: Block, keys: set[str], beside: Sequence[Button], pictures: Mapping[str, str], room: Room
) -> list[Node]:
    match block:
        case Heading(text=text):
            return cards.heading(room.cut(text), size="Medium")
        case Paragraph():
            return _paragraph(block, room)
        case Quote():
            return list(cards_figures.quote(block, room))
        case Headline():
            return list(cards_figures.headline(block, room))
        case Facts():
            return list(cards_figures.facts(block, room))
        case Distribution():
            return list(cards_figures.distribution(block, room))
        case Table():
            return list(cards_figures.table(block, room))
        case Chart():
            return list(cards_figures.chart(block, room, pictures))
        case Scale() | Choice() | TextInput() | Buttons():
            return _control(block, keys, beside, room)
        case Divider():
            return []


def _control(
    block: Scale | Choice | TextInput | Buttons, keys: set[str], beside: Sequence[Button], room: Room
) -> list[Node]:
    match block:
        case Scale():
            return list(cards_controls.scale(block, room, room.words))
        case Choice():
            return list(cards_controls.choice(block, room, room.words))
        case TextInput():
            return list(cards_controls.text_input(block, _unique(block.key, keys), room, room.words, beside))
        case Buttons():
            return cards_controls.buttons(block, room)


def _paragraph(block: Paragraph, room: Room) -> list[Node]:
    text = room.cut(block.text)
    match block.tone:
        case Tone.NORMAL:
            return cards.text(text)
        case Tone.STRONG:
            return cards.text(text, weight="Bolder")
        case Tone.MUTED:
            return cards.text(text, isSubtle=True)


def _unique(key: str, taken: set[str]) -> str:
    """The key itself, unless another input of the card has it: Teams draws no card with an id twice."""
    found, number = key, 2
    while found in taken:
        found, number = f"{key}.{number}", number + 1
    taken.add(found)
    return found
