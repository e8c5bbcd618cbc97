"""Teams joined to the engine and the store, for as long as the process serves: the composition root's part for Teams.

One tenant of Entra is the workspace. It is named by `TEAMS_TENANT_ID`; without it, the first of `CX_ADMINS` who writes
to the bot connects theirs. In local mode the workspace is called "local".
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from adapters.requests.afterwards import Sleep
from adapters.teams.app import LOCAL, Session, TeamsApp, TeamsParts, TeamsService, connect, serve
from bot.events import Address, Sender
from bot.ports import ChartRenderer, Engine, Tenant, Workspace
from bot.settings import Settings
from storage.matching import match_members
from storage.tenancy import ensure_workspace, workspaces_of
from storage.unit_of_work import SqlStore
from surveys.errors import CxError, Refused

log = structlog.get_logger(__name__)

PLATFORM = "teams"
KEPT = 20_000
_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsConnection:
    """Able to write; `serving` begins to answer."""

    parts: TeamsParts
    store: SqlStore
    tenant: Tenant
    workspaces: "StoredWorkspaces"

    @asynccontextmanager
    async def serving(self, engine: Engine) -> AsyncIterator[TeamsService]:
        known = StoredKnowledge(self.store, self.tenant, self.workspaces)
        service = serve(self.parts, engine=engine, known=known, workspaces=self.workspaces)
        try:
            yield service
        finally:
            await service.stop()


@asynccontextmanager
async def teams_connected(
    settings: Settings,
    store: SqlStore,
    tenant: Tenant,
    charts: ChartRenderer,
    *,
    session: Session | None = None,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[TeamsConnection]:
    """Makes sure of the workspace's row, where its name is known. Raises Refused, in words for an operator."""
    app = app_of(settings)
    workspaces = StoredWorkspaces(store, tenant, settings.admins)
    named = LOCAL if app is None else app.tenant
    if named:
        await workspaces.take(named)
    connected = await workspaces.connected() or ""
    parts = connect(app, host=settings.host, charts=charts, session=session, connected=connected, sleep=sleep)
    try:
        yield TeamsConnection(parts=parts, store=store, tenant=tenant, workspaces=workspaces)
    finally:
        await parts.session.close()


def app_of(settings: Settings) -> TeamsApp | None:
    """The registered app; None in local mode. Raises Refused where both are asked for."""
    if settings.teams_local:
        if settings.teams_app_id:
            raise Refused("CX_TEAMS_LOCAL checks no token: unset it, or unset TEAMS_APP_ID and TEAMS_APP_PASSWORD.")
        return None
    password = settings.teams_app_password
    return TeamsApp(
        id=settings.teams_app_id or "",
        password=password.get_secret_value() if password else "",
        tenant=(settings.teams_tenant_id or "").strip().lower(),
    )


class StoredWorkspaces:
    """`adapters.teams.admission.Workspaces` over the store: one tenant of Entra, which is never changed silently."""

    def __init__(self, store: SqlStore, tenant: Tenant, admins: Sequence[str]) -> None:
        self._store = store
        self._tenant = tenant
        self._admins = frozenset(admin.lower() for admin in admins)
        self._found: Workspace | None = None

    @property
    def workspace(self) -> Workspace | None:
        return self._found

    async def take(self, external_id: str) -> None:
        """This one, by a setting. Raises Refused when it belongs to another tenant."""
        self._found = await ensure_workspace(
            self._store,
            self._tenant.id,
            platform=PLATFORM,
            external_id=external_id,
            name=self._tenant.name,
            at=datetime.now(UTC),
        )

    async def connected(self) -> str | None:
        if self._found is None:
            stored = await workspaces_of(self._store, self._tenant.id, PLATFORM)
            self._found = next((each for each in stored if each.external_id != LOCAL), None)
        return self._found.external_id if self._found else None

    async def connect(self, tenant: str, principal: str) -> bool:
        if principal.lower() not in self._admins:
            return False
        await self.take(tenant)
        log.warning("teams.tenant_connected", platform=PLATFORM, workspace=tenant)
        return True


class StoredKnowledge:
    """`adapters.teams.exchange.Known` over the store."""

    def __init__(self, store: SqlStore, tenant: Tenant, workspaces: StoredWorkspaces) -> None:
        self._store = store
        self._tenant = tenant
        self._workspaces = workspaces
        self._bound: OrderedDict[str, None] = OrderedDict()
        self._met: OrderedDict[str, Address] = OrderedDict()

    async def knows(self, workspace: str, user: str) -> bool:
        here = self._here(workspace)
        if here is None:
            return False
        if user in self._bound:
            return True
        try:
            async with self._store.read(self._tenant.id) as unit:
                person = await unit.people.known_sender(here.id, Sender(user=user))
        except CxError:
            # The engine meets the same fault, and says so.
            return False
        if person is not None:
            _keep(self._bound, user, None)
        return person is not None

    async def direct_with(self, workspace: str, user: str) -> Address | None:
        here = self._here(workspace)
        if here is None:
            return None
        async with self._store.read(self._tenant.id) as unit:
            person = await unit.people.known_sender(here.id, Sender(user=user))
            routes = await unit.people.routes(person.id) if person else ()
        kept = [route.conversation for route in routes if route.workspace_id == here.id and route.user == user]
        return next((conversation.address for conversation in kept if conversation), None)

    async def met(self, address: Address, user: str) -> None:
        """The conversation is kept for the person, so that a delivery goes there without asking Teams for it."""
        here = self._here(address.workspace)
        if here is None or self._met.get(user) == address:
            return
        async with self._store.write(self._tenant.id) as unit:
            person = await unit.people.known_sender(here.id, Sender(user=user))
            if person is None:
                return
            await unit.conversations.remember(here.id, address, "", person.id)
            await unit.commit()
        _keep(self._met, user, address)

    async def in_channel(self, address: Address, name: str) -> None:
        here = self._here(address.workspace)
        if here is None:
            return
        async with self._store.write(self._tenant.id) as unit:
            await unit.conversations.remember(here.id, address, name, None)
            await unit.commit()

    async def members(self, workspace: str, senders: Sequence[Sender]) -> None:
        here = self._here(workspace)
        if here is not None:
            await match_members(self._store, self._tenant.id, here.id, senders)

    def _here(self, workspace: str) -> Workspace | None:
        here = self._workspaces.workspace
        return here if here is not None and here.external_id == workspace else None


def _keep(kept: OrderedDict[str, _Kept], user: str, value: _Kept) -> None:
    """Of the last users only; the store knows the others."""
    kept[user] = value
    while len(kept) > KEPT:
        kept.popitem(last=False)
