"""Makes the pictures of every message, on the page, in Slack and in Teams; part of `sh tests/e2e/run pictures`.

What there is to see, `tests.gallery` says, and serves it: the page is the local web workspace's own, the two other
columns are its "as Slack" and "as Teams". A sheet holds the scenes of one topic, at the size of the screen.
"""

import base64
import html
import io
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from browser import Screen, launch, open_context
from pictures import keep
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from processes import Program, free_port

ROOT = Path(__file__).parents[2]
TALLEST = 2_600
MARGIN = 8
OPENS = "Write an answer"
"""The button that opens a form."""
HIGH, LOW = 2_400, 600
"""A conversation scrolls inside its page: what is higher than the screen would be cut."""
NARROW = {"page": Screen("narrow", 480, HIGH), "slack": Screen("narrow", 480, LOW), "teams": Screen("narrow", 480, LOW)}
WIDE = {"page": Screen("wide", 1_140, HIGH), "slack": Screen("wide", 764, LOW), "teams": Screen("wide", 620, LOW)}
"""With room for tables: a conversation that fills a small window, and the two others as wide as their messages get."""

STYLE = """
body { margin: 0; padding: 28px; display: inline-block; background: #e3e6e3; color: #16201d;
  font: 15px/1.4 "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
table { border-spacing: 20px 0; margin: -4px -20px; border-collapse: separate; }
th { padding-bottom: 4px; text-align: left; font-size: 20px; }
td { vertical-align: top; padding: 0 0 26px; }
td.caption { padding: 12px 0 10px; border-top: 1px solid #aab2ad; font-weight: 600; }
img { display: block; }
"""


@dataclass(frozen=True, slots=True)
class Scene:
    id: str
    caption: str
    form: bool


class Gallery:
    """One browser window at a server that shows the scenes."""

    def __init__(self, browser: Browser, origin: str, into: Path) -> None:
        self._browser = browser
        self._origin = origin
        self._into = into

    def take(self, name: str, scenes: list[Scene], *, wide: bool, home: bool) -> int:
        """One sheet; its height."""
        screens = WIDE if wide or home else NARROW
        if home:
            columns = {"Slack": self._looked_at(name, scenes, "home", screens["slack"])}
        else:
            columns = {
                "The page": self._in_chat(name, scenes, screens["page"]),
                "Slack": self._looked_at(name, scenes, "slack", screens["slack"]),
                "Teams": self._looked_at(name, scenes, "teams", screens["teams"]),
            }
        with self._window(Screen("sheet", 2_600, 400)) as page:
            page.set_content(document([scene.caption for scene in scenes], columns))
            picture = Image.open(io.BytesIO(page.locator("body").screenshot())).convert("RGB")
        keep(picture, self._into / f"{name}.png")
        return picture.height

    def _in_chat(self, sheet: str, scenes: list[Scene], screen: Screen) -> list[bytes]:
        """Each message in the conversation, or the dialog that its button opens."""
        found = []
        with self._window(screen) as page:
            page.goto(f"/as/{sheet}")
            all_pictures(page)
            for scene in scenes:
                message, dialog = page.locator(f"#m-{scene.id}"), page.get_by_role("dialog")
                if scene.form:
                    message.get_by_role("button", name=OPENS).click()
                message.evaluate("message => message.scrollIntoView()")
                found.append(taken(dialog if scene.form else message))
                if scene.form:
                    dialog.get_by_role("button", name="Close").click()
        return found

    def _looked_at(self, sheet: str, scenes: list[Scene], platform: str, screen: Screen) -> list[bytes]:
        """Each as the platform shows it. The Home tab has no line that names an author."""
        found = []
        with self._window(screen) as page:
            for scene in scenes:
                page.goto(f"/as/{sheet}/message/{scene.id}/as/{platform}")
                if scene.form:
                    page.get_by_role("button", name=f"Show the form behind “{OPENS}”").click()
                    page.get_by_role("link", name="Back to the message").wait_for()
                shown = page.locator("main > section").first
                if platform == "home":
                    shown.evaluate(
                        "tab => tab.querySelectorAll('.slack-byline, .slack-avatar').forEach(e => e.remove())"
                    )
                found.append(taken(shown))
        return found

    @contextmanager
    def _window(self, screen: Screen) -> Iterator[Page]:
        context = open_context(self._browser, screen, self._origin)
        yield context.new_page()
        context.close()


def taken(shown: Locator) -> bytes:
    """A part of the page, with its pictures and a little of what is around it."""
    all_pictures(shown.page)
    box = shown.bounding_box()
    assert box is not None
    return shown.page.screenshot(
        full_page=True,
        clip={
            "x": box["x"] - MARGIN,
            "y": box["y"] - MARGIN,
            "width": box["width"] + 2 * MARGIN,
            "height": box["height"] + 2 * MARGIN,
        },
    )


def all_pictures(page: Page) -> None:
    """Waits for them: one that comes later moves what is beside it."""
    page.evaluate("Promise.all([...document.images].map(image => { image.loading = 'eager'; return image.decode(); }))")


def document(captions: list[str], columns: Mapping[str, list[bytes]]) -> str:
    """The sheet as a page: a caption above each row."""
    head = "".join(f"<th>{name}</th>" for name in columns)
    rows = [
        f'<tr><td class="caption" colspan="{len(columns)}">{html.escape(caption)}</td></tr>'
        f"<tr>{''.join(map(cell, pictures))}</tr>"
        for caption, pictures in zip(captions, zip(*columns.values(), strict=True), strict=True)
    ]
    return f"<!doctype html><style>{STYLE}</style><table><tr>{head}</tr>{''.join(rows)}</table>"


def cell(picture: bytes) -> str:
    return f'<td><img src="data:image/png;base64,{base64.b64encode(picture).decode()}"></td>'


def main(into: Path, *only: str) -> None:
    """`only`: the names of the sheets to take; all of them without."""
    too_high: list[str] = []
    into.mkdir(parents=True, exist_ok=True)
    origin = f"http://127.0.0.1:{(port := free_port())}"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [os.environ["PYTHON"], "-m", "tests.gallery.serve", str(port)]
        environment = {"PYTHONPATH": str(ROOT)}
        server = Program(command, Path(folder), "gallery", f"{origin}/gallery", environment)
        server.start()
        browser = launch(playwright)
        try:
            gallery = Gallery(browser, origin, into)
            for sheet in json.load(urllib.request.urlopen(f"{origin}/gallery")):
                if sheet["name"] in (only or (sheet["name"],)):
                    scenes = [Scene(**each) for each in sheet["scenes"]]
                    high = gallery.take(sheet["name"], scenes, wide=sheet["wide"], home=sheet["home"])
                    if high > TALLEST:
                        too_high.append(f"{sheet['name']} ({high} points)")
        finally:
            browser.close()
            server.stop()
    assert not too_high, f"To be split: {', '.join(too_high)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
