"""Somebody in Teams: the Microsoft 365 Agents Playground as a process, and its page in the words of who sits there.

One playground is one person. Two people are two playgrounds, with the same tenant, team and bot and conversations of
their own. What it can do was tried with version 0.2.28:

- The page installs the bot in the personal chat when it is opened, and in the team when a channel is entered.
- A card's buttons and cells work (`Action.Execute`, `Action.Submit`), and a card in the answer replaces the card.
- It opens no dialog (`task/fetch`), shows no card made for one user (`refresh`), and reads no manifest: `invoke`
  hands such an activity to the bot as Teams does.
- Its recording and its log are in the folder that it runs in. Telemetry is off, and the page reaches nobody else.
"""

import json
import os
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from processes import Program, free_port

MODULES = Path(os.environ["NODE_MODULES"])
NODE = os.environ["NODE"]

TENANT = "0f9d2f4a-7a4e-4d6e-9a4b-6a3f5c1d2e30"
BOT_ID = "28:0f9d2f4a-7a4e-4d6e-9a4b-6a3f5c1d2e28"
BOT_NAME = "CX Pulse"
TEAM = "Customer experience"
GENERAL = "General"
CHANNEL = "voice-of-customer"
PERSONAL = "Personal Chat"


@dataclass(frozen=True, slots=True)
class Somebody:
    """`aad` is the object id that an import's `teams_user` names."""

    key: str
    name: str
    email: str
    aad: str

    @property
    def user(self) -> str:
        """The id that is per bot, as `from.id` carries it."""
        return f"29:{self.key}"

    @property
    def chat(self) -> str:
        return f"a:{self.key}"


LEAD = Somebody("hanna", "Hanna Lindqvist", "hanna@halden.example", "0f9d2f4a-7a4e-4d6e-9a4b-6a3f5c1d2e01")
CONTACT = Somebody("jonas", "Jonas Feld", "jonas@acme.example", "0f9d2f4a-7a4e-4d6e-9a4b-6a3f5c1d2e02")
OTHERS = tuple(
    Somebody(name.lower(), f"{name} Other", f"{name.lower()}@halden.example", f"0f9d2f4a-7a4e-4d6e-9a4b-6a3f5c1d2e1{n}")
    for n, name in enumerate(("Ada", "Bo", "Cy", "Dee"))
)
"""Nobody sits there; the playground wants at least five more people."""


