"""How long an exchange with Teams waits for each thing; all of it counts from the receipt of the request."""

import math
from dataclasses import dataclass

from adapters.requests.received import Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds since the receipt, each so that something is said before Teams gives up after fifteen.

    `look_up`: who did it and who is named. `typing`: then the bot is shown to be writing. `answer`: then the person is
    told that it is being worked on. `last`: for drawing a card or opening a form again, which come last.
    """

    look_up: float = 2.0
    typing: float = 3.0
    answer: float = 8.0
    last: float = 9.0
    elsewhere: float = 3.5
    """For all of it where a command on a message is answered: after five, the client asks again, twice.
    https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/action-commands/respond-to-task-module-submit
    """


WAITS = Waits()


class Left:
    """What is left of each wait for one request, in seconds from now. `elsewhere`: it is a command on a message."""

    def __init__(self, received: Received, waits: Waits, *, elsewhere: bool) -> None:
        self._received = received
        self._waits = waits
        self._at_most = waits.elsewhere if elsewhere else math.inf

    @property
    def look_up(self) -> float:
        return self._of(self._waits.look_up)

    @property
    def typing(self) -> float:
        return self._of(self._waits.typing)

    @property
    def answer(self) -> float:
        return self._of(self._waits.answer)

    @property
    def last(self) -> float:
        return self._of(self._waits.last)

    def _of(self, seconds: float) -> float:
        return self._received.left(min(seconds, self._at_most))
