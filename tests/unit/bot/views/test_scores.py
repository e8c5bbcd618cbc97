"""Tests for a figure as people read it: exact, with everything that makes it defensible."""

import csv
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import pytest

from bot import actions
from bot.commands.advice import Advice
from bot.commands.grammar import parse
from bot.commands.results import ScoreResult
from bot.commands.scores import ScoreCommand
from bot.messages import Buttons, Distribution, Facts, Headline, Message, Paragraph, Quote, Table
from bot.views.answers import answer_message
from surveys.insight.queries import AccountReach, AccountSums, Comment, Dimension, ResponseCounts, Tally, TallySet
from surveys.words import ENGLISH

Kind = TypeVar("Kind")
Make = Callable[..., ScoreResult]

COMMENTS = tuple(
    Comment(text=text, score=score, role=role, account=account, language="en", day=date(2026, 6, 1))
    for text, score, role, account in (
        ("The wizard is confusing.", 4, "technical", "Acme"),
        ("Setup took three days.", 3, "technical", "Acme"),
        ("ok", 10, "finance", "Beta"),
        ("People who know our trade.", 10, None, None),
    )
)


def blocks(message: Message, kind: type[Kind]) -> list[Kind]:
    return [block for block in message.blocks if isinstance(block, kind)]


def headline(message: Message) -> Headline:
    return blocks(message, Headline)[0]


def commands(message: Message) -> list[str]:
    buttons = [button for row in blocks(message, Buttons) for button in row.buttons]
    return [b.action.text for b in buttons if isinstance(b.action, actions.RunCommand | actions.PostHere)]


def csv_rows(message: Message) -> list[dict[str, str]]:
    (paragraph,) = blocks(message, Paragraph)
    return list(csv.DictReader(paragraph.text.splitlines()))


def test_a_figure_carries_n_interval_dates_and_a_change_with_its_verdict(a_score: Make) -> None:
    message = answer_message(a_score("nps last-quarter", (65, 82, 72), (23, 37, 60)), ENGLISH)
    top = headline(message)
    assert top.value == "+3"
    assert "1 Apr – 30 Jun 2026" in top.label
    assert top.notes[0] == "n 219"
    assert "95 % interval −7 to +14" in top.notes
    assert top.notes[-1] == "Down 28 points from +31 (n 120) in 1 Jan – 31 Mar 2026: a real change."
    assert top.badge == ""
    assert message.summary.startswith("NPS +3 (n 219), 1 Apr – 30 Jun 2026. Down 28 points")


def test_a_change_within_noise_is_called_that(a_score: Make) -> None:
    message = answer_message(a_score("nps last-quarter", (10, 20, 30), (12, 20, 28)), ENGLISH)
    assert headline(message).notes[-1].endswith("within noise.")


def test_periods_that_share_days_are_said_not_to_be_tested(a_score: Make) -> None:
    message = answer_message(a_score("nps 2026-03 vs 2026-Q1", (10, 20, 30), (12, 20, 28)), ENGLISH)
    assert "not tested" in headline(message).notes[-1]


def test_few_answers_and_a_wide_interval_wear_a_badge_in_words(a_score: Make) -> None:
    assert "few answers" in headline(answer_message(a_score("nps", (1, 2, 3)), ENGLISH)).badge
    assert "wide interval" in headline(answer_message(a_score("nps", (18, 1, 18)), ENGLISH)).badge


def test_the_wider_interval_is_shown_and_says_why_it_is_wider(a_score: Make) -> None:
    sums = AccountSums(accounts=10, answers=60, sum_x=20, sum_ss=300, sum_sn=130, sum_nn=500)
    now = TallySet(total=Tally(counts={3: 10, 7: 20, 10: 30}, people=60, accounts=sums))
    notes = headline(answer_message(a_score("nps", now), ENGLISH)).notes
    assert any("answers from one account are alike" in note for note in notes)


