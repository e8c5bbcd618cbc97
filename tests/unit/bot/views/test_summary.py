"""Tests for the weekly summary: honest about change, with one voice of each kind and a chart that can be read aloud."""

from dataclasses import replace
from datetime import date
from typing import TypeVar

import pytest

from bot.commands.results import WeeklyResult
from bot.commands.weekly import weekly_requests, weekly_result
from bot.messages import Chart, Facts, Heading, Headline, Message, Paragraph, Quote
from bot.views.summary import summary_message
from surveys.insight.queries import Comment, ResponseCounts, Tally, TallySet
from surveys.sending.model import WeekCounts
from surveys.words import ENGLISH

Kind = TypeVar("Kind")
Bands = tuple[int, int, int]

COMMENTS = tuple(
    Comment(text=text, score=score, role="technical", account="Acme", language="en", day=date(2026, 7, 1))
    for text, score in (
        ("ok", 10),
        ("Slow, though friendly people", 8),
        ("You know our warehouse by heart.", 10),
        ("Nobody answers about the invoice.", 2),
    )
)


def counted(bands: Bands) -> TallySet:
    return TallySet(total=Tally(counts=dict(zip((3, 7, 10), bands, strict=True)), people=sum(bands)))


def weekly(
    now: Bands = (65, 82, 72),
    before: Bands = (23, 37, 60),
    week: Bands = (2, 3, 4),
    week_before: Bands = (3, 3, 3),
    *,
    comments: tuple[Comment, ...] = COMMENTS,
    late: bool = False,
) -> WeeklyResult:
    requests = weekly_requests(date(2026, 7, 6))
    return weekly_result(
        requests,
        [counted(now), counted(before), counted(week), counted(week_before)],
        [counted(now) for _ in requests.points],
        company="Halden Systems",
        counts=WeekCounts(period_start=date(2026, 6, 29), answers=17, people=16, comments=9, delivered=26, opted_out=1),
        responses=ResponseCounts(delivered=274, answered=104, still_open=12),
        comments=comments,
        late=late,
    )


def blocks(message: Message, kind: type[Kind]) -> list[Kind]:
    return [block for block in message.blocks if isinstance(block, kind)]


def test_it_shows_the_rolling_90_days_with_the_change_and_whether_it_is_real() -> None:
    message = summary_message(weekly(), ENGLISH)
    (headline,) = blocks(message, Headline)
    assert (headline.value, "7 Apr – 5 Jul 2026" in headline.label) == ("+3", True)
    assert headline.notes[-1].endswith("a real change.")
    assert "29 Jun – 5 Jul 2026" in message.summary


def test_it_tells_the_weeks_counts_and_the_response_rate() -> None:
    (facts,) = (dict(block.rows) for block in blocks(summary_message(weekly(), ENGLISH), Facts))
    assert facts["Answers this week"] == "17 from 16 people"
    assert facts["Comments this week"] == "9"
    assert facts["Questions delivered this week"] == "26"
    assert facts["Response rate, 90 days"].startswith("38 %")
    assert facts["Asked not to be asked again"] == "1"


def test_one_person_is_one() -> None:
    result = weekly()
    alone = replace(result, counts=replace(result.counts, answers=2, people=1))
    (facts,) = (dict(block.rows) for block in blocks(summary_message(alone, ENGLISH), Facts))
    assert facts["Answers this week"] == "2 from 1 person"


@pytest.mark.parametrize(
    ("week", "week_before", "told"),
    [((2, 3, 4), (3, 3, 3), False), ((10, 10, 10), (3, 3, 3), False), ((10, 10, 10), (10, 10, 10), True)],
)
def test_a_weeks_own_score_is_told_only_where_both_weeks_have_enough_answers(
    week: Bands, week_before: Bands, told: bool
) -> None:
    message = summary_message(weekly(week=week, week_before=week_before), ENGLISH)
    assert any("This week alone" in block.text for block in blocks(message, Paragraph)) is told


def test_one_thing_liked_and_one_to_improve_are_quoted_without_names() -> None:
    message = summary_message(weekly(), ENGLISH)
    assert [heading.text for heading in blocks(message, Heading)][1:] == ["Liked", "To improve"]
    assert [(quote.text, quote.by) for quote in blocks(message, Quote)] == [
        ("You know our warehouse by heart.", "technical contact, Acme · gave 10"),
        ("Nobody answers about the invoice.", "technical contact, Acme · gave 2"),
    ]


def test_without_critics_somebody_in_between_says_what_to_improve_and_without_comments_nobody_does() -> None:
    no_critics = summary_message(weekly(comments=COMMENTS[:3]), ENGLISH)
    assert blocks(no_critics, Quote)[-1].text == "Slow, though friendly people"
    assert blocks(summary_message(weekly(comments=()), ENGLISH), Quote) == []


def test_the_chart_says_in_words_what_it_shows() -> None:
    (chart,) = blocks(summary_message(weekly(), ENGLISH), Chart)
    assert "+3 (n 219)" in chart.alt_text
    assert chart.spec.startswith("{")


def test_a_late_summary_says_so() -> None:
    assert any("late" in block.text for block in blocks(summary_message(weekly(late=True), ENGLISH), Paragraph))
    assert not any("late" in block.text for block in blocks(summary_message(weekly(), ENGLISH), Paragraph))


def test_without_answers_it_says_so_and_what_to_do_and_shows_no_chart() -> None:
    nothing = (0, 0, 0)
    message = summary_message(weekly(nothing, nothing, nothing, nothing, comments=()), ENGLISH)
    assert "no responses yet" in message.summary
    assert not blocks(message, Chart)
    assert not blocks(message, Headline)
    assert any("send nps" in block.text for block in blocks(message, Paragraph))
