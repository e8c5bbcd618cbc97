"""Token buckets: whatever is reserved by whomever, no platform sees more than it allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.sending.buckets import LONGEST_PAUSE, LONGEST_WAIT, Bucket, Budget, Need, Turn, full, paused, reserve

HORIZON = 0.5
SOME = Budget(key="some", rate=50.0, burst=10.0)

budgets = st.builds(
    Budget, key=st.just("wide"), rate=st.floats(0.05, 200), burst=st.floats(3, 50)
)  # fmt: skip
pauses = st.floats(0, 3, allow_nan=False)
batches = st.lists(st.tuples(pauses, st.integers(1, 12)), min_size=1, max_size=25)
lateness = st.lists(st.floats(0, 1), min_size=1, max_size=50)


class Shared:
    """The rows, and a clock that every reserver reads."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.clock = 1_000.0

    def ask(self, *needs: tuple[Budget, ...], tolerance: float = 0.0) -> list[Turn]:
        asked = [Need(budgets=need, tolerance=tolerance) for need in needs]
        after, turns = reserve(self.buckets, asked, now=self.clock, horizon=HORIZON)
        self.buckets |= after
        return turns


def most_in_any_window(calls: list[float], budget: Budget) -> float:
    """By how many calls the worst window exceeds what the platform lets through."""
    calls = sorted(calls)
    worst = -budget.burst
    for first in range(len(calls)):
        for last in range(first, len(calls)):
            allowed = budget.burst + budget.rate * (calls[last] - calls[first])
            worst = max(worst, last - first + 1 - allowed)
    return worst


@given(budgets, batches, lateness)
def test_no_window_ever_sees_more_than_the_burst_and_the_rate(
    budget: Budget, rounds: list[tuple[float, int]], late: list[float]
) -> None:
    """Each batch is another replica's; every call comes as late as its turn tolerates."""
    shared = Shared()
    calls: list[float] = []
    for pause, number in rounds:
        shared.clock += pause
        for turn in shared.ask(*[(budget,)] * number):
            if turn.granted:
                assert 0 <= turn.wait <= HORIZON
                calls.append(shared.clock + turn.wait + turn.tolerance * late[len(calls) % len(late)])
    assert most_in_any_window(calls, budget) <= 1e-6


@given(budgets, batches, lateness, st.lists(st.floats(0, 3), min_size=1, max_size=25))
def test_a_process_that_is_late_pays_for_it_and_still_sends_no_more_than_is_allowed(
    budget: Budget, rounds: list[tuple[float, int]], late: list[float], expected: list[float]
) -> None:
    shared = Shared()
    calls: list[float] = []
    for (pause, number), tolerance in zip(rounds, expected * len(rounds), strict=False):
        shared.clock += pause
        for turn in shared.ask(*[(budget,)] * number, tolerance=tolerance):
            if turn.granted:
                assert turn.tolerance >= min(tolerance, 2.0) - 1e-6
                calls.append(shared.clock + turn.wait + turn.tolerance * late[len(calls) % len(late)])
    assert most_in_any_window(calls, budget) <= 1e-6


