"""Makes the pictures of the documentation: `sh tests/e2e/run pictures`. Each is what somebody sees at that moment.

Twice the size of the screen, so that text stays sharp, and few colours, so that the files stay small.
"""

import io
import sys
import tempfile
from pathlib import Path

from browser import PHONE, Screen, launch, open_context
from demo_server import DemoServer, copied, loaded
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from visitor import FINANCE, LEAD, TECHNICAL, Visitor

DESK = Screen("desk", 1180, 800)
TALL = Screen("tall", 1180, 940)
TALLER = Screen("taller", 1180, 1090)
LARGEST = 200 * 1024


class Studio:
    """One demo and one browser; every method is one part of the tour, told in its order."""

    def __init__(self, browser: Browser, demo: DemoServer, into: Path) -> None:
        self._browser = browser
        self._demo = demo
        self._into = into

    def visitor(self, screen: Screen, *, dark: bool = False) -> Visitor:
        context = open_context(self._browser, screen, self._demo.origin, dark=dark, scale=2)
        return Visitor(context.new_page(), screen)

    def choosing(self) -> None:
        visitor = self.visitor(TALL)
        visitor.page.goto("/")
        self._take(visitor.page, "start")

    def answering(self) -> None:
        phone = self.visitor(PHONE)
        phone.become(TECHNICAL)
        question = self._shot(phone.page)
        phone.press("9")
        expect(phone.newest).to_contain_text("You answered 9")
        phone.newest.get_by_role("textbox").fill(
            "The new labels print at once. Certificates should warn before they expire."
        )
        comment = self._shot(phone.page)
        phone.press("Send")
        expect(phone.newest).to_contain_text("Thank you")
        self._keep(beside(question, comment, self._shot(phone.page)), "answering")

    def asking(self) -> None:
        lead = self.visitor(DESK)
        lead.become(LEAD)
        lead.ask("/cx nps last-quarter")
        self._take(lead.page, "nps")
        lead.ask("/cx nps by role last-quarter")
        self._take(lead.page, "roles")
        lead.page.set_viewport_size({"width": DESK.width, "height": 1140})
        lead.ask("/cx why nps last-quarter")
        self._take(lead.page, "why")
        lead.page.set_viewport_size({"width": DESK.width, "height": 980})
        lead.ask("/cx trend nps last-12mo")
        self._take(lead.page, "trend")
        lead.page.set_viewport_size({"width": DESK.width, "height": 560})
        lead.ask("/cx nsp last-30d")
        self._take(lead.page, "advice")
        lead.page.set_viewport_size({"width": DESK.width, "height": 720})
        lead.box.fill("/cx nps")
        expect(lead.page.get_by_role("listbox")).to_be_visible()
        self._take(lead.page, "suggestions")

    def sending(self) -> None:
        lead = self.visitor(TALLER)
        lead.become(LEAD)
        lead.ask("/cx send nps to role:technical account:Acme")
        self._take(lead.page, "preview")

    def monday(self) -> None:
        lead = self.visitor(DESK)
        lead.become(LEAD)
        lead.open_clock()
        lead.clock_menu.get_by_role("button", name="To Monday 09:00", exact=True).click()
        expect(lead.clock_menu.get_by_text("The clock has moved")).to_be_visible()
        expect(lead.page.get_by_text("1new messages")).to_be_visible()
        self._take(lead.page, "clock")
        lead.close_clock()
        lead.page.set_viewport_size({"width": DESK.width, "height": 1460})
        lead.enter("customer-voice")
        self._chart(lead)
        self._take(lead.page, "summary")

    def phone_at_night(self) -> None:
        marta = self.visitor(PHONE, dark=True)
        marta.become(FINANCE)
        marta.move_clock("+10 minutes")
        expect(marta.from_bot).to_have_count(1)
        marta.press("2")
        expect(marta.newest).to_contain_text("You answered 2")
        marta.press("Change my score")
        expect(marta.newest.get_by_role("button", name="2, your answer")).to_be_visible()
        changing = self._shot(marta.page)
        lead = self.visitor(PHONE, dark=True)
        lead.become(LEAD)
        lead.ask("/cx nps last-30d")
        self._keep(beside(changing, self._shot(lead.page)), "dark")

    def _chart(self, visitor: Visitor) -> None:
        chart = visitor.newest.get_by_role("img")
        visitor.page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=chart.element_handle())

    def _take(self, page: Page, name: str) -> None:
        self._keep(self._shot(page), name)

    def _shot(self, page: Page) -> Image.Image:
        return shot(page)

    def _keep(self, whole: Image.Image, name: str) -> None:
        keep(whole, self._into / f"{name}.png")


def shot(what: Page | Locator) -> Image.Image:
    """A page, or a part of one, once it is at rest."""
    page = what if isinstance(what, Page) else what.page
    page.wait_for_timeout(500)
    page.mouse.move(0, 0)
    return Image.open(io.BytesIO(what.screenshot())).convert("RGB")


def keep(whole: Image.Image, file: Path) -> None:
    """As a PNG of few colours, and of as few as it takes to stay small."""
    for colours in (256, 128, 64, 32):
        held = io.BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(held, "PNG", optimize=True)
        if held.tell() <= LARGEST:
            break
    file.write_bytes(held.getvalue())
    print(f"{file.name}: {held.tell() // 1024} KB, {colours} colours", flush=True)


def beside(*phones: Image.Image) -> Image.Image:
    """Several phones in one picture, on the grey of a page that is neither light nor dark."""
    gap = 48
    height = max(each.height for each in phones)
    whole = Image.new("RGB", (sum(each.width + gap for each in phones) + gap, height + 2 * gap), "#c9cec9")
    left = gap
    for each in phones:
        whole.paste(each, (left, gap))
        left += each.width + gap
    return whole


def main(into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = copied(loaded(Path(folder) / "story"), Path(folder) / "demo")
        demo.start()
        browser = launch(playwright)
        try:
            studio = Studio(browser, demo, into)
            studio.choosing()
            studio.answering()
            studio.asking()
            studio.sending()
            studio.monday()
            studio.phone_at_night()
        finally:
            browser.close()
            demo.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
