"""Vega-Lite specs as PNG pictures, in a thread of their own, with no access to files or addresses (threat 12)."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


class VegaCharts:
    """Renders with vl-convert. The first picture loads fonts and engine; `warm_up` takes that out of the way."""

    def __init__(self, *, scale: float = 2.0) -> None:
        self._scale = scale
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="charts")

    async def png(self, spec: str) -> bytes:
        """A Vega-Lite spec (JSON) as PNG bytes, at twice the size for dense screens."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._render, spec)

    async def warm_up(self) -> None:
        await self.png('{"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a"}}}')

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _render(self, spec: str) -> bytes:
        import vl_convert

        return bytes(vl_convert.vegalite_to_png(vl_spec=spec, scale=self._scale, allowed_base_urls=[]))
