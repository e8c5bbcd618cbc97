"""Charts as pictures: small enough to travel in a message, and the same to the last point."""

import json
import struct
import zlib

import pytest

from bot.charting import VegaCharts, packed

pytestmark = pytest.mark.anyio

SPEC = json.dumps(
    {
        "width": 300,
        "data": {"values": [{"a": number, "b": number % 7} for number in range(40)]},
        "mark": "line",
        "encoding": {"x": {"field": "a", "type": "quantitative"}, "y": {"field": "b", "type": "quantitative"}},
    }
)


def chunks(png: bytes) -> dict[bytes, bytes]:
    """Kind → data; every checksum is checked on the way."""
    found: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length) == (zlib.crc32(kind + data),)
        found[kind] = found.get(kind, b"") + data
        place += 12 + length
    return found


async def test_a_picture_at_half_the_scale_has_half_the_points() -> None:
    charts = VegaCharts()
    large, small = [await charts.png(SPEC, scale=scale) for scale in (2.0, 1.0)]
    charts.close()
    sizes = [struct.unpack(">II", chunks(png)[b"IHDR"][:8]) for png in (large, small)]
    assert sizes[0] == tuple(2 * side for side in sizes[1])
    assert len(small) < len(large)


async def test_packing_keeps_every_point_of_a_picture() -> None:
    charts = VegaCharts()
    png = await charts.png(SPEC)
    charts.close()
    in_haste = chunks(png) | {b"IDAT": zlib.compress(zlib.decompress(chunks(png)[b"IDAT"]), 1)}
    loose = png[:8] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in in_haste.items()
    )
    assert len(loose) > len(png)
    assert chunks(packed(loose)) == chunks(png)
