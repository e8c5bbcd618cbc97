"""What of Slack the emulator lacks, in front of it: response URLs, `users.conversations`, a record of every call.

Everything else is handed on unchanged, and its answer too. A response URL may be used five times, as Slack's.
"""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from emulator import Emulator, Json, NotOk

USES = 5
WAITING_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the product's, and what Slack answered."""

    method: str
    arguments: Json
    answer: Json


@dataclass(slots=True)
class Origin:
    """The message that a response URL belongs to; without `ts` the URL of a command."""

    channel: str
    user: str
    ts: str = ""
    uses: int = 0


@dataclass(slots=True)
class Front:
    emulator: Emulator
    token: str
    calls: list[Call] = field(default_factory=list)
    _origins: list[Origin] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, text, headers = front.receive(self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    def response_url(self, channel: str, user: str, ts: str = "") -> str:
        self._origins.append(Origin(channel, user, ts))
        return f"{self.url}/response/{len(self._origins) - 1}"

    def use_up(self, response_url: str) -> None:
        self._origins[int(response_url.rpartition("/")[2])].uses = USES

    def of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def until(self, method: str, count: int = 1) -> list[Call]:
        """The calls of a method, once there are `count`. Fails after some seconds."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(method)) >= count, WAITING_SECONDS), (
                f"{method}: {len(self.of(method))} of {count} calls"
            )
        return self.of(method)

    # ── serving ──

    def receive(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if path.startswith("/response/"):
            return self._respond(int(path.rpartition("/")[2]), json.loads(body))
        path, _, query = path.partition("?")
        method = path.removeprefix("/api/")
        if query and not body:
            # Slack takes arguments in the address too, and its SDK sends some of them so; the emulator does not.
            headers, body = {**headers, "Content-Type": "application/x-www-form-urlencoded"}, query.encode()
        arguments = _arguments(headers, body)
        if method == "users.conversations":
            status, text = 200, json.dumps(self._conversations(arguments)).encode()
        else:
            status, text = self._forward(path, headers, body)
        self._keep(Call(method, arguments, json.loads(text) if status == 200 else {}))
        scopes = {"x-oauth-scopes": ",".join(self.emulator.scopes)}
        return status, text, {"Content-Type": "application/json", **scopes}

    def _forward(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        kept = {name: value for name, value in headers.items() if name.lower() in ("authorization", "content-type")}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.emulator.origin + path, body, kept), timeout=10
            ) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def _conversations(self, arguments: Json) -> Json:
        """Those that the bot is a member of."""
        listed = self.emulator.call("conversations.list", self.token, types=str(arguments.get("types", "")))
        return {"ok": True, "channels": [each for each in listed["channels"] if each["is_member"]]}

    def _respond(self, number: int, body: Json) -> tuple[int, bytes, dict[str, str]]:
        origin = self._origins[number]
        origin.uses += 1
        if origin.uses > USES:
            self._keep(Call("response_url", body, {"error": "used_url"}))
            return 404, b'{"ok":false,"error":"used_url"}', {}
        message = {"channel": origin.channel, "text": body["text"], "blocks": json.dumps(body["blocks"])}
        try:
            if body.get("replace_original") and origin.ts:
                answer = self.emulator.call("chat.update", self.token, ts=origin.ts, **message)
            elif body.get("response_type") == "in_channel":
                answer = self.emulator.call("chat.postMessage", self.token, **message)
            else:
                answer = self.emulator.call("chat.postEphemeral", self.token, user=origin.user, **message)
        except NotOk as error:
            answer = {"error": str(error)}
        self._keep(Call("response_url", body, answer))
        return 200, b"ok", {}

    def _keep(self, call: Call) -> None:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()


def _arguments(headers: dict[str, str], body: bytes) -> Json:
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if "json" in kind:
        return dict(json.loads(body or b"{}"))
    return dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
