"""axe-core finds nothing on any kind of page, in light and in dark, at a desk and on a phone."""

import pytest
from accessibility import findings
from browser import DESK, NARROW, PHONE, Screen, Watch
from conftest import OpenWindow
from playwright.sync_api import expect
from visitor import FINANCE, LEAD, SUPPORT, TECHNICAL, Visitor

SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
SCREENS = pytest.mark.parametrize("screen", [DESK, PHONE], ids=lambda screen: screen.name)

QUESTIONS = (
    "/cx help",
    "/cx nsp last-30d",
    "/cx nps last-quarter",
    "/cx nps by role last-quarter",
    "/cx why nps last-quarter",
    "/cx explain nps last-quarter",
    "/cx trend nps last-12mo",
    "/cx send nps to role:technical account:Acme",
)


def check(visitor: Visitor, place: str) -> None:
    """Fails on a rule of WCAG 2.2 AA; good practice is held to the same."""
    visitor.sees_no_sideways_scrolling()
    found = findings(visitor.page)
    assert not found, f"{place}\n" + "\n".join(map(str, found))


@SCREENS
@SCHEMES
def test_choosing_a_person(open_window: OpenWindow, screen: Screen, dark: bool) -> None:
    visitor = open_window(screen, dark=dark)
    visitor.page.goto("/")
    check(visitor, "start")
    visitor.page.get_by_role("searchbox").fill("nobody of this name")
    expect(visitor.page.get_by_text("Nobody matches")).to_be_visible()
    check(visitor, "nobody found")
    visitor.page.goto("/?group=technical")
    check(visitor, "one group")
    visitor.open_clock()
    check(visitor, "clock")


@SCREENS
@SCHEMES
def test_answering(open_window: OpenWindow, screen: Screen, dark: bool) -> None:
    visitor = open_window(screen, dark=dark)
    visitor.become(TECHNICAL)
    check(visitor, "question")
    visitor.press("7")
    expect(visitor.newest).to_contain_text("You answered 7")
    check(visitor, "comment")
    visitor.press("Change my score")
    expect(visitor.newest.get_by_role("button", name="7, your answer")).to_be_visible()
    check(visitor, "changing")
    visitor.press("8")
    visitor.press("Skip")
    expect(visitor.newest).to_contain_text("Thank you")
    check(visitor, "done")
    visitor.become(FINANCE)
    check(visitor, "nothing waits")


@SCREENS
@SCHEMES
def test_asking(open_window: OpenWindow, screen: Screen, dark: bool) -> None:
    visitor = open_window(screen, dark=dark)
    visitor.become(LEAD)
    for question in QUESTIONS:
        visitor.ask(question)
    check(visitor, "answers of every kind")
    visitor.box.fill("/cx n")
    expect(visitor.page.get_by_role("listbox")).to_be_visible()
    check(visitor, "suggestions")
    visitor.box.fill("")
    if screen is PHONE:
        visitor.page.get_by_role("button", name="Conversations and people").tap()
        expect(visitor.page.get_by_role("link", name="Be somebody else")).to_be_visible()
        check(visitor, "side")


@SCREENS
@SCHEMES
def test_reading_the_summary(open_window: OpenWindow, screen: Screen, dark: bool) -> None:
    visitor = open_window(screen, dark=dark)
    visitor.become(LEAD)
    visitor.enter("customer-voice")
    check(visitor, "empty channel")
    visitor.open_clock()
    check(visitor, "clock")
    visitor.close_clock()
    visitor.move_clock("To Monday 09:00")
    expect(visitor.newest).to_contain_text("To improve")
    check(visitor, "summary")


@SCREENS
@SCHEMES
def test_writing_in_a_dialog_and_pages_that_are_not_there(
    open_window: OpenWindow, watch: Watch, screen: Screen, dark: bool
) -> None:
    visitor = open_window(screen, dark=dark)
    visitor.become(SUPPORT)
    visitor.box.fill("/cx feedback")
    visitor.page.get_by_role("button", name="Send").last.click()
    expect(visitor.page.get_by_role("dialog")).to_be_visible()
    check(visitor, "dialog")
    with watch.tolerating("404"):
        visitor.page.goto("/as/nobody")
        expect(visitor.page.get_by_role("heading", name="Nothing here")).to_be_visible()
        check(visitor, "error")


@pytest.mark.parametrize("width", [320, 600, 800, 1280])
def test_no_word_of_a_table_is_torn_in_a_window_of_any_width(open_window: OpenWindow, width: int) -> None:
    visitor = open_window(Screen("window", width, 800))
    visitor.become(LEAD)
    for question in ("/cx waves", "/cx surveys", "/cx nps by role last-quarter", "/cx why nps last-quarter"):
        visitor.ask(question)
    assert visitor.torn_words() == []
    visitor.sees_no_sideways_scrolling()


def test_enlarged_to_400_per_cent_nothing_has_to_be_scrolled_sideways(open_window: OpenWindow) -> None:
    visitor = open_window(NARROW)
    visitor.page.goto("/")
    visitor.sees_no_sideways_scrolling()
    visitor.open_clock()
    visitor.sees_no_sideways_scrolling()
    visitor.become(TECHNICAL)
    visitor.sees_no_sideways_scrolling()
    visitor.become(LEAD)
    for question in QUESTIONS:
        visitor.ask(question)
    visitor.sees_no_sideways_scrolling()
    visitor.page.set_viewport_size({"width": 320, "height": 256})
    expect(visitor.box).to_be_in_viewport()
