"""The elements of an Adaptive Card 1.5 that we use, and their limits. Pure; what a block becomes is elsewhere.

Text that may come from a person goes into RichTextBlock and TextRun, which know no Markdown and no mentions. There is
no FactSet, and a TextBlock only for words that mean nothing to Markdown (a heading, which screen readers then find).
https://adaptivecards.io/explorer
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from adapters.teams.text import NOTHING, clean, lines, means_nothing_to_markdown, one_line, visible
from bot.actions import Action, pack

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
Node = Mapping[str, Json]
"""A JSON object for Teams."""

CARD_BYTES = 27_000
"""Of a whole card as UTF-8 JSON. Teams refuses somewhere above 28 KB."""
PRIMARY_ACTIONS = 6
"""Shown side by side; Teams moves the others of a set out of sight."""
VERB = "cx"
DATA = "cx"
"""The key of an action's data that holds the packed action."""


def card(body: Sequence[Node], *, fallback: str, wide: bool = False) -> Node:
    """`fallback`: what a client that knows no version 1.5 shows instead."""
    whole: dict[str, Json] = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": fallback,
        "body": list(body),
    }
    # Teams draws a card in about half of the conversation's width otherwise.
    return {**whole, "msteams": {"width": "Full"}} if wide else whole


def size(node: Json) -> int:
    """Bytes as UTF-8 JSON."""
    return len(json.dumps(node, ensure_ascii=False, separators=(",", ":")).encode("utf-8"))


def run(text: str, **look: Json) -> Node:
    """A piece of text: exactly its words. `look`: weight, size, color, isSubtle and the like."""
    return {"type": "TextRun", "text": text, **look}


def rich(*runs: Node, **more: Json) -> Node:
    return {"type": "RichTextBlock", "inlines": list(runs), **more}


def text(words: str, *, place: Node | None = None, **look: Json) -> list[Node]:
    """A text of any length, one element for each of its lines: not every client breaks a line inside of one.

    `place`: properties of the first element (spacing, separator).
    """
    if not visible(words):
        return []
    shown: list[Node] = []
    gap = False
    for line in lines(words):
        if not visible(line):
            gap = True
            continue
        where: Mapping[str, Json] = (place or {}) if not shown else {"spacing": "Medium" if gap else "None"}
        shown.append(rich(run(line, **look), **where))
        gap = False
    return shown


def heading(words: str, **look: Json) -> list[Node]:
    """A heading that screen readers find, where its words allow it; the same in bold type otherwise."""
    line = one_line(words)
    if means_nothing_to_markdown(line):
        return [{"type": "TextBlock", "text": line, "style": "heading", "wrap": True, "weight": "Bolder", **look}]
    bold: dict[str, Json] = {"weight": "Bolder", **look}
    return text(words, place=None, **bold)


def container(items: Iterable[Node], **more: Json) -> Node:
    return {"type": "Container", "items": list(items), **more}


def columns(*each: Node, **more: Json) -> Node:
    return {"type": "ColumnSet", "columns": list(each), **more}


def column(items: Iterable[Node], *, width: str | int = "stretch", **more: Json) -> Node:
    return {"type": "Column", "width": width, "items": list(items), **more}


def execute(action: Action, title: str, *, tooltip: str = "", with_inputs: bool = False, style: str = "") -> Node:
    """An action that comes back as an invoke and replaces the card in place. `with_inputs`: with what is typed."""
    node: dict[str, Json] = {
        "type": "Action.Execute",
        "title": one_line(title) or NOTHING,
        "verb": VERB,
        "data": {DATA: clean(pack(action))},
    }
    return {**node, **_more(tooltip, with_inputs, style)}


def fetch(action: Action, title: str, *, tooltip: str = "", style: str = "") -> Node:
    """An action that opens a dialog: Teams asks for its card with `task/fetch`."""
    node: dict[str, Json] = {
        "type": "Action.Submit",
        "title": one_line(title) or NOTHING,
        "data": {"msteams": {"type": "task/fetch"}, DATA: clean(pack(action))},
    }
    return {**node, **_more(tooltip, False, style)}


def submit(action: Action, title: str, *, origin: str) -> Node:
    """The one action of a dialog, with everything typed in it."""
    return {
        "type": "Action.Submit",
        "title": one_line(title) or NOTHING,
        "data": {DATA: clean(pack(action)), "origin": origin},
        "style": "positive",
    }


def action_sets(actions: Sequence[Node], **more: Json) -> list[Node]:
    """Every action in sight: in as many sets as they need."""
    starts = range(0, len(actions), PRIMARY_ACTIONS)
    return [{"type": "ActionSet", "actions": list(actions[at : at + PRIMARY_ACTIONS]), **more} for at in starts]


def _more(tooltip: str, with_inputs: bool, style: str) -> dict[str, Json]:
    more: dict[str, Json] = {} if with_inputs else {"associatedInputs": "none"}
    if tooltip:
        more["tooltip"] = tooltip
    if style:
        more["style"] = style
    return more
