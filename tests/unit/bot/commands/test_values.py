"""Tests for the second stage: do the names in the filters exist?"""

from bot.commands.advice import Advice
from bot.commands.grammar import parse
from bot.commands.scores import ScoreCommand
from bot.commands.values import check_values, complete_values, dimensions_to_check, near_values, spelling
from surveys.insight.queries import Dimension
from surveys.words import ENGLISH

ACCOUNTS = ("Acme", "Meridian Freight", "Nordhavn Tools", "Nordhavn Marine", "Øresund Straße AG")
OWNERS = tuple(f"{name}.of.a.long.name@halden-systems.example" for name in ("anika", "benedikt", "farah", "jacek"))
KNOWN = {
    Dimension.ACCOUNT: ACCOUNTS,
    Dimension.SEGMENT: ("retail", "logistics"),
    Dimension.TOUCHPOINT: (),
    Dimension.OWNER: OWNERS,
}


def checked(text: str) -> object:
    command = parse(text)
    assert not isinstance(command, Advice)
    return check_values(complete_values(command, KNOWN), KNOWN, ENGLISH, typed=text)


def advice_on(text: str) -> Advice:
    advice = checked(text)
    assert isinstance(advice, Advice)
    return advice


def test_a_name_is_found_whatever_its_case() -> None:
    for text in ("nps account:ACME", 'nps account:"meridian  freight"', 'nps account:"øresund strasse ag"'):
        assert isinstance(checked(text), ScoreCommand), text


def test_a_misspelt_account_gets_the_nearest_one_and_the_line_put_right() -> None:
    advice = advice_on("nps by role account:Acm last-90d")
    assert advice.suggestion == "account:Acme"
    assert advice.example == "nps by role account:acme last-90d"


def test_a_name_that_could_be_several_lists_them() -> None:
    advice = advice_on("nps account:Nordhavn")
    assert "Nordhavn Tools" in advice.problem
    assert "Nordhavn Marine" in advice.problem
    assert not isinstance(parse(advice.example), Advice)


def test_one_misspelt_word_of_a_longer_name_is_enough() -> None:
    assert near_values("meridan", ACCOUNTS) == ("Meridian Freight",)


def test_the_first_word_of_one_name_stands_for_it() -> None:
    command = checked("nps account:Meridian")
    assert isinstance(command, ScoreCommand)
    assert command.filters[0].values == ("meridian freight",)
    assert spelling(command, KNOWN) == {"meridian freight": "Meridian Freight"}


def test_a_name_like_no_other_gets_examples_of_what_is_known() -> None:
    advice = advice_on("nps segment:zzzz last-90d")
    assert "retail" in advice.problem
    assert advice.example == "nps by segment last-90d"


def test_every_value_is_advised_as_a_row_each_where_that_can_be_asked_and_is_not_yet() -> None:
    for text, near, example in (
        ("nps account:*", "by account", "nps by account last-30d"),
        ("why nps account:*", "by account", "why nps by account last-quarter"),
        ("explain nps account:*", "by account", "explain nps by account last-30d"),
        ("trend nps account:*", "account:Acme", "trend nps account:acme last-12mo"),
        ("nps by role -account:*", "-account:Acme", "nps by role -account:acme last-30d"),
    ):
        advice = advice_on(text)
        assert (advice.suggestion, advice.example) == (near, example), text


def test_what_cannot_be_grouped_gets_a_value_that_can_be_typed_in_full() -> None:
    advice = advice_on("nps owner:zzzz")
    assert f"{OWNERS[0]}, {OWNERS[1]}" in advice.problem
    assert "…" not in advice.problem
    assert advice.suggestion == f"owner:{OWNERS[0]}"
    assert advice.example == f"nps owner:{OWNERS[0]} last-30d"


def test_the_example_has_every_unknown_name_put_right() -> None:
    assert advice_on("nps account:Acm segment:retai").example == "nps account:acme segment:retail last-30d"


def test_a_sign_that_cannot_be_read_is_never_turned_into_the_opposite() -> None:
    assert advice_on("send nps to account:!Acme").example == "send nps to -account:acme"
    several = advice_on('send nps to account:!Acme,"Nordhavn Tools"')
    assert (several.suggestion, several.example) == ("-account:Acme", 'send nps to account:"nordhavn tools"')


def test_the_end_of_a_sentence_is_no_part_of_a_name_unless_a_name_has_it() -> None:
    command = checked("nps account:acme?")
    assert isinstance(command, ScoreCommand)
    assert command.filters[0].values == ("acme",)
    exclaimed = {Dimension.ACCOUNT: ("Acme", "Acme!")}
    command = parse("nps account:Acme!")
    assert not isinstance(command, Advice)
    assert complete_values(command, exclaimed) == command


def test_a_value_is_quoted_as_it_was_typed() -> None:
    assert "“Acmé”" in advice_on("nps account:Acmé").problem


def test_where_nothing_is_known_it_says_so() -> None:
    assert "No touchpoint is known yet" in advice_on("nps touchpoint:support").problem


def test_advice_never_widens_an_audience() -> None:
    assert advice_on("send nps to segment:zzzz").example == "help send"


def test_a_name_that_may_lie_beyond_the_list_is_not_called_unknown() -> None:
    many = {Dimension.ACCOUNT: [f"account {number}" for number in range(500)]}
    command = parse("nps account:Acme")
    assert not isinstance(command, Advice)
    assert check_values(command, many, ENGLISH) == command


def test_what_the_product_defines_itself_is_not_looked_up() -> None:
    command = parse("nps role:technical stage:use account:Acme")
    assert not isinstance(command, Advice)
    assert dimensions_to_check(command) == (Dimension.ACCOUNT,)


def test_the_question_inside_explain_is_checked_too() -> None:
    advice = advice_on("explain nps account:Acm")
    assert advice.example == "explain nps account:acme last-30d"
