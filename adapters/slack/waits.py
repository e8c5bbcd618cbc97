"""How long an exchange with Slack waits for each thing; all of it counts from the receipt of the request."""

from dataclasses import dataclass

from adapters.requests.received import Received

__all__ = ["WAITS", "Received", "Waits"]


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