@given(budgets, batches, lateness, st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_a_call_that_draws_on_a_channel_and_a_workspace_exceeds_neither(
    wide: Budget, rounds: list[tuple[float, int]], late: list[float], channels: list[int]
) -> None:
    shared = Shared()
    calls: list[float] = []
    where: list[int] = []
    narrow = [Budget(key=f"channel {number}", rate=1.0, burst=4.0) for number in range(5)]
    asked = 0
    for pause, number in rounds:
        shared.clock += pause
        chosen = [channels[(asked + place) % len(channels)] for place in range(number)]
        asked += number
        for channel, turn in zip(chosen, shared.ask(*[(wide, narrow[one]) for one in chosen]), strict=True):
            if turn.granted:
                calls.append(shared.clock + turn.wait + turn.tolerance * late[len(calls) % len(late)])
                where.append(channel)
    assert most_in_any_window(calls, wide) <= 1e-6
    for number, budget in enumerate(narrow):
        mine = [call for call, channel in zip(calls, where, strict=True) if channel == number]
        assert most_in_any_window(mine, budget) <= 1e-6


@given(budgets, st.lists(st.tuples(pauses, st.floats(-5, 5), st.integers(1, 12)), min_size=1, max_size=25))
def test_a_clock_that_is_set_back_or_forth_gives_no_more_than_time_gives(
    budget: Budget, rounds: list[tuple[float, float, int]]
) -> None:
    """Forward it cannot be told from time that went by, so only steps backward are held to the real time."""
    shared, real = Shared(), 0.0
    calls: list[float] = []
    for pause, step, number in rounds:
        real += pause
        shared.clock += pause + min(step, 0.0)
        calls += [real + turn.wait for turn in shared.ask(*[(budget,)] * number) if turn.granted]
    assert most_in_any_window(calls, budget) <= 1e-6


@pytest.mark.parametrize(("behind", "granted"), [(0.000_001, True), (0.5, True), (5.0, False)])
def test_a_clock_a_moment_behind_takes_no_token_away_and_one_set_back_takes_all(behind: float, granted: bool) -> None:
    """A time that was rounded when it was stored is ahead of the same moment read again."""
    shared, budget = Shared(), Budget(key="wide", rate=1 / 60, burst=10)
    assert [turn.granted for turn in shared.ask((budget,))] == [True]
    shared.clock -= behind
    assert [turn.granted for turn in shared.ask((budget,))] == [granted]


@given(st.lists(st.tuples(pauses, st.floats(0.5, 100), st.floats(3, 20), st.integers(1, 12)), min_size=1, max_size=25))
def test_a_rate_that_is_lowered_never_gives_more_than_before(
    rounds: list[tuple[float, float, float, int]],
) -> None:
    """A version that knows a lower limit takes over, or runs beside the former. Raised, turns that were given before
    meet those of the new rate for as long as they reach ahead; then the platform says when to go on.
    """
    shared = Shared()
    calls: list[float] = []
    for pause, rate, burst, number in sorted(rounds, key=lambda one: -one[1]):
        shared.clock += pause
        budget = Budget(key="wide", rate=rate, burst=burst)
        calls += [shared.clock + turn.wait for turn in shared.ask(*[(budget,)] * number) if turn.granted]
    highest = Budget(key="wide", rate=max(one[1] for one in rounds), burst=max(one[2] for one in rounds))
    assert most_in_any_window(calls, highest) <= 1e-6


@given(budgets, st.floats(0.1, 100), batches)
def test_nobody_has_a_turn_before_the_platforms_pause_is_over(
    budget: Budget, seconds: float, rounds: list[tuple[float, int]]
) -> None:
    shared = Shared()
    shared.ask((budget,))
    shared.buckets["wide"] = paused(shared.buckets["wide"], budget, now=shared.clock, seconds=seconds)
    over = shared.clock + seconds
    for pause, number in rounds:
        shared.clock += pause
        for turn in shared.ask(*[(budget,)] * number):
            if turn.granted:
                assert shared.clock + turn.wait >= over


def test_a_pause_never_ends_sooner_because_of_a_shorter_one() -> None:
    shared = Shared()
    for seconds in (30.0, 5.0):
        shared.buckets["some"] = paused(shared.buckets.get("some"), SOME, now=shared.clock, seconds=seconds)
    shared.clock += 20
    assert not shared.ask((SOME,))[0].granted


def test_after_a_pause_the_bucket_fills_from_empty() -> None:
    shared = Shared()
    shared.buckets["some"] = paused(None, SOME, now=shared.clock, seconds=10)
    shared.clock += 10
    waits = [turn.wait for turn in shared.ask(*[(SOME,)] * 3)]
    assert waits == pytest.approx([1 / 50, 2 / 50, 3 / 50])


def test_a_clock_that_is_set_back_by_a_day_holds_nobody_up_for_a_day() -> None:
    shared = Shared()
    shared.ask((SOME,))
    shared.buckets["some"] = paused(shared.buckets["some"], SOME, now=shared.clock, seconds=60)
    shared.clock -= 86_400
    [turn] = shared.ask((SOME,))
    assert turn.wait <= LONGEST_PAUSE + 1
    shared.clock += LONGEST_PAUSE + 1
    assert shared.ask((SOME,))[0].granted


def test_turns_that_are_kept_use_the_whole_rate() -> None:
    shared = Shared()
    calls: list[float] = []
    while shared.clock < 1_020:
        calls += [turn.wait for turn in shared.ask(*[(SOME,)] * 50) if turn.granted]
        shared.clock += 0.15
    assert len(calls) / 20 / SOME.rate > 0.99


def test_who_comes_back_at_the_promised_time_has_a_turn() -> None:
    """All at once, each told a time of its own; nobody is sent away more often than the rate makes necessary."""
    shared = Shared()
    due = [1_000.0] * 400
    asked = granted = 0
    while due:
        now = [at for at in due if at <= shared.clock]
        due = [at for at in due if at > shared.clock]
        turns = shared.ask(*[(SOME,)] * len(now))
        asked += len(now)
        granted += sum(turn.granted for turn in turns)
        due += [shared.clock + turn.wait for turn in turns if not turn.granted]
        shared.clock += 0.1
    assert granted == 400
    assert asked < 3 * 400
    assert shared.clock - 1_000 < 400 / SOME.rate * 1.1


def test_a_channel_that_is_exhausted_holds_up_no_other() -> None:
    shared = Shared()
    busy, quiet = (Budget(key=name, rate=1.0, burst=4.0) for name in ("busy", "quiet"))
    turns = shared.ask(*[(SOME, busy)] * 10, (SOME, quiet))
    assert [turn.granted for turn in turns[:10]].count(True) < 4
    assert turns[10].granted
    assert turns[10].wait < 0.1


def test_whoever_is_sent_away_is_never_sent_further_than_a_quarter_of_an_hour() -> None:
    shared = Shared()
    slow = Budget(key="slow", rate=1 / 60, burst=3.0)
    waits = [turn.wait for turn in shared.ask(*[(slow,)] * 100) if not turn.granted]
    assert 0 < min(waits) <= max(waits) <= LONGEST_WAIT


def test_a_call_without_a_budget_has_its_turn_at_once() -> None:
    assert Shared().ask(()) == [Turn(granted=True, wait=0.0, tolerance=HORIZON)]


def test_a_bucket_that_nobody_used_is_full() -> None:
    after, _ = reserve({}, [Need(budgets=(SOME,))], now=5.0, horizon=HORIZON)
    assert after["some"].tokens == full(SOME, 5.0).tokens - 1


@pytest.mark.parametrize(("key", "rate", "burst"), [("", 1, 3), ("k", 0, 3), ("k", -1, 3), ("k", 1, 2.9)])
def test_a_budget_that_could_never_be_kept_is_refused(key: str, rate: float, burst: float) -> None:
    with pytest.raises(ValueError, match="A budget has"):
        Budget(key=key, rate=rate, burst=burst)
