"""A process that ends as in a power cut, before any statement that one likes."""

import os
import signal
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


def kill_before_statement(number: int) -> Callable[[], int]:
    """SIGKILL for this process just before its `number`-th statement (0: never); returns a count of statements."""
    seen = 0

    def count(_statement: str) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def told_by_sqlite(connection: Any, _record: object) -> None:
        """Of every statement as it begins, also of those that are handed to the driver, of BEGIN and of COMMIT."""
        connection.driver_connection._conn.set_trace_callback(count)

    event.listen(Engine, "connect", told_by_sqlite)
    return lambda: seen
