"""`python -m tests.gallery.serve PORT`: the local web workspace itself, with a conversation for each sheet.

Whoever looks at `/as/<sheet>` reads its messages; "as Slack" and "as Teams" are the workspace's own, and so are forms.
`/gallery` lists what there is. Nothing is stored.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from adapters.slack.render import render_home
from adapters.web.app import create_web_app, web_parts
from adapters.web.chat import direct_with
from adapters.web.codec import encode
from adapters.web.preview import Node, Preview
from bot.actions import OpenForm, SubmitForm
from bot.app import serve_until_stopped
from bot.charting import VegaCharts
from bot.connections.previews import previews
from bot.events import ActionChosen, Event
from bot.messages import Form, Message, Outcome
from surveys.words import Words
from tests.gallery.cast import NOW
from tests.gallery.scenes import Home, Scene, Sheet
from tests.gallery.sheets import sheets
from tests.unit.adapters.web.fakes import FakeClock, FakeDirectory, FakeLog, LoggedMessage

HOST = "127.0.0.1"


class FormOpener:
    """The engine, as far as it opens the forms of the scenes."""

    def __init__(self, scenes: list[Scene]) -> None:
        forms = [scene.shown for scene in scenes if isinstance(scene.shown, Form)]
        self._forms = {form.action.invitation: form for form in forms if isinstance(form.action, SubmitForm)}

    async def handle(self, event: Event) -> Outcome:
        if isinstance(event, ActionChosen) and isinstance(event.action, OpenForm):
            return Outcome(form=self._forms.get(event.action.invitation))
        return Outcome()


class HomeTabs:
    """The Home tab as a kind of preview: a message that only names it is drawn as the whole of it."""

    def __init__(self, scenes: list[Scene]) -> None:
        self._homes = {scene.caption: scene.shown.messages for scene in scenes if isinstance(scene.shown, Home)}

    def render(self, message: Message, words: Words) -> Node:
        return render_home(self._homes[message.summary], words)


def log_of(known: tuple[Sheet, ...]) -> FakeLog:
    """Every scene as a message of the bot's, five minutes after each other."""
    return FakeLog([_logged(sheet, number) for sheet in known for number in range(len(sheet.scenes))])


def _logged(sheet: Sheet, number: int) -> LoggedMessage:
    at = NOW + timedelta(minutes=5 * number)
    return LoggedMessage(
        public_id=message_id(sheet, number), conversation=direct_with(sheet.name), author=None, visible_to=sheet.name,
        body=encode(_message(sheet.scenes[number])), posted_at=at, updated_at=at,
    )  # fmt: skip


def message_id(sheet: Sheet, number: int) -> str:
    return f"{sheet.name}-{number}"


def _message(scene: Scene) -> Message:
    match scene.shown:
        case Message():
            return scene.shown
        case Home():
            return Message(summary=scene.caption)
        case Form():
            assert scene.opener is not None
            return scene.opener


def listing(known: tuple[Sheet, ...]) -> list[dict[str, object]]:
    """For whoever takes the pictures."""
    return [
        {
            "name": sheet.name,
            "wide": sheet.wide,
            "home": sheet.home,
            "scenes": [
                {"id": message_id(sheet, number), "caption": scene.caption, "form": isinstance(scene.shown, Form)}
                for number, scene in enumerate(sheet.scenes)
            ],
        }
        for sheet in known
    ]


async def serve(port: int) -> None:
    known = sheets()
    scenes = [scene for sheet in known for scene in sheet.scenes]
    viewers = tuple(replace(sheet.viewer, public_id=sheet.name) for sheet in known)
    parts = web_parts(log=log_of(known), directory=FakeDirectory(everybody=viewers), clock=FakeClock(NOW))
    home = Preview(name="Slack", message=HomeTabs(scenes).render, form=previews()["slack"].form)
    charts = VegaCharts()
    workspace = create_web_app(
        parts,
        engine=FormOpener(scenes),
        charts=charts,
        suggestions=lambda person: (),
        port=port,
        previews={**previews(), "home": home},
    )

    async def told(request: Request) -> Response:
        return JSONResponse(listing(known))

    application = Starlette(routes=[Route("/gallery", told), Mount("/", workspace)])
    await serve_until_stopped(application, host=HOST, port=port, on_stop=parts.live.end)
    charts.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
