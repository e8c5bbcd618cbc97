"""Tests for the registry: what help and suggestions are made from is true."""

import pytest

from bot.commands.advice import Advice
from bot.commands.declaration import Entry
from bot.commands.grammar import parse
from bot.commands.registry import BY_WORD, ENTRIES, LATER, entries_for, suggestions
from surveys.people.model import Permission
from surveys.words import ENGLISH

EXAMPLES = [(entry, example.text) for entry in ENTRIES for example in entry.examples]


@pytest.mark.parametrize(("entry", "text"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_every_example_can_be_typed_as_it_stands_and_needs_what_its_entry_says(entry: Entry, text: str) -> None:
    command = parse(text)
    assert not isinstance(command, Advice)
    assert command.needs is entry.needs


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.subject for entry in ENTRIES])
def test_every_subject_has_one_line_of_help_its_usage_and_an_example(entry: Entry) -> None:
    assert entry.help.endswith((".", "?")) or "." in entry.help
    assert "\n" not in entry.help
    assert entry.usage.startswith((entry.subject, f"{entry.subject} "))
    assert entry.examples


def test_no_word_means_two_commands() -> None:
    named = [word for entry in ENTRIES for word in (entry.subject, *entry.aliases)]
    assert len(named) == len(set(named)) == len(BY_WORD)
    assert not BY_WORD.keys() & LATER.keys()


def test_every_suggestion_can_be_sent_and_is_described() -> None:
    offered = suggestions(ENGLISH)
    assert len(offered) == len({text for text, _ in offered}) >= 15
    for text, description in offered:
        assert not isinstance(parse(text), Advice), text
        assert description


def test_whoever_is_no_cx_lead_is_offered_nothing_that_would_be_refused() -> None:
    offered = [parse(text) for text, _ in suggestions(ENGLISH, frozenset())]
    assert offered
    assert all(not isinstance(command, Advice) and command.needs is Permission.ANYONE for command in offered)
    assert {entry.subject for entry in entries_for(frozenset())} == {"feedback", "help", "ask-me-here"}
