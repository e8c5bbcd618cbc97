"""Microsoft Teams: activities with a signed token come in, and a Bot Connector on this machine takes what leaves."""

import html
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
from aiohttp import web
from starlette.applications import Starlette

from adapters.teams.app import TeamsApp, TeamsParts, TeamsService, connect, serve
from adapters.teams.http import PATH
from adapters.teams.service_urls import EVERYWHERE
from bot.actions import OpenForm, unpack
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
from tests.contract.adapters.rig_teams_shown import (
    CHANNEL,
    IDS,
    MEMBERS,
    USERS,
    cards_in,
    direct_with,
    shown_in,
    shown_to_whoever_did_it,
)
from tests.patience import PATIENCE, Slept
from tests.unit.adapters.teams.adaptive_card import check_card
from tests.unit.adapters.teams.conftest import PATIENT, FakeCharts, FakeKnown, FakeWorkspaces
from tests.unit.adapters.teams.fake_teams import APP, SERVICE, TENANT, FakeTeams
from tests.unit.adapters.teams.payloads import payload
from tests.unit.adapters.teams.signing import claims, signed
from tests.unit.adapters.teams.test_endpoint import TOKENS

ANOTHER_TENANT = "ffffffff-0000-4000-8000-000000000000"
HERE = "smba.trafficmanager.net"
KNOWN = (urlsplit(SERVICE).path, urlsplit(EVERYWHERE).path)
"""Of the service URL that every request of Teams' names here, and of the one before any came."""
MESSAGE_BYTES = 100_000
WRITES_AND_ASKS = ("send", "update", "create", "member", "members", "channels", "team")
REFUSALS: Mapping[str, int] = {
    "ConversationBlockedByUser": 403,
    "BotNotInConversationRoster": 403,
    "BotDisabledByAdmin": 403,
    "ForbiddenOperationException": 403,
    "MessageWritesBlocked": 403,
    "ConversationNotFound": 404,
    "BadSyntax": 400,
    "MessageSizeTooBig": 413,
}
Activity = dict[str, Any]


def _bearer(**changes: Any) -> str:
    return f"Bearer {signed(claims(app=APP, service=SERVICE) | changes)}"


Forge = Callable[[Activity], tuple[Activity, str]]
"""The activity, and the header under which it is sent."""
EXPIRED: Mapping[str, Forge] = {
    "with a token that was valid": lambda it: (it, _bearer(exp=int(time.time()) - 400)),
    "with a token that will be valid": lambda it: (it, _bearer(nbf=int(time.time()) + 400)),
}
FORGERIES: Mapping[str, Forge] = {
    **{
        f"with a token: {name}": lambda it, token=token: (it, token)  # type: ignore[misc]
        for name, token in TOKENS.items()
        if name not in ("expired", "not yet valid")  # of the moment when they were made
    },
    "with another service url than its token's": lambda it: (
        {**it, "serviceUrl": "https://smba.trafficmanager.net/amer/"},
        _bearer(),
    ),
    "with a service url that is not Microsoft's": lambda it: (
        {**it, "serviceUrl": "https://evil.example/"},
        _bearer(serviceurl="https://evil.example/"),
    ),
    "without its channel": lambda it: ({name: it[name] for name in it if name != "channelId"}, _bearer()),
    "of a channel that the key may not speak for": lambda it: ({**it, "channelId": "directline"}, _bearer()),
}
TWICE, NEWER, TO_ANOTHER = (
    "delivered twice", "delivered twice with a newer token", "delivered to another replica too",
)  # fmt: skip
ANOTHER, TWO = "another company", "a request that names two companies"


