"""Slack's rules about blocks, checked to the last element: shapes, limits, unique ids, and text that is only text.

Written from https://docs.slack.dev/reference/block-kit (read in 2026), not from the renderer.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

SURFACE_BLOCKS = {"message": 50, "modal": 100, "home": 100}
ALL_CHARACTERS = 13_200
FALLBACK = 4_000
"""Of the text beside the blocks; Slack cuts it at 40,000 and advises this."""
VIEW_BYTES = 250_000
VIEW_KEYS = {
    "modal": {"type", "callback_id", "title", "submit", "close", "private_metadata", "blocks"},
    "home": {"type", "blocks"},
}


def check_message(text: str, blocks: Sequence[Any]) -> None:
    """A message with its fallback text, which is sent with formatting off."""
    check_blocks(blocks)
    assert 1 <= utf16(text) <= FALLBACK
    assert text.strip()
    assert "\n" not in text
    _only_text(text)


def check_blocks(blocks: Sequence[Any], surface: str = "message") -> None:
    """Raises AssertionError, naming what Slack would refuse or turn into something else than text."""
    json.dumps(blocks, ensure_ascii=False).encode("utf-8")
    assert 1 <= len(blocks) <= SURFACE_BLOCKS[surface]
    for block in blocks:
        _CHECKS[block["type"]](block)
        assert 1 <= len(block.get("block_id", "x")) <= 255
    _unique([block["block_id"] for block in blocks if "block_id" in block])
    _unique([element["action_id"] for block in blocks for element in elements(block) if "action_id" in element])
    assert sum(len(text) for text in texts(blocks)) <= ALL_CHARACTERS


def check_view(view: Any) -> None:
    surface = view["type"]
    assert surface in ("modal", "home")
    # A modal without an input is only closed.
    closed = {"submit"} if surface == "modal" and not inputs(view["blocks"]) else set()
    assert set(view) | closed == VIEW_KEYS[surface]
    check_blocks(view["blocks"], surface)
    assert len(json.dumps(view)) <= VIEW_BYTES
    if surface == "modal":
        for part in {"title", "submit", "close"} & set(view):
            _text(view[part], 24, plain_only=True)
        assert utf16(view["private_metadata"]) <= 3_000
        assert len(view["callback_id"]) <= 255


def elements(block: Any) -> list[Any]:
    inside = list(block.get("elements", []))
    return [*inside, block["element"]] if "element" in block else inside


def texts(node: Any) -> Iterator[str]:
    """The text of every text object."""
    if isinstance(node, dict):
        if node.get("type") in ("plain_text", "mrkdwn"):
            yield node["text"]
        for part in node.values():
            yield from texts(part)
    elif isinstance(node, list | tuple):
        for part in node:
            yield from texts(part)


def shown(node: Any) -> str:
    """What a reader sees of it."""
    joined = "\n".join(texts(node))
    return joined.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def buttons(blocks: Sequence[Any]) -> list[Any]:
    return [element for block in blocks for element in elements(block) if element["type"] == "button"]


def inputs(blocks: Sequence[Any]) -> list[Any]:
    return [block for block in blocks if block["type"] == "input"]


def utf16(text: str) -> int:
    """The length as JavaScript counts it: at least what Slack may count."""
    return len(text.encode("utf-16-le")) // 2


def _unique(ids: list[str]) -> None:
    assert len(set(ids)) == len(ids), ids
    assert all(1 <= len(each) <= 255 for each in ids)


def _text(node: Any, limit: int, *, plain_only: bool = False) -> None:
    assert node["type"] in (("plain_text",) if plain_only else ("plain_text", "mrkdwn"))
    text = node["text"]
    assert set(node) <= {"type", "text", "emoji", "verbatim"}
    assert 1 <= utf16(text) <= limit
    assert text.strip()
    _only_text(text)
    if node["type"] == "plain_text":
        assert node["emoji"] is False
    else:
        assert node["verbatim"] is True
        fenced = re.fullmatch(r"```\n(.*)\n```", text, re.DOTALL)
        assert fenced, "formatted text outside a fence"
        assert "`" not in fenced[1]


def _only_text(text: str) -> None:
    """No control character of Slack's is left: nothing in it can be a mention or a link."""
    assert "<" not in text
    assert ">" not in text
    assert not re.sub(r"&(amp|lt|gt);", "", text).count("&"), text


def _section(block: Any) -> None:
    assert set(block) <= {"type", "text", "block_id"}
    _text(block["text"], 3_000)


def _header(block: Any) -> None:
    assert set(block) <= {"type", "text", "block_id"}
    _text(block["text"], 150, plain_only=True)


def _context(block: Any) -> None:
    assert set(block) <= {"type", "elements", "block_id"}
    assert 1 <= len(block["elements"]) <= 10
    for element in block["elements"]:
        _text(element, 2_000)


def _actions(block: Any) -> None:
    assert set(block) <= {"type", "elements", "block_id"}
    assert 1 <= len(block["elements"]) <= 25
    for element in block["elements"]:
        _button(element)


def _button(element: Any) -> None:
    assert set(element) <= {"type", "text", "action_id", "value", "style", "accessibility_label"}
    assert element["type"] == "button"
    _text(element["text"], 75, plain_only=True)
    assert 1 <= len(element["value"]) <= 2_000
    assert element.get("style", "primary") in ("primary", "danger")
    assert 1 <= len(element.get("accessibility_label", "x")) <= 75


def _input(block: Any) -> None:
    assert set(block) <= {"type", "block_id", "optional", "label", "hint", "element"}
    _text(block["label"], 2_000, plain_only=True)
    _text(block["hint"], 2_000, plain_only=True)
    element = block["element"]
    assert set(element) <= {"type", "action_id", "multiline", "max_length", "placeholder", "initial_value"}
    assert element["type"] == "plain_text_input"
    assert 1 <= element["max_length"] <= 3_000
    assert utf16(element.get("initial_value", "")) <= element["max_length"]
    if "placeholder" in element:
        _text(element["placeholder"], 150, plain_only=True)


def _divider(block: Any) -> None:
    assert set(block) <= {"type", "block_id"}


_CHECKS = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _divider,
}
