"""Two people in one Teams, each at their own playground, and the real `cx run` with which both talk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playground import CONTACT, LEAD, Playground, Window
from playwright.sync_api import Browser, Locator, expect
from service import Service, past_answers


@dataclass(slots=True)
class Company:
    service: Service
    lead: Window
    contact: Window

    def asked(self, survey: str) -> Locator:
        """The lead sends a survey, confirms it, and the contact has it: its message."""
        before = self.contact.messages.count()
        preview = self.lead.say(f"send {survey} to everyone")
        expect(preview).to_contain_text("1 person would be asked")
        self.lead.tap("Ask 1 person")
        expect(self.lead.newest).to_contain_text("On its way")
        self.service.business_hours_begin()
        expect(self.contact.messages).to_have_count(before + 1)
        return self.contact.messages.nth(before)

    def promoters(self) -> int:
        """Of the last 30 days, as the lead reads it."""
        answer = self.lead.say("nps last-30d")
        expect(answer).to_contain_text("Promoters")
        lines = answer.inner_text().splitlines()
        counts = [line for line in lines[lines.index("Promoters") :] if "·" in line and "%" in line]
        return int(counts[0].partition("·")[0])


@contextmanager
def company_in(folder: Path, browser: Browser) -> Iterator[Company]:
    """The bot is installed for both."""
    service = Service(folder / "cx", {"CX_TEAMS_LOCAL": "1"})
    service.prepare(
        contacts=[
            {"email": CONTACT.email, "name": CONTACT.name, "account": "Acme", "role": "technical",
             "teams_user": CONTACT.aad}
        ],
        employees=[
            {"email": LEAD.email, "name": LEAD.name, "kind": "employee", "team": "CX", "teams_user": LEAD.aad}
        ],
        answers=past_answers(datetime.now(UTC)),
    )  # fmt: skip
    service.start()
    endpoint = f"{service.origin}/api/messages"
    playgrounds = [Playground(endpoint, somebody, folder / somebody.key) for somebody in (LEAD, CONTACT)]
    try:
        for playground in playgrounds:
            playground.start()
        lead, contact = (playground.window(browser) for playground in playgrounds)
        for window in (lead, contact):
            window.open()
            expect(window.newest).to_contain_text("Hello, this is CX Pulse")
        yield Company(service, lead, contact)
        lead.context.close()
        contact.context.close()
    finally:
        for playground in playgrounds:
            playground.stop()
        service.stop()
