"""Puts the workspace together: one Starlette application that the composition root mounts at "/"."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from adapters.web.adapter import WebAdapter
from adapters.web.charts import ChartPictures
from adapters.web.chat import ChatLog, ClockControl, Directory, Suggestions
from adapters.web.errors import ErrorPages
from adapters.web.exchange import Exchange
from adapters.web.live import Live
from adapters.web.people import Featured
from adapters.web.preview import Previews
from adapters.web.preview_routes import PreviewRoutes
from adapters.web.routes import Routes
from adapters.web.security import LocalGuard
from adapters.web.workspace import WordsOf, Workspace
from bot.ports import ChartRenderer, Engine
from surveys.words import ENGLISH

STATIC = Path(__file__).parent / "static"
_NO_PREVIEWS: Previews = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    """What the adapter and the pages share. Made first: the engine's delivery loop needs the adapter."""

    adapter: WebAdapter
    log: ChatLog
    directory: Directory
    clock: ClockControl
    live: Live


def web_parts(*, log: ChatLog, directory: Directory, clock: ClockControl) -> WebParts:
    live = Live()
    adapter = WebAdapter(log=log, directory=directory, clock=clock, live=live)
    return WebParts(adapter=adapter, log=log, directory=directory, clock=clock, live=live)


def create_web_app(
    parts: WebParts,
    *,
    engine: Engine,
    charts: ChartRenderer,
    suggestions: Suggestions,
    port: int,
    featured: Sequence[Featured] = (),
    words_of: WordsOf = lambda language: ENGLISH,
    previews: Previews = _NO_PREVIEWS,
) -> Starlette:
    """The workspace, to be mounted at "/" after every other route. `port`: where the server listens (Host check).

    `previews`: the platforms as which a message can be looked at.

    Call `parts.live.end()` when the server begins to stop: it waits for open event streams otherwise.
    """
    workspace = Workspace(
        log=parts.log, directory=parts.directory, clock=parts.clock, words_of=words_of, elsewhere=bool(previews)
    )
    errors = ErrorPages(words_of("en"))
    exchange = Exchange(log=parts.log, engine=engine, live=parts.live, clock=parts.clock)
    looking = PreviewRoutes(workspace=workspace, exchange=exchange, previews=previews)
    routes = Routes(
        workspace=workspace,
        exchange=exchange,
        directory=parts.directory,
        clock=parts.clock,
        charts=ChartPictures(charts),
        live=parts.live,
        suggestions=suggestions,
        featured=tuple(featured),
    )
    return Starlette(
        routes=[
            *looking.all(errors.around),
            *routes.all(errors.around),
            Mount("/static", StaticFiles(directory=STATIC), name="static"),
        ],
        middleware=[Middleware(LocalGuard, port=port)],
        exception_handlers=errors.handlers(),
    )
