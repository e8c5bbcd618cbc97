"""The shapes of Block Kit that we use, and their limits. Every text is escaped here, once; nothing else escapes.

Limits: https://docs.slack.dev/reference/block-kit/blocks. What is longer is split or shortened, never refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from adapters.slack.text import clean, pieces, shortened

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
Node = Mapping[str, Json]
"""A JSON object for Slack."""

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
ALL_CHARACTERS = 12_000
"""Over all blocks of a message; Slack refuses somewhere above 13,200."""
SECTION = 3_000
HEADER = 150
CONTEXT = 2_000
CONTEXT_ELEMENTS = 10
BUTTON = 75
ACTIONS = 25
VALUE = 2_000
LABEL = 2_000
PLACEHOLDER = 150
TYPED = 3_000
"""What a plain-text input takes at most."""
TITLE = 24
METADATA = 3_000
FALLBACK = 3_000
"""The text beside the blocks; Slack advises 4,000."""


def plain(text: str, limit: int) -> Node:
    """Plain text: no formatting, no links, and no `:emoji:` made of what somebody typed."""
    return {"type": "plain_text", "text": shortened(text, limit), "emoji": False}


def header(text: str) -> Node:
    return {"type": "header", "text": plain(text, HEADER)}


def title(text: str) -> Iterator[Node]:
    """A header where it fits on one line of one."""
    if len(text) <= HEADER // 2 and "\n" not in text:
        yield header(text)
    else:
        yield from sections(text)


def sections(text: str) -> Iterator[Node]:
    """The whole text, in as many sections as it needs."""
    for piece in pieces(text, SECTION):
        yield {"type": "section", "text": {"type": "plain_text", "text": piece, "emoji": False}}


def context(texts: Sequence[str]) -> Iterator[Node]:
    """Small muted text, ten parts to a block."""
    shown = [text for text in texts if text.strip()]
    for start in range(0, len(shown), CONTEXT_ELEMENTS):
        yield {
            "type": "context",
            "elements": [plain(text, CONTEXT) for text in shown[start : start + CONTEXT_ELEMENTS]],
        }


def monospaced(lines: Sequence[str]) -> Iterator[Node]:
    """Lines in a fixed width. The only formatted text we send: a fence, inside which nothing is a format or a link."""
    room = SECTION - len("```\n\n```")
    for piece in pieces("\n".join(_unfenced(line) for line in lines), room):
        fenced = "```\n" + piece.strip("\n") + "\n```"
        yield {"type": "section", "text": {"type": "mrkdwn", "text": fenced, "verbatim": True}}


def divider() -> Node:
    return {"type": "divider"}


def fallback(text: str) -> str:
    """One line for notifications and screen readers. Formatting is off where it is sent (`mrkdwn: false`)."""
    return shortened(" ".join(text.split()), FALLBACK)


def characters(node: Json) -> int:
    """The length of all texts in a block."""
    length, parts = 0, [node]
    while parts:
        part = parts.pop()
        if isinstance(part, dict):
            own = part.get("text")
            length += len(own) if isinstance(own, str) else 0
            inside: Iterable[Json] = part.values()
        else:
            inside = part if isinstance(part, list | tuple) else ()  # JSON knows no other sequences
        parts += [each for each in inside if isinstance(each, dict | list | tuple)]
    return length


def _unfenced(line: str) -> str:
    """A row's text cannot end the fence around it."""
    return clean(line).replace("`", "ʼ")