@dataclass(slots=True)
class Playground:
    """`endpoint` is the bot's `/api/messages`."""

    endpoint: str
    somebody: Somebody
    folder: Path
    port: int = field(default_factory=free_port)
    _program: Program | None = field(default=None, init=False)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        """Where the bot writes to, as it stands in every activity."""
        return f"{self.origin}/_connector"

    def start(self) -> None:
        """Raises DidNotStart."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # JSON is YAML.
        (self.folder / ".m365agentsplayground.yml").write_text(json.dumps(_configuration(self.somebody)))
        command = [
            NODE, "--require", str(Path(__file__).with_name("loopback.cjs")),
            str(MODULES / "@microsoft" / "m365agentsplayground" / "cli.js"), "start",
            "--app-endpoint", self.endpoint, "--channel-id", "msteams", "--port", str(self.port),
            "--service-url", self.service_url, "--disable-telemetry", "--enable-events-recording",
        ]  # fmt: skip
        self._program = Program(
            command=command,
            folder=self.folder,
            name="playground",
            ready=f"{self.origin}/_internal/v1/config",
            environment={"BROWSER": "none"},
        )
        self._program.start()

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop()

    def button(self, title: str) -> tuple[dict[str, Any], str]:
        """What the newest button with this title would send, and the id of its message, from what the bot posted."""
        [recording] = (self.folder / "devTools").glob("events_recording_*.log")
        entries = [json.loads(entry) for entry in recording.read_text().split("\n---\n") if entry.strip()]
        found = [
            (action["data"], entry["response"]["body"]["id"])
            for entry in entries
            if "activities" in str(entry.get("request", {}).get("url"))
            for action in _actions(entry["request"])
            if action["title"] == title
        ]
        return found[-1]

    def window(self, browser: Browser) -> "Window":
        """The page, not opened yet."""
        context = browser.new_context(
            viewport={"width": 1400, "height": 900}, locale="en-GB", reduced_motion="reduce", device_scale_factor=2
        )
        context.set_default_timeout(30_000)
        # The page asks elsewhere for a typeface: nothing leaves this machine.
        context.route(lambda url: not url.startswith((self.origin, "data:", "blob:")), lambda route: route.abort())
        return Window(context, context.new_page(), self)

    def invoke(self, name: str, value: dict[str, Any], *, reply_to: str = "") -> dict[str, Any]:
        """An invoke activity as this person's client sends it, to the bot; the body of the answer."""
        activity = {
            "type": "invoke",
            "name": name,
            "id": str(uuid4()),
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": self.somebody.user, "name": self.somebody.name, "aadObjectId": self.somebody.aad},
            "recipient": {"id": BOT_ID, "name": BOT_NAME},
            "conversation": {"id": self.somebody.chat, "conversationType": "personal", "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            "replyToId": reply_to,
            "value": value,
        }
        request = urllib.request.Request(
            self.endpoint, json.dumps(activity).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
        read: dict[str, Any] = json.loads(text) if text else {}
        return read


@dataclass(slots=True)
class Window:
    """The page. Whatever waits, waits for what a person would see."""

    context: BrowserContext
    page: Page
    playground: Playground

    def open(self) -> None:
        """Opens the page, which installs the bot for this person, and enters the personal chat."""
        with self.page.expect_response(re.compile(r"/_debug/conversation/.*/installation")):
            self.page.goto(self.playground.origin)
        self.page.get_by_role("button", name="Hide log panel").click()
        self.page.get_by_role("treeitem", name=PERSONAL).click()
        expect(self.page.get_by_role("button", name="Send Message")).to_be_visible()

    def enter_channel(self, name: str = GENERAL) -> None:
        """Enters a channel of the team; the first time, the bot is added to it."""
        self.page.get_by_role("treeitem", name=name).click()
        expect(self.page.get_by_role("button", name="Post")).to_be_visible()

    def enter_personal_chat(self) -> None:
        self.page.get_by_role("treeitem", name=PERSONAL).click()
        expect(self.page.get_by_role("button", name="Send Message").last).to_be_visible()

    # ── writing ──

    def say(self, text: str) -> Locator:
        """In the personal chat; the bot's answer."""
        self.enter_personal_chat()
        before = self.messages.count()
        self._type(text)
        self.page.get_by_role("button", name="Send Message").click()
        expect(self.messages).not_to_have_count(before)
        return self.newest

    def post(self, text: str) -> Locator:
        """In the channel that was entered, with the bot mentioned; the thread that it is in."""
        before = self.threads.count()
        self._type(f"@{BOT_NAME[:2]}")
        self.page.get_by_role("menuitem", name=BOT_NAME).click()
        self.page.keyboard.type(f" {text}")
        self.page.get_by_role("button", name="Post").click()
        expect(self.threads).to_have_count(before + 1)
        return self.newest_thread

    def _type(self, text: str) -> None:
        self.page.locator('[role="textbox"][contenteditable="true"]').last.click()
        self.page.keyboard.type(text)

    # ── reading ──

    @property
    def messages(self) -> Locator:
        """The bot's messages in the personal chat, oldest first."""
        return self.page.locator(".fai-OutputCard")

    @property
    def newest(self) -> Locator:
        return self.messages.last

    @property
    def threads(self) -> Locator:
        """The threads of a channel, newest first; the box above them, where one writes, is none."""
        return self.page.locator('[role="group"].fui-Card').filter(has=self.page.get_by_text("Type a message..."))

    @property
    def newest_thread(self) -> Locator:
        return self.threads.first

    @property
    def cards(self) -> Locator:
        return self.page.locator(".ac-adaptiveCard")

    # ── tapping ──

    def tap(self, label: str, *, within: Locator | None = None) -> None:
        """A button or a cell of a card, by what it says; waits until the bot has answered."""
        target = (within or self.newest).get_by_role("button", name=label, exact=True).first
        with self.page.expect_response(re.compile(r"/_conversation/v1/(invoke|submit)")):
            target.click()

    def fill(self, label: str, text: str, *, within: Locator | None = None) -> None:
        (within or self.newest).get_by_role("textbox", name=label).fill(text)

    def picture(self, path: Path, *, of: Locator | None = None) -> None:
        (of or self.page).screenshot(path=str(path), animations="disabled")


def _actions(node: Any) -> Iterator[dict[str, Any]]:
    """Every button of every card in it, in order."""
    if isinstance(node, dict):
        if "title" in node and isinstance(node.get("data"), dict):
            yield node
        for part in node.values():
            yield from _actions(part)
    elif isinstance(node, list):
        for part in node:
            yield from _actions(part)


def _configuration(me: Somebody) -> dict[str, Any]:
    everyone = [somebody for somebody in (LEAD, CONTACT, *OTHERS) if somebody != me]
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT_ID, "name": BOT_NAME},
        "currentUser": _user(me),
        "users": [_user(somebody) for somebody in everyone],
        "personalChat": {"id": me.chat},
        "groupChat": {"id": "19:group@thread.v2", "name": "Group Chat"},
        "team": {
            "id": "19:general@thread.tacv2",
            "name": TEAM,
            "aadGroupId": "0f9d2f4a-7a4e-4d6e-9a4b-6a3f5c1d2e40",
            "channels": [{"id": "19:voice@thread.tacv2", "name": CHANNEL}],
        },
    }


def _user(somebody: Somebody) -> dict[str, str]:
    given, _, surname = somebody.name.partition(" ")
    return {
        "id": somebody.user,
        "name": somebody.name,
        "userPrincipleName": somebody.email,
        "aadObjectId": somebody.aad,
        "givenName": given,
        "surname": surname,
        "email": somebody.email,
    }
