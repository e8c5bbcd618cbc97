"""Text that a person wrote → text that Slack shows as it was written, and back. Nothing about blocks lives here.

Slack reads `&`, `<` and `>` as control characters in every text object, and these three only; escaped, a text is
neither a mention nor a link (https://docs.slack.dev/messaging/formatting-message-text#escaping).
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""The categories Cc and Cs, but for tab and line feed."""
_SPECIAL = re.compile(r"<([^<>]*)>")
_USER = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^<>]*)?>")
_UNNAMED_CHANNEL = re.compile(r"<#([CG][A-Z0-9]{1,30})\|?>")
"""Slack leaves the name away, always of a private channel."""
NOTHING = "–"
"""What stands where there is no text: Slack refuses an empty one."""
CUT = "…"


def clean(text: str) -> str:
    """One kind of line end; no control characters, and no half of a surrogate pair, which is no UTF-8."""
    if text.isprintable():  # neither a control character nor a surrogate is
        return text
    return _UNCLEAN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def units(text: str) -> int:
    """The length in UTF-16 units, which is the most that Slack may count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def shortened(text: str, limit: int) -> str:
    """The text escaped, in at most `limit` characters as Slack counts them; never empty, never half an entity."""
    text = clean(text)
    if not _visible(text):
        return NOTHING
    if _length(text) <= limit:
        return escape(text)
    first, _ = _cut(text, limit - len(CUT))
    return escape(first.rstrip()) + CUT


def pieces(text: str, limit: int) -> Iterator[str]:
    """The whole text escaped, in pieces of at most `limit` characters, cut at a line or a blank where there is one."""
    rest = clean(text)
    if not _visible(rest):
        return
    while _length(rest) > limit:
        piece, rest = _cut(rest, limit)
        at = next((at for at in map(piece.rfind, "\n ") if at > len(piece) // 2), len(piece) - 1) + 1
        piece, rest = piece[:at], piece[at:] + rest
        if _visible(piece):
            yield escape(piece)
    if _visible(rest):
        yield escape(rest)


def readable(text: str, names: Mapping[str, str] | None = None) -> str:
    """What a person typed, from what Slack sends: links with their address, `#channel`, `@person`.

    `names`: what stands for a mentioned user or a channel, by its id: an e-mail address, a name.
    """
    return _unescape(_SPECIAL.sub(lambda found: _said(found[1], names or {}), text)).strip()


def mentioned(text: str) -> tuple[str, ...]:
    """The ids of the users that a text mentions, each once, in order."""
    return tuple(dict.fromkeys(_USER.findall(text)))


def unnamed_channels(text: str) -> tuple[str, ...]:
    """The ids of the channels that a text mentions without their names, each once, in order."""
    return tuple(dict.fromkeys(_UNNAMED_CHANNEL.findall(text)))


def without_mention(text: str, user: str) -> str:
    """The text without the first mention of `user` (the bot itself)."""
    return re.sub(rf"<@{re.escape(user)}(?:\|[^<>]*)?>", " ", text, count=1).strip()


def _said(inside: str, names: Mapping[str, str]) -> str:
    what, _, label = inside.partition("|")
    if what.startswith("@"):
        user = what[1:]
        return f"@{names.get(user) or label or user}"
    if what.startswith("#"):
        channel = what[1:]
        return f"#{label or names.get(channel) or channel}"
    if what.startswith("!"):
        return label or f"@{what[1:].partition('^')[0]}"
    return _link(what.removeprefix("mailto:"), label)


def _link(address: str, label: str) -> str:
    """A label that Slack made from the address ("acme.example") is what was typed; another one hides it."""
    short = address.partition("://")[2] or address
    made = label.strip().rstrip("/").casefold() in {each.rstrip("/").casefold() for each in (address, short)}
    return f"{label} ({address})" if label and not made else label or address


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _visible(text: str) -> bool:
    if text.isascii():
        return bool(text) and not text.isspace()
    return any(unicodedata.category(char) not in ("Cf", "Zs", "Zl", "Zp") and char not in "\n\t" for char in text)


def _cost(char: str) -> int:
    """Characters as Slack may count them: escaped, and in UTF-16 units."""
    return len(_ESCAPES[char]) if char in _ESCAPES else 2 if ord(char) > 0xFFFF else 1


def _length(text: str) -> int:
    return units(escape(text))


def _cut(text: str, limit: int) -> tuple[str, str]:
    spent = 0
    for index, char in enumerate(text):
        spent += _cost(char)
        if spent > limit:
            return text[:index], text[index:]
    return text, ""
