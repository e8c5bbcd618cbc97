"""Tests for cutting a typed line into words and pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.tokens import quote, tokenise


def words(text: str) -> list[str]:
    return [token.text for token in tokenise(text)]


def test_words_are_cut_at_any_white_space_and_keep_their_place() -> None:
    text = "  nps\tby role\n"
    tokens = tokenise(text)
    assert [token.word for token in tokens] == ["nps", "by", "role"]
    assert [text[token.start : token.end] for token in tokens] == ["nps", "by", "role"]


@pytest.mark.parametrize(
    "typed",
    [
        'account:"Nordhavn Tools"',
        "account:“Nordhavn Tools”",
        "account:„Nordhavn Tools“",
        "account:«Nordhavn Tools»",
        "account:'Nordhavn Tools'",
        "account:‘Nordhavn Tools’",
        "ACCOUNT：”Nordhavn Tools”",
    ],
)
def test_any_kind_of_quotation_mark_keeps_a_name_together(typed: str) -> None:
    (token,) = tokenise(typed)
    assert (token.key, token.values, token.unclosed) == ("account", ("Nordhavn Tools",), False)


def test_several_values_stand_between_commas_quoted_or_not() -> None:
    (token,) = tokenise('-account:Acme,"Nordhavn Tools",,Beta')
    assert token.values == ("Acme", "Nordhavn Tools", "Beta")
    assert token.negated


def test_a_minus_before_a_value_is_told_apart_from_one_inside_quotes() -> None:
    (token,) = tokenise('account:-Acme,"-Beta",-"Nordhavn Tools",–Gamma')
    assert (token.values, token.minus_values) == (("-Beta",), ("Acme", "Nordhavn Tools", "Gamma"))
    assert not token.negated


def test_a_minus_with_nothing_behind_it_leaves_nothing_out() -> None:
    (token,) = tokenise("account:-,Acme,-")
    assert (token.values, token.minus_values) == (("-", "Acme", "-"), ())


def test_an_apostrophe_inside_a_name_is_no_quotation_mark() -> None:
    (token,) = tokenise("account:O'Brien's")
    assert token.values == ("O'Brien's",)


def test_a_time_of_day_is_a_word_and_no_pair() -> None:
    assert [token.key for token in tokenise("mon 09:00")] == ["", ""]


def test_a_dash_that_a_phone_put_in_is_a_hyphen() -> None:
    assert words("last–30d −role:technical")[0] == "last-30d"
    assert tokenise("−role:technical")[0].negated


def test_what_nobody_sees_separates_words() -> None:
    assert words("\ufeffnps\u200blast-30d\x00") == ["nps", "last-30d"]


def test_a_quote_that_is_never_closed_is_marked() -> None:
    assert tokenise('account:"Nordhavn Tools')[-1].unclosed
    assert tokenise('"Nordhavn Tools')[-1].unclosed


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_no_token_overlaps_another(text: str) -> None:
    tokens = tokenise(text)
    places = [place for token in tokens for place in (token.start, token.end)]
    assert places == sorted(places)
    assert all(token.end <= len(text) for token in tokens)


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cf", "Cs")), min_size=1, max_size=40))
def test_a_quoted_value_reads_back(value: str) -> None:
    value = " ".join(value.split())
    both = any(mark in value for mark in '"“”„‟«»＂') and any(mark in value for mark in "'‘’‚‛‹›")
    if not value or both:
        return
    assert tokenise(f"account:{quote(value)}")[0].values == (value,)
