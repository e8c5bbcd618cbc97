"""Cuts a typed line into words and `key:value` pairs. Knows quotes and nothing about what any word means.

Nothing here raises: a quote that is never closed is a token marked `unclosed`.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_TEXT = 1_700
"""Characters of one command, as it is written in a button; longer texts are refused before they are read."""

_DOUBLE = '"“”„‟«»＂'
_SINGLE = "'‘’‚‛‹›"
_CLOSES = dict.fromkeys(_DOUBLE, _DOUBLE) | dict.fromkeys(_SINGLE, _SINGLE)
# Phones turn a hyphen into one of these while somebody types.
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—−﹣－"), "-") | {ord("："): ":"}
_JOINERS = "\u200c\u200d"  # part of how words are written in Persian, Hindi and others
ENDS_SENTENCE = ".,;:!?…。，；！？"
_ENDING = re.compile(r"(?:[,;!?。，；！？]|(?<!\.)\.)+$")
_KEY = re.compile(r"(-?)([^\W\d][\w-]*):")


def length_in_a_button(text: str) -> int:
    """Characters that `text` takes as part of an action (`bot.actions.pack`), where a backslash counts twice."""
    return len(json.dumps(text, ensure_ascii=False)) - 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word, or a pair when `key` is set. `start` and `end` are its place in the typed text, quotes included."""

    text: str
    """As typed; of a quoted word, what stands between the quotes."""
    start: int
    end: int
    quoted: bool = False
    unclosed: bool = False
    key: str = ""
    """In lower case, without the colon and the minus."""
    values: tuple[str, ...] = ()
    """Of a pair, without quotes, empty ones left out; spelled as typed."""
    minus_values: tuple[str, ...] = ()
    """Those of a pair that had a minus of their own, without it. Inside quotes a minus belongs to the name."""
    negated: bool = False
    """A minus stands before the key."""

    @property
    def plain(self) -> str:
        """As typed, without what ends a sentence; of a quoted word, all of it."""
        return self.text if self.quoted else without_ending(self.text)

    @property
    def word(self) -> str:
        """What a keyword is compared with; empty for a pair and for a quoted text."""
        return "" if self.key or self.quoted else self.plain.casefold()


def without_ending(text: str) -> str:
    """`text` without the punctuation that ends a sentence (“month?”). Two dots may be part of a period, and stay."""
    return _ENDING.sub("", text) or text


def _blank(letter: str) -> bool:
    """White space, and what nobody sees: control and format characters (a byte-order mark, a zero-width space), and
    halves of surrogate pairs, which no message can carry."""
    return letter.isspace() or (unicodedata.category(letter) in ("Cc", "Cf", "Cs") and letter not in _JOINERS)


def tokenise(text: str) -> tuple[Token, ...]:
    """Every word and pair of `text`, in order."""
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if _blank(text[at]):
            at += 1
            continue
        found = _pair(text, at) or _word(text, at)
        yield found
        at = max(found.end, at + 1)


def _plain_end(text: str, at: int, stop: str = "") -> int:
    while at < len(text) and not _blank(text[at]) and text[at] not in stop:
        at += 1
    return at


def _quoted_end(text: str, at: int) -> int | None:
    """Where the quote that opens at `at` closes; a single one closes only before a space, a comma or the end."""
    closers = _CLOSES[text[at]]
    for end in range(at + 1, len(text)):
        if text[end] not in closers:
            continue
        follows = text[end + 1 : end + 2]
        if closers is _DOUBLE or not follows or follows == "," or _blank(follows):
            return end
    return None


def _word(text: str, at: int) -> Token:
    if text[at] in _CLOSES:
        end = _quoted_end(text, at)
        if end is None:
            return Token(text=text[at + 1 :].strip(), start=at, end=len(text), quoted=True, unclosed=True)
        return Token(text=text[at + 1 : end].strip(), start=at, end=end + 1, quoted=True)
    end = _plain_end(text, at)
    return Token(text=text[at:end].translate(_HYPHENS), start=at, end=end)


def _pair(text: str, start: int) -> Token | None:
    """`key:value`, `key:a,b`, `-key:"a value"`; None where the text at `start` is none of them."""
    head = _KEY.match(text[start : start + 80].translate(_HYPHENS))
    if head is None:
        return None
    at = start + head.end()
    values: list[str] = []
    minus_values: list[str] = []
    unclosed = False
    while at < len(text) and not _blank(text[at]):
        if text[at] == ",":
            at += 1
            continue
        minus = _minus(text, at)
        at += minus
        if text[at] in _CLOSES:
            end = _quoted_end(text, at)
            unclosed = end is None
            value = text[at + 1 : end]
            at = len(text) if end is None else end + 1
        else:
            end = _plain_end(text, at, ",")
            value = text[at:end].translate(_HYPHENS)
            at = end
        (minus_values if minus else values).append(value)
    return Token(
        text=text[start:at],
        start=start,
        end=at,
        unclosed=unclosed,
        key=head[2].casefold(),
        values=_filled(values),
        minus_values=_filled(minus_values),
        negated=bool(head[1]),
    )


def _minus(text: str, at: int) -> bool:
    """Whether a minus stands at `at` and a value directly behind it."""
    following = text[at + 1 : at + 2]
    return text[at].translate(_HYPHENS) == "-" and bool(following) and following != "," and not _blank(following)


def _filled(values: list[str]) -> tuple[str, ...]:
    return tuple(value.strip() for value in values if value.strip())


def quote(value: str) -> str:
    """`value` as it must be typed after a colon: in quotes where it would otherwise not stay in one piece."""
    plain = not any(_blank(letter) or letter == "," or letter in _CLOSES for letter in value)
    if plain and value and value[0] != "-" and value.translate(_HYPHENS) == value:
        return value
    if not any(letter in _DOUBLE for letter in value):
        return f'"{value}"'
    if not any(letter in _SINGLE for letter in value):
        return f"'{value}'"
    return '"' + "".join("'" if letter in _DOUBLE else letter for letter in value) + '"'
