"""What Slack was sent, as people read it there."""

import json
from collections.abc import Mapping
from typing import Any

from tests.contract.adapters.rig import Shown, Who
from tests.unit.adapters.slack.block_kit import buttons, inputs, texts

CHANNEL = "C0VOICE"
USERS = {who: f"U0{who.upper()}" for who in Who}
MEMBERS = frozenset({Who.LEAD, Who.EMMA})


def direct_with(who: Who) -> str:
    return f"D{USERS[who][1:]}"


def readers_of(channel: str) -> frozenset[Who]:
    return MEMBERS if channel == CHANNEL else frozenset(who for who in Who if channel == direct_with(who))


def shown_in(node: Mapping[str, Any], channel: str, readers: frozenset[Who]) -> Shown:
    shown = node.get("view") or node
    notified = [shown["text"]] if isinstance(shown.get("text"), str) else []
    spoken = [
        str(element["accessibility_label"])
        for block in shown["blocks"]
        for element in block.get("elements", [])
        if "accessibility_label" in element
    ]
    typed = [str(field["element"].get("initial_value", "")) for field in inputs(shown["blocks"])]
    return Shown(
        conversation=channel,
        readers=readers,
        texts=(*map(_unescaped, texts(shown)), *typed),
        heard=(*map(_unescaped, notified), *spoken),
        live=_live(node),
        native=node,
        packed=frozenset(_packed(shown)),
    )


def _packed(view: Mapping[str, Any]) -> list[str]:
    own = json.loads(view["private_metadata"])[:1] if "private_metadata" in view else []
    return own + [button["value"] for button in buttons(view["blocks"])]


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _live(node: Mapping[str, Any]) -> frozenset[str]:
    """Whatever Slack would make more of than text."""
    shown = node.get("view") or node
    found: set[str] = set()
    said = shown.get("text")
    if isinstance(said, str):
        flags = {"mrkdwn": False, "parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
        found |= {f"{flag} is on" for flag, off in flags.items() if node.get(flag) != off}
        found |= {"a special in the fallback"} if "<" in said else set()
    for text in _text_objects(shown["blocks"]):
        words = text["text"]
        found |= {"a special"} if "<" in words or ">" in words else set()
        if text["type"] == "mrkdwn":
            fenced = words.startswith("```\n") and words.endswith("\n```") and words.count("`") == 6
            found |= set() if fenced and text.get("verbatim") is True else {"a format"}
        elif text.get("emoji") is not False:
            found.add("an emoji by name")
    kinds = {block["type"] for block in shown["blocks"]}
    return frozenset(found | {kind for kind in kinds if kind in ("image", "rich_text", "video", "markdown")})


def _text_objects(node: Any) -> list[Any]:
    if isinstance(node, dict):
        own = [node] if node.get("type") in ("plain_text", "mrkdwn") else []
        return own + [found for part in node.values() for found in _text_objects(part)]
    return [found for part in node for found in _text_objects(part)] if isinstance(node, list) else []
