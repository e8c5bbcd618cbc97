"""More than one window, a page that is loaded again, a server that goes away in the middle."""

import re
import sqlite3
from collections.abc import Mapping

from browser import PHONE, Watch
from conftest import OpenWindow
from demo_server import DemoServer
from playwright.sync_api import expect
from visitor import LEAD, TECHNICAL, Visitor

GONE = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET")
"""What the browser says about a server that is off, on whatever connection it notices it."""


ADDED_UP = ("histogram", "layer", "folding", "score_delta")
"""Sums of what is in the other tables, which are made and put together in the background."""


def rows(demo: DemoServer) -> Mapping[str, list[object]]:
    """Everything that the database holds, table by table, without what only adds it up."""
    with sqlite3.connect(f"file:{demo.database}?mode=ro", uri=True) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables if name not in ADDED_UP}


def test_two_windows_of_one_person_stay_in_step(open_window: OpenWindow) -> None:
    desk, phone = open_window(), open_window(PHONE)
    desk.become(TECHNICAL)
    phone.become(TECHNICAL)
    phone.press("9")
    expect(desk.newest).to_contain_text("You answered 9")
    words = desk.newest.get_by_role("textbox")
    words.fill("half a sentence")
    phone.press("Change my score")
    expect(desk.newest).to_contain_text("Change your answer")
    phone.press("8")
    expect(desk.newest).to_contain_text("You answered 8")
    expect(phone.newest).to_contain_text("You answered 8")
    assert desk.from_bot.count() == phone.from_bot.count() == 1


def test_an_old_button_in_another_window_does_no_harm(open_window: OpenWindow) -> None:
    first, second = open_window(), open_window()
    first.become(LEAD)
    first.ask("/cx send nps to role:technical account:Acme")
    second.become(LEAD)
    with second.page.expect_request(re.compile("/events")):
        second.page.reload()
    old = second.page.content()
    first.newest.get_by_role("button", name=re.compile(r"^Ask \d+ pe")).click()
    expect(first.newest).not_to_contain_text("Do not send")
    assert "Do not send" in old
    expect(second.newest).not_to_contain_text("Do not send")


def test_what_is_new_elsewhere_is_marked_in_the_side(open_window: OpenWindow) -> None:
    reader, mover = open_window(), open_window()
    reader.become(LEAD)
    mover.become(TECHNICAL)
    mover.move_clock("To Monday 09:00")
    expect(reader.clock).to_contain_text("09:00")
    expect(reader.page.get_by_role("link", name=re.compile("customer-voice.*1.*new messages"))).to_be_visible()


def test_a_page_that_is_loaded_again_has_everything(visitor: Visitor) -> None:
    visitor.become(LEAD)
    visitor.ask("/cx nps last-30d")
    visitor.ask("/cx why nps last-quarter")
    expect(visitor.page.get_by_text("Sending…")).to_have_count(0)
    before = visitor.messages.all_inner_texts()
    visitor.box.fill("a line that is not sent yet")
    visitor.page.reload()
    expect(visitor.messages).to_have_count(len(before))
    assert [spaceless(text) for text in visitor.messages.all_inner_texts()] == [spaceless(text) for text in before]
    expect(visitor.box).to_have_value("a line that is not sent yet")


def test_opening_pages_and_links_records_nothing(at_desk: Visitor, demo: DemoServer, watch: Watch) -> None:
    """As a mail scanner does: every address that a page has, without a tap."""
    at_desk.become(LEAD)
    at_desk.ask("/cx trend nps last-12mo")
    at_desk.become(TECHNICAL)
    page = at_desk.page
    before = rows(demo)
    seen: set[str] = set()
    waiting = [page.url, f"{demo.origin}/"]
    with watch.tolerating("404", "405"):
        while waiting and len(seen) < 60:
            address = waiting.pop()
            seen.add(address)
            page.goto(address)
            found = page.evaluate(
                "() => [...document.querySelectorAll('a[href], img[src], form[action]')].map((each) =>"
                " each.href || each.src || each.getAttribute('action'))"
                ".map((each) => new URL(each, location.href).href.split('#')[0])"
            )
            waiting += [each for each in found if each.startswith(demo.origin) and each not in {*seen, *waiting}]
            if not page.url.startswith(demo.origin):
                break
        assert len(seen) > 20
        for path in ("/action", "/message"):
            page.request.get(f"{demo.origin}/as/{TECHNICAL}{path}?action=1&text=hello")
    assert rows(demo) == before


def test_the_page_recovers_by_itself_when_the_server_comes_back(
    visitor: Visitor, demo: DemoServer, watch: Watch
) -> None:
    visitor.become(LEAD)
    visitor.ask("/cx nps last-30d")
    with watch.tolerating(*GONE):
        demo.stop()
        visitor.box.fill("/cx nps last-quarter")
        visitor.page.get_by_role("button", name="Send").last.click()
        failed = visitor.page.get_by_text("Not sent. The connection failed; your text is kept.")
        expect(failed).to_be_visible()
        expect(visitor.page.get_by_text("Reconnecting…")).to_be_visible()
        demo.start()
        expect(visitor.page.get_by_text("Reconnecting…")).to_be_hidden()
    visitor.page.get_by_role("button", name="Retry").click()
    expect(visitor.from_bot).to_have_count(2)
    expect(visitor.newest).to_contain_text("95 % interval")
    expect(failed).to_be_hidden()
    expect(visitor.page.locator("article.mine")).to_have_count(2)


def test_an_answer_survives_a_server_that_is_killed(at_desk: Visitor, demo: DemoServer, watch: Watch) -> None:
    at_desk.become(TECHNICAL)
    at_desk.press("6")
    expect(at_desk.newest).to_contain_text("You answered 6")
    with watch.tolerating(*GONE):
        demo.kill()
        at_desk.press("Change my score")
        expect(at_desk.page.get_by_text("Not saved. The connection failed; nothing you wrote is lost.")).to_be_visible()
        demo.start()
        at_desk.page.get_by_role("button", name="Retry").click()
        expect(at_desk.newest.get_by_role("button", name="6, your answer")).to_be_visible()
    at_desk.press("7")
    expect(at_desk.newest).to_contain_text("You answered 7")
    at_desk.page.reload()
    expect(at_desk.newest).to_contain_text("You answered 7")


def test_the_clock_stands_still_while_nobody_serves(at_desk: Visitor, demo: DemoServer, watch: Watch) -> None:
    at_desk.become(LEAD)
    at_desk.move_clock("+1 hour")
    moved = at_desk.clock.inner_text()
    with watch.tolerating(*GONE):
        demo.stop()
        demo.start()
        at_desk.page.reload()
    assert minutes(at_desk.clock.inner_text()) - minutes(moved) in (0, 1)


def minutes(label: str) -> int:
    found = re.search(r"(\d\d):(\d\d)", label)
    assert found
    return int(found[1]) * 60 + int(found[2])


def spaceless(text: str) -> str:
    return " ".join(text.split())
