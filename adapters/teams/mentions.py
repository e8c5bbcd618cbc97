"""What a person typed in Teams, from what Teams sends: mentions, blanks, entities. Pure."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

_MARK = re.compile(r"</?at(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_MARKED = re.compile(r"<at(?:\s[^<>]{0,200})?>([^<>]{0,200})</at>", re.IGNORECASE)
_COMMAND = re.compile(r"/?cx(?:\s+|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """`text` is what stands for it in the message, `<at>Ann</at>`; `user` the bot's own id of whoever is meant."""

    user: str
    name: str
    text: str


def without(text: str, mentions: tuple[Mention, ...], user: str) -> str:
    """The text without the mentions of `user` (the bot itself).

    Its name begins with “CX”: what is left of a mention would be taken for a command. So it is also found where it
    begins the text without any mark.
    """
    for mention in mentions:
        if mention.user == user:
            left = _replaced(text, mention, " ")
            text = left if left != text else _without_name(text, mention)
    return text


def readable(text: str, mentions: tuple[Mention, ...], people: Mapping[str, str]) -> str:
    """The text as it was typed, with `@` and what `people` says for each user that is mentioned, else their name."""
    for mention in mentions:
        text = _replaced(text, mention, f"@{_plain(people.get(mention.user) or mention.name)}")
    # Teams writes blanks at the end of a line as entities, and an ampersand as `&amp;`.
    return html.unescape(_MARK.sub("", text)).replace("\xa0", " ").strip()


def _replaced(text: str, mention: Mention, by: str) -> str:
    """Once: where it stands as its entity has it, else in a mark with its name, since clients number their marks."""
    if mention.text and mention.text in text:
        return text.replace(mention.text, by, 1)
    names = _names(mention)
    for marked in _MARKED.finditer(text):
        if _name(marked[1]) in names:
            return text[: marked.start()] + by + text[marked.end() :]
    return text


def _without_name(text: str, mention: Mention) -> str:
    for name in sorted(_names(mention), key=len, reverse=True):
        words = r"\s+".join(re.escape(_plain(word)) for word in name.split())
        begun = re.match(rf"\s*@?{words}(?!\w)", text, re.IGNORECASE)
        if begun:
            return text[begun.end() :]
    return text


def _names(mention: Mention) -> set[str]:
    return {_name(mention.text), _name(mention.name)} - {""}


def _name(marked: str) -> str:
    return " ".join(html.unescape(_MARK.sub("", marked)).split()).casefold()


def command_in(text: str) -> str | None:
    """What stands behind `/cx ` or `cx `; None where a text does not begin so."""
    begun = _COMMAND.match(text)
    return text[begun.end() :].strip() if begun else None


def _plain(name: str) -> str:
    return html.escape(name, quote=False)
