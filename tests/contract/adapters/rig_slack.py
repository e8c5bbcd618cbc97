"""Slack: signed requests come in at the request URL, and a Web API on this machine takes what leaves."""

import itertools
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import httpx
from aiohttp import web
from starlette.applications import Starlette

from adapters.slack.adapter import SlackAdapter
from adapters.slack.app import SlackParts, SlackService, connect, serve
from adapters.slack.waits import Waits
from bot.ports import ChatAdapter
from tests.contract.adapters.mangling import mangled
from tests.contract.adapters.rig import (
    WAIT_SECONDS,
    Added,
    Commanded,
    Deed,
    Ear,
    FormSent,
    Mentioned,
    Platform,
    Removed,
    Rig,
    SaidByTheBot,
    Shown,
    Tap,
    Trouble,
    Typed,
    Who,
)
from tests.contract.adapters.rig_slack_shown import CHANNEL, MEMBERS, USERS, direct_with, readers_of, shown_in
from tests.contract.adapters.rig_slack_signing import EXPIRED, FORGERIES, SECRET, Request, ago, signed
from tests.patience import PATIENCE, Slept
from tests.unit.adapters.slack.block_kit import check_blocks, check_view
from tests.unit.adapters.slack.conftest import FakeCharts, FakeKnown, home
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.payloads import payload

SHOWS = ("chat.postMessage", "chat.update", "chat.postEphemeral", "views.open", "files.completeUploadExternal")
WRITES_AND_ASKS = (
    "chat.postMessage", "chat.update", "chat.postEphemeral", "conversations.open", "conversations.info",
    "conversations.history", "views.open",
)  # fmt: skip
REFUSALS = (
    "channel_not_found", "is_archived", "user_disabled", "not_in_channel", "user_not_found", "cannot_dm_bot",
    "message_not_found", "msg_too_long", "invalid_blocks", "invalid_user_combination", "user_not_visible",
    "users_not_found",
)  # fmt: skip
REPLAYED, ELSEWHERE_REPLAYED, REDELIVERED = (
    "an identical replay", "an identical replay to another replica", "Slack's own retry",
)  # fmt: skip
PATIENT = Waits(answer=PATIENCE, form=PATIENCE, look_up=PATIENCE)
ANOTHER_WORKSPACE = "another workspace with the same app"


