"""What can be tapped or typed into. Pure. Each control carries its packed action as its value, its id only a place.

No meaning by colour alone: what is chosen has a mark and says so to a screen reader, and both ends of a scale are
named. A message holds inputs as a modal does; what was typed comes with any tap in it (`state.values`).
"""

from collections.abc import Iterator, Sequence

from adapters.slack import blocks
from adapters.slack.blocks import Node
from adapters.slack.text import NOTHING, clean, one_line, units
from bot.actions import Action, pack
from bot.messages import Button, Buttons, ButtonStyle, Choice, Option, Scale, TextInput
from surveys.words import Words

NOT_APPLICABLE = "na"
"""The value of "does not apply" (bot.actions.Answer)."""
INPUT = ".input."
"""In the action id of an input: its place before it, the key of its value behind."""
SEND = ".send"
"""Ends the action id of a button that sends one input, whose block id is what stands before."""
CHOSEN = "✓"


def scale(block: Scale, place: str, words: Words) -> Iterator[Node]:
    """One button for each number, all in one block; Slack's radio buttons end at ten, a scale has eleven."""
    yield from blocks.title(block.question)
    points = [_point(block, value, f"{place}.{value}", words) for value in range(block.low, block.high + 1)]
    yield from _rows(points, place)
    yield from blocks.context([f"{block.low} = {block.low_label}  ·  {block.high} = {block.high_label}"])
    if block.not_applicable:
        apart = _tap(block.not_applicable, block.tap(NOT_APPLICABLE), f"{place}.na")
        yield {"type": "actions", "block_id": f"{place}.na", "elements": [apart]}


def choice(block: Choice, place: str, words: Words) -> Iterator[Node]:
    """One button for each option; where a label does not fit on a button, the options are listed with numbers."""
    yield from blocks.title(block.question)
    long = any(len(option.label) > blocks.BUTTON - 3 for option in block.options)
    if long:
        listed = (f"{number}. {one_line(option.label)}" for number, option in enumerate(block.options, 1))
        yield from blocks.sections("\n".join(listed))
    buttons = [
        _option(block, option, f"{place}.{number}", f"{number}. " if long else "", words)
        for number, option in enumerate(block.options, 1)
    ]
    yield from _rows(buttons, place)


def text_input(block: TextInput, place: str, words: Words) -> Iterator[Node]:
    """An input, optional: one answer of a form is enough, and the engine says what is missing."""
    _ = words.gettext
    limit = min(max(block.max_length, 1), blocks.TYPED)
    element: dict[str, blocks.Json] = {
        "type": "plain_text_input",
        "action_id": f"{place}{INPUT}{block.key}"[:255],
        "multiline": block.max_length > 200,
        "max_length": limit,
    }
    hint = _("Up to {limit} characters").format(limit=f"{limit:,}")
    if block.placeholder.strip():
        element["placeholder"] = blocks.plain(block.placeholder, blocks.PLACEHOLDER)
    if block.value and units(block.value) <= limit:
        # An input's value is no text object: it is shown in the field as it is.
        element["initial_value"] = clean(block.value)
    elif block.value:
        hint = _("Your earlier text is longer than fits here. What you send now takes its place.")
    yield {
        "type": "input",
        "block_id": place,
        "optional": True,
        "label": blocks.plain(block.label, blocks.LABEL),
        "hint": blocks.plain(hint, blocks.LABEL),
        "element": element,
    }
    if block.submit is not None:
        yield from _rows([_button(block.submit, f"{place}{SEND}", primary=True)], f"{place}{SEND}")


def buttons(block: Buttons, place: str) -> Iterator[Node]:
    yield from _rows([_button(button, f"{place}.{number}") for number, button in enumerate(block.buttons)], place)


def beside(first: Node, second: Node) -> tuple[Node, ...]:
    """Two rows of buttons as one, where one holds so many."""
    elements = [element for row in (first, second) for element in _elements(row)]
    return ({**first, "elements": elements},) if len(elements) <= blocks.ACTIONS else (first, second)


def _elements(row: Node) -> Sequence[blocks.Json]:
    found = row["elements"]
    return found if isinstance(found, list) else ()


def _rows(elements: Sequence[Node], place: str) -> Iterator[Node]:
    for start in range(0, len(elements), blocks.ACTIONS):
        yield {
            "type": "actions",
            "block_id": f"{place}.row{start // blocks.ACTIONS}",
            "elements": list(elements[start : start + blocks.ACTIONS]),
        }


def _point(block: Scale, value: int, place: str, words: Words) -> Node:
    label = str(value)
    if value in (block.low, block.high):
        label = f"{value}, {block.low_label if value == block.low else block.high_label}"
    return _choosable(str(value), label, block.tap(value), place, chosen=block.selected == value, words=words)


def _option(block: Choice, option: Option, place: str, number: str, words: Words) -> Node:
    chosen = block.selected == option.value
    label = f"{number}{one_line(option.label)}"
    return _choosable(label, label, block.tap(option.value), place, chosen=chosen, words=words)


def _choosable(shown: str, said: str, action: Action, place: str, *, chosen: bool, words: Words) -> Node:
    if not chosen:
        return {**_tap(shown, action, place), "accessibility_label": _said(said)}
    said = words.gettext("{label}, your answer").format(label=said)
    return {**_tap(f"{CHOSEN} {shown}", action, place), "style": "primary", "accessibility_label": _said(said)}


def _said(label: str) -> str:
    """No text object either: a screen reader speaks it."""
    return one_line(label)[: blocks.BUTTON].strip() or NOTHING


def _button(button: Button, place: str, *, primary: bool = False) -> Node:
    style = ButtonStyle.PRIMARY if primary and button.style is ButtonStyle.PLAIN else button.style
    tap = _tap(button.label, button.action, place)
    return tap if style is ButtonStyle.PLAIN else {**tap, "style": style.value}


def _tap(label: str, action: Action, place: str) -> Node:
    return {
        "type": "button",
        "action_id": place,
        "text": blocks.plain(one_line(label), blocks.BUTTON),
        "value": clean(pack(action)),
    }
