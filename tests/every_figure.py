"""The answers to questions: of every metric and in every size, with a person's text wherever one can stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.commands.asking import (
    Today,
    explain_result,
    score_result,
    trend_requests,
    trend_result,
    why_result,
)
from bot.commands.explain import ExplainCommand
from bot.commands.grammar import parse
from bot.commands.results import (
    ExplainResult,
    ScoreResult,
    TrendResult,
    WeeklyResult,
    WhyResult,
)
from bot.commands.scores import ScoreCommand
from bot.commands.trend import TrendCommand
from bot.commands.weekly import weekly_requests, weekly_result
from bot.commands.why import WhyCommand
from bot.messages import Form, Message
from bot.views import answers, explain, summary
from bot.views import scores as score_views
from bot.views import trend as trend_views
from bot.views import why as why_views
from surveys.definitions.model import Metric
from surveys.insight.figures import Figure
from surveys.insight.queries import AccountReach, Comment, ResponseCounts, Tally, TallySet
from surveys.sending.model import (
    WeekCounts,
)
from surveys.words import ENGLISH

TODAY = Today(day=date(2026, 7, 6), timezone="Europe/Warsaw")
METRICS = ("nps", "csat", "ces", "continue", "enps")
GROUPS = 120
MARKS = {Metric.CSAT: (1, 3, 5), Metric.CES: (1, 4, 7)}
"""A low, a middle and a high answer; on 0 to 10 where a metric is not named."""


def counted(metric: Metric, number: int, groups: int = 0) -> TallySet:
    """`number` of answers each, in `groups` that differ."""
    low, middle, high = MARKS.get(metric, (3, 8, 10))
    each = tuple(
        Tally(key=str(n), counts={low: number * (n + 1), middle: number, high: number * 9}, people=number)
        for n in range(groups)
    )
    counts = {mark: sum(group.counts[mark] for group in each) or number for mark in (low, middle, high)}
    people = sum(counts.values())
    return TallySet(
        total=Tally(counts=counts if number else {}, people=people), groups=each, first_day=date(2019, 1, 3)
    )


NUMBERS = (0, 1, 10**8)


def spoken(text: str) -> str:
    """As much of a text as the name of an account in a command that can be read."""
    return " ".join(text.replace('"', " ").split())[:400] or "Acme"


@dataclass(frozen=True, slots=True)
class Asking:
    """The results of queries, as they come from counts, with comments of people in them."""

    text: str
    thorough: bool
    """Every metric with every number; without it, one of them."""

    @property
    def comments(self) -> tuple[Comment, ...]:
        return tuple(
            Comment(
                text=self.text, score=score, role="technical", account=self.text, language="en", day=date(2026, 7, 1)
            )
            for score in (0, 6, 8, 10)
        )

    @property
    def filters(self) -> tuple[str, ...]:
        """None, and the longest that parse."""
        quoted = spoken(self.text)
        return ("", f'account:"{quoted}"', f'account:"{quoted}" role:technical,finance -language:de platform:slack')

    @property
    def labels(self) -> Mapping[str, str]:
        return {str(n): f"{self.text}{n}" for n in range(GROUPS)}

    def scores(self) -> Iterator[ScoreResult]:
        for metric in METRICS if self.thorough else METRICS[:1]:
            for rest in (*self.filters, "by account", "by role", "by language as chart", "latest vs year-ago"):
                command = parse(f"{metric} last-quarter {rest}")
                if isinstance(command, ScoreCommand):
                    yield from self._scored(command)

    def _scored(self, command: ScoreCommand) -> Iterator[ScoreResult]:
        numbers = NUMBERS if self.thorough else NUMBERS[1:2]
        for now in numbers:
            for before in (None, *numbers):
                yield score_result(
                    command,
                    counted(command.metric, now, GROUPS if command.by else 0),
                    counted(command.metric, before) if before is not None else None,
                    today=TODAY,
                    comments=self.comments,
                    responses=ResponseCounts(delivered=10**9, answered=10**8, still_open=10**7),
                    labels=self.labels,
                    reach=AccountReach(answered=8, asked=11, known=14),
                )

    def whys(self) -> Iterator[WhyResult]:
        few, many = counted(Metric.NPS, 2, 3), counted(Metric.NPS, 3, GROUPS)
        for rest in ("", "by account", "by role vs year-ago", *self.filters):
            command = parse(f"why nps last-quarter {rest}")
            if isinstance(command, WhyCommand):
                for now, before in ((many, few), (few, counted(Metric.NPS, 0))):
                    yield why_result(command, now, before, today=TODAY, labels=self.labels)

    def trends(self) -> Iterator[TrendResult]:
        for rest in ("nps last-12mo", "csat last-2y", "nps last-12mo as table", f"nps last-2q {self.filters[1]}"):
            command = parse(f"trend {rest}")
            if isinstance(command, TrendCommand):
                for number in NUMBERS:
                    requests = trend_requests(command, TODAY)
                    count = counted(command.metric, number)
                    yield trend_result(command, requests, [count for _ in requests.points], today=TODAY)

    def explained(self) -> Iterator[ExplainResult]:
        for score in list(self.scores())[::7]:
            command = parse(f"explain {score.command.text}")
            if isinstance(command, ExplainCommand):
                few, many = (counted(score.command.metric, number) for number in NUMBERS[1:])
                yield explain_result(command, score, few, many, many, few)

    def weeks(self) -> Iterator[WeeklyResult]:
        requests = weekly_requests(date(2026, 7, 6))
        for number in NUMBERS:
            for late in (True, False):
                count = counted(Metric.NPS, number)
                yield weekly_result(
                    requests, [count] * 4, [count for _ in requests.points], company=self.text,
                    counts=WeekCounts(
                        period_start=date(2026, 6, 29), answers=10**9, people=10**8, comments=10**7, delivered=10**9,
                        opted_out=10**6,
                    ),
                    responses=ResponseCounts(delivered=10**9, answered=10**8, still_open=10**7),
                    comments=self.comments, late=late,
                )  # fmt: skip


def figures(text: str, *, thorough: bool) -> dict[str, list[Message | Form]]:
    """What the views of figures make, with `text` in every place that can hold one."""
    asking = Asking(text, thorough)
    results: list[ScoreResult | WhyResult | TrendResult | ExplainResult] = [
        *asking.scores(),
        *asking.whys(),
        *asking.trends(),
        *asking.explained(),
    ]
    shown = [answers.answer_message(result, ENGLISH) for result in results]
    some = next(asking.scores())
    assert isinstance(some.figure, Figure)
    return {
        "answers.answer_message": [
            *shown,
            answers.answer_message(some, ENGLISH, public=True),
            answers.answer_message(some, ENGLISH, channel="9" * 18),
        ],
        "answers.for_everyone": [answers.for_everyone(message) for message in shown[:5]],
        "scores.score_message": [score_views.score_message(some, ENGLISH)],
        "scores.no_responses": [score_views.no_responses(some, some.figure, ENGLISH)],
        "why.why_message": [why_views.why_message(result, ENGLISH) for result in asking.whys()],
        "trend.trend_message": [trend_views.trend_message(result, ENGLISH) for result in asking.trends()],
        "explain.explain_message": [explain.explain_message(result, ENGLISH) for result in asking.explained()],
        "summary.summary_message": [summary.summary_message(result, ENGLISH) for result in asking.weeks()],
    }
