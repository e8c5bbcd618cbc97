"""How long a delivery waits after a failed attempt: longer each time, spread without randomness."""

import hashlib
from datetime import timedelta

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=15)
GIVE_UP_AFTER_ATTEMPTS = 400
"""With the longest pause about four days: an outage delays, it does not lose."""


def pause_before_retry(delivery: str, attempts: int, retry_after: float | None) -> timedelta:
    """What the platform asked for, else twice as long each time, up to LONGEST_RETRY; spread by up to a quarter."""
    spread = hashlib.sha256(f"{delivery}:{attempts}".encode()).digest()[0] / 255 / 4
    if retry_after is not None:
        return timedelta(seconds=retry_after * (1 + spread))
    pause = min(FIRST_RETRY * (1 << min(attempts, 12)), LONGEST_RETRY)
    return pause * (1 + spread)
