"""Slack's Web API by somebody else: `emulate` as a process, its people, and the app installed in it by OAuth.

It checks the scopes of a token, keeps what was posted, opens views for live triggers alone. It knows nothing of
blocks, rates and requests to an app. https://emulate.dev
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processes import Program, free_port

NODE = os.environ["NODE"]
EMULATE = Path(os.environ["NODE_MODULES"]) / "emulate" / "dist" / "index.js"
CLIENT = "1000000000.2000000000"
CLIENT_SECRET = "client-secret-of-the-emulator"
REDIRECT = "http://127.0.0.1/installed"
CHANNEL = "voice-of-customer"
LEAD, CONTACT, STRANGER = "hanna", "jonas", "eve"
TOKENS = {LEAD: "xoxp-hanna", CONTACT: "xoxp-jonas", STRANGER: "xoxp-eve"}
"""Tokens of people, with which a test reads and writes as they do."""
_PEOPLE = {
    LEAD: ("Hanna Lindqvist", "hanna@halden.example"),
    CONTACT: ("Jonas Feld", "jonas@acme.example"),
    STRANGER: ("Eve Example", "eve@nowhere.example"),
}

Json = dict[str, Any]


class NotOk(Exception):
    """Slack's name of what was wrong."""


@dataclass(slots=True)
class Emulator:
    folder: Path
    scopes: Sequence[str]
    port: int = field(default_factory=free_port)
    _program: Program | None = field(default=None, init=False)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Raises DidNotStart."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "seed.yaml").write_text(json.dumps(self._seed()))  # JSON is YAML
        command = [NODE, str(EMULATE), "start", "--service", "slack", "--port", str(self.port), "--seed", "seed.yaml"]
        self._program = Program(command=command, folder=self.folder, name="emulate", ready=self.origin)
        self._program.start()

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop()

    def call(self, method: str, token: str, **arguments: str | int) -> Json:
        """A method of the Web API. Raises NotOk."""
        read = json.loads(self._post(f"/api/{method}", arguments, token)[1])
        if not read.get("ok"):
            raise NotOk(f"{method}: {read.get('error')}")
        return dict(read)

    def install(self) -> str:
        """As the lead, on the page that asks for consent: the bot token of the app with the manifest's scopes."""
        consent = {
            "user_id": self.user(LEAD), "client_id": CLIENT, "redirect_uri": REDIRECT, "scope": ",".join(self.scopes)
        }  # fmt: skip
        status, _, location = self._post_raw("/oauth/v2/authorize/callback", consent)
        assert status == 302, status
        [code] = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"]
        exchange = {"code": code, "client_id": CLIENT, "client_secret": CLIENT_SECRET, "redirect_uri": REDIRECT}
        answer = json.loads(self._post("/api/oauth.v2.access", exchange)[1])
        assert answer["ok"], answer
        return str(answer["access_token"])

    def user(self, name: str) -> str:
        """The id of one of its people."""
        members = self.call("users.list", TOKENS[LEAD])["members"]
        return str(next(each["id"] for each in members if each["name"] == name))

    def channel(self) -> str:
        channels = self.call("conversations.list", TOKENS[LEAD])["channels"]
        return str(next(each["id"] for each in channels if each["name"] == CHANNEL))

    def history(self, channel: str, token: str) -> list[Json]:
        """Newest first."""
        return list(self.call("conversations.history", token, channel=channel, limit=100)["messages"])

    def page(self, tab: str, channel: str = "") -> str:
        """What its own page shows of views, files or ephemeral messages, as HTML."""
        query = urllib.parse.urlencode({"tab": tab, "channel": channel})
        with urllib.request.urlopen(f"{self.origin}/?{query}", timeout=10) as answer:
            return str(answer.read().decode())

    def file(self, address: str, token: str) -> bytes:
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())

    def _post(self, path: str, fields: Any, token: str = "") -> tuple[int, str]:
        status, text, _ = self._post_raw(path, fields, token)
        return status, text

    def _post_raw(self, path: str, fields: Any, token: str = "") -> tuple[int, str, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = urllib.parse.urlencode(fields).encode()
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(urllib.request.Request(self.origin + path, data, headers), timeout=10) as answer:
                return answer.status, answer.read().decode(), ""
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), error.headers.get("Location", "")

    def _seed(self) -> Json:
        people = [{"name": name, "real_name": real, "email": mail} for name, (real, mail) in _PEOPLE.items()]
        app = {
            "client_id": CLIENT, "client_secret": CLIENT_SECRET, "app_id": "A0CXPULSE", "name": "CX Pulse",
            "redirect_uris": [REDIRECT], "scopes": list(self.scopes), "bot_name": "cx-pulse",
        }  # fmt: skip
        return {
            "slack": {
                "team": {"name": "Halden Systems", "domain": "halden"},
                "users": people,
                "channels": [{"name": CHANNEL, "topic": "What customers say"}],
                "oauth_apps": [app],
                "tokens": [{"token": token, "user": name} for name, token in TOKENS.items()],
                "strict_scopes": True,
            }
        }


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None
