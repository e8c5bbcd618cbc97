"""Token buckets: how fast a platform lets us send, and whose turn is when. Pure arithmetic on seconds.

A platform counts what arrives there; we count what we promise to send. Between the two lie a queue, a commit and a
network, so that calls arrive later than promised, some more than others, and a late one may meet an early one. That
is why only a part of the platform's burst is given out (`CAPACITY`): what is held back (`Budget.slack`, in seconds)
pays for lateness. A part of it may be planned, a part may be lost on the way to the call (`Turn.tolerance`), and the
rest is left to the network. So never more than burst + rate·t calls arrive in any t seconds.
docs/decisions/0015-budgets-are-rows.md.

Not here: which budgets a platform has (`adapters/<platform>/budgets.py`), how rows are locked (`storage/budgets.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

CAPACITY = 0.4
"""The part of a burst that is given out at once."""
PLANNED = 0.25
LOST = 0.45
"""How much of the slack may be used up by a plan, and how much by a process that comes late to its own turn."""
OVERBOOKED = 0.8
"""Who has to come back later is told a time as if the rate were a quarter higher: a turn that nobody takes is lost."""
MOST_TOLERANCE = 2.0
SHORTEST_WAIT = 0.1
LONGEST_WAIT = 900.0
LONGEST_PAUSE = 3_600.0
"""A longer one is a clock that was set back."""
SAME_MOMENT = 1.0
"""By so many seconds a clock may be behind what it said before (rounded, corrected) without having been set back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a platform allows: on average `rate` calls a second, and `burst` at once. `key` names what is limited."""

    key: str
    rate: float
    burst: float

    def __post_init__(self) -> None:
        if not (self.rate > 0 and self.burst >= 3 and self.key):
            raise ValueError("A budget has a key, a rate above zero and a burst of at least three.")

    @property
    def capacity(self) -> float:
        """Tokens that may lie in the bucket."""
        return max(1.0, self.burst * CAPACITY)

    @property
    def slack(self) -> float:
        """Seconds by which calls may arrive late without ever being too many."""
        return (self.burst - self.capacity) / self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The state of one budget. Times are seconds of one clock, which every reserver reads; `tokens` may be owed."""

    tokens: float
    counted_at: float
    paused_until: float = 0.0
    promised_until: float = 0.0
    """Until when turns are promised to those who were told to come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One call, which takes a token of each budget. `tolerance`: by how much it may be late, in seconds.

    What is not covered by the slack is paid for with further tokens: a machine that is too slow to keep its turns
    sends less, instead of missing them for ever.
    """

    budgets: tuple[Budget, ...]
    tolerance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Granted: call `wait` seconds from now, at most `tolerance` later. Otherwise nothing was taken: ask then again.

    The tokens of a turn that is missed are lost, as they are on the platform, whose bucket does not overflow.
    """

    granted: bool
    wait: float
    tolerance: float = 0.0


def full(budget: Budget, now: float) -> Bucket:
    return Bucket(tokens=budget.capacity, counted_at=now)


def reserve(
    buckets: Mapping[str, Bucket], needs: Sequence[Need], *, now: float, horizon: float
) -> tuple[dict[str, Bucket], list[Turn]]:
    """Gives turns in order, none of them further away than `horizon` seconds; the buckets as they are afterwards.

    A bucket that is missing is full: nothing was sent for long.
    """
    after: dict[str, Bucket] = {}
    for need in needs:
        for budget in need.budgets:
            if budget.key not in after:
                found = buckets.get(budget.key)
                after[budget.key] = full(budget, now) if found is None else _counted(found, budget, now)
    return after, [_turn(after, need, now, horizon) for need in needs]


def paused(bucket: Bucket | None, budget: Budget, *, now: float, seconds: float) -> Bucket:
    """Nobody has a turn for so long: the platform said so. Afterwards the bucket fills from empty."""
    bucket = bucket or full(budget, now)
    until = now + min(max(seconds, 0.0), LONGEST_PAUSE)
    kept = min(bucket.paused_until, now + LONGEST_PAUSE)
    return replace(bucket, tokens=min(bucket.tokens, 0.0), counted_at=now, paused_until=max(kept, until))


def _turn(after: dict[str, Bucket], need: Need, now: float, horizon: float) -> Turn:
    if not need.budgets:
        return Turn(granted=True, wait=0.0, tolerance=horizon)
    waits = {budget.key: _wait(after[budget.key], budget, now) for budget in need.budgets}
    wait = max(waits.values())
    tokens = {budget.key: _tokens(budget, need.tolerance) for budget in need.budgets}
    tolerance = min(budget.slack * LOST + (tokens[budget.key] - 1) / budget.rate for budget in need.budgets)
    # Where a budget is ready before the slowest one, its token is used later than it was counted.
    fits = all(wait - waits[budget.key] <= budget.slack * PLANNED for budget in need.budgets)
    if fits and wait <= horizon:
        for budget in need.budgets:
            bucket = after[budget.key]
            after[budget.key] = replace(bucket, tokens=bucket.tokens - tokens[budget.key])
        return Turn(granted=True, wait=wait, tolerance=tolerance)
    return Turn(granted=False, wait=_come_back(after, need, waits, now, horizon))


def _tokens(budget: Budget, tolerance: float) -> float:
    return 1 + max(0.0, min(tolerance, MOST_TOLERANCE) - budget.slack * LOST) * budget.rate


def _come_back(after: dict[str, Bucket], need: Need, waits: Mapping[str, float], now: float, horizon: float) -> float:
    """In how many seconds: at the end of everybody who was told so before, and early enough to get the turn then."""
    until = now
    for budget in need.budgets:
        bucket = after[budget.key]
        promised = min(max(bucket.promised_until, now + waits[budget.key]), now + LONGEST_WAIT)
        until = max(until, promised)
        after[budget.key] = replace(bucket, promised_until=promised + OVERBOOKED / budget.rate)
    slowest = max(waits, key=lambda key: waits[key])
    others = [budget.slack * PLANNED for budget in need.budgets if budget.key != slowest]
    early = min([horizon, *others]) / 2
    return max(until - now - early, SHORTEST_WAIT)


def _counted(bucket: Bucket, budget: Budget, now: float) -> Bucket:
    """The bucket as it is now."""
    if bucket.counted_at > now + SAME_MOMENT:
        # The clock was set back: how long it was is not known, so nothing has come in.
        bucket = replace(bucket, counted_at=now, tokens=min(bucket.tokens, 0.0))
    now = max(now, bucket.counted_at)
    since = max(bucket.counted_at, min(bucket.paused_until, now))
    return Bucket(
        tokens=min(bucket.tokens + (now - since) * budget.rate, budget.capacity),
        counted_at=now,
        paused_until=min(bucket.paused_until, now + LONGEST_PAUSE),
        promised_until=min(bucket.promised_until, now + LONGEST_WAIT),
    )


def _wait(bucket: Bucket, budget: Budget, now: float) -> float:
    return max(bucket.paused_until - now, 0.0) + max(0.0, 1 - bucket.tokens) / budget.rate
