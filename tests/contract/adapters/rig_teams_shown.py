"""What Teams was sent and answered, as people read it there."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.contract.adapters.rig import Deed, Shown, Who
from tests.unit.adapters.teams.adaptive_card import actions, nodes
from tests.unit.adapters.teams.fake_teams import PEOPLE

CHANNEL = "19:team@thread.tacv2"
"""The first channel of a team has the team's id."""
IDS = {who: f"29:{who}" for who in Who}
"""The bot's own ids of people."""
USERS = {who: str(PEOPLE[IDS[who]]["aadObjectId"]) for who in Who}
MEMBERS = frozenset({Who.LEAD, Who.EMMA})


def direct_with(who: Who) -> str:
    """As the Bot Connector here names it when it is opened by object id."""
    return f"a:{USERS[who]}"


def _people_in(conversation: str) -> frozenset[Who]:
    if conversation == CHANNEL:
        return MEMBERS
    return frozenset(who for who in Who if conversation in (direct_with(who), f"a:{IDS[who]}"))


def shown_in(activity: Mapping[str, Any], where: str) -> Shown:
    conversation = where.partition(";")[0]
    who = _people_in(conversation)
    if len(who) == 1:
        conversation = direct_with(next(iter(who)))
    return Shown(
        conversation=conversation, readers=who, texts=tuple(_texts(activity)), live=_live(activity), native=activity,
        heard=tuple(_heard(activity)), packed=_packed(activity),
    )  # fmt: skip


def shown_to_whoever_did_it(answer: Mapping[str, Any], deed: Deed) -> Shown:
    """The answer to an invoke is seen by whoever caused it."""
    who = getattr(deed, "who", Who.LEAD)
    shown = Shown(
        conversation=CHANNEL if getattr(deed, "channel", False) else direct_with(who),
        readers=frozenset({who}),
        texts=tuple(_texts(answer)),
        heard=tuple(_heard(answer)),
        live=_live(answer),
        native=answer,
        packed=_packed(answer),
    )
    match answer:
        case {"type": "application/vnd.microsoft.card.adaptive"}:
            return replace(shown, replaced=True, reference=getattr(deed, "message", ""))
        case {"task": {"type": "continue"}}:
            return replace(shown, form=True)
        case _:
            return shown


def cards_in(node: Any) -> list[Any]:
    match node:
        case {"type": "AdaptiveCard"}:
            return [node]
        case dict():
            return [card for part in node.values() for card in cards_in(part)]
        case list():
            return [card for part in node for card in cards_in(part)]
        case _:
            return []


def _texts(node: Mapping[str, Any]) -> list[str]:
    """Every text that is to be seen, in and around the cards."""
    task = node.get("task", {})
    inside = task.get("value")
    own = [node.get("text"), node.get("value"), inside, inside.get("title") if isinstance(inside, dict) else None]
    found = [text for text in own if isinstance(text, str)]
    for card in cards_in(node):
        unseen = [id(part["selectAction"]) for part in nodes(card) if "selectAction" in part]
        for part in nodes(card):
            if part["type"] == "RichTextBlock":
                found.append("".join(run["text"] for run in part["inlines"]))
            elif part["type"] != "TextRun" and id(part) not in unseen:
                names = ("text", "title", "label", "placeholder", "value", "altText")
                found += [part[name] for name in names if isinstance(part.get(name), str)]
    return found


def _heard(node: Mapping[str, Any]) -> list[str]:
    found = [node.get("summary", "")]
    for card in cards_in(node):
        found.append(card["fallbackText"])
        for part in nodes(card):
            if part["type"].startswith("Action."):
                found += [part["title"], part.get("tooltip", "")]
    return found


def _packed(node: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(action["data"]["cx"] for card in cards_in(node) for action in actions(card))


_FUNCTION = re.compile(r"\{\{\s*(?:DATE|TIME)\s*\(", re.IGNORECASE)
_MARKDOWN = re.compile(r"[*_~`\[\]<>#|\\&@/^=+]|\w[.:]\w|\A\s*(?:[-•]|\d+[.)])\s")


def _live(node: Mapping[str, Any]) -> frozenset[str]:
    """Whatever Teams would make more of than text."""
    found: set[str] = set()
    if "text" in node and node.get("textFormat") != "plain":
        found.add("formatted text")
    if node.get("entities"):
        found.add("a mention")
    for card in cards_in(node):
        if card.get("msteams", {}).get("entities"):
            found.add("a mention in a card")
        for part in nodes(card):
            if part["type"] in ("TextBlock", "FactSet") and _MARKDOWN.search(str(part.get("text", part.get("facts")))):
                found.add("a format")
            address = str(part.get("url", ""))
            if address and not address.startswith("data:image/png;base64,"):
                found.add("an address")
            if part["type"] in ("Action.OpenUrl", "Action.OpenUrlDialog", "Media", "Action.ShowCard"):
                found.add(part["type"])
    if any(_FUNCTION.search(text) for text in (*_texts(node), *_heard(node))):
        found.add("a function")
    return frozenset(found)
