"""When a request came in: whatever is waited for until it is answered counts from there."""

import asyncio


class Received:
    """The moment at which something came in. Made there, inside the running event loop."""

    def __init__(self) -> None:
        self._at = asyncio.get_running_loop().time()

    def left(self, seconds: float) -> float:
        """What is left of so many seconds since then."""
        return max(0.0, self._at + seconds - asyncio.get_running_loop().time())
