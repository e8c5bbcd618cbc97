"""Makes the pictures of Slack and Teams for the documentation; part of `sh tests/e2e/run pictures`.

Slack has no client that runs here: its pictures are the demo's own page that draws the blocks which are sent. Those of
Teams are the Agents Playground's, as two people see it.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser import Screen, launch, open_context
from company import Company, company_in
from demo_server import DemoServer, copied, loaded
from pictures import keep, shot
from playwright.sync_api import Browser, Locator, ViewportSize, expect, sync_playwright
from visitor import LEAD, TECHNICAL, Visitor

PAGE = Screen("page", 1000, 900)
TALL: ViewportSize = {"width": 1400, "height": 1700}
"""The playground scrolls inside its page: what is longer than that would be cut."""


class SlackStudio:
    """Every message of the story, each as Slack shows it."""

    def __init__(self, browser: Browser, demo: DemoServer, into: Path) -> None:
        self._browser = browser
        self._demo = demo
        self._into = into

    def take_all(self) -> None:
        with self._visitor(TECHNICAL) as jonas:
            self._take(jonas, "question")
            jonas.press("9")
            expect(jonas.newest).to_contain_text("You answered 9")
            self._take(jonas, "answered")
            jonas.newest.get_by_role("textbox").fill("The new labels print at once.")
            jonas.press("Send")
            expect(jonas.newest).to_contain_text("Thank you")
            self._take(jonas, "thanks")
        with self._visitor(LEAD) as hanna:
            for command, name in (
                ("nps last-quarter", "nps"),
                ("nps by role last-quarter", "roles"),
                ("why nps last-quarter", "why"),
                ("trend nps last-12mo", "trend"),
                ("nsp last-30d", "advice"),
                ("help", "help"),
                ("send start-stop-continue to role:technical", "preview"),
            ):
                hanna.ask(f"/cx {command}")
                self._take(hanna, name)
            hanna.move_clock("To Monday 09:00")
            hanna.enter("customer-voice")
            self._take(hanna, "summary")

    @contextmanager
    def _visitor(self, name: str) -> Iterator[Visitor]:
        context = open_context(self._browser, PAGE, self._demo.origin, scale=2)
        visitor = Visitor(context.new_page(), PAGE)
        visitor.become(name)
        yield visitor
        context.close()

    def _take(self, visitor: Visitor, name: str) -> None:
        """The newest message, looked at beside the conversation, which stays as it is."""
        address = visitor.newest.get_by_role("link", name="as Slack").get_attribute("href")
        page = visitor.page.context.new_page()
        page.goto(address or "")
        message = page.get_by_role("region", name="Slack")
        expect(message).to_be_visible()
        for picture in message.get_by_role("img").all():
            page.wait_for_function("image => image.complete", arg=picture.element_handle())
        keep(shot(message), self._into / f"slack-{name}.png")
        page.close()


class TeamsStudio:
    """The same at the playground."""

    def __init__(self, company: Company, into: Path) -> None:
        self._company = company
        self._into = into

    def take_all(self) -> None:
        lead, contact = self._company.lead, self._company.contact
        for window in (lead, contact):
            window.page.set_viewport_size(TALL)
        self._keep(contact.newest, "welcome")
        lead.say("nps last-30d")
        expect(lead.newest).to_contain_text("Promoters")
        self._keep(lead.newest, "nps")
        lead.say("nps by role last-90d")
        self._keep(lead.newest, "roles")
        lead.say("why nps last-30d")
        self._keep(lead.newest, "why")
        lead.say("trend nps last-90d")
        self._keep(lead.newest, "trend")
        lead.say("/cx nsp last-30d")
        self._keep(lead.newest, "advice")
        lead.say("send nps to everyone")
        self._keep(lead.newest, "preview")
        lead.say("help")
        self._keep(lead.newest, "help")
        message = self._company.asked("nps")
        self._keep(message, "question")
        contact.tap("9", within=message)
        expect(message).to_contain_text("You answered 9")
        self._keep(message, "answered")
        message.get_by_role("textbox").fill("The new labels print at once.")
        contact.tap("Send", within=message)
        expect(message).to_contain_text("Thank you")
        self._keep(message, "thanks")
        lead.enter_channel()
        threads = lead.threads.count()
        lead.say("summary weekly #Customer-experience mon 09:00")
        self._company.service.monday_comes()
        lead.enter_channel()
        # The summary, and its picture as a message of its own.
        expect(lead.threads).to_have_count(threads + 2)
        self._keep(lead.threads.filter(has_text="The week with our customers"), "summary")

    def _keep(self, message: Locator, name: str) -> None:
        keep(shot(message), self._into / f"teams-{name}.png")


def main(into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        demo = copied(loaded(Path(folder) / "story"), Path(folder) / "demo")
        demo.start()
        try:
            SlackStudio(browser, demo, into).take_all()
        finally:
            demo.stop()
        with company_in(Path(folder) / "teams", browser) as company:
            TeamsStudio(company, into).take_all()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
