"""Every test has a demo of its own, at its first minute, and a browser that is watched."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import DESK, PHONE, Screen, Watch, launch, open_context
from demo_server import DemoServer, Shelf, loaded
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from visitor import Visitor

OpenWindow = Callable[..., Visitor]


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample data, loaded once."""
    return loaded(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def shelf(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    servers = Shelf(story, tmp_path_factory.mktemp("demos"))
    yield servers
    servers.clear()


@pytest.fixture
def demo(shelf: Shelf) -> Iterator[DemoServer]:
    server = shelf.take()
    yield server
    server.stop()
    faults = [line for line in server.output().splitlines() if "Traceback" in line or "[error" in line]
    assert not faults, server.output()


@pytest.fixture
def watch(demo: DemoServer) -> Iterator[Watch]:
    """At the end: no error and no warning in the browser's console, and not one request to anybody else."""
    watching = Watch(origin=demo.origin)
    yield watching
    assert watching.complaints == []
    assert watching.foreign == []


@pytest.fixture
def open_window(browser: Browser, demo: DemoServer, watch: Watch) -> Iterator[OpenWindow]:
    """Opens a further browser: `open_window(PHONE, dark=True)`."""
    contexts: list[BrowserContext] = []

    def opened(screen: Screen = DESK, *, dark: bool = False) -> Visitor:
        context = open_context(browser, screen, demo.origin, dark=dark)
        contexts.append(context)
        watch.over(context)
        return Visitor(context.new_page(), screen)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(params=[DESK, PHONE], ids=lambda screen: screen.name)
def visitor(request: pytest.FixtureRequest, open_window: OpenWindow) -> Visitor:
    """Somebody at a desk, then somebody with a phone."""
    return open_window(request.param)


@pytest.fixture
def at_desk(open_window: OpenWindow) -> Visitor:
    return open_window(DESK)
