"""How long a test waits for what comes by itself: nothing waits so long unless it is broken."""

from dataclasses import dataclass, field

PATIENCE = 60.0
"""Seconds, for a machine that has other things to do."""


@dataclass(slots=True)
class Slept:
    """A sleep that takes no time; `seconds` says how long each would have been."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
