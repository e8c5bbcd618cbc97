"""Text that a person wrote → text that Teams shows as it was written. Nothing about elements of a card lives here.

A TextRun has no Markdown, no HTML and no mentions (those are read in TextBlock and FactSet only), so nothing needs an
escape there but one thing: every client replaces `{{DATE(…)}}` and `{{TIME(…)}}` in any text of a card.
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features
"""

import re
import unicodedata

NOTHING = "–"
"""What stands where there is no text."""
CUT = "…"
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Unicode's Cc without tab and line end, and Cs. A pattern, since one card may read a long text many times."""
_FUNCTION = re.compile(r"\{\{(?=\s*(?:DATE|TIME)\s*\()", re.IGNORECASE)
_PLAIN_WORDS = re.compile(r"[^\W\d_](?:[^\W_]|[ ,;?!()’“”–—%·]|[:.](?= |$))*")
"""Letters, digits, blanks and marks that mean nothing to any Markdown, beginning with a letter; no address."""


def clean(text: str) -> str:
    """One kind of line end; no control characters, and no half of a surrogate pair, which is no UTF-8."""
    unified = re.sub("\r\n?|[\u2028\u2029\x85]", "\n", text)
    kept = _CONTROLS.sub("", unified)
    # An invisible joiner between the braces: it reads the same, and no client takes it for a function.
    return _FUNCTION.sub("{\u2060{", kept)


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def lines(text: str) -> list[str]:
    """The lines of a text, without empty ones at its ends."""
    return clean(text).strip("\n").split("\n")


def visible(text: str) -> bool:
    return any(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp") for char in text)


def shortened(text: str, limit: int) -> str:
    """One line of at most `limit` characters; what was cut off is marked, and nothing is never empty."""
    text = one_line(text)
    if not visible(text):
        return NOTHING
    return text if len(text) <= limit else text[: limit - len(CUT)].rstrip() + CUT


def means_nothing_to_markdown(text: str) -> bool:
    """Whether the text reads the same with and without Markdown, links and functions."""
    return _PLAIN_WORDS.fullmatch(text) is not None
