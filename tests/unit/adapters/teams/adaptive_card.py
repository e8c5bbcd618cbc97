"""What Teams wants of a card, to the last element: the official schema, limits, ids, and text that is only text.

Written from https://adaptivecards.io/explorer and Teams' own pages, not from the renderer.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

SCHEMA = Path(__file__).parents[3] / "schemas" / "adaptive-card-1.5.json"
CARD_BYTES = 28 * 1024
PRIMARY_ACTIONS = 6
MARKDOWN_ELEMENTS = ("TextBlock", "FactSet", "Input.ChoiceSet", "Input.Toggle")
_READ_AS_IT_IS = re.compile(r"[^\W\d_][\w ,;?!()’“”–—%·:.]*")


def check_card(card: Any) -> None:
    """Raises AssertionError, naming what Teams would refuse or turn into something else than text."""
    text = json.dumps(card, ensure_ascii=False, separators=(",", ":"))
    assert len(text.encode("utf-8")) < CARD_BYTES
    plain = json.loads(text)
    assert plain.pop("msteams", {"width": "Full"}) == {"width": "Full"}
    problem = next(_validator().iter_errors(plain), None)
    assert problem is None, f"{problem.message[:300]} at {list(problem.absolute_path)}" if problem else ""
    assert plain["version"] == "1.5"
    assert plain["body"]
    assert plain["fallbackText"].strip()
    ids = [node["id"] for node in nodes(plain) if "id" in node]
    assert len(ids) == len(set(ids)), ids
    for node in nodes(plain):
        _check(node)


def nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every object of a card that has a type, without what an action carries."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for key, part in node.items():
            if key != "data":
                yield from nodes(part)
    elif isinstance(node, list | tuple):
        for part in node:
            yield from nodes(part)


def of_type(card: Any, kind: str) -> list[Any]:
    return [node for node in nodes(card) if node["type"] == kind]


def shown(card: Any) -> str:
    """What a reader sees of it, a line for each element with text."""
    lines = []
    for node in nodes(card):
        match node:
            case {"type": "TextBlock", "text": str(text)}:
                lines.append(text)
            case {"type": "RichTextBlock", "inlines": [*runs]}:
                lines.append("".join(run["text"] for run in runs))
            case {"type": "Input.Text", "label": str(label)}:
                lines.append(label)
    return "\n".join(lines)


def actions(card: Any) -> list[Any]:
    """Everything that can be tapped, in order."""
    return [node for node in nodes(card) if node["type"].startswith("Action.")]


def titles(found: Sequence[Any]) -> list[str]:
    return [action["title"] for action in found]


def _check(node: Mapping[str, Any]) -> None:
    kind = node["type"]
    if kind == "TextBlock":
        assert _READ_AS_IT_IS.fullmatch(node["text"]), node["text"]
        assert not re.search(r"\w[.:]\S", node["text"]), "an address"
    else:
        assert kind not in MARKDOWN_ELEMENTS
    match kind:
        case "TextRun":
            assert "\n" not in node["text"]
            assert not re.search(r"\{\{\s*(?:DATE|TIME)\s*\(", node["text"], re.IGNORECASE)
        case "Image":
            assert node["altText"].strip()
        case "ActionSet":
            assert 1 <= len(node["actions"]) <= PRIMARY_ACTIONS
        case "Action.Execute":
            assert node["verb"] == "cx"
            assert set(node["data"]) == {"cx"}
            assert node["title"].strip()
        case "Action.Submit":
            assert set(node["data"]) in ({"cx", "msteams"}, {"cx", "origin"})
            assert node["title"].strip()
        case "Input.Text":
            assert node["label"].strip()
            assert node["maxLength"] >= 1
            assert len(node.get("value", "")) <= node["maxLength"]
        case _:
            pass


@cache
def _validator() -> Draft6Validator:
    return Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
