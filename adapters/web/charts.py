"""Pictures of charts, made once per spec and kept in memory."""

import asyncio
import hashlib
from collections import OrderedDict

from bot.ports import ChartRenderer

KEPT = 64


class ChartPictures:
    """A small cache before the renderer; the same picture asked for twice at once is made once."""

    def __init__(self, renderer: ChartRenderer) -> None:
        self._renderer = renderer
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._making = asyncio.Lock()

    async def png(self, spec: str) -> bytes:
        """The spec as a PNG. Whatever the renderer raises comes through, and is not kept."""
        key = hashlib.sha256(spec.encode()).hexdigest()
        # One at a time: making one takes a core for a while, and there are few.
        async with self._making:
            if key not in self._kept:
                self._kept[key] = await self._renderer.png(spec)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]
