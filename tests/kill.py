"""A process that ends as in a power cut, before any statement that one likes."""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

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


Found = TypeVar("Found", bound=Mapping[str, Any])


def kill_at_or_before(number: int, killed_at: Callable[[int], Found]) -> Found:
    """What `killed_at` finds after a kill before statement `number`, or before the last one of a shorter run.

    Runs of the same story differ by some statements: a slow reader's is asked twice, a BEGIN that was in another's way
    too. A run that was over before the kill says under `statements` how many it had.
    """
    found = killed_at(number)
    while statements := found.get("statements", 0):
        assert statements < number, "it ran past the statement that should have killed it"
        number, found = statements, killed_at(statements)
    return found