def test_people_are_counted_beside_answers_only_where_they_differ(a_score: Make) -> None:
    twice = TallySet(total=Tally(counts={10: 40}, people=35))
    assert "n 40, from 35 people" in headline(answer_message(a_score("nps", twice), ENGLISH)).notes
    assert "n 6" in headline(answer_message(a_score("nps"), ENGLISH)).notes


def test_csat_is_a_share_with_its_mean_and_every_value_of_the_scale(a_score: Make) -> None:
    counts = TallySet(total=Tally(counts={5: 42, 4: 32, 3: 10, 2: 9, 1: 14}, people=107))
    message = answer_message(a_score("csat last-30d", counts), ENGLISH)
    assert headline(message).value == "69 %"
    assert "mean 3.7 on 1–5" in headline(message).notes
    (distribution,) = blocks(message, Distribution)
    assert [(share.label, share.count) for share in distribution.shares] == [
        ("1", 14),
        ("2", 9),
        ("3", 10),
        ("4", 32),
        ("5", 42),
    ]


def test_nps_shows_detractors_passives_and_promoters_in_words_and_numbers(a_score: Make) -> None:
    (distribution,) = blocks(answer_message(a_score("nps", (10, 20, 30)), ENGLISH), Distribution)
    assert [(share.label, share.count, share.percent) for share in distribution.shares] == [
        ("Detractors", 10, "17 %"),
        ("Passives", 20, "33 %"),
        ("Promoters", 30, "50 %"),
    ]


def test_the_response_rate_says_of_what_and_keeps_open_invitations_apart(a_score: Make) -> None:
    responses = ResponseCounts(delivered=274, answered=104, still_open=12)
    (facts,) = blocks(answer_message(a_score("nps", responses=responses), ENGLISH), Facts)
    assert dict(facts.rows) == {"Response rate": "38 % (104 of 274 closed invitations)", "Still open": "12"}


def test_a_rate_of_people_chosen_by_what_they_are_today_says_so(a_score: Make) -> None:
    responses = ResponseCounts(
        delivered=20,
        answered=14,
        still_open=3,
        by_present=(Dimension.RELATIONSHIP,),
        open_by_present=(Dimension.RELATIONSHIP, Dimension.TIER),
    )
    result = a_score("nps relationship:former tier:gold last-12mo", (0, 0, 0), responses=responses)
    (facts,) = blocks(answer_message(result, ENGLISH), Facts)
    assert dict(facts.rows) == {
        "Response rate": "70 % (14 of 20 closed invitations), by today's Relationship",
        "Still open": "3, by today's Relationship and Tier",
    }


def test_reasons_come_from_all_sides_with_role_and_account_and_never_a_name(a_score: Make) -> None:
    quotes = blocks(answer_message(a_score("nps", comments=COMMENTS), ENGLISH), Quote)
    assert [(quote.text, quote.by) for quote in quotes] == [
        ("The wizard is confusing.", "technical contact, Acme · gave 4"),
        ("People who know our trade.", "gave 10"),
        ("Setup took three days.", "technical contact, Acme · gave 3"),
    ]


def test_a_reason_that_several_gave_in_the_same_words_is_quoted_once(a_score: Make) -> None:
    quotes = blocks(answer_message(a_score("nps", comments=(COMMENTS[0], *COMMENTS)), ENGLISH), Quote)
    assert [quote.text for quote in quotes].count("The wizard is confusing.") == 1


def test_no_answers_are_no_score_and_the_message_says_what_to_do(a_score: Make) -> None:
    message = answer_message(a_score("nps today role:finance", (0, 0, 0), (1, 1, 1)), ENGLISH)
    assert not blocks(message, Headline)
    assert "no responses yet" in message.summary
    assert "0" not in message.summary.replace("2026", "").replace("6 Jul", "")
    assert {"nps today", "nps all", "nps series:any today"} <= set(commands(message))


