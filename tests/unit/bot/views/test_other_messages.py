"""Tests for help, advice, refusals, notes, grants, subscriptions, trends and explanations."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar

import pytest

from bot import actions
from bot.commands.advice import Advice
from bot.commands.asking import Today, explain_result, trend_requests, trend_result
from bot.commands.explain import ExplainCommand
from bot.commands.grammar import parse
from bot.commands.registry import ENTRIES
from bot.commands.results import Granted, LeftOut, ScheduledSummary, ScoreResult
from bot.commands.trend import TrendCommand
from bot.messages import Buttons, Chart, Facts, Message, Paragraph, Table
from bot.views import access, advice, notes, subscriptions
from bot.views.answers import answer_message
from bot.views.help import help_message
from surveys.insight.figures import Withheld
from surveys.insight.queries import AccountSums, Dimension, ResponseCounts, Tally, TallySet
from surveys.people.model import Permission, Person, PersonKind
from surveys.words import ENGLISH

Kind = TypeVar("Kind")
EVERYTHING = frozenset(Permission)
TODAY = Today(day=date(2026, 7, 6), timezone="Europe/Warsaw")
NOW = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)


def blocks(message: Message, kind: type[Kind]) -> list[Kind]:
    return [block for block in message.blocks if isinstance(block, kind)]


def commands(message: Message) -> list[str]:
    found = [button.action for row in blocks(message, Buttons) for button in row.buttons]
    return [action.text for action in found if isinstance(action, actions.RunCommand)]


# ── help ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_cx_lead_sees_every_subject_with_its_line() -> None:
    rows = [row for facts in blocks(help_message("", EVERYTHING, ENGLISH), Facts) for row in facts.rows]
    assert {subject for subject, _ in rows} == {entry.subject for entry in ENTRIES}


def test_a_stakeholder_sees_only_what_a_stakeholder_may_do() -> None:
    message = help_message("", frozenset(), ENGLISH)
    rows = [row for facts in blocks(message, Facts) for row in facts.rows]
    assert {subject for subject, _ in rows} == {"feedback", "help", "ask-me-here"}
    assert commands(message) == ["feedback"]


@pytest.mark.parametrize("topic", ["", "periods", "filters", *(entry.subject for entry in ENTRIES)])
def test_every_topic_has_help_and_its_buttons_can_be_pressed(topic: str) -> None:
    message = help_message(topic, EVERYTHING, ENGLISH)
    assert message.blocks
    assert all(not isinstance(parse(text), Advice) for text in commands(message))


# ── mistakes and refusals ──────────────────────────────────────────────────────────────────────────────────────


def advice_on(text: str) -> Advice:
    read = parse(text)
    assert isinstance(read, Advice)
    return read


def test_a_mistake_is_answered_in_one_line_with_the_nearest_form_and_an_example() -> None:
    line = advice.advice_line(advice_on("nps rol:technical"), ENGLISH)
    assert "\n" not in line
    assert "“rol:”" in line
    assert "role:" in line
    assert line.endswith("nps role:technical last-30d")


def test_what_only_reads_is_one_tap_away_and_what_sends_or_grants_is_not() -> None:
    assert commands(advice.mistake(advice_on("nps rol:technical"), ENGLISH)) == ["nps role:technical last-30d"]
    for text in ("send npss to everyone", "grant @bob", "summary weekly general"):
        assert commands(advice.mistake(advice_on(text), ENGLISH)) == []


def test_a_refusal_is_friendly_and_shows_what_is_possible_instead() -> None:
    message = advice.refused("nps", ENGLISH, employee=True)
    assert "CX leads" in message.summary
    assert "Any CX lead can make you one" in message.summary
    assert commands(message) == ["feedback", "help"]


def test_a_customers_contact_is_not_told_that_they_could_become_a_lead() -> None:
    message = advice.refused("nps", ENGLISH, employee=False)
    assert "can make you one" not in message.summary
    assert commands(message) == ["feedback", "help"]


def test_help_offers_no_button_that_would_be_refused() -> None:
    assert commands(help_message("nps", frozenset(), ENGLISH)) == []
    assert "nps last-30d" in commands(help_message("nps", frozenset({Permission.CX_LEAD}), ENGLISH))


def test_a_withheld_figure_names_its_rule_and_no_number_of_its_own() -> None:
    message = advice.withheld(Withheld(reason="The rule."), ENGLISH)
    assert "The rule." in message.summary
    assert not any(character.isdigit() for character in message.summary)


def test_a_failure_tells_its_reference_and_nothing_else() -> None:
    assert "a1b2c3" in notes.failure("a1b2c3", ENGLISH).summary


def test_large_numbers_are_written_as_beside_the_field() -> None:
    assert "That is 10,412 characters; at most 10,000" in notes.too_long(10_412, 10_000, ENGLISH).summary


def test_a_remark_that_is_no_command_can_become_feedback_with_one_tap() -> None:
    assert commands(notes.not_understood("the invoice is wrong", ENGLISH))[0] == "feedback the invoice is wrong"
    assert commands(notes.not_understood("x" * 9_000, ENGLISH)) == ["help"]


# ── trend and explain ──────────────────────────────────────────────────────────────────────────────────────────


def trend(text: str, n: int) -> Message:
    command = parse(text)
    assert isinstance(command, TrendCommand)
    requests = trend_requests(command, TODAY)
    counts = [TallySet(total=Tally(counts={10: n} if n else {}, people=n)) for _ in requests.points]
    return answer_message(trend_result(command, requests, counts, today=TODAY), ENGLISH)


def test_a_trend_is_a_chart_with_its_words_and_its_numbers() -> None:
    message = trend("trend nps last-12mo role:technical", 40)
    (chart,) = blocks(message, Chart)
    (table,) = blocks(message, Table)
    assert "technical contacts" in chart.alt_text
    assert len(table.rows) == 13
    assert table.rows[0] == ("7 – 31 Jul 2025", "+100", "40", "+84 to +100")


def test_the_line_of_one_account_is_made_of_means_and_not_of_scores() -> None:
    message = trend("trend nps last-12mo account:acme", 2)
    (chart,), (table,) = blocks(message, Chart), blocks(message, Table)
    assert [column.title for column in table.columns] == ["Period", "Mean (0–10)", "Lowest", "n"]
    assert table.rows[0] == ("7 – 31 Jul 2025", "10.0", "10", "2")
    assert "would only look exact" in table.caption
    assert "NPS answers, mean by month" in chart.alt_text
    assert "Jul 2025 10.0 (n 2)" in chart.alt_text
    assert "+100" not in chart.spec + message.summary


def test_as_a_table_there_is_no_picture_and_without_answers_neither() -> None:
    assert not blocks(trend("trend nps as table", 40), Chart)
    nothing = trend("trend nps", 0)
    assert "no responses yet" in nothing.summary
    assert not blocks(nothing, Table)


def test_as_csv_a_trend_has_both_intervals_of_each_point() -> None:
    command = parse("trend nps 2026-Q2 as csv")
    assert isinstance(command, TrendCommand)
    requests = trend_requests(command, TODAY)
    alike = AccountSums(accounts=10, answers=60, sum_x=20, sum_ss=300, sum_sn=130, sum_nn=500)
    counted = TallySet(total=Tally(counts={3: 10, 7: 20, 10: 30}, people=60, accounts=alike))
    result = trend_result(command, requests, [counted] * len(requests.points), today=TODAY)
    (paragraph,) = blocks(answer_message(result, ENGLISH), Paragraph)
    row = next(csv.DictReader(paragraph.text.splitlines()))
    plain = float(row["interval_high"]) - float(row["interval_low"])
    over_accounts = float(row["interval_accounts_high"]) - float(row["interval_accounts_low"])
    assert over_accounts > plain > 0
    assert float(row["mean"]) == pytest.approx(470 / 60)


def test_explain_shows_filters_what_was_left_out_and_the_formula_with_its_numbers(
    a_score: Callable[..., ScoreResult],
) -> None:
    command = parse("explain nps last-quarter role:technical")
    assert isinstance(command, ExplainCommand)
    now = TallySet(total=Tally(counts={3: 1, 7: 2, 10: 3}, people=6))
    many = TallySet(total=Tally(counts={10: 16}, people=16))
    responses = ResponseCounts(delivered=8, answered=6, still_open=0, by_present=(Dimension.PRIORITY,))
    score = a_score("nps last-quarter role:technical", responses=responses)
    result = explain_result(command, score, now, many, many, now)
    assert result.left_out == ((LeftOut.FILTERS, 10),)
    rows = dict(row for facts in blocks(answer_message(result, ENGLISH), Facts) for row in facts.rows)
    assert rows["Filters"] == "Role: technical contacts"
    assert rows["Answers that the filters leave out"] == "10"
    assert rows["Score"].endswith("= 100 · (3 − 1) / 6 = +33")
    assert "adjusted Wald" in rows["95 % interval"]
    assert rows["Response rate"].endswith("by today's Priority")
    assert rows["Days"].startswith("1 Apr – 30 Jun 2026")


def test_explain_without_answers_says_what_was_looked_for_and_derives_nothing(
    a_score: Callable[..., ScoreResult],
) -> None:
    command = parse("explain nps 2027 role:technical")
    assert isinstance(command, ExplainCommand)
    none, some = TallySet(total=Tally()), TallySet(total=Tally(counts={10: 16}, people=16))
    result = explain_result(command, a_score("nps 2027 role:technical", (0, 0, 0)), none, some, some, none)
    message = answer_message(result, ENGLISH)
    rows = dict(row for facts in blocks(message, Facts) for row in facts.rows)
    assert message.summary == "NPS: no responses yet, 1 Jan – 31 Dec 2027."
    assert rows["Filters"] == "Role: technical contacts"
    assert rows["Answers that the filters leave out"] == "16"
    assert "Score" not in rows
    assert not any("/ 0" in value for value in rows.values())


# ── granting and subscribing ───────────────────────────────────────────────────────────────────────────────────


def somebody(name: str, kind: PersonKind = PersonKind.EMPLOYEE) -> Person:
    return Person(
        id=1, public_id="p", kind=kind, name=name, email=f"{name.lower()}@x.example", language="en", timezone="UTC"
    )


def test_a_grant_names_who_got_it_and_who_gave_it() -> None:
    message = access.granted(somebody("Ada"), somebody("Bo"), "cx_lead", ENGLISH)
    assert "Ada (ada@x.example)" in message.summary
    assert "Bo" in message.summary


def test_a_grant_of_what_somebody_has_already_changes_nothing_and_says_so() -> None:
    again = access.grant_answer(Granted(person=somebody("Ada"), by=somebody("Bo"), new=False), ENGLISH)
    assert again.summary.startswith("Nothing to do")


def test_namesakes_are_told_apart_by_their_addresses() -> None:
    text = access.which_person("a", [somebody("Ada"), somebody("Ann")], ENGLISH).summary
    assert "ada@x.example" in text
    assert "ann@x.example" in text


SUMMARY = ScheduledSummary(public_id="s", channel="#general", weekday=0, hour=9, minute=0, next_due_at=NOW)


def test_a_subscription_says_when_the_first_one_comes_and_can_be_stopped_and_started_again() -> None:
    started = subscriptions.started(SUMMARY, "Europe/Warsaw", ENGLISH)
    assert "Monday 6 Jul 2026, 09:00" in started.summary
    assert [b.action for row in blocks(started, Buttons) for b in row.buttons] == [actions.StopSummary("s")]
    (again,) = commands(subscriptions.stopped(SUMMARY, ENGLISH))
    assert again == "summary weekly #general mon 09:00"


def test_a_channel_the_bot_is_not_in_gets_the_nearest_one_it_is_in() -> None:
    text = subscriptions.unknown_channel("genral", ["#general", "#cx"], ENGLISH).summary
    assert "#general" in text
    assert "#cx" not in text


def test_an_empty_list_of_summaries_shows_how_to_make_one() -> None:
    message = subscriptions.listed([], "Europe/Warsaw", ENGLISH)
    example = message.summary.split("Try: ")[1]
    assert not isinstance(parse(example), Advice)
    assert not blocks(message, Table)
    assert blocks(message, Paragraph)
