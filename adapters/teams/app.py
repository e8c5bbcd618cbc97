"""Puts Teams together, in two steps: the engine's delivery loop needs the adapter before there is an engine.

First `connect` (how do we write?), then `serve` (answer).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import Route

from adapters.requests.afterwards import Afterwards, Sleep
from adapters.teams.adapter import TeamsAdapter, Whereabouts
from adapters.teams.admission import LOCAL, Admission, Workspaces
from adapters.teams.connector import Connector, Session, open_session
from adapters.teams.credentials import Credentials
from adapters.teams.exchange import Exchange, Known
from adapters.teams.http import Check, LocalCheck, TeamsEndpoint, TokenCheck
from adapters.teams.keys import SigningKeys
from adapters.teams.members import Members
from adapters.teams.parse import PLATFORM
from adapters.teams.protocol import Protocol
from adapters.teams.service_urls import EVERYWHERE
from adapters.teams.waits import WAITS, Waits
from bot.ports import ChartRenderer, Engine
from bot.settings import is_loopback
from surveys.errors import Refused

__all__ = ["LOCAL", "Session", "TeamsApp", "TeamsParts", "TeamsService", "connect", "serve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsApp:
    """A registered app. `tenant`: in small letters, "" for an app of many tenants."""

    id: str
    password: str
    tenant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsParts:
    """What writes to Teams; nothing is answered yet. `app` None: local mode."""

    session: Session
    members: Members
    adapter: TeamsAdapter
    afterwards: Afterwards
    app: TeamsApp | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsService:
    routes: Sequence[Route]
    afterwards: Afterwards

    async def stop(self) -> None:
        """What was received is answered before the connections end."""
        await self.afterwards.finish()


def connect(
    app: TeamsApp | None,
    *,
    host: str,
    charts: ChartRenderer,
    session: Session | None = None,
    connected: str = "",
    sleep: Sleep = asyncio.sleep,
) -> TeamsParts:
    """Inside the running event loop. `app` None: local mode, refused unless `host` is this machine alone.

    `session` is closed by whoever closes the parts. `connected`: the tenant that an app of many tenants serves already,
    so that its people can be written to before a request of theirs names an address. `sleep`: between the attempts to
    send what follows an answer. Raises Refused: without an app id nothing would tell a forged request from a true one.
    """
    if app is None and not is_loopback(host):
        raise Refused("CX_TEAMS_LOCAL accepts every request: it needs CX_HOST=127.0.0.1.")
    if app is not None and not (app.id and app.password):
        raise Refused("Teams needs TEAMS_APP_ID and TEAMS_APP_PASSWORD.")
    session = session or open_session()
    credentials = None
    if app is not None:
        credentials = Credentials(session, app_id=app.id, password=app.password, tenant=app.tenant)
    connector = Connector(session, credentials)
    members = Members(connector)
    afterwards = Afterwards(PLATFORM, sleep=sleep)
    adapter = TeamsAdapter(connector=connector, members=members, charts=charts, afterwards=afterwards)
    if app is not None and (tenant := app.tenant or connected):
        adapter.meet(tenant, Whereabouts(service_url=EVERYWHERE, bot=f"28:{app.id}", tenant=tenant))
    return TeamsParts(session=session, members=members, adapter=adapter, afterwards=afterwards, app=app)


def serve(
    parts: TeamsParts,
    *,
    engine: Engine,
    known: Known,
    workspaces: Workspaces,
    waits: Waits = WAITS,
) -> TeamsService:
    exchange = Exchange(
        engine=engine,
        adapter=parts.adapter,
        members=parts.members,
        known=known,
        afterwards=parts.afterwards,
        waits=waits,
    )
    check: Check = LocalCheck()
    if parts.app is not None:
        check = TokenCheck(SigningKeys(parts.session), app_id=parts.app.id)
    admission = Admission(workspaces=workspaces, members=parts.members, local=parts.app is None)
    endpoint = TeamsEndpoint(check=check, admission=admission, protocol=Protocol(), exchange=exchange)
    return TeamsService(routes=[endpoint.route()], afterwards=parts.afterwards)
