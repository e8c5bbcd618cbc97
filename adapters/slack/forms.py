"""A form that was sent, as Slack gave it back: with what was typed in it, so that nothing is lost while it is saved.

Pure. A view is built again from the request's own blocks; what people typed goes nowhere but into their own modal.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.slack import blocks
from adapters.slack.blocks import Node

_TAKEN_BACK = ("type", "callback_id", "title", "submit", "close", "private_metadata")
"""What Slack takes of a view; the rest of what it sends is its own."""
NOTE = "note"
"""Begins the block id of what we say above a form."""


def sent_form(view: object) -> Node | None:
    """The form again, with what was typed in each field; None where this is no form."""
    shown: Mapping[str, Any] = view if isinstance(view, Mapping) else {}
    state = shown.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    listed = shown.get("blocks")
    if not isinstance(listed, list) or not isinstance(values, Mapping):
        return None
    kept = [_filled(block, values) for block in listed if isinstance(block, Mapping) and not _is_note(block)]
    return {**{name: shown[name] for name in _TAKEN_BACK if name in shown}, "blocks": kept} if kept else None


def with_note(form: Node, text: str) -> Node:
    """The form to be sent again, and above it what went wrong."""
    return {**form, "blocks": [*_note(text), *_blocks(form)][: blocks.VIEW_BLOCKS]}


def in_place_of(form: Node, text: str, *, keep: bool = False) -> Node:
    """Nothing more to fill in: `text`, and if it may still be needed what was typed."""
    typed = [each for value in _typed(form) for each in blocks.sections(value)] if keep else []
    without = {name: value for name, value in form.items() if name != "submit"}
    return {**without, "blocks": [*_note(text), *typed][: blocks.VIEW_BLOCKS]}


def _note(text: str) -> list[Node]:
    return [{**each, "block_id": f"{NOTE}{at or ''}"} for at, each in enumerate(blocks.sections(text))]


def _is_note(block: Mapping[str, Any]) -> bool:
    return str(block.get("block_id")).startswith(NOTE)


def _filled(block: Mapping[str, Any], values: Mapping[str, Any]) -> Node:
    element = block.get("element")
    if not isinstance(element, Mapping):
        return block
    given = values.get(str(block.get("block_id")))
    field = given.get(element.get("action_id")) if isinstance(given, Mapping) else None
    value = field.get("value") if isinstance(field, Mapping) else None
    empty = {name: each for name, each in element.items() if name != "initial_value"}
    return {**block, "element": {**empty, "initial_value": value} if isinstance(value, str) and value else empty}


def _typed(form: Node) -> Iterator[str]:
    for block in _blocks(form):
        element = block.get("element")
        value = element.get("initial_value") if isinstance(element, Mapping) else None
        if isinstance(value, str):
            yield value


def _blocks(form: Node) -> list[Node]:
    listed = form["blocks"]
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