@dataclass(slots=True, repr=False)
class SlackRig:
    ear: Ear
    slack: FakeSlack
    parts: SlackParts
    services: Sequence[SlackService]
    client: httpx.AsyncClient
    replica: httpx.AsyncClient
    hook: str
    """The beginning of every response URL."""
    _hooks: dict[str, tuple[str, Who, str]] = field(default_factory=dict)
    _told: list[Shown] = field(default_factory=list)
    _calls: int = 0
    _last: tuple[Request, dict[str, str]] | None = None
    _count: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def adapter(self) -> ChatAdapter:
        return self.parts.adapter

    @property
    def workspace(self) -> str:
        return "T0HALDEN"

    @property
    def channel(self) -> str:
        return CHANNEL

    def user(self, who: Who) -> str:
        return USERS[who]

    async def does(self, deed: Deed) -> int:
        request = self._request(self._payload(deed), deed)
        self._last = (request, signed(request))
        return await self._posts(request, self._last[1])

    async def repeats(self, copy: str) -> int:
        assert self._last is not None
        request, headers = self._last
        if copy == REDELIVERED:
            # Signed anew, with its time: https://docs.slack.dev/apis/events-api/#retries
            later = {**signed(request, at=ago(-1)), "x-slack-retry-num": "1", "x-slack-retry-reason": "timeout"}
            return await self._posts(request, later)
        return await self._posts(request, headers, to=self.replica if copy == ELSEWHERE_REPLAYED else self.client)

    async def forges(self, deed: Deed, forgery: str) -> int:
        request = self._request(self._payload(deed), deed)
        body, headers = {**FORGERIES, **EXPIRED}[forgery](request)
        return await self._posts(replace(request, body=body), headers)

    async def comes_from_elsewhere(self, deed: Deed, elsewhere: str) -> int:
        there = self._payload(deed)
        for part in (there, there.get("team", {}), there.get("user", {}), there.get("event", {})):
            if isinstance(part, dict):
                for name in ("team_id", "team", "user_team", "id"):
                    if part.get(name) == "T0HALDEN":
                        part[name] = "T0OTHER"
        if "authorizations" in there:
            there["authorizations"] = [{"team_id": "T0OTHER", "user_id": "U0BOT2", "is_bot": True}]
        request = self._request(there, deed)
        return await self._posts(request, signed(request))

    async def mangles(self, deed: Deed) -> Mapping[str, int]:
        found = {}
        for part, node in mangled(self._payload(deed)):
            request = self._request(node, deed)
            found[part] = await self._posts(request, signed(request))
        return found

    async def shown(self) -> Sequence[Shown]:
        self._read()
        return self._told

    async def meets(self, trouble: Trouble, case: str = "") -> None:
        if trouble is Trouble.AWAY:
            await self.slack.stop()
            return
        for method in WRITES_AND_ASKS:
            match trouble:
                case Trouble.THROTTLED:
                    self.slack.refuse(method, "ratelimited", status=429, Retry_After=str(int(WAIT_SECONDS)))
                case Trouble.BROKEN:
                    self.slack.refusals[method].append(web.Response(status=500, text="<h1>Oops</h1>"))
                case Trouble.REFUSED:
                    self.slack.refuse(method, case)
                case Trouble.ANSWER_LOST if method.startswith("chat."):
                    self.slack.lose_the_answer(method)
                case _:
                    pass

    def recovers(self) -> None:
        self.slack.refusals.clear()

    def shares_the_channel(self) -> None:
        self.slack.channels[CHANNEL] = {"is_ext_shared": True, "is_shared": True}

    def check(self, shown: Shown) -> None:
        node: Any = shown.native
        match node:
            case {"view": view}:
                check_view(view)
            case {"blocks": blocks, "text": text}:
                check_blocks(blocks)
                assert 1 <= len(text) <= 4_000
            case {"alt_txt": _} | {"files": _}:
                pass
            case {"response_action": "errors", "errors": errors}:
                assert all(len(text) <= 2_000 for text in errors.values())
            case _:
                raise AssertionError(f"what is this? {sorted(node)}")

    async def _posts(self, request: Request, headers: Mapping[str, str], *, to: httpx.AsyncClient | None = None) -> int:
        response = await (to or self.client).post("/slack/events", content=request.body, headers=headers)
        if response.text:
            self._read()
            self._told.append(self._in_the_answer(response.json(), request))
        for service in self.services:
            await service.afterwards.finish(PATIENCE)
        return response.status_code

    # ── what Slack sends ───────────────────────────────────────────────────────────────────────────────────────

    def _request(self, node: Mapping[str, Any], deed: Deed) -> Request:
        form = "application/x-www-form-urlencoded"
        if "command" in node:
            body, kind = urlencode(node).encode(), form
        elif node.get("type") == "event_callback":
            body, kind = json.dumps(node).encode(), "application/json"
        else:
            body, kind = urlencode({"payload": json.dumps(node)}).encode(), form
        in_channel = isinstance(deed, Mentioned) or getattr(deed, "channel", False)
        who = getattr(deed, "who", Who.LEAD)
        return Request(body=body, kind=kind, who=who, channel=CHANNEL if in_channel else direct_with(who))

    def _payload(self, deed: Deed) -> dict[str, Any]:
        number = next(self._count)
        match deed:
            case Tap():
                return self._tap(deed, number)
            case FormSent():
                return _form(deed, number)
            case Typed(who=who, text=text):
                return self._event("message_in_the_direct_conversation", number, who, _escaped(text), direct_with(who))
            case Mentioned(who=who, text=text):
                return self._event("mention_in_a_channel", number, who, f"<@U0BOT> {_escaped(text)}", CHANNEL)
            case Commanded(who=who, text=text, channel=channel):
                return {
                    **payload("slash_command"),
                    "user_id": USERS[who],
                    "text": _escaped(text),
                    "channel_id": CHANNEL if channel else direct_with(who),
                    "trigger_id": f"t{number}",
                    "response_url": self._hook(number, CHANNEL if channel else direct_with(who), who, ""),
                }
            case Added():
                return {**payload("bot_joined_a_channel"), "event_id": f"Ev{number}"}
            case Removed():
                return {**payload("bot_left_a_channel"), "event_id": f"Ev{number}"}
            case SaidByTheBot():
                return {**payload("own_message"), "event_id": f"Ev{number}"}

    def _tap(self, deed: Tap, number: int) -> dict[str, Any]:
        channel = CHANNEL if deed.channel else direct_with(deed.who)
        node = payload("tap_on_a_scale")
        node["user"]["id"], node["trigger_id"] = USERS[deed.who], f"t{number}"
        node["channel"]["id"] = node["container"]["channel_id"] = channel
        node["message"]["ts"] = node["container"]["message_ts"] = deed.message
        node["state"] = {"values": _state(deed.values)}
        node["response_url"] = self._hook(number, channel, deed.who, deed.message)
        node["actions"][0] |= {"action_id": "b0.1", "block_id": "b0.row0", "value": deed.packed}
        return node

    def _event(self, name: str, number: int, who: Who, text: str, channel: str) -> dict[str, Any]:
        node = payload(name)
        node["event_id"] = f"Ev{number}"
        node["event"] |= {"user": USERS[who], "text": text, "channel": channel}
        node["event"].pop("blocks", None)
        return node

    def _hook(self, number: int, channel: str, who: Who, message: str) -> str:
        self._hooks[f"hook/{number}"] = (channel, who, message)
        return f"{self.hook}{number}"

    # ── what Slack is sent ─────────────────────────────────────────────────────────────────────────────────────

    def _read(self) -> None:
        """What was called since the last look."""
        for method, arguments in self.slack.calls[self._calls :]:
            if method.startswith("hook/"):
                self._told.append(self._by_hook(method, arguments))
            elif method in SHOWS and (shown := self._by_method(method, arguments)):
                self._told.append(shown)
        self._calls = len(self.slack.calls)

    def _by_hook(self, method: str, arguments: Mapping[str, Any]) -> Shown:
        channel, who, message = self._hooks[method]
        replaced = arguments.get("replace_original") is True
        alone = arguments.get("response_type") != "in_channel" and not replaced
        readers = frozenset({who}) if alone else readers_of(channel)
        return replace(shown_in(arguments, channel, readers), reference=message if replaced else "", replaced=replaced)

    def _by_method(self, method: str, arguments: Mapping[str, Any]) -> Shown | None:
        match method:
            case "views.open":
                who = self._last_who()
                return replace(shown_in(arguments, direct_with(who), frozenset({who})), form=True)
            case "files.completeUploadExternal":
                channel = str(arguments.get("channel_id") or arguments.get("channels"))
                nothing: dict[str, Any] = {}
                said = next(
                    (call for name, call in reversed(self.slack.calls) if name == "files.getUploadURLExternal"),
                    nothing,
                )
                words = tuple(str(said.get(name) or "") for name in ("alt_txt", "title"))
                return Shown(
                    conversation=channel, readers=readers_of(channel), texts=words, live=frozenset(), native=said
                )
            case "chat.postEphemeral":
                user = next(who for who in Who if USERS[who] == arguments["user"])
                return shown_in(arguments, arguments["channel"], frozenset({user}))
            case _:
                shown = shown_in(arguments, arguments["channel"], readers_of(arguments["channel"]))
                return replace(shown, reference=arguments.get("ts", ""), replaced=method == "chat.update")

    def _in_the_answer(self, answer: Mapping[str, Any], request: Request) -> Shown:
        if answer.get("response_action") == "errors":
            words = tuple(answer["errors"].values())
            return Shown(
                conversation=request.channel, readers=frozenset({request.who}), texts=words, live=frozenset(),
                native=answer,
            )  # fmt: skip
        alone = answer.get("response_type") != "in_channel"
        return shown_in(answer, request.channel, frozenset({request.who}) if alone else readers_of(request.channel))

    def _last_who(self) -> Who:
        assert self._last is not None
        return self._last[0].who


