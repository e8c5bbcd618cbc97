"""Reads the YAML of a survey file into typed pieces that know their line; what the pieces mean is `loader`'s.

YAML offers more than a survey needs, and some of it is dangerous in a file from outside: anchors that expand
to gigabytes, tags that build objects, nesting without end. None of that is read: the stream of events is
checked before a tree is made of it, and a file is at most `LARGEST` characters.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    ScalarEvent,
)
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from surveys.definitions.faults import Faults, nearest, shown
from surveys.definitions.model import LANGUAGES, Phrase

LARGEST = 65_536
"""Characters in a file; the largest shipped one has about 2,000."""
DEEPEST = 8
LONGEST_TEXT = 500

_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_DURATION = re.compile(r"([1-9][0-9]{0,3})(h|d)")
_WHOLE = re.compile(r"-?[0-9]{1,6}")
_STRING = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"

_Word = TypeVar("_Word", bound=StrEnum)


class Section:
    """A mapping of the file. Each reader returns the value, or adds a fault and returns a stand-in of its type."""

    def __init__(self, node: MappingNode, name: str, faults: Faults) -> None:
        self.line = _line(node)
        self.name = name
        self._faults = faults
        self._nodes: dict[str, Node] = {}
        self._lines: dict[str, int] = {}
        for key_node, value in node.value:
            self._keep(key_node, value)

    def _keep(self, key_node: Node, value: Node) -> None:
        if not isinstance(key_node, ScalarNode):
            self._faults.add(_line(key_node), f"A key in {self.name} is not a word.", "Write it as `key: value`.")
            return
        key = key_node.value
        if key in self._nodes:
            first = self._lines[key]
            self._faults.add(
                _line(key_node),
                f"`{shown(key)}` stands twice in {self.name}, first in line {first}.",
                "Keep one.",
            )
            return
        self._nodes[key] = value
        self._lines[key] = _line(key_node)

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def line_of(self, key: str) -> int:
        return self._lines.get(key, self.line)

    def fault(self, key: str, problem: str, remedy: str = "") -> None:
        self._faults.add(self.line_of(key), problem, remedy)

    def only(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        """Adds a fault for every key that is not known here, and for every required one that is missing."""
        for key in self._nodes:
            if key not in required + optional:
                self.fault(key, f"`{shown(key)}` is not known in {self.name}.", nearest(key, required + optional))
        for key in required:
            if key not in self._nodes:
                self._faults.add(self.line, f"`{key}` is missing in {self.name}.", f"Add a line `{key}: …`.")

    def _scalar(self, key: str, expected: str) -> str | None:
        node = self._nodes.get(key)
        if node is None:
            return None
        if not isinstance(node, ScalarNode):
            self.fault(key, f"`{key}` must be {expected}.")
            return None
        if node.tag == _NULL or not node.value.strip():
            self.fault(key, f"`{key}` is empty.", f"It must be {expected}.")
            return None
        value: str = node.value
        return value

    def text(self, key: str) -> str:
        """Plain text of at most LONGEST_TEXT characters; "" where it is missing or faulty."""
        value = self._scalar(key, "text")
        node = self._nodes.get(key)
        if value is None or node is None:
            return ""
        if node.tag != _STRING:
            self.fault(
                key, f"`{shown(key)}` is read as something other than text.", f'Put it in quotes: "{shown(value)}".'
            )
            return ""
        return self._clean(key, value)

    def _clean(self, key: str, value: str) -> str:
        text = " ".join(value.split())
        if len(text) > LONGEST_TEXT:
            self.fault(key, f"`{key}` has {len(text)} characters.", f"At most {LONGEST_TEXT} fit.")
        elif any(ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 or 0xD800 <= ord(letter) < 0xE000 for letter in text):
            self.fault(key, f"`{key}` holds a control character.", "Remove it.")
        else:
            return text
        return ""

    def key(self, key: str) -> str:
        """A short name that never changes: lower-case letters, digits, `-` and `_`, a letter first, at most 40."""
        value = self._scalar(key, "a short name")
        if value is None:
            return ""
        if not _KEY.fullmatch(value):
            self.fault(
                key,
                f"“{shown(value)}” cannot be a key.",
                "Use lower-case letters, digits, - and _, a letter first, at most 40 characters.",
            )
            return ""
        return value

    def word(self, key: str, words: type[_Word], default: _Word | None = None) -> _Word:
        """One of a closed set of words; the default, or the first of them, where it is missing or faulty."""
        known = list(words)
        value = self._scalar(key, f"one of {', '.join(known)}")
        if value is None:
            return default or known[0]
        if value not in [word.value for word in known]:
            self.fault(key, f"“{shown(value)}” is not a {key}.", nearest(value, known))
            return default or known[0]
        return words(value)

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`; `low` where it is missing or faulty."""
        expected = f"a whole number from {low} to {high}"
        value = self._scalar(key, expected)
        if value is None:
            return low
        node = self._nodes[key]
        if node.tag != "tag:yaml.org,2002:int" or not _WHOLE.fullmatch(value) or not low <= int(value) <= high:
            self.fault(key, f"`{key}` is “{shown(value)}”.", f"It must be {expected}.")
            return low
        return int(value)

    def duration(self, key: str) -> timedelta:
        """`72h` or `14d`, at most 400 days."""
        value = self._scalar(key, "a time such as 72h or 14d")
        if value is None:
            return timedelta()
        match = _DURATION.fullmatch(value)
        length = timedelta()
        if match:
            number = int(match[1])
            length = timedelta(hours=number) if match[2] == "h" else timedelta(days=number)
        if not timedelta() < length <= timedelta(days=400):
            self.fault(key, f"`{key}` is “{shown(value)}”.", "Write hours or days, such as 72h or 14d, at most 400d.")
            return timedelta()
        return length

    def day_or_never(self, key: str) -> date | None:
        """A date, or None for the word `never`: an open-ended survey says so on purpose."""
        value = self._scalar(key, "a date such as 2027-06-30, or never")
        if value is None or value == "never":
            return None
        try:
            if len(value) == 10:
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.fault(key, f"`{key}` is “{shown(value)}”.", "Write a date such as 2027-06-30, or never.")
        return None

    def phrase(self, key: str) -> Phrase:
        """One text per language, English always; braces are refused: placeholders stand alone, never in a sentence."""
        section = self.section(key, "Write `en: …` below it, one line for each language.")
        if section is None:
            return Phrase.of({"en": ""})
        texts: dict[str, str] = {}
        for language in section:
            if language not in LANGUAGES:
                section.fault(language, f"“{shown(language)}” is not a language here.", nearest(language, LANGUAGES))
                continue
            texts[language] = section.text(language)
            if "{" in texts[language] or "}" in texts[language]:
                section.fault(
                    language, "A text cannot hold { or }.", "Say “us”; names are shown on a line of their own."
                )
        if "en" not in section:
            self.fault(key, f"`{key}` has no English text.", "Add a line `en: …`; other languages fall back to it.")
        return Phrase.of({"en": "", **texts})

    def is_word(self, key: str) -> bool:
        return isinstance(self._nodes.get(key), ScalarNode)

    def section(self, key: str, remedy: str = "") -> "Section | None":
        node = self._nodes.get(key)
        if node is None:
            return None
        if not isinstance(node, MappingNode):
            self.fault(key, f"`{key}` must be a block of `key: value` lines.", remedy)
            return None
        return Section(node, f"`{shown(key)}`", self._faults)

    def sections(self, key: str, name: str) -> list["Section"]:
        """A list of mappings, each called "`name` N" in a fault."""
        node = self._nodes.get(key)
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self.fault(key, f"`{key}` must be a list.", "Begin each entry with `- key: …`.")
            return []
        found: list[Section] = []
        for number, item in enumerate(node.value, start=1):
            if isinstance(item, MappingNode):
                found.append(Section(item, f"{name} {number}", self._faults))
            else:
                self._faults.add(_line(item), f"{name} {number} must be a block.", "Begin it with `- key: …`.")
        return found


