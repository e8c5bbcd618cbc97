"""What a person typed in Teams, from what Teams sends: mentions, blanks, entities. Pure."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

_MARK = re.compile(r"</?at(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_COMMAND = re.compile(r"/?cx(?:\s+|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """`text` is what stands for it in the message, `<at>Ann</at>`; `user` the bot's own id of whoever is meant."""

    user: str
    name: str
    text: str


def without(text: str, mentions: tuple[Mention, ...], user: str) -> str:
    """The text without the mentions of `user` (the bot itself)."""
    for mention in mentions:
        if mention.user == user and mention.text:
            text = text.replace(mention.text, " ", 1)
    return text


def readable(text: str, mentions: tuple[Mention, ...], people: Mapping[str, str]) -> str:
    """The text as it was typed, with `@` and what `people` says for each user that is mentioned, else their name."""
    for mention in mentions:
        if mention.text:
            text = text.replace(mention.text, f"@{_plain(people.get(mention.user) or mention.name)}", 1)
    # Teams writes blanks at the end of a line as entities, and an ampersand as `&amp;`.
    return html.unescape(_MARK.sub("", text)).replace("\xa0", " ").strip()


def command_in(text: str) -> str | None:
    """What stands behind `/cx ` or `cx `; None where a text does not begin so."""
    begun = _COMMAND.match(text)
    return text[begun.end() :].strip() if begun else None


def _plain(name: str) -> str:
    return html.escape(name, quote=False)
