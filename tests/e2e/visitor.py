"""Somebody at the page, in their own words: becomes a person, taps, writes, asks, moves the clock."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass

from browser import Screen
from playwright.sync_api import Locator, Page, expect

LEAD = "Hanna Lindqvist"
TECHNICAL = "Jonas Feld"
DECISION_MAKER = "Katharina Brandt"
FINANCE = "Marta Zielińska"
SUPPORT = "Nadia Petrenko"

_TORN = """() => [...document.querySelectorAll(".table td, .table th")].flatMap((cell) => {
  const text = cell.firstChild;
  return [...(text?.data ?? "").matchAll(/[^\\s-]+/g)].filter((word) => {
    const place = document.createRange();
    place.setStart(text, word.index);
    place.setEnd(text, word.index + word[0].length);
    return new Set([...place.getClientRects()].map((line) => line.top)).size > 1;
  }).map(String);
})"""


@dataclass(slots=True)
class Visitor:
    page: Page
    screen: Screen

    # ── who ──

    def become(self, name: str) -> None:
        """From the start page, found as one finds somebody: by a few letters."""
        self.page.goto("/")
        self.page.get_by_role("searchbox").fill(name)
        expect(self.page.get_by_text("One person found")).to_be_attached()
        entry = self.page.locator("[data-people]").get_by_role("link", name=name)
        with self._arriving():
            self._press(entry)

    def _arriving(self) -> AbstractContextManager[object]:
        """Waits for the page's open line to the server: its script has started, and nothing is missed any more."""
        return self.page.expect_request(re.compile(r"/events\?"))

    def enter(self, channel: str) -> None:
        """A channel, from the side, which a phone shows on demand."""
        if self.screen.width < 820:
            self._press(self.page.get_by_role("button", name="Conversations and people"))
        with self._arriving():
            self._press(self.page.get_by_role("link", name=channel))
        expect(self.page.get_by_role("heading", level=1, name=channel)).to_be_visible()

    # ── messages ──

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("log").get_by_role("article")

    @property
    def from_bot(self) -> Locator:
        return self.page.locator("article.from-bot")

    @property
    def newest(self) -> Locator:
        return self.from_bot.last

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("combobox").or_(self.page.locator("#write")).first

    def ask(self, text: str) -> Locator:
        """Writes a line, sends it, and gives the bot's answer."""
        before = self.from_bot.count()
        self.box.fill(text)
        if self.screen.touch:
            self._press(self.page.get_by_role("button", name="Send").last)
        else:
            self.box.press("Escape")
            self.box.press("Enter")
        expect(self.from_bot).to_have_count(before + 1)
        return self.newest

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """A button of a message, by what it says."""
        self._press((within or self.newest).get_by_role("button", name=name, exact=True))

    def _press(self, target: Locator) -> None:
        if self.screen.touch:
            target.tap()
        else:
            target.click()

    # ── time ──

    def move_clock(self, preset: str | re.Pattern[str]) -> None:
        """By a button of the clock's menu; waits until the clock says that it has moved."""
        self.open_clock()
        self._press(self.clock_menu.get_by_role("button", name=preset, exact=True))
        expect(self.clock_menu.get_by_text("The clock has moved")).to_be_visible()
        self.close_clock()

    @property
    def clock_menu(self) -> Locator:
        return self.page.locator("#clock")

    def open_clock(self) -> None:
        self._press(self.page.locator("[data-clock-button]"))
        expect(self.clock_menu).to_be_visible()

    def close_clock(self) -> None:
        self._press(self.clock_menu.get_by_role("button", name="Close"))
        expect(self.clock_menu).to_be_hidden()

    @property
    def clock(self) -> Locator:
        return self.page.locator("[data-clock-button]")

    # ── what must always hold ──

    def sees_no_sideways_scrolling(self) -> None:
        wide = self.page.evaluate(
            "() => [document.documentElement.scrollWidth, document.querySelector('[data-scroll]')?.scrollWidth ?? 0,"
            " window.innerWidth]"
        )
        assert max(wide[:2]) <= wide[2], wide

    def torn_words(self) -> list[str]:
        """Those in tables that neither begin a line nor stand on it; at a hyphen they may break."""
        return list(self.page.evaluate(_TORN))
