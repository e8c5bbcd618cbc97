"""Results as they come from the store's counts, for the tests of what people read."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bot.commands.asking import Today, score_result, why_result
from bot.commands.grammar import parse
from bot.commands.results import ScoreResult, WhyResult
from bot.commands.scores import ScoreCommand
from bot.commands.why import WhyCommand
from surveys.insight.queries import Tally, TallySet

Bands = tuple[int, int, int]
"""Detractors, passives, promoters."""

TODAY = Today(day=date(2026, 7, 6), timezone="Europe/Warsaw")

PARADOX_BEFORE: dict[str, Bands] = {
    "decision_maker": (2, 10, 36),
    "procurement": (1, 6, 13),
    "technical": (8, 7, 4),
    "operations": (5, 6, 4),
    "finance": (3, 5, 2),
    "end_user": (4, 3, 1),
}
PARADOX_AFTER: dict[str, Bands] = {
    "decision_maker": (1, 6, 24),
    "procurement": (0, 4, 9),
    "technical": (37, 38, 21),
    "operations": (10, 13, 9),
    "finance": (3, 6, 3),
    "end_user": (14, 15, 6),
}


def tally(bands: Bands, key: str | None = None) -> Tally:
    counts = {score: count for score, count in zip((3, 7, 10), bands, strict=True) if count}
    return Tally(key=key, counts=counts, people=sum(bands))


def tallies(groups: dict[str, Bands], *, grouped: bool = True) -> TallySet:
    total = tally(
        (sum(b[0] for b in groups.values()), sum(b[1] for b in groups.values()), sum(b[2] for b in groups.values()))
    )
    each = tuple(tally(bands, key) for key, bands in groups.items())
    return TallySet(total=total, groups=each if grouped else (), first_day=date(2025, 1, 3))


Make = Callable[..., ScoreResult]


@pytest.fixture
def a_score() -> Make:
    """`a_score("nps last-30d", now=(d, p, p), before=(d, p, p) | None, **score_result's own)`."""

    def make(text: str, now: Any = (1, 2, 3), before: Any = None, **more: Any) -> ScoreResult:
        command = parse(text)
        assert isinstance(command, ScoreCommand)
        return score_result(
            command, _counted(now), _counted(before) if before is not None else None, today=TODAY, **more
        )

    return make


@pytest.fixture
def a_why() -> Callable[..., WhyResult]:
    """`a_why("why nps last-quarter", now, before)`, by default the paradox."""

    def make(text: str = "why nps last-quarter", now: Any = PARADOX_AFTER, before: Any = PARADOX_BEFORE) -> WhyResult:
        command = parse(text)
        assert isinstance(command, WhyCommand)
        return why_result(command, _counted(now), _counted(before), today=TODAY)

    return make


def _counted(given: Any) -> TallySet:
    if isinstance(given, TallySet):
        return given
    if isinstance(given, dict):
        return tallies(given)
    return TallySet(total=tally(given), first_day=date(2025, 1, 3))
