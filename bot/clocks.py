"""The product's time: the machine's, or the demo's, which can be moved."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from surveys.errors import Refused


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """The demo's clock: runs on from where it stands, can be moved forward, and stands still while nobody serves.

    `remember` stores where it stands; `catch_up` does what became due on the way.
    """

    def __init__(
        self,
        start: datetime,
        *,
        remember: Callable[[datetime], Awaitable[None]],
        catch_up: Callable[[], Awaitable[None]],
    ) -> None:
        self._start = start.astimezone(UTC)
        self._since = time.monotonic()
        self._remember = remember
        self._catch_up = catch_up

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._since)

    async def move_to(self, moment: datetime) -> None:
        """Raises Refused for a moment in the past: what has happened cannot be undone."""
        if moment <= self.now():
            raise Refused("The clock can only be moved forward.")
        self._start, self._since = moment.astimezone(UTC), time.monotonic()
        await self.save()
        await self._catch_up()

    async def save(self) -> None:
        await self._remember(self.now())
