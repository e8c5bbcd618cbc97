"""Charts as pictures in a message. Teams has no upload for bots: a picture is data in the activity, if it is small."""

import base64
from collections.abc import Mapping

import structlog

from adapters.teams.cards import Json, Node
from adapters.teams.render import charts
from bot.messages import Chart, Message
from bot.ports import ChartRenderer

log = structlog.get_logger(__name__)


async def drawn(message: Message, renderer: ChartRenderer) -> Mapping[Chart, tuple[bytes, str]]:
    """Each chart of the message with its PNG and the same as a data URI; one that fails is logged, not sent."""
    found: dict[Chart, tuple[bytes, str]] = {}
    for chart in charts(message):
        try:
            png = await renderer.png(chart.spec)
        except Exception:
            # The words of the chart are shown in its place.
            log.exception("teams.picture_failed", platform="teams")
            continue
        found[chart] = (png, data_uri(png))
    return found


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
