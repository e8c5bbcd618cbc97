"""Microsoft on this machine, the real endpoint before it, and an engine that answers as a test says."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from adapters.teams.app import TeamsApp, TeamsParts, TeamsService, connect, serve
from adapters.teams.http import PATH
from adapters.teams.waits import Waits
from bot.events import Address, Event, Sender
from bot.messages import Message, Outcome
from surveys.errors import StorageUnavailable
from tests.patience import PATIENCE, Slept
from tests.unit.adapters.teams.fake_teams import APP, SERVICE, TENANT, FakeTeams
from tests.unit.adapters.teams.signing import claims, signed

PATIENT = Waits(look_up=PATIENCE, typing=PATIENCE, answer=PATIENCE, last=PATIENCE, elsewhere=PATIENCE)
SOON = Waits(look_up=PATIENCE, typing=0.1, answer=0.2, last=PATIENCE, elsewhere=PATIENCE)
"""An engine that is not free is soon left behind; Teams is waited for."""
soon = pytest.mark.parametrize("waits", [SOON], ids=["soon"])


@dataclass(slots=True)
class FakeEngine:
    """Keeps what it was told; answers each event with the next of `outcomes`, then `outcome`, once `free` to."""

    outcome: Outcome = field(default_factory=Outcome)
    outcomes: list[Outcome] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    free: asyncio.Event | None = None

    async def handle(self, event: Event) -> Outcome:
        self.events.append(event)
        if self.free is not None:
            await self.free.wait()
        return self.outcomes.pop(0) if self.outcomes else self.outcome


@dataclass(slots=True)
class FakeKnown:
    """`away`: the database cannot be reached just now."""

    away: bool = False
    users: set[str] = field(default_factory=set)
    directs: dict[str, Address] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    people: list[Sender] = field(default_factory=list)
    more: asyncio.Event = field(default_factory=asyncio.Event)

    async def knows(self, workspace: str, user: str) -> bool:
        if self.away:
            raise StorageUnavailable("The database is away.")
        return user in self.users

    async def direct_with(self, workspace: str, user: str) -> Address | None:
        return self.directs.get(user)

    async def met(self, address: Address, user: str) -> None:
        self.directs[user] = address
        self.more.set()

    async def in_channel(self, address: Address, name: str) -> None:
        self.channels[address.conversation] = name
        self.more.set()

    async def members(self, workspace: str, senders: Sequence[Sender]) -> None:
        self.people += senders
        self.more.set()


@dataclass(slots=True)
class FakeWorkspaces:
    """`admins`: the names with which administrators sign in."""

    tenant: str | None = TENANT
    admins: tuple[str, ...] = ()

    async def connected(self) -> str | None:
        return self.tenant

    async def connect(self, tenant: str, principal: str) -> bool:
        if principal not in self.admins:
            return False
        self.tenant = tenant
        return True


class FakeCharts:
    def __init__(self, size: int = 200) -> None:
        self.size = size

    async def png(self, spec: str, *, scale: float = 2.0) -> bytes:
        return b"\x89PNG" + bytes(self.size)


@dataclass(slots=True)
class Scene:
    teams: FakeTeams
    engine: FakeEngine
    known: FakeKnown
    workspaces: FakeWorkspaces
    charts: FakeCharts
    parts: TeamsParts
    service: TeamsService
    client: httpx.AsyncClient
    slept: Slept

    async def sends(self, activity: dict[str, Any], **changes: Any) -> httpx.Response:
        """A signed request of Microsoft's. `changes`: claims that are otherwise; None leaves one out."""
        token = signed(claims(app=APP, service=activity.get("serviceUrl", SERVICE)) | changes)
        return await self.posts(json.dumps(activity).encode(), authorization=f"Bearer {token}")

    async def posts(self, body: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items() if value}
        return await self.client.post(PATH, content=body, headers={"content-type": "application/json", **named})

    async def settled(self) -> None:
        """Whatever follows an answer is done."""
        await self.service.afterwards.finish(PATIENCE)

    def address(self, user: str = "ann") -> Address:
        reference = {"service_url": SERVICE, "conversation": f"a:{user}", "bot": f"28:{APP}", "tenant": TENANT}
        return Address(platform="teams", workspace=TENANT, conversation=f"a:{user}", reference=json.dumps(reference))

    def channel(self, conversation: str = "19:voice@thread.tacv2", team: str = "19:team@thread.tacv2") -> Address:
        reference = {
            "service_url": SERVICE, "conversation": conversation, "bot": f"28:{APP}", "tenant": TENANT, "team": team
        }  # fmt: skip
        return Address(
            platform="teams",
            workspace=TENANT,
            conversation=conversation,
            direct=False,
            reference=json.dumps(reference),
        )


def card_in(activity: Any) -> Any:
    """The card of a message that was sent."""
    [attached] = activity["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    return attached["content"]


def shown(node: Any) -> str:
    """Every text of a card, an activity or an answer, for looking words up."""
    if isinstance(node, dict):
        own = [str(node[name]) for name in ("text", "altText", "label") if isinstance(node.get(name), str)]
        value = node.get("value")
        own += [value] if isinstance(value, str) else []
        return " ".join([*own, *(shown(each) for each in node.values() if isinstance(each, dict | list))])
    return " ".join(shown(each) for each in node) if isinstance(node, list) else ""


def says(text: str) -> Message:
    return Message(summary=text)


@pytest.fixture
async def teams(anyio_backend: str) -> AsyncIterator[FakeTeams]:
    fake = FakeTeams()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def waits() -> Waits:
    """Long ones, so that nothing but what is tested makes the bot impatient; `@soon` gives others."""
    return PATIENT


@pytest.fixture
async def scene(teams: FakeTeams, waits: Waits) -> AsyncIterator[Scene]:
    charts = FakeCharts()
    app = TeamsApp(id=APP, password="the secret", tenant=TENANT)
    engine, known, workspaces, slept = FakeEngine(), FakeKnown(), FakeWorkspaces(), Slept()
    parts = connect(app, host="0.0.0.0", charts=charts, session=teams.session(), sleep=slept)
    service = serve(parts, engine=engine, known=known, workspaces=workspaces, waits=waits)
    transport = httpx.ASGITransport(app=Starlette(routes=list(service.routes)))
    async with httpx.AsyncClient(transport=transport, base_url="https://cx.example") as client:
        yield Scene(teams, engine, known, workspaces, charts, parts, service, client, slept)
    await service.stop()
    await parts.session.close()
