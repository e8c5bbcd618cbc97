"""Texts that somebody may type or import in the hope that they become something else than text (threat 12)."""

import re
import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser

HOSTILE: Mapping[str, str] = {
    "everybody is called": "<!channel> <!here> <!everyone>",
    "a Slack user is called": "<@U1> <@U1|ann>",
    "words that call": "@here @channel @everyone",
    "a Slack link": "<http://evil.example|the invoice>",
    "a Markdown link": "[the invoice](http://evil.example) ![x](http://evil.example/x.png)",
    "Markdown": "*bold* _it_ ~no~ `code` > quote # heading",
    "a Teams mention": "<at>Everyone</at>",
    "a script": "<script>alert(document.cookie)</script>",
    "an image": '<img src=x onerror="alert(1)">',
    "an end of an attribute": '" autofocus onfocus="alert(1)" x="',
    "an end of an attribute in single quotes": "' onmouseover='alert(1)' x='",
    "an end of a textarea": "</textarea></p></blockquote><iframe src=//evil.example></iframe>",
    "a link that runs": "javascript:alert(1)",
    "data as a page": "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "an entity": "&lt;script&gt; &amp;amp; &#60;b&#62;",
    "a template": "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7}",
    "a format": "{metric} {0.__class__} %s %(x)s %n",
    "JSON": '"}],"admin":true,[{"',
    "SQL": "'; DROP TABLE person; --",
    "a pattern": "%_\\",
    "a Vega expression": "datum['constructor']('alert(1)')()",
    "a Vega signal": '{"signal": "alert(1)", "url": "http://evil.example/x.csv"}',
    "a formula =": '=HYPERLINK("http://evil.example","the invoice")',
    "a formula +": "+cmd|' /C calc'!A0",
    "a formula -": "-2+3+cmd|' /C calc'!A0",
    "a formula @": "@SUM(1+1)*cmd|' /C calc'!A0",
    "a formula behind a blank": " =1+1",
    "a full-width formula": "＝1+1",
    "a formula behind an invisible character": "\u200b=1+1",
    "a formula behind a byte-order mark": "\ufeff=1+1",
    "right-to-left": "abc\u202egnp.exe\u202c",
    "isolates that never end": "\u2067\u2066abc",
    "zero width": "a\u200bb\u200dc\u2060d",
    "a family": "👨‍👩‍👧‍👦 very good 👍🏽",
    "Arabic": "ممتاز، شكراً لكم",
    "Zalgo": "Z\u0351\u036b\u0343\u0351a\u0300\u0301\u0302l\u0303g\u0304o",
    "the longest name": "n" * 300,
}
"""Ordinary text for a database: what people can get stored as a name, and therefore is shown somewhere."""

UNSTORABLE: Mapping[str, str] = {
    "NUL": "a\x00b",
    "an escape sequence": "\x1b[2J\x1b]0;title\x07red\x1b[31m",
    "a tab and a formula": "\t=1+1",
    "a carriage return and a formula": "\r=1+1",
    "lines": "one\ntwo\r\nthree\rfour\u2028five\u2029six\x85seven",
    "control characters": "".join(map(chr, (*range(1, 32), *range(127, 160)))) + "x",
    "half of a surrogate pair": "half \ud83d of \udc4d it",
}
"""What is not kept as it is: control characters and what is no UTF-8."""

COMMENT_OF_10_000 = "ж" * 9_999 + "!"

ANYTHING: Mapping[str, str] = {**HOSTILE, **UNSTORABLE, "10,000 characters": COMMENT_OF_10_000}

_INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")


def commands_a_terminal(text: str) -> bool:
    """Whether something in `text` could move a cursor, change a colour or turn the reading direction."""
    return any(char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in text)


def begins_a_formula(cell: str) -> bool:
    """Whether a spreadsheet might calculate the cell: also behind what cannot be seen, also in full width."""
    seen = "".join(char for char in cell if unicodedata.category(char) not in _INVISIBLE)
    return unicodedata.normalize("NFKC", seen)[:1] in ("=", "+", "-", "@", "|")


class Page(HTMLParser):
    """What a browser makes of HTML: its elements with the names of their attributes, its addresses, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self.values: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.values += [value for _, value in attrs if value]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment in a page: {data!r}")

    @property
    def text(self) -> str:
        return "".join(self.texts)


def as_lines(text: str) -> str:
    """The text as a page or a file gives it back: every kind of line end is one."""
    return re.sub(r"\r\n?", "\n", text)
