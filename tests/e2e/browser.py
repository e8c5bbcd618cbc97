"""One real browser, and a watch over it: what it must never log, and where it must never connect to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Playwright, Request, expect

PATIENCE_MILLISECONDS = 30_000
"""A busy machine is no fault of the page."""

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Screen:
    """What somebody looks at the page with."""

    name: str
    width: int
    height: int
    touch: bool = False


DESK = Screen("desk", 1280, 900)
PHONE = Screen("phone", 390, 844, touch=True)
NARROW = Screen("narrow", 320, 640, touch=True)
"""A desk enlarged to 400 %: the width at which nothing may have to be scrolled sideways (WCAG 1.4.10)."""


def launch(playwright: Playwright) -> Browser:
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    return playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=list(ARGUMENTS))


@dataclass
class Watch:
    """Collects every complaint of the browser, and every request that leaves the server under test."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    _tolerated: tuple[str, ...] = ()

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"uncaught: {error.error}"))
        context.on("request", self._request)

    @contextmanager
    def tolerating(self, *parts: str) -> Iterator[None]:
        """Inside, a complaint with one of these parts is expected (a page that is not there, a server that is off)."""
        self._tolerated = parts
        try:
            yield
        finally:
            self._tolerated = ()

    def _console(self, message: ConsoleMessage) -> None:
        known = any(part in message.text for part in self._tolerated)
        if message.type in ("error", "warning") and not known:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and f"{address.scheme}://{address.netloc}" != self.origin:
            self.foreign.append(request.url)


def open_context(
    browser: Browser, screen: Screen, origin: str, *, dark: bool = False, scale: float = 1
) -> BrowserContext:
    """A browser of somebody's own: nothing kept from before, no motion, times and numbers as in Britain."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        has_touch=screen.touch,
        is_mobile=screen.touch,
        base_url=origin,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
        device_scale_factor=scale,
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    return context
