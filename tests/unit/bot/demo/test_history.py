"""What was imported: exactly as many answers as the story says, in files like those of other systems."""

import csv
import hashlib
import io
import os
import subprocess
import sys

import pytest

from bot.demo.dates import GOODWILL_CUT, GOODWILL_RESTORED, Quarter, local_day
from bot.demo.history import HistoryFile, Row, history_files
from bot.demo.scores import CES, CSAT_AFTER_SUPPORT, ENPS, Band, Bands, band_of
from tests.unit.bot.demo.quarters import quarter_of

DIGEST = """
import hashlib
from bot.demo.comments import comments
from bot.demo.contacts import contacts
from bot.demo.employees import employees
from bot.demo.history import history_files
from bot.demo.outcomes import outcomes
from bot.demo.waves import asks
files = [file.csv() for file in history_files()]
story = [contacts(), employees(), asks(), sorted(comments().items()), outcomes(), files]
print(hashlib.sha256(repr(story).encode()).hexdigest())
"""


def file_called(name: str) -> HistoryFile:
    return next(file for file in history_files() if file.name == name)


def rows(survey: str, touchpoint: str, quarter: Quarter) -> list[Row]:
    return [
        row
        for file in history_files()
        for row in file.rows
        if row.survey == survey and row.touchpoint == touchpoint and quarter_of(local_day(row.answered_at)) is quarter
    ]


@pytest.mark.parametrize("quarter", CSAT_AFTER_SUPPORT, ids=str)
def test_satisfaction_after_support_is_exactly_as_told(quarter: Quarter) -> None:
    scores = [row.score for row in rows("csat", "support", quarter)]
    told = CSAT_AFTER_SUPPORT[quarter]

    assert len(scores) == told.n
    assert sum(score >= 4 for score in scores) == told.satisfied


def test_satisfaction_after_support_falls_from_84_to_66_and_comes_back_to_79() -> None:
    shown = {quarter: (round(100 * told.satisfied / told.n), told.n) for quarter, told in CSAT_AFTER_SUPPORT.items()}

    assert shown[Quarter.Q4_2025] == (84, 92)
    assert shown[Quarter.Q1_2026] == (66, 88)
    assert shown[Quarter.Q2_2026] == (79, 95)


def test_whoever_was_unhappy_with_support_mostly_was_while_support_could_not_put_things_right() -> None:
    def unhappy(quarter: Quarter, *, cut: bool) -> float:
        found = [
            row.score < 4
            for row in rows("csat", "support", quarter)
            if (GOODWILL_CUT <= local_day(row.answered_at) < GOODWILL_RESTORED) is cut
        ]
        return sum(found) / len(found)

    assert unhappy(Quarter.Q4_2025, cut=True) > unhappy(Quarter.Q4_2025, cut=False)
    assert unhappy(Quarter.Q2_2026, cut=True) > unhappy(Quarter.Q2_2026, cut=False)


@pytest.mark.parametrize(
    ("touchpoint", "quarter"), [(touchpoint, quarter) for touchpoint, told in CES.items() for quarter in told]
)
def test_effort_at_each_touchpoint_is_exactly_as_told(touchpoint: str, quarter: Quarter) -> None:
    scores = [row.score for row in rows("ces", touchpoint, quarter)]
    told = CES[touchpoint][quarter]

    assert (len(scores), sum(score >= 5 for score in scores)) == (told.n, told.satisfied)


def test_the_pulse_has_six_months_without_anybodys_name_and_about_forty_eight_of_sixty_four_answer() -> None:
    pulse = file_called("employee-pulse.csv")
    months: dict[str, list[int]] = {}
    for row in pulse.rows:
        months.setdefault(f"{local_day(row.answered_at):%Y-%m}", []).append(row.score)

    assert "respondent" not in pulse.columns
    assert "team" not in pulse.columns
    found = {
        month: Bands(*(sum(band_of(score) is band for score in scores) for band in Band))
        for month, scores in months.items()
    }
    assert found == ENPS
    assert all(45 <= bands.n <= 50 for bands in ENPS.values())


def test_no_external_id_is_used_twice_and_cells_survive_the_file() -> None:
    ids = [row.external_id for file in history_files() for row in file.rows]
    assert len(ids) == len(set(ids))
    for file in history_files():
        back = list(csv.DictReader(io.StringIO(file.csv())))
        assert [line["external_id"] for line in back] == [row.external_id for row in file.rows]
        if "comment" in file.columns:
            assert [line["comment"] for line in back] == [row.comment for row in file.rows]


def test_the_same_seed_makes_the_same_story_in_every_process() -> None:
    digests = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        result = subprocess.run(
            [sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(result.stdout.strip())

    assert len(digests) == 1
    assert len(digests.pop()) == hashlib.sha256().digest_size * 2
