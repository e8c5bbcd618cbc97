"""The whole job without a mouse: every control is reached, the focus is always seen, and nothing traps it."""

import re

import pytest
from conftest import OpenWindow
from keyboard import Keyboard
from playwright.sync_api import expect
from visitor import LEAD, TECHNICAL, Visitor


@pytest.fixture
def somebody(open_window: OpenWindow) -> tuple[Visitor, Keyboard]:
    visitor = open_window()
    return visitor, Keyboard(visitor.page)


def become(visitor: Visitor, keys: Keyboard, name: str) -> None:
    visitor.page.goto("/")
    keys.to("Skip to the people")
    keys.press("Enter")
    keys.to("Search people")
    keys.write(name)
    expect(visitor.page.locator("[data-people]").get_by_role("link")).to_have_count(1)
    keys.to(name, exact=False) if not name else keys.to(initials(name))
    keys.press("Enter")
    expect(visitor.page.get_by_role("log")).to_be_visible()
    expect(visitor.box).to_be_focused()


def initials(name: str) -> str:
    return "".join(part[0] for part in name.split())


def ask(visitor: Visitor, keys: Keyboard, line: str) -> None:
    """Types a line into the message box, which has the focus, and sends it."""
    before = visitor.from_bot.count()
    keys.write(line)
    if line.startswith("/"):
        keys.press("Escape")
    keys.press("Enter")
    expect(visitor.from_bot).to_have_count(before + 1)
    expect(visitor.box).to_be_focused()


def test_answering_commenting_and_changing(somebody: tuple[Visitor, Keyboard]) -> None:
    visitor, keys = somebody
    become(visitor, keys, TECHNICAL)
    keys.to("0, not at all likely", backwards=True)
    keys.to("9", exact=True)
    keys.press("Enter")
    expect(visitor.newest).to_contain_text("You answered 9")
    assert visitor.page.evaluate("() => document.activeElement?.closest('article')?.id") is not None
    keys.to("What is the main reason")
    keys.write("It runs.")
    keys.to("Send", exact=True)
    keys.press("Space")
    expect(visitor.newest).to_contain_text("Thank you")
    keys.to("Change my score")
    keys.press("Enter")
    expect(visitor.newest).to_contain_text("Change your answer")
    keys.to("9, your answer")
    keys.to("10, extremely likely")
    keys.press("Enter")
    expect(visitor.newest).to_contain_text("You answered 10")
    expect(visitor.newest).to_contain_text("It runs.")


def test_asking_a_mistake_sending_and_the_clock(somebody: tuple[Visitor, Keyboard]) -> None:
    visitor, keys = somebody
    become(visitor, keys, LEAD)
    ask(visitor, keys, "/cx nps last-30d")
    ask(visitor, keys, "/cx nps by role last-quarter")
    ask(visitor, keys, "/cx why nps last-quarter")
    expect(visitor.newest).to_contain_text("No role became unhappier")
    ask(visitor, keys, "/cx nsp last-30d")
    keys.to("nps last-30d", backwards=True, exact=True)
    keys.press("Enter")
    expect(visitor.newest).to_contain_text("95 % interval")
    keys.to("Message to CX Pulse")
    ask(visitor, keys, "/cx send nps to role:technical account:Acme")
    keys.to("Do not send", backwards=True)
    keys.to("Ask ", backwards=True)
    keys.press("Enter")
    expect(visitor.newest).not_to_contain_text("Do not send")
    keys.to("The demo's clock", backwards=True)
    keys.press("Enter")
    keys.to("To Monday 09:00")
    keys.press("Enter")
    expect(visitor.clock_menu.get_by_text("The clock has moved")).to_be_visible()
    keys.press("Escape")
    expect(visitor.clock_menu).to_be_hidden()
    expect(visitor.clock).to_be_focused()
    expect(visitor.page.get_by_role("link", name=re.compile("customer-voice.*new messages"))).to_be_visible()
    keys.to("#customer-voice")
    keys.press("Enter")
    expect(visitor.newest).to_contain_text("To improve")


def test_suggestions_are_chosen_with_the_arrows(somebody: tuple[Visitor, Keyboard]) -> None:
    visitor, keys = somebody
    become(visitor, keys, LEAD)
    keys.write("/cx why")
    expect(visitor.page.get_by_role("listbox")).to_be_visible()
    keys.press("ArrowDown", "ArrowDown", "ArrowUp")
    chosen = visitor.page.get_by_role("option", selected=True)
    expect(chosen).to_have_count(1)
    text = chosen.get_attribute("data-text")
    assert visitor.box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    keys.press("Enter")
    expect(visitor.box).to_have_value(f"/cx {text}")
    expect(visitor.page.get_by_role("listbox")).to_be_hidden()
    keys.press("Enter")
    expect(visitor.from_bot).to_have_count(1)


def test_the_order_of_the_stops_is_the_order_of_reading(somebody: tuple[Visitor, Keyboard]) -> None:
    visitor, keys = somebody
    become(visitor, keys, TECHNICAL)
    keys.stops.clear()
    visitor.page.reload()
    visitor.page.evaluate("() => document.activeElement.blur()")
    visitor.page.evaluate(
        "() => { const top = document.body; top.tabIndex = -1; top.focus(); top.removeAttribute('tabindex'); }"
    )
    keys.to("Send", exact=True)
    expected = (
        "Skip to the message box", "CX Pulse", "The demo's clock:", "CX Pulse", "Be somebody else", "Messages",
        "as Slack", "as Teams",
        "0, not at all likely", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10, extremely likely", "Does not apply",
        "Not now, in 7 days", "Talk to a person", "Stop asking me", "Message to CX Pulse", "Send",
    )  # fmt: skip
    assert len(keys.stops) == len(expected), keys.stops
    assert all(stop.startswith(name) for stop, name in zip(keys.stops, expected, strict=True)), keys.stops


def test_a_dialog_keeps_the_focus_and_gives_it_back(somebody: tuple[Visitor, Keyboard]) -> None:
    visitor, keys = somebody
    become(visitor, keys, LEAD)
    keys.write("/cx feedback")
    keys.press("Escape", "Enter")
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("textbox").first).to_be_focused()
    for _ in range(6):
        keys.press("Tab")
        assert visitor.page.evaluate(
            "() => document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    expect(visitor.box).to_be_focused()


def test_the_message_box_shows_that_it_has_the_focus(somebody: tuple[Visitor, Keyboard]) -> None:
    visitor, keys = somebody
    become(visitor, keys, LEAD)
    frame = visitor.page.locator(".write-box")
    look = "box => { const look = getComputedStyle(box); return [look.borderTopColor, look.boxShadow]; }"
    with_focus = frame.evaluate(look)
    visitor.page.evaluate("() => document.activeElement.blur()")
    assert frame.evaluate(look) != with_focus
