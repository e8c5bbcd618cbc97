"""No more comments are read than it takes to hear every side."""

from collections.abc import Sequence
from datetime import date
from typing import cast

import pytest

from bot.commands.asking import COMMENTS_READ, every_side_heard
from bot.desk.quotable import quotable
from bot.ports import Insight
from surveys.definitions.model import Metric
from surveys.insight.queries import Comment, ScoreRequest

FEW, MANY = COMMENTS_READ
EVERYBODY = ScoreRequest(metric=Metric.NPS, series=None, period=None)


def comment(score: int | None) -> Comment:
    return Comment(text="So it is.", score=score, role=None, account=None, language=None, day=date(2026, 7, 1))


class Told:
    """Comments newest first, and how many were asked for each time."""

    def __init__(self, scores: Sequence[int]) -> None:
        self._scores = scores
        self.asked: list[int] = []

    async def comments(self, _request: ScoreRequest, limit: int) -> Sequence[Comment]:
        self.asked.append(limit)
        return [comment(score) for score in self._scores[:limit]]


@pytest.mark.parametrize(
    ("metric", "scores", "heard"),
    [
        (Metric.NPS, (9, 7, 6), True),
        (Metric.NPS, (9, 10, 0), False),
        (Metric.NPS, (9, 8, None), False),
        (Metric.NPS, (), False),
        (Metric.CSAT, (5, 3, 1), True),
        (Metric.CSAT, (5, 4), False),
    ],
)
def test_a_side_of_the_scale_is_silent_until_somebody_on_it_comments(
    metric: Metric, scores: Sequence[int | None], heard: bool
) -> None:
    assert every_side_heard(metric, [comment(score) for score in scores]) is heard


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("scores", "asked"),
    [
        ([9, 7, 3] + [9] * MANY, [FEW]),
        ([9] * MANY, [FEW, MANY]),
        ([9] * (FEW - 1), [FEW]),
    ],
    ids=["all heard", "two sides silent", "there are no more"],
)
async def test_many_are_read_only_where_a_side_is_silent_among_the_few(scores: Sequence[int], asked: list[int]) -> None:
    insight = Told(scores)
    found = await quotable(cast(Insight, insight), EVERYBODY)
    assert insight.asked == asked
    assert len(found) == min(asked[-1], len(scores))


@pytest.mark.anyio
async def test_somebody_who_wants_more_quotes_gets_more_comments() -> None:
    insight = cast(Insight, Told([9] * 1_000))
    assert len(await quotable(insight, EVERYBODY, at_least=300)) == 300
