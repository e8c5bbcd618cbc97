"""How long an exchange with Slack waits for each thing; all of it counts from the receipt of the request."""

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds since the receipt, each so that something is said before Slack gives up after three.

    `look_up`: who and where. `answer`: then the person is told that it is being worked on. `form`: for opening a modal
    or judging a channel, which come last.
    """

    look_up: float = 1.0
    answer: float = 2.0
    form: float = 2.7
    afterwards: float = 20.0
    """For judging a channel once Slack has its answer, from then on."""


WAITS = Waits()


class Received:
    """The moment at which something came in. Made there, inside the running event loop."""

    def __init__(self) -> None:
        self._at = asyncio.get_running_loop().time()

    def left(self, seconds: float) -> float:
        """What is left of so many seconds since then."""
        return max(0.0, self._at + seconds - asyncio.get_running_loop().time())
