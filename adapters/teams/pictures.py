"""Charts as pictures in a message. Teams has no upload for bots: a picture is data in the activity, if it is small."""

import base64
from collections.abc import Mapping

import structlog

from adapters.teams.cards import Json, Node
from adapters.teams.render import charts
from bot.messages import Chart, Message
from bot.ports import ChartRenderer

log = structlog.get_logger(__name__)

SCALES = (2.0, 1.5, 1.0)
"""Sharp on a dense screen, if it is small enough."""
PICTURE_BYTES = 56_000
"""Of a PNG: as base64, with the activity around it, it stays below `activities.MESSAGE_BYTES`."""


async def drawn(message: Message, renderer: ChartRenderer) -> Mapping[Chart, tuple[bytes, str]]:
    """Each chart of the message with its PNG and the same as a data URI; one that fails is logged, not sent."""
    found: dict[Chart, tuple[bytes, str]] = {}
    for chart in charts(message):
        try:
            png = await _small(chart, renderer)
        except Exception:
            # The words of the chart are shown in its place.
            log.exception("teams.picture_failed", platform="teams")
            continue
        found[chart] = (png, data_uri(png))
    return found


async def _small(chart: Chart, renderer: ChartRenderer) -> bytes:
    png = b""
    for scale in SCALES:
        png = await renderer.png(chart.spec, scale=scale)
        if len(png) <= PICTURE_BYTES:
            break
    return png


def data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def not_in(card: Node, uri: str) -> bool:
    """Whether a picture found no place in the card."""
    return not _holds(card, uri)


def _holds(node: Json, uri: str) -> bool:
    match node:
        case str():
            return node == uri
        case Mapping():
            return any(_holds(each, uri) for each in node.values())
        case list() | tuple():
            return any(_holds(each, uri) for each in node)
        case _:
            return False