def test_one_account_is_shown_by_mean_lowest_and_reach_and_not_by_a_score(a_score: Make) -> None:
    result = a_score(
        "nps account:Meridian",
        TallySet(total=Tally(counts={9: 4, 10: 1, 8: 3}, people=8)),
        reach=AccountReach(answered=8, asked=11, known=14),
        spelling={"meridian": "Meridian Freight"},
    )
    message = answer_message(result, ENGLISH)
    top = headline(message)
    assert (top.value, top.badge) == ("mean 8.8 of 10", "")
    assert top.label.startswith("Meridian Freight")
    assert {"lowest 8", "8 of 11 asked, 14 known"} <= set(top.notes)
    assert "63" not in message.summary


def test_each_account_of_a_table_is_shown_by_mean_and_lowest_and_not_by_a_score(a_score: Make) -> None:
    result = a_score("nps by account", {"24": (1, 2, 0), "7": (0, 0, 1)}, {"24": (0, 2, 1)}, labels={"24": "Acme"})
    (table,) = blocks(answer_message(result, ENGLISH), Table)
    assert [column.title for column in table.columns] == ["Account", "Mean (0–10)", "Lowest", "n", "Mean before"]
    assert table.rows == (("7", "10.0", "10", "1", "–"), ("Acme", "5.7", "3", "3", "8.0 (n 3)"))
    assert "would only look exact" in table.caption
    assert "Real" not in table.caption
    assert headline(answer_message(result, ENGLISH)).value == "0"


@pytest.mark.parametrize("text", ["nps by role account:acme", "csat by touchpoint account:acme"])
def test_one_account_by_groups_is_shown_by_means_as_it_is_alone(a_score: Make, text: str) -> None:
    low, high = (TallySet(total=Tally(counts={n: 1}, people=1), groups=(Tally(key="x", counts={n: 1}, people=1),))
                 for n in (3, 5))  # fmt: skip
    message = answer_message(a_score(text, low, high, spelling={"acme": "Acme"}), ENGLISH)
    assert headline(message).value.startswith("mean 3.0 of")
    assert headline(message).label.startswith("Acme")
    (table,) = blocks(message, Table)
    assert table.rows == (("x", "3.0", "3", "1", "5.0 (n 1)"),)


def test_scripts_keep_the_whole_figure_of_each_account(a_score: Make) -> None:
    message = answer_message(a_score("nps by account as csv", {"24": (1, 2, 0)}, {"24": (0, 2, 1)}), ENGLISH)
    row = csv_rows(message)[1]
    assert (row["n"], row["low_n"], row["previous_n"], row["real"]) == ("3", "true", "3", "false")
    assert float(row["score"]) == pytest.approx(-100 / 3)


def test_without_answers_the_account_asked_about_is_named(a_score: Make) -> None:
    for text in ("nps account:acme", "nps by role account:acme"):
        message = answer_message(a_score(text, (0, 0, 0), spelling={"acme": "Acme"}), ENGLISH)
        assert "Filtered · Account: Acme" in [found.text for found in blocks(message, Paragraph)]


GROUPS = {"technical": (37, 38, 21), "decision_maker": (1, 6, 24)}


def test_groups_are_a_ranked_table_with_n_interval_and_verdict(a_score: Make) -> None:
    message = answer_message(a_score("nps by role last-quarter", GROUPS, {"technical": (8, 7, 4)}), ENGLISH)
    (table,) = blocks(message, Table)
    assert [row[:3] for row in table.rows] == [
        ("decision makers", "+74", "31 (wide interval)"),
        ("technical contacts", "−17", "96"),
    ]
    assert table.rows[0][-1] == "nothing before"
    assert table.rows[1][-1] == "within noise"


def test_of_languages_the_first_few_are_those_whose_names_come_first(a_score: Make) -> None:
    now = {"de": (1, 2, 3), "en": (1, 2, 3), "fr": (1, 2, 3), "zh": (1, 2, 3)}
    (table,) = blocks(answer_message(a_score("nps by language top 2", now), ENGLISH), Table)
    assert [row[0] for row in table.rows] == ["Chinese", "English"]
    assert "The first 2 of 4." in table.caption