@dataclass(slots=True, repr=False)
class TeamsRig:
    ear: Ear
    teams: FakeTeams
    parts: TeamsParts
    services: Sequence[TeamsService]
    client: httpx.AsyncClient
    replica: httpx.AsyncClient
    _told: list[Shown] = field(default_factory=list)
    _calls: int = 0
    _last: tuple[Activity, str, Deed] | None = None
    _count: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def adapter(self) -> ChatAdapter:
        return self.parts.adapter

    @property
    def workspace(self) -> str:
        return TENANT

    @property
    def channel(self) -> str:
        return CHANNEL

    def user(self, who: Who) -> str:
        return USERS[who]

    async def does(self, deed: Deed) -> int:
        activity = self._activity(deed)
        self._last = (activity, _bearer(), deed)
        return await self._posts(*self._last)

    async def repeats(self, copy: str) -> int:
        assert self._last is not None
        activity, header, deed = self._last
        header = _bearer(jti="newer") if copy == NEWER else header
        return await self._posts(activity, header, deed, to=self.replica if copy == TO_ANOTHER else self.client)

    async def forges(self, deed: Deed, forgery: str) -> int:
        activity, header = {**FORGERIES, **EXPIRED}[forgery](self._activity(deed))
        return await self._posts(activity, header, deed)

    async def comes_from_elsewhere(self, deed: Deed, elsewhere: str) -> int:
        activity = self._activity(deed)
        activity["channelData"]["tenant"]["id"] = ANOTHER_TENANT
        if elsewhere == ANOTHER:
            activity["conversation"]["tenantId"] = ANOTHER_TENANT
        return await self._posts(activity, _bearer(), deed)

    async def mangles(self, deed: Deed) -> Mapping[str, int]:
        found = {}
        for part, activity in mangled(self._activity(deed)):
            found[part] = await self._posts(activity, _bearer(), deed)
        return found

    async def shown(self) -> Sequence[Shown]:
        # A picture follows its message by itself.
        await self.parts.afterwards.finish(PATIENCE)
        self._read()
        return self._told

    async def meets(self, trouble: Trouble, case: str = "") -> None:
        if trouble is Trouble.AWAY:
            await self.teams.stop()
            return
        for what in WRITES_AND_ASKS:
            match trouble:
                case Trouble.THROTTLED:
                    self.teams.refuse(what, "TooManyRequests", status=429, Retry_After=str(int(WAIT_SECONDS)))
                case Trouble.BROKEN:
                    self.teams.refusals[what].append(web.Response(status=500, text="<h1>Oops</h1>"))
                case Trouble.REFUSED:
                    self.teams.refuse(what, case, status=REFUSALS[case])
                case Trouble.ANSWER_LOST if what in ("send", "update"):
                    self.teams.lose_the_answer(what)
                case _:
                    pass

    def recovers(self) -> None:
        self.teams.refusals.clear()

    def shares_the_channel(self) -> None:
        self.teams.inside[CHANNEL] = [*self.teams.inside[CHANNEL], "29:guest"]

    def check(self, shown: Shown) -> None:
        node: Any = shown.native
        assert len(json.dumps(node, ensure_ascii=False).encode()) < MESSAGE_BYTES
        for card in cards_in(node):
            check_card(card)
        match node:
            case {"task": {"value": {"title": title}}}:
                assert 1 <= len(title) <= 60
            case _:
                pass

    async def _posts(self, activity: Activity, header: str, deed: Deed, *, to: httpx.AsyncClient | None = None) -> int:
        response = await (to or self.client).post(
            PATH,
            content=json.dumps(activity).encode(),
            headers={b"content-type": b"application/json", b"authorization": header.encode()},
        )
        if response.status_code == 200 and response.text:
            self._read()
            self._told.append(shown_to_whoever_did_it(response.json(), deed))
        for service in self.services:
            await service.afterwards.finish(PATIENCE)
        return response.status_code

    # ── what Teams sends ───────────────────────────────────────────────────────────────────────────────────────

    def _activity(self, deed: Deed) -> Activity:
        number = next(self._count)
        match deed:
            case Tap():
                return _tap(deed, number)
            case FormSent(who=who, packed=packed, message=message, values=values):
                activity = _by("form_submitted", who, number)
                activity["value"]["data"] = {"cx": packed, "origin": message, **values}
                return activity
            case Typed(who=who, text=text):
                return _said("message_in_the_personal_chat", who, number, _escaped(text))
            case Mentioned(who=who, text=text):
                return _said("mention_in_a_channel", who, number, f"<at>CX Pulse</at> {_escaped(text)}\n")
            case Commanded(who=who, text=text, channel=True):
                return _said("mention_in_a_channel", who, number, f"<at>CX Pulse</at> /cx {_escaped(text)}\n")
            case Commanded(who=who, text=text):
                return _said("command_in_the_personal_chat", who, number, f"/cx {_escaped(text)}")
            case Added():
                return {**payload("bot_added_to_a_team"), "id": f"f:{number}"}
            case Removed():
                return {**payload("bot_removed_from_a_team"), "id": f"f:{number}"}
            case SaidByTheBot():
                return {**payload("own_message"), "id": str(number)}

    # ── what Teams is sent ─────────────────────────────────────────────────────────────────────────────────────

    def _read(self) -> None:
        """What was called since the last look."""
        for call in self.teams.calls[self._calls :]:
            assert call.host == HERE or call.what in ("token", "openid", "keys"), f"{call.host} is not where this is"
            assert call.path.startswith(KNOWN) or call.host != HERE, f"{call.path} is another region's"
            parts = call.path.split("/")
            if call.what == "send" and call.body["type"] == "message":
                self._told.append(shown_in(call.body, parts[-2]))
            elif call.what == "update":
                self._told.append(replace(shown_in(call.body, parts[-3]), reference=parts[-1], replaced=True))
        self._calls = len(self.teams.calls)


