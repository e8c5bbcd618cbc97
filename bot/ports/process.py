"""What the engine asks of the process that it runs in, and the engine as its adapters see it."""

from datetime import datetime
from typing import Protocol

from bot.events import Event
from bot.messages import Outcome


class Engine(Protocol):
    """What an adapter hands its events to."""

    async def handle(self, event: Event) -> Outcome:
        """Decides and commits; never raises: a failure becomes a reply with a reference the person can quote."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The product's time, aware, in UTC. Leases never use it: they use the database's time."""


class ChartRenderer(Protocol):
    async def png(self, spec: str, *, scale: float = 2.0) -> bytes:
        """A Vega-Lite spec (JSON) as a PNG; `scale`: points of the picture for each of the spec."""


class Bell(Protocol):
    def ring(self) -> None:
        """Wakes this process's delivery loop; called after a commit that wrote deliveries."""