def _form(deed: FormSent, number: int) -> dict[str, Any]:
    node = payload("form_submitted")
    node["user"]["id"], node["trigger_id"] = USERS[deed.who], f"t{number}"
    origin = [deed.packed, direct_with(deed.who), deed.message, True]
    node["view"]["private_metadata"] = json.dumps(origin, separators=(",", ":"))
    node["view"]["state"] = {"values": _state(deed.values)}
    return node


def _state(values: Mapping[str, str]) -> dict[str, Any]:
    return {
        f"b{at}": {f"b{at}.input.{key}": {"type": "plain_text_input", "value": value}}
        for at, (key, value) in enumerate(values.items())
    }


def _escaped(text: str) -> str:
    """As Slack hands on what was typed: https://docs.slack.dev/messaging/formatting-message-text#escaping."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@asynccontextmanager
async def opened(ear: Ear) -> AsyncIterator[Rig]:
    slack = FakeSlack()
    await slack.start()
    slack.inside[CHANNEL] = [USERS[who] for who in MEMBERS]
    parts = await connect(token="xoxb-1", base_url=slack.url, charts=FakeCharts())
    at_once = SlackAdapter(
        api=parts.api, here=parts.here, members=parts.members, charts=FakeCharts(), sleep=without_waiting
    )
    parts = replace(parts, adapter=at_once)
    services = [
        serve(parts, engine=ear, known=FakeKnown(), home=home, signing_secret=SECRET, waits=PATIENT, sleep=Slept())
        for _ in range(2)
    ]
    async with _client(services[0]) as client, _client(services[1]) as replica:
        yield SlackRig(ear, slack, parts, services, client, replica, slack.hook(""))
    for service in services:
        await service.stop()
    await parts.api.close()
    await slack.stop()


async def without_waiting(seconds: float) -> None:
    """Slack here has done at once what it was asked to do."""


def _client(service: SlackService) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Starlette(routes=list(service.routes)))
    return httpx.AsyncClient(transport=transport, base_url="http://cx.example")


PLATFORM = Platform(
    name="slack",
    open=opened,
    copies=(REPLAYED, ELSEWHERE_REPLAYED, REDELIVERED),
    forgeries=tuple(FORGERIES),
    expired=tuple(EXPIRED),
    elsewheres=(ANOTHER_WORKSPACE,),
    refusals=REFUSALS,
)
