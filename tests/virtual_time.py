"""An event loop whose time passes by itself where nothing is left to do: waits are tested without waiting."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class VirtualLoop(asyncio.SelectorEventLoop):
    """For what waits only inside this process: a network knows no virtual time."""

    def __init__(self) -> None:
        self._now = 0.0
        selector = selectors.SelectSelector()
        super().__init__(selector)
        look = selector.select

        def select(timeout: float | None = None) -> Any:
            found = look(0)
            if not found:
                assert timeout is not None, "nothing will ever happen"
                self._now += max(timeout, 0.0)
            return found

        selector.select = select  # type: ignore[method-assign]

    def time(self) -> float:
        return self._now


def in_virtual_time(work: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
