"""How much is written in one transaction, and how long others are let in afterwards.

On SQLite a tap waits for the transaction of an import. The process that serves polls for its turn every few
milliseconds (storage/sqlite_driver.py), so there must be gaps to find.
"""

import asyncio
from time import monotonic

from storage.session import Kind

FEWEST, MOST = 1_000, 5_000
SECONDS = 0.15
"""What one transaction should take."""
GAP_SECONDS = 0.02
"""How long the gap after a transaction is at least. Reading the next rows is gap, too."""


class Pace:
    def __init__(self, kind: Kind, rows: int) -> None:
        self._alone = kind is Kind.SQLITE
        self._fewest = min(rows, FEWEST)
        self.rows = rows
        self._began = 0.0
        self._ended = 0.0

    async def wait(self) -> None:
        """Before a transaction."""
        gap = GAP_SECONDS - (monotonic() - self._ended) if self._alone else 0.0
        await asyncio.sleep(max(gap, 0.0))

    def begun(self) -> None:
        """In the transaction: what it waited for its own turn does not count."""
        self._began = monotonic()

    def wrote(self, rows: int) -> None:
        """After a transaction: the next one is larger or smaller, by half at most."""
        self._ended = monotonic()
        took = max(self._ended - self._began, 0.001)
        wanted = rows * SECONDS / took
        self.rows = int(min(max(wanted, self.rows / 2, self._fewest), self.rows * 1.5, MOST))