def read(text: str, faults: Faults) -> Section | None:
    """The file's one mapping. None, with a fault added, where there is none that may be read."""
    if len(text) > LARGEST:
        faults.add(1, f"The file has {len(text)} characters.", f"A survey file has at most {LARGEST}.")
        return None
    try:
        if not _harmless(text, faults):
            return None
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        faults.add(
            line, f"This is not YAML: {error.problem or error.context}.", "Check indentation, colons and quotes."
        )
        return None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        faults.add(line, "The file holds a control character.", "Remove it; save the file as plain UTF-8 text.")
        return None
    if not isinstance(node, MappingNode):
        faults.add(1, "This is not a survey.", "Begin with `key: …`; the shipped surveys are examples.")
        return None
    return Section(node, "the survey", faults)


def _harmless(text: str, faults: Faults) -> bool:
    """Whether the YAML is one document without anchors, aliases and tags, and not deeper than DEEPEST."""
    depth = documents = 0
    event: Event
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, DocumentStartEvent):
            documents += 1
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            faults.add(
                line, "Anchors and aliases (& and *) are not read.", "Name a scale under `scales:` and use its name."
            )
        elif isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag:
            faults.add(line, f"The tag “{shown(event.tag)}” is not read.", "Remove it.")
        elif depth > DEEPEST:
            faults.add(line, f"The file is nested deeper than {DEEPEST} levels.", "Compare it with a shipped survey.")
        elif documents > 1:
            faults.add(line, "There is a second document.", "One file holds one survey: remove the line ---.")
        else:
            continue
        return False
    return True


def _line(node: Node) -> int:
    line: int = node.start_mark.line + 1
    return line
