"""The workspace's routes: requests in, pages, fragments and streams out. GET changes nothing.

What a route does is asked of `Workspace` (reading) and `Exchange` (speaking); how it looks, of `pages`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import uuid4
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from adapters.web import pages
from adapters.web.charts import ChartPictures
from adapters.web.chat import ClockControl, Directory, Suggestions
from adapters.web.codec import decode
from adapters.web.dates import moment_wanted
from adapters.web.errors import Endpoint, wants_json
from adapters.web.exchange import Exchange, Exchanged
from adapters.web.live import ClockMoved, Live
from adapters.web.pages import ClockView, Place, Views
from adapters.web.parse import INPUTS_LIMIT, tapped, typed
from adapters.web.people import Featured, card, featured_cards, sections
from adapters.web.stream import EventStream, message_event
from adapters.web.workspace import Workspace
from bot.messages import Chart
from surveys.errors import NotFound
from surveys.words import Words

NO_STORE = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Everything the routes need; `all` lists them."""

    workspace: Workspace
    exchange: Exchange
    directory: Directory
    clock: ClockControl
    charts: ChartPictures
    live: Live
    suggestions: Suggestions
    featured: tuple[Featured, ...]

    def all(self, around: Callable[[Endpoint], Endpoint]) -> list[Route]:
        """Every route; `around` is put around each endpoint."""
        routes = [Route("/", around(self.start)), Route("/demo/clock", around(self.move_clock), methods=["POST"])]
        for base in ("/as/{person}/channel/{channel}", "/as/{person}"):
            routes += [
                Route(base, around(self.chat)),
                Route(f"{base}/messages", around(self.log)),
                Route(f"{base}/events", around(self.events)),
                Route(f"{base}/message", around(self.say), methods=["POST"]),
                Route(f"{base}/action", around(self.act), methods=["POST"]),
                Route(f"{base}/message/{{message}}/chart/{{index:int}}.png", around(self.chart)),
            ]
        return routes

    async def start(self, request: Request) -> Response:
        words = self.workspace.words()
        tenant = await self.workspace.tenant()
        people = await self.directory.people()
        search, group = request.query_params.get("q", "")[:100], request.query_params.get("group", "")[:40]
        found = sections(people, search=search, group=group, words=words)
        if request.query_params.get("part") == "people":
            part = pages.people_part(sections=found, search=search, group=group, words=words)
            return HTMLResponse(part, headers=NO_STORE)
        page = pages.start_page(
            tenant=tenant,
            clock=self.workspace.clock(tenant, words),
            featured=featured_cards(people, self.featured, words),
            sections=found,
            search=search,
            group=group,
            groups=sections(people, search="", group="", words=words),
            words=words,
        )
        return HTMLResponse(page, headers=NO_STORE)

    async def chat(self, request: Request) -> Response:
        place = await self._place(request)
        words = self.workspace.words(place.viewer)
        tenant = await self.workspace.tenant()
        # Before the log is read: what is posted meanwhile then comes by the stream, or as "read again".
        cursor = self.live.cursor
        messages, earlier = await self.workspace.history(place, request.query_params.get("before"))
        page = pages.chat_page(
            tenant=tenant,
            clock=self.workspace.clock(tenant, words),
            place=place,
            viewer=card(place.viewer, words),
            nav=await self.workspace.nav(place),
            messages=messages,
            earlier=earlier,
            suggestions=self.suggestions(place.viewer),
            cursor=cursor,
            event_id=str(uuid4()),
            words=words,
        )
        return HTMLResponse(page, headers=NO_STORE)

    async def log(self, request: Request) -> Response:
        place = await self._place(request)
        messages, earlier = await self.workspace.history(place, request.query_params.get("before"))
        part = pages.log_part(place, messages, earlier, self.workspace.words(place.viewer))
        return HTMLResponse(part, headers=NO_STORE)

    async def events(self, request: Request) -> Response:
        place = await self._place(request)
        words = self.workspace.words(place.viewer)

        async def clock_now() -> dict[str, str]:
            return self._clock_data(await self._clock_view(words))

        stream = EventStream(
            live=self.live,
            place=place,
            view_of=self.workspace.view_of,
            clock_now=clock_now,
            gone=request.is_disconnected,
            words=words,
        )
        since = request.headers.get("last-event-id") or request.query_params.get("since", "")
        return StreamingResponse(stream.events(since[:40]), media_type="text/event-stream", headers=NO_STORE)

    async def say(self, request: Request) -> Response:
        place = await self._place(request)
        fields = await fields_of(request)
        said = typed(place.viewer, place.conversation, fields, self.workspace.words(place.viewer))
        exchanged = await self.exchange.say(place.viewer, place.conversation, said)
        return await self._answer(request, place, exchanged, message="", sent=said.sent)

    async def act(self, request: Request) -> Response:
        place = await self._place(request)
        fields = await fields_of(request)
        tap = tapped(place.viewer, place.conversation, fields, self.workspace.words(place.viewer))
        exchanged = await self.exchange.tap(place.viewer, place.conversation, tap)
        return await self._answer(request, place, exchanged, message=tap.message, sent="")

    async def chart(self, request: Request) -> Response:
        place = await self._place(request)
        stored = await self.workspace.seen_message(place, request.path_params["message"])
        blocks = decode(stored.body).blocks
        index: int = request.path_params["index"]
        block = blocks[index] if index < len(blocks) else None
        if not isinstance(block, Chart):
            raise NotFound("There is no chart at this place of the message.")
        return Response(await self.charts.png(block.spec), media_type="image/png", headers=NO_STORE)

    async def move_clock(self, request: Request) -> Response:
        words = self.workspace.words()
        tenant = await self.workspace.tenant()
        fields = await fields_of(request)
        zone, now = ZoneInfo(tenant.timezone), self.clock.now()
        await self.clock.move_to(moment_wanted(fields.get("preset", ""), fields.get("to", ""), now, zone, words))
        self.live.publish(ClockMoved())
        if wants_json(request):
            return JSONResponse({"clock": self._clock_data(await self._clock_view(words))})
        return RedirectResponse(await self._back(fields.get("back", "")), status_code=303)

    async def _place(self, request: Request) -> Place:
        return await self.workspace.place(request.path_params["person"], request.path_params.get("channel"))

    async def _answer(
        self, request: Request, place: Place, exchanged: Exchanged, *, message: str, sent: str
    ) -> Response:
        """What came of it: to the page's script as data, to a browser without it as the conversation again."""
        words = self.workspace.words(place.viewer)
        form, title = None, ""
        if exchanged.form is not None:
            tenant = await self.workspace.tenant()
            views = Views(zone=ZoneInfo(tenant.timezone), words=words)
            # A form needs a message to belong to; one opened by a command belongs to what was typed.
            opener = message or exchanged.messages[0].public_id
            form, title = views.form(place, exchanged.form, opener, str(uuid4())), pages.sendable(exchanged.form.title)
            if not wants_json(request):
                clock = self.workspace.clock(tenant, words)
                page = pages.form_page(tenant=tenant, clock=clock, place=place, title=title, form=form, words=words)
                return HTMLResponse(page, headers=NO_STORE)
        if not wants_json(request):
            last = exchanged.messages[-1].public_id if exchanged.messages else message
            return RedirectResponse(f"{place.url}#m-{last}", status_code=303)
        views_ = await self.workspace.views(place, exchanged.messages, sent=sent)
        events = [dict(message_event(view, new=True, words=words)) for view in views_]
        dialog = {"title": title, "html": str(form)} if form is not None else None
        return JSONResponse({"messages": events, "form": dialog}, headers=NO_STORE)

    async def _clock_view(self, words: Words) -> ClockView:
        return self.workspace.clock(await self.workspace.tenant(), words)

    @staticmethod
    def _clock_data(view: ClockView) -> dict[str, str]:
        return {
            "label": view.label,
            "short": view.short,
            "opening": view.opening,
            "monday": view.monday,
            "field": view.field,
        }

    async def _back(self, path: str) -> str:
        """The conversation from which the clock was moved, by its path; only ours, never an address elsewhere."""
        parts = [unquote(part) for part in path.split("/")]
        try:
            match parts:
                case ["", "as", person]:
                    return (await self.workspace.place(person, None)).url
                case ["", "as", person, "channel", channel]:
                    return (await self.workspace.place(person, channel)).url
                case _:
                    pass
        except NotFound:
            pass
        return "/"


async def fields_of(request: Request) -> dict[str, str]:
    """A form's fields as text, the last of each name. Raises HTTPException for anything that is not such a form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
        raise HTTPException(415)
    try:
        form: FormData = await request.form(max_files=0, max_fields=INPUTS_LIMIT + 10)
    except UnicodeDecodeError as error:
        raise HTTPException(400) from error
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if not isinstance(value, str):
            raise HTTPException(400)
        fields[name] = value
    return fields
