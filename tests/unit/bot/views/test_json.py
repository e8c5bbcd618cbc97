"""Tests for the JSON that scripts rely on (product.md, section 11)."""

import json
from collections.abc import Callable
from datetime import date

import pytest

from bot.commands.asking import Today
from bot.commands.employees import employee_result
from bot.commands.grammar import parse
from bot.commands.results import ScoreResult, WhyResult
from bot.commands.scores import ScoreCommand
from bot.views.json import to_json
from surveys.insight.queries import ResponseCounts, Tally, TallySet
from surveys.words import ENGLISH

Make = Callable[..., ScoreResult]

KEYS = {
    "metric",
    "series",
    "period",
    "score",
    "n",
    "people",
    "interval",
    "interval_accounts",
    "mean",
    "distribution",
    "low_n",
    "previous",
    "change",
    "response_rate",
}


def dumped(result: object) -> dict[str, object]:
    """The object after a journey through text, as a script gets it."""
    found = json.loads(json.dumps(to_json(result), allow_nan=False))  # type: ignore[arg-type]
    assert isinstance(found, dict)
    return found


def test_a_figure_has_exactly_the_keys_of_the_contract_at_full_precision(a_score: Make) -> None:
    responses = ResponseCounts(delivered=8, answered=6, still_open=1)
    found = dumped(a_score("nps last-30d", (1, 2, 3), (2, 2, 2), responses=responses))
    assert found.keys() == KEYS
    assert (found["metric"], found["series"], found["n"], found["people"]) == ("nps", "relationship", 6, 6)
    assert found["period"] == {"start": "2026-06-07", "end": "2026-07-06", "timezone": "Europe/Warsaw"}
    assert found["score"] == pytest.approx(100 / 3, abs=1e-12)
    assert found["interval"] == pytest.approx([-26.7433, 71.1877], abs=1e-3)
    assert found["distribution"] == {str(value): {3: 1, 7: 2, 10: 3}.get(value, 0) for value in range(11)}
    assert found["interval_accounts"] is None
    assert (found["low_n"], found["response_rate"]) == (True, 0.75)


def test_the_comparison_has_its_own_period_score_n_and_interval(a_score: Make) -> None:
    found = dumped(a_score("nps last-30d", (1, 2, 3), (2, 2, 2)))
    previous, change = found["previous"], found["change"]
    assert isinstance(previous, dict)
    assert isinstance(change, dict)
    assert previous.keys() == {"period", "score", "n", "interval"}
    assert previous["period"] == {"start": "2026-05-08", "end": "2026-06-06", "timezone": "Europe/Warsaw"}
    assert change.keys() == {"delta", "real", "basis"}
    assert (change["delta"], change["real"], change["basis"]) == (pytest.approx(100 / 3), False, "independent")


@pytest.mark.parametrize(("now", "before"), [((0, 0, 0), (1, 1, 1)), ((1, 1, 1), (0, 0, 0)), ((1, 1, 1), None)])
def test_without_answers_on_either_side_there_is_no_comparison(a_score: Make, now: object, before: object) -> None:
    found = dumped(a_score("nps last-30d", now, before))
    assert (found["previous"], found["change"]) == (None, None)


def test_no_answers_are_a_null_score_and_low_n_and_never_zero(a_score: Make) -> None:
    found = dumped(a_score("nps today", (0, 0, 0)))
    assert (found["score"], found["n"], found["low_n"], found["interval"], found["mean"]) == (None, 0, True, None, None)


def test_all_runs_from_the_first_answer_until_today(a_score: Make) -> None:
    found = dumped(a_score("nps all", (1, 2, 3)))
    assert found["period"] == {"start": "2025-01-03", "end": "2026-07-06", "timezone": "Europe/Warsaw"}


def test_a_share_is_between_0_and_100_with_its_mean_beside_it(a_score: Make) -> None:
    counts = TallySet(total=Tally(counts={5: 42, 4: 32, 3: 10, 2: 9, 1: 14}, people=107))
    found = dumped(a_score("csat last-30d", counts))
    assert found["score"] == pytest.approx(69.158878, abs=1e-5)
    assert found["mean"] == pytest.approx(3.738317, abs=1e-5)
    assert found["distribution"] == {"1": 14, "2": 9, "3": 10, "4": 32, "5": 42}


def test_groups_are_the_same_object_again_and_a_missing_value_has_a_null_key(a_score: Make) -> None:
    groups = (Tally(key=None, counts={10: 5}, people=5), Tally(key="technical", counts={3: 1}, people=1))
    now = TallySet(total=Tally(counts={10: 5, 3: 1}, people=6), groups=groups)
    found = dumped(a_score("nps by role", now))["groups"]
    assert isinstance(found, list)
    assert [(group["key"], group["score"], group["n"]) for group in found] == [
        ("technical", -100.0, 1),
        (None, 100.0, 5),
    ]
    assert all(group.keys() >= KEYS | {"key"} for group in found)


def test_of_languages_scripts_get_the_same_first_few_as_people(a_score: Make) -> None:
    now = {"de": (1, 2, 3), "en": (1, 2, 3), "zh": (1, 2, 3)}
    groups = dumped(a_score("nps by language top 2", now))["groups"]
    assert isinstance(groups, list)
    assert [group["key"] for group in groups] == ["zh", "en"]


def test_a_withheld_figure_is_all_null_with_the_reason() -> None:
    command = parse("enps by team")
    assert isinstance(command, ScoreCommand)
    today = Today(day=date(2026, 7, 6), timezone="Europe/Warsaw")
    found = dumped(employee_result(command, [], [], today=today, words=ENGLISH))
    assert found.keys() == KEYS | {"withheld"}
    assert isinstance(found["withheld"], str)
    assert [key for key in KEYS - {"metric", "series", "period"} if found[key] is not None] == []


def test_why_adds_up_to_the_change(a_why: Callable[..., WhyResult]) -> None:
    found = dumped(a_why())
    parts, change = found["parts"], found["change"]
    assert isinstance(parts, list)
    assert isinstance(change, dict)
    assert sum(part["together"] for part in parts) == pytest.approx(change["delta"])
    assert found["opinion"] == pytest.approx(6.09, abs=0.01)
    assert found["mix"] == pytest.approx(-33.73, abs=0.01)
