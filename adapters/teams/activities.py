"""What we send to Teams, as activities and as answers to an invoke. Pure; cards are made in `render`.

The answers are plain JSON: the SDK's own classes serialise one twice, and have no place for an answer in words
(https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format).
"""

from collections.abc import Mapping

from adapters.teams.cards import Node, size
from adapters.teams.pictures import data_uri
from adapters.teams.render import plain_text
from adapters.teams.text import shortened
from bot.messages import Chart, Message

CARD = "application/vnd.microsoft.card.adaptive"
WORDS = "application/vnd.microsoft.activity.message"
MESSAGE_BYTES = 80_000
"""Teams refuses a message above about 100 KB, pictures in it counted."""
TITLE = 60
WORDS_LIMIT = 1_000
TYPING: Node = {"type": "typing"}


def card_message(message: Message, card: Node) -> Node:
    """Text and card are one activity. No `text`: Teams would show it above the card; `summary` is the notification."""
    return {"type": "message", "summary": plain_text(message), "attachments": [_attached(card)]}


def words_message(text: str) -> Node:
    """A line of our own words; `plain`, so that nothing in it is a format, a link or a mention."""
    return {"type": "message", "text": text, "textFormat": "plain"}


def picture_message(chart: Chart, png: bytes) -> Node | None:
    """The picture alone; its words are in the card before it. None: too large for a message."""
    title = shortened(chart.title or chart.alt_text, WORDS_LIMIT)
    picture: Node = {"contentType": "image/png", "contentUrl": data_uri(png), "name": f"{shortened(title, TITLE)}.png"}
    activity: Node = {"type": "message", "summary": title, "attachments": [picture]}
    return activity if size(activity) <= MESSAGE_BYTES else None


def card_answer(card: Node) -> Node:
    """Takes the place of the card that was tapped in, for whoever tapped."""
    return {"statusCode": 200, "type": CARD, "value": card}


def words_answer(text: str) -> Node:
    """Shown below the card for a moment."""
    return {"statusCode": 200, "type": WORDS, "value": text}


def dialog(title: str, card: Node) -> Node:
    info: Node = {"title": shortened(title, TITLE), "height": "medium", "width": "medium", "card": _attached(card)}
    return {"task": {"type": "continue", "value": info}}


def stays_open(answer: Node) -> bool:
    """Whether a dialog goes on with this answer, with what was typed in it."""
    task = answer.get("task")
    return isinstance(task, Mapping) and task.get("type") == "continue"


def dialog_words(text: str) -> Node:
    """A dialog with a line of words in it."""
    return {"task": {"type": "message", "value": shortened(text, WORDS_LIMIT)}}


def _attached(card: Node) -> Node:
    return {"contentType": CARD, "content": card}
