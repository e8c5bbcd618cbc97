"""Answers of employees by month: what may be kept, and nothing about anybody."""

from datetime import date

from surveys.definitions.model import Metric
from surveys.importing.model import EmployeeAnswer, ScoreTarget
from surveys.importing.months import EmployeeMonths

TARGET = ScoreTarget(version_id=1, survey="employee-pulse", question="recommend", metric=Metric.ENPS, low=0, high=10)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def months(*answers: tuple[date, int, str | None]) -> EmployeeMonths:
    found = EmployeeMonths()
    for line, (month, score, respondent) in enumerate(answers, start=2):
        found.add(
            EmployeeAnswer(
                line=line, target=TARGET, metric=Metric.ENPS, month=month, score=score, respondent=respondent,
                commented=False,
            )
        )  # fmt: skip
    return found


def test_five_people_make_a_month_that_may_be_shown() -> None:
    (closed,) = months(*((MARCH, 9, f"p{number}") for number in range(5))).closed()
    assert closed.wave is not None
    assert closed.wave.n == 5


def test_four_people_keep_nothing_however_often_they_answered() -> None:
    (closed,) = months(*((MARCH, 9, f"p{number % 4}") for number in range(40))).closed()
    assert closed.wave is None


def test_rows_without_a_respondent_are_people_of_their_own() -> None:
    (closed,) = months(*((MARCH, 9, None) for _ in range(5))).closed()
    assert closed.wave is not None


def test_each_month_stands_for_itself() -> None:
    closed = months(*((MARCH, 9, f"p{number}") for number in range(4)), (APRIL, 9, "p5")).closed()
    assert [(one.key.month, one.wave) for one in closed] == [(MARCH, None), (APRIL, None)]


def test_from_thirty_answers_on_the_distribution_is_kept() -> None:
    (closed,) = months(*((MARCH, number % 11, f"p{number}") for number in range(30))).closed()
    assert closed.wave is not None
    assert closed.wave.totals is not None
    assert sum(closed.wave.totals.values()) == 30
