"""Somebody in Slack: what they do becomes the signed request that Slack would send to the app.

Shapes: docs.slack.dev. The signature is made here anew, from Slack's description, and not by the product's own code.
"""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from emulator import TOKENS, Emulator, Json
from front import Front

SECRET = "the-signing-secret-of-the-app"
TEAM = "T000000001"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Answered:
    """The app's answer within the request."""

    status: int
    text: str

    @property
    def json(self) -> Json:
        return dict(json.loads(self.text)) if self.text else {}


@dataclass(slots=True)
class Person:
    """`direct` is their conversation with the bot."""

    name: str
    events: str
    """The app's request URL."""
    emulator: Emulator
    front: Front
    user: str = field(init=False)
    direct: str = field(init=False)

    def __post_init__(self) -> None:
        self.user = self.emulator.user(self.name)
        opened = self.emulator.call("conversations.open", self.front.token, users=self.user)
        self.direct = str(opened["channel"]["id"])

    # ── what they see ──

    @property
    def messages(self) -> list[Json]:
        """The bot's messages in their direct conversation, newest first."""
        return [each for each in self.emulator.history(self.direct, self.front.token) if each["user"] != self.user]

    def message(self, ts: str) -> Json:
        return next(each for each in self.messages if each["ts"] == ts)

    # ── what they do ──

    def command(self, text: str, channel: str = "", *, trigger: str = "") -> Json:
        """Types `/cx TEXT`; the answer as the message that Slack makes of it, private or not."""
        answered = self.sends_command(text, channel, trigger=trigger)
        assert answered.status == 200, answered
        body = answered.json
        where, private = channel or self.direct, body["response_type"] == "ephemeral"
        message = {"channel": where, "text": body["text"], "blocks": json.dumps(body["blocks"])}
        token = self.front.token
        if private:
            ts = self.emulator.call("chat.postEphemeral", token, user=self.user, **message)["message_ts"]
        else:
            ts = self.emulator.call("chat.postMessage", token, **message)["ts"]
        return {**body, "ts": ts, "ephemeral": private}

    def sends_command(self, text: str, channel: str = "", *, trigger: str = "") -> Answered:
        where = channel or self.direct
        fields = {
            "command": "/cx", "text": text, "team_id": TEAM, "team_domain": "halden", "api_app_id": "A0CXPULSE",
            "user_id": self.user, "user_name": self.name, "channel_id": where,
            "channel_name": "directmessage" if where.startswith("D") else "voice-of-customer",
            "response_url": self.front.response_url(where, self.user), "trigger_id": trigger or self.trigger(),
        }  # fmt: skip
        return self._send(urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def tap(
        self, message: Json, label: str, *, typed: Mapping[str, str] | None = None, channel: str = "",
        trigger: str = "", response_url: str | None = None,
    ) -> Answered:  # fmt: skip
        """Uses the button with this label, with what is typed into the inputs of the message by their label."""
        button = next(each for each in buttons(message["blocks"]) if each["text"]["text"].removeprefix("✓ ") == label)
        where, ts = channel or self.direct, message["ts"]
        url = self.front.response_url(where, self.user, ts) if response_url is None else response_url
        return self._interact(
            {
                "type": "block_actions",
                "container": {
                    "type": "message",
                    "message_ts": ts,
                    "channel_id": where,
                    "is_ephemeral": message.get("ephemeral", False),
                },
                "channel": {"id": where, "name": "directmessage"},
                "message": message,
                "response_url": url,
                "actions": [{**button, "action_ts": str(time.time())}],
                "state": {"values": state(message["blocks"], typed or {})},
            },
            trigger,
        )  # fmt: skip

    def submit(self, view: Json, typed: Mapping[str, str]) -> Answered:
        """Sends a modal that the emulator opened."""
        return self._interact(
            {"type": "view_submission", "view": {**view, "state": {"values": state(view["blocks"], typed)}}}, ""
        )

    def write(self, text: str, *, retry: int = 0, event_id: str = "") -> Answered:
        """Writes to the bot in the direct conversation."""
        if not retry:
            self.emulator.call("chat.postMessage", TOKENS[self.name], channel=self.direct, text=text)
        event = {
            "type": "message", "channel": self.direct, "channel_type": "im", "user": self.user, "text": text,
            "ts": f"{time.time():.6f}", "team": TEAM,
        }  # fmt: skip
        return self._event(event, retry=retry, event_id=event_id)

    def invite(self, channel: str) -> Answered:
        """The bot, to a channel."""
        bot = self.emulator.call("auth.test", self.front.token)["user_id"]
        self.emulator.call("conversations.invite", TOKENS[self.name], channel=channel, users=bot)
        return self._event(
            {"type": "member_joined_channel", "user": bot, "channel": channel, "inviter": self.user, "team": TEAM}
        )

    def open_home(self) -> Answered:
        return self._event({"type": "app_home_opened", "user": self.user, "channel": self.direct, "tab": "home"})

    def trigger(self) -> str:
        """A trigger that lives for three seconds."""
        return str(self.emulator.call("views.generateTriggerId", self.front.token, user_id=self.user)["trigger_id"])

    def _event(self, event: Json, *, retry: int = 0, event_id: str = "") -> Answered:
        body = {
            "type": "event_callback", "team_id": TEAM, "api_app_id": "A0CXPULSE", "event": event,
            "event_id": event_id or f"Ev{next(_numbers):09}", "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "is_bot": True}],
        }  # fmt: skip
        more = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
        return self._send(json.dumps(body).encode(), "application/json", more)

    def _interact(self, payload: Json, trigger: str) -> Answered:
        whole = {
            "team": {"id": TEAM, "domain": "halden"},
            "user": {"id": self.user, "username": self.name, "name": self.name, "team_id": TEAM},
            "api_app_id": "A0CXPULSE",
            "trigger_id": trigger or self.trigger(),
            **payload,
        }
        body = urllib.parse.urlencode({"payload": json.dumps(whole)}).encode()
        return self._send(body, "application/x-www-form-urlencoded")

    def _send(self, body: bytes, kind: str, more: Mapping[str, str] | None = None) -> Answered:
        at = str(int(time.time()))
        return post(self.events, body, {"Content-Type": kind, **signature(body, at), **(more or {})})


def signature(body: bytes, at: str, secret: str = SECRET) -> dict[str, str]:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    base = b"v0:" + at.encode() + b":" + body
    found = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={found}"}


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answered:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body, dict(headers)), timeout=10) as answer:
            return Answered(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answered(error.code, error.read().decode())


def buttons(blocks: list[Json]) -> list[Json]:
    return [each for block in blocks for each in block.get("elements", []) if each["type"] == "button"]


def labels(message: Json) -> list[str]:
    return [each["text"]["text"] for each in buttons(message["blocks"])]


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") in ("plain_text", "mrkdwn"):
            yield node["text"]
        for part in node.values():
            yield from texts(part)
    elif isinstance(node, list):
        for part in node:
            yield from texts(part)


def shown(message: Json) -> str:
    """What a reader sees of a message or a view."""
    joined = "\n".join(texts(message["blocks"]))
    return joined.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def state(blocks: list[Json], typed: Mapping[str, str]) -> Json:
    """`state.values`, as Slack sends it: every input, by its label what was typed into it."""
    inputs = [block for block in blocks if block["type"] == "input"]
    assert set(typed) <= {block["label"]["text"] for block in inputs}, [block["label"]["text"] for block in inputs]
    return {
        block["block_id"]: {
            block["element"]["action_id"]: {
                "type": "plain_text_input",
                "value": typed.get(block["label"]["text"], block["element"].get("initial_value")),
            }
        }
        for block in inputs
    }