def _by(name: str, who: Who, number: int) -> Activity:
    """A recorded activity of somebody's own, in their direct conversation or in the channel."""
    activity = payload(name)
    kind = "f:" if activity["type"] == "invoke" else ""
    activity |= {"id": f"{kind}{number}"}
    activity["from"] |= {"id": IDS[who], "aadObjectId": USERS[who], "name": who.title()}
    here = activity["conversation"]
    thread = here["id"].partition(";")[2]
    here["id"] = f"{CHANNEL};{thread}" if here["conversationType"] == "channel" else direct_with(who)
    if "channel" in activity["channelData"]:
        activity["channelData"] |= {"channel": {"id": CHANNEL}, "teamsChannelId": CHANNEL}
    return activity


def _said(name: str, who: Who, number: int, text: str) -> Activity:
    activity = _by(name, who, number)
    attached = [{"contentType": "text/html", "content": f"<div>{text}</div>"}]
    return activity | {"text": text, "attachments": attached}


def _tap(deed: Tap, number: int) -> Activity:
    """A button that opens a dialog asks for it; every other one is executed."""
    if isinstance(unpack(deed.packed), OpenForm) and not deed.channel:
        activity = _by("form_opened", deed.who, number)
        activity["value"]["data"]["cx"] = deed.packed
    else:
        activity = _by("tap_in_a_channel" if deed.channel else "tap_on_a_scale", deed.who, number)
        activity["value"]["action"]["data"] = {"cx": deed.packed, **deed.values}
    activity["replyToId"] = deed.message
    return activity


def _escaped(text: str) -> str:
    """As Teams hands on what was typed."""
    return html.escape(text, quote=False)


@asynccontextmanager
async def opened(ear: Ear) -> AsyncIterator[Rig]:
    teams = FakeTeams()
    await teams.start()
    teams.inside[CHANNEL] = [IDS[who] for who in MEMBERS]
    app = TeamsApp(id=APP, password="the secret", tenant=TENANT)
    parts = connect(app, host="0.0.0.0", charts=FakeCharts(), session=teams.session(), sleep=Slept())
    services = [
        serve(parts, engine=ear, known=FakeKnown(), workspaces=FakeWorkspaces(), waits=PATIENT) for _ in range(2)
    ]
    async with _client(services[0]) as client, _client(services[1]) as replica:
        yield TeamsRig(ear, teams, parts, services, client, replica)
    for service in services:
        await service.stop()
    await parts.session.close()
    await teams.stop()


def _client(service: TeamsService) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=Starlette(routes=list(service.routes)))
    return httpx.AsyncClient(transport=transport, base_url="https://cx.example")


PLATFORM = Platform(
    name="teams",
    open=opened,
    copies=(TWICE, NEWER, TO_ANOTHER),
    forgeries=tuple(FORGERIES),
    expired=tuple(EXPIRED),
    elsewheres=(ANOTHER, TWO),
    refusals=tuple(REFUSALS),
)