def test_a_table_cut_by_top_says_of_how_many(a_score: Make) -> None:
    now = {"technical": (1, 2, 3), "finance": (0, 0, 3), "operations": (3, 0, 0)}
    (table,) = blocks(answer_message(a_score("nps by role top 2", now), ENGLISH), Table)
    assert [row[0] for row in table.rows] == ["finance", "technical contacts"]
    assert "The first 2 of 3." in table.caption
    (whole,) = blocks(answer_message(a_score("nps by role", now), ENGLISH), Table)
    assert "The first" not in whole.caption


def test_languages_are_not_ranked_and_the_table_says_why(a_score: Make) -> None:
    now = {"pl": (10, 0, 0), "de": (0, 0, 10)}
    (table,) = blocks(answer_message(a_score("nps by language", now, labels={"pl": "pl", "de": "de"}), ENGLISH), Table)
    assert "not ranked" in table.caption
    assert {row[0] for row in table.rows} == {"German", "Polish"}


def test_a_missing_value_is_a_group_of_its_own(a_score: Make) -> None:
    now = TallySet(total=Tally(counts={10: 5}, people=5), groups=(Tally(key=None, counts={10: 5}, people=5),))
    (table,) = blocks(answer_message(a_score("nps by team", now), ENGLISH), Table)
    assert table.rows[0][0] == "not known"


def test_a_long_table_shows_both_ends_and_says_how_many_are_between(a_score: Make) -> None:
    many = {f"account {number:02}": (number, 0, 60 - number) for number in range(60)}
    (table,) = blocks(answer_message(a_score("nps by account", many), ENGLISH), Table)
    assert (len(table.rows), table.rows[0][0], table.rows[-1][0]) == (24, "account 00", "account 59")
    assert "36" in table.caption


def test_what_is_asked_next_is_one_tap_away_and_can_be_read_back(a_score: Make) -> None:
    message = answer_message(a_score("nps last-quarter role:technical", (65, 82, 72), (23, 37, 60)), ENGLISH)
    offered = commands(message)
    assert "why nps role:technical last-quarter" in offered
    assert "nps by role role:technical last-quarter" in offered
    assert "explain nps role:technical last-quarter" in offered
    assert all(not isinstance(parse(text), Advice) for text in offered)


def test_in_a_channel_the_answer_offers_nothing_that_only_its_asker_may_do(a_score: Make) -> None:
    message = answer_message(a_score("nps last-quarter", (65, 82, 72), (23, 37, 60)), ENGLISH, public=True)
    assert headline(message).value == "+3"
    assert commands(message) == []


@pytest.mark.parametrize("text", ["nps by role as csv", "nps as csv"])
def test_csv_has_a_header_a_row_for_the_total_and_full_precision(a_score: Make, text: str) -> None:
    (paragraph,) = blocks(answer_message(a_score(text, GROUPS), ENGLISH), Paragraph)
    lines = paragraph.text.splitlines()
    assert lines[0].startswith("metric,series,period_start,period_end")
    assert lines[1].split(",")[7] == "5.511811023622047"
    assert all(line.count(",") == lines[0].count(",") for line in lines)


def test_in_csv_an_account_goes_by_its_name_as_a_filter_takes_it(a_score: Make) -> None:
    message = answer_message(a_score("nps by account as csv", {"24": (1, 2, 3)}, labels={"24": "Acme"}), ENGLISH)
    assert csv_rows(message)[1]["key"] == "Acme"
    assert isinstance(parse("nps account:Acme"), ScoreCommand)


def test_in_csv_the_key_is_for_scripts_and_the_label_for_people(a_score: Make) -> None:
    nobody = Tally(key=None, counts={10: 5}, people=5)
    now = TallySet(total=nobody, groups=(Tally(key="technical", counts={3: 1}, people=1), nobody))
    rows = csv_rows(answer_message(a_score("nps by role as csv", now), ENGLISH))
    assert [(row["key"], row["label"]) for row in rows] == [
        ("", ""),
        ("technical", "technical contacts"),
        ("", "not known"),
    ]
