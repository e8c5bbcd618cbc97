"""The routes of “as Slack” and “as Teams”: one message, read only, for whoever may see it in the workspace.

A form is looked at by tapping the button that opens it, as in the conversation: that is a POST.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.web import pages
from adapters.web.codec import decode
from adapters.web.errors import Endpoint
from adapters.web.exchange import Exchange
from adapters.web.pages import MessageView, Place
from adapters.web.parse import tapped
from adapters.web.preview import (
    Preview,
    Previews,
    PreviewView,
    form_preview,
    message_preview,
    placeholder,
    shown_text,
)
from adapters.web.routes import NO_STORE, fields_of
from adapters.web.workspace import Workspace
from bot.messages import Message
from surveys.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRoutes:
    workspace: Workspace
    exchange: Exchange
    previews: Previews

    def all(self, around: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Every route; `around` is put around each endpoint."""
        routes = []
        for base in ("/as/{person}/channel/{channel}", "/as/{person}"):
            path = f"{base}/message/{{message}}/as/{{platform}}"
            routes += [Route(path, around(self.message)), Route(path, around(self.form), methods=["POST"])]
        return routes

    async def message(self, request: Request) -> Response:
        place, view, message, preview = await self._asked(request)
        words = self.workspace.words(place.viewer)
        shown = message_preview(place, view, message, request.path_params["platform"], preview, words)
        return await self._page(place, shown)

    async def form(self, request: Request) -> Response:
        place, view, _, preview = await self._asked(request)
        words = self.workspace.words(place.viewer)
        tap = tapped(place.viewer, place.conversation, await fields_of(request), words)
        exchanged = await self.exchange.tap(place.viewer, place.conversation, tap)
        platform = request.path_params["platform"]
        if exchanged.form is None:
            return RedirectResponse(f"{place.url}/message/{view.id}/as/{platform}", status_code=303)
        return await self._page(place, form_preview(place, view, exchanged.form, platform, preview, words))

    async def _asked(self, request: Request) -> tuple[Place, MessageView, Message, Preview]:
        """Raises NotFound for an unknown platform, what this person may not see, and what a person wrote."""
        place = await self.workspace.place(request.path_params["person"], request.path_params.get("channel"))
        preview = self.previews.get(request.path_params["platform"])
        stored = await self.workspace.seen_message(place, request.path_params["message"])
        if preview is None or stored.author is not None:
            raise NotFound("There is nothing to show of this message.")
        (view,) = await self.workspace.views(place, [stored])
        return place, view, decode(stored.body), preview

    async def _page(self, place: Place, shown: PreviewView) -> Response:
        words = self.workspace.words(place.viewer)
        tenant = await self.workspace.tenant()
        page = pages.preview_page(
            tenant=tenant,
            clock=self.workspace.clock(tenant, words),
            place=place,
            preview=shown,
            platforms=[(name, each.name) for name, each in self.previews.items()],
            event_id=str(uuid4()),
            shown=shown_text,
            placeholder=placeholder,
            words=words,
        )
        return HTMLResponse(page, headers=NO_STORE)
