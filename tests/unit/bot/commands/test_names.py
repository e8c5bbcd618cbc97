"""Tests for words that the grammar does not know: only a name that exists is advised, as a filter that can be typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.advice import Advice
from bot.commands.declaration import Catalogue
from bot.commands.grammar import Command, parse
from bot.commands.names import dimensions_mentioned, with_names
from bot.commands.values import check_values, complete_values
from surveys.insight.queries import Dimension
from surveys.words import ENGLISH

KNOWN = {
    Dimension.ACCOUNT: ("Acme", "Meridian Freight", "Nordhavn Tools", "Øresund Straße AG", "-dash"),
    Dimension.SEGMENT: ("retail", "food and drink"),
    Dimension.TIER: ("enterprise", "mid"),
}


def read(text: str) -> Command | Advice:
    """As the desk does for somebody who may ask."""
    command = parse(text)
    if isinstance(command, Advice):
        command = with_names(text, command, KNOWN, Catalogue(), ENGLISH)
    return (
        command if isinstance(command, Advice) else check_values(complete_values(command, KNOWN), KNOWN, ENGLISH, text)
    )


def advised(text: str) -> tuple[str, str]:
    advice = read(text)
    assert isinstance(advice, Advice)
    return advice.suggestion, advice.example


@pytest.mark.parametrize(
    ("typed", "nearest", "example"),
    [
        ("nps Acme last-90d", "account:Acme", "nps account:acme last-90d"),
        ("nps acme?", "account:Acme", "nps account:acme last-30d"),
        ("nps Nordhavn Tools last-90d", 'account:"Nordhavn Tools"', 'nps account:"nordhavn tools" last-90d'),
        ('nps "Nordhavn Tools"', 'account:"Nordhavn Tools"', 'nps account:"nordhavn tools" last-30d'),
        ("nps Meridian by role", 'account:"Meridian Freight"', 'nps by role account:"meridian freight" last-30d'),
        ("nps -Acme", "-account:Acme", "nps -account:acme last-30d"),
        ("nps not Nordhavn Tools", '-account:"Nordhavn Tools"', 'nps -account:"nordhavn tools" last-30d'),
        ("account Nordhavn Tools", 'account:"Nordhavn Tools"', 'nps account:"nordhavn tools" last-30d'),
        ("send nps to Acme", "account:Acme", "send nps to account:acme"),
        ("send nps to everyone but Acme", "-account:Acme", "send nps to -account:acme"),
    ],
)
def test_a_word_that_is_an_accounts_name_is_advised_as_a_filter(typed: str, nearest: str, example: str) -> None:
    assert advised(typed) == (nearest, example)


def test_a_word_that_is_no_name_is_never_advised_as_one() -> None:
    for typed in ("nps wibble", "nps letzte 30 tage", "account wibble", "send nps to wibble"):
        suggestion, example = advised(typed)
        assert "account:" not in suggestion + example, typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nps account:Nordhavn Tools last-90d", 'nps account:"nordhavn tools" last-90d'),
        ("nps account: Nordhavn Tools?", 'nps account:"nordhavn tools" last-30d'),
        ("nps -account:Acme,Nordhavn Tools", 'nps -account:acme,"nordhavn tools" last-30d'),
        ("nps account:-Nordhavn Tools", 'nps -account:"nordhavn tools" last-30d'),
        ("nps segment:food and drink latest", 'nps segment:"food and drink" last-30d latest'),
        ("send nps to account:Nordhavn Tools tier:mid", 'send nps to account:"nordhavn tools" tier:mid'),
    ],
)
def test_a_known_name_behind_a_filter_needs_no_quotes(typed: str, meant: str) -> None:
    command = read(typed)
    assert not isinstance(command, Advice)
    assert command.text == meant


def test_a_name_that_is_begun_is_advised_in_quotes() -> None:
    assert advised("nps account:Øresund Strasse") == (
        'account:"Øresund Straße AG"',
        'nps account:"øresund straße ag" last-30d',
    )


def test_several_that_begin_alike_are_listed() -> None:
    known = {Dimension.ACCOUNT: ("Nordhavn Marine", "Nordhavn Tools")}
    advice = parse("nps Nordhavn")
    assert isinstance(advice, Advice)
    advice = with_names("nps Nordhavn", advice, known, Catalogue(), ENGLISH)
    assert isinstance(advice, Advice)
    assert "Nordhavn Marine, Nordhavn Tools" in advice.problem


def test_the_names_needed_are_those_of_the_filters_and_of_the_unknown_words() -> None:
    text = "nps tier:mid role:technical wibble"
    advice = parse(text)
    assert isinstance(advice, Advice)
    assert set(dimensions_mentioned(text, advice)) == {Dimension.TIER, Dimension.ACCOUNT}


PIECES = st.sampled_from(
    [
        *("nps", "trend", "why", "explain", "send", "by", "to", "everyone", "not", "vs", "latest", "help", "june", "-"),
        *(
            "account:Acm",
            "-account:zzz",
            "account:Nordhavn",
            "Tools",
            "Meridian",
            "segment:x",
            "tier:small",
            "tier:mid",
        ),
        *("account:!Acme", "role=technical", "rolle", "last-30d", "Q2", "account:*", "segment:food", "and", "drink"),
        *("account:-dash", "-dash", "as", "csv", "owner:a", "tier:mid"),
    ]
)


@given(st.lists(PIECES, max_size=7).map(" ".join))
def test_whatever_is_typed_the_example_of_the_advice_is_taken_when_it_is_typed(text: str) -> None:
    advice = read(text)
    if isinstance(advice, Advice):
        assert not isinstance(read(advice.example), Advice), (text, advice)
