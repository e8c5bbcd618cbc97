"""Who has to try again does so later each time, and not all at the same moment."""

from datetime import timedelta

import pytest

from bot.delivery.backoff import FIRST_RETRY, LONGEST_RETRY, pause_before_retry

MANY = [f"d{number}" for number in range(200)]


@pytest.mark.parametrize(
    ("attempts", "asked", "shortest"),
    [(0, None, FIRST_RETRY), (1, None, 2 * FIRST_RETRY), (50, None, LONGEST_RETRY), (3, 30.0, timedelta(seconds=30))],
)
def test_a_pause_is_never_shorter_than_asked_for_and_spread_by_up_to_a_quarter(
    attempts: int, asked: float | None, shortest: timedelta
) -> None:
    pauses = [pause_before_retry(delivery, attempts, asked) for delivery in MANY]
    assert min(pauses) >= shortest
    assert max(pauses) <= 1.25 * shortest
    # Of two hundred that failed in the same second no fifty come back in the same fiftieth of the spread.
    assert max(pauses) - min(pauses) > 0.2 * shortest


def test_the_same_delivery_waits_another_spread_the_next_time() -> None:
    spreads = {pause_before_retry("d", attempts, 100.0) for attempts in range(20)}
    assert len(spreads) > 10
