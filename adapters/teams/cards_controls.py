"""What can be tapped or typed into, as elements of a card. Pure.

Each control carries its packed action in its own data. No meaning by colour alone: what is chosen has a mark and says
so to a screen reader, and both ends of a scale are named. Teams shows no style of a button (positive, destructive):
its words must be enough (https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference).
"""

from collections.abc import Iterator, Sequence

from adapters.teams import cards
from adapters.teams.cards import Json, Node
from adapters.teams.cards_room import Room
from adapters.teams.text import NOTHING, clean, one_line
from bot.actions import OpenForm, SendText, SubmitForm
from bot.messages import Button, Buttons, ButtonStyle, Choice, Option, Scale, TextInput
from surveys.words import Words

NOT_APPLICABLE = "na"
"""The value of "does not apply" (bot.actions.Answer)."""
CHOSEN = "✓"
IN_ONE_ROW = 7
"""Cells side by side that a thumb still hits on a phone, about 300 pixels wide; a longer scale has two rows."""
CELL_HEIGHT = "40px"
ONE_LINE = 200
"""A text with this limit or less is typed in one line."""


def scale(block: Scale, room: Room, words: Words) -> Iterator[Node]:
    """A cell for each number, one tap each: of eleven buttons Teams would show six, and the others out of sight."""
    yield from cards.text(room.cut(block.question), weight="Bolder")
    values = list(range(block.low, block.high + 1))
    row = len(values) if len(values) <= IN_ONE_ROW else (len(values) + 1) // 2
    for start in range(0, len(values), row):
        cells = [_cell(block, value, words, first=value == values[start]) for value in values[start : start + row]]
        # A shorter row is filled up: every cell is as wide as the ones above it.
        cells += [cards.column([], spacing="None") for _ in range(min(row, len(values)) - len(cells))]
        yield cards.columns(*cells, style="emphasis", spacing="Small")
    ends = f"{block.low} = {one_line(block.low_label)}  ·  {block.high} = {one_line(block.high_label)}"
    yield from cards.text(room.cut(ends), place={"spacing": "Small"}, isSubtle=True)
    if block.not_applicable:
        apart = cards.execute(block.tap(NOT_APPLICABLE), room.short(block.not_applicable))
        yield from cards.action_sets([apart])


def choice(block: Choice, room: Room, words: Words) -> Iterator[Node]:
    """A row for each option, which shows the whole of its label; a button would cut it off."""
    yield from cards.text(room.cut(block.question), weight="Bolder")
    for option in block.options:
        yield _option(block, option, room, words)


def text_input(block: TextInput, key: str, room: Room, words: Words, beside: Sequence[Button] = ()) -> Iterator[Node]:
    """An input, optional: the engine says what is missing. `key`: its id, unique in the card.

    `beside`: buttons that stand next to the one that sends the text, and send none.
    """
    _ = words.gettext
    field: dict[str, Json] = {
        "type": "Input.Text",
        "id": key,
        "label": room.short(block.label),
        "isMultiline": block.max_length > ONE_LINE,
        "maxLength": max(block.max_length, 1),
    }
    if block.placeholder.strip():
        field["placeholder"] = room.short(block.placeholder)
    earlier = clean(block.value)
    fits = len(earlier) <= min(room.value, block.max_length)
    if earlier and fits:
        field["value"] = earlier
    yield field
    if not fits:
        hint = _("Your earlier text is longer than fits here. What you send now takes its place.")
        yield from cards.text(hint, place={"spacing": "Small"}, isSubtle=True)
    sending = [] if block.submit is None else [button(block.submit, room)]
    yield from cards.action_sets([*sending, *(button(each, room) for each in beside)])


def buttons(block: Buttons, room: Room) -> list[Node]:
    return cards.action_sets([button(each, room) for each in block.buttons])


def button(block: Button, room: Room) -> Node:
    """A form is opened by `task/fetch`; everything else comes back as an invoke."""
    style = {ButtonStyle.PRIMARY: "positive", ButtonStyle.DANGER: "destructive"}.get(block.style, "")
    title = room.short(block.label)
    if isinstance(block.action, OpenForm):
        return cards.fetch(block.action, title, style=style)
    typed = isinstance(block.action, SendText | SubmitForm)
    return cards.execute(block.action, title, with_inputs=typed, style=style)


def _cell(block: Scale, value: int, words: Words, *, first: bool) -> Node:
    """A cell without a ground of its own: that would come with padding, which breaks “10” in two on a phone."""
    said = str(value)
    if value in (block.low, block.high):
        said = f"{value}, {one_line(block.low_label if value == block.low else block.high_label)}"
    chosen = block.selected == value
    if chosen:
        said = words.gettext("{label}, your answer").format(label=said)
    shown = f"{CHOSEN} {value}" if chosen else str(value)
    look: dict[str, Json] = {"color": "Accent", "size": "Medium"} if chosen else {}
    return cards.column(
        [cards.rich(cards.run(shown, weight="Bolder", **look), horizontalAlignment="Center")],
        spacing="None" if first else "Small",
        separator=not first,
        minHeight=CELL_HEIGHT,
        verticalContentAlignment="Center",
        selectAction=cards.execute(block.tap(value), said, tooltip=said),
    )


def _option(block: Choice, option: Option, room: Room, words: Words) -> Node:
    label = room.cut(one_line(option.label)) or NOTHING
    chosen = block.selected == option.value
    said = words.gettext("{label}, your answer").format(label=label) if chosen else label
    shown = cards.text(f"{CHOSEN} {label}" if chosen else label, weight="Bolder" if chosen else "Default")
    return cards.container(
        shown or [cards.rich(cards.run(NOTHING))],
        spacing="Small",
        style="accent" if chosen else "emphasis",
        selectAction=cards.execute(block.tap(option.value), said, tooltip=said),
    )
