"""The store: opens units of work. One unit is one transaction for one tenant; its repositories share the connection."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from bot.ports import Tenant, Workspace
from storage.audit import StoredAudit
from storage.conversations import StoredConversations
from storage.deliveries import StoredDeliveries
from storage.inbound import StoredInboundEvents
from storage.invitations import StoredInvitations
from storage.memory import Memory, Sight
from storage.people import StoredPeople
from storage.people_writing import Accounts
from storage.scope import Scope, VersionCache
from storage.session import Database, Transaction
from storage.subscriptions import StoredSubscriptions
from storage.surveys import StoredSurveys
from storage.system import TENANT_COLUMNS, SqlSystemUnit, to_tenant
from storage.tables import tenant
from storage.waves import StoredWaves
from surveys.errors import CxError, NotFound

if TYPE_CHECKING:
    from storage.insight import StoredInsight

TENANT_KNOWN_SECONDS = 5.0
"""How long a process goes by what it read of a tenant: another one may have changed its name or its time zone."""

_TENANT = select(*TENANT_COLUMNS).where(tenant.c.id == bindparam("id"))


class SqlUnitOfWork:
    """bot.ports.UnitOfWork, with `accounts` beside it for imports and the demo."""

    def __init__(self, scope: Scope, transaction: Transaction) -> None:
        self.scope = scope
        self._transaction = transaction

    @property
    def tenant(self) -> Tenant:
        return self.scope.tenant

    @cached_property
    def inbound(self) -> StoredInboundEvents:
        return StoredInboundEvents(self.scope)

    @cached_property
    def conversations(self) -> StoredConversations:
        return StoredConversations(self.scope)

    @cached_property
    def people(self) -> StoredPeople:
        return StoredPeople(self.scope)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.scope)

    @cached_property
    def surveys(self) -> StoredSurveys:
        return StoredSurveys(self.scope)

    @cached_property
    def waves(self) -> StoredWaves:
        return StoredWaves(self.scope)

    @cached_property
    def invitations(self) -> StoredInvitations:
        return StoredInvitations(self.scope)

    @cached_property
    def deliveries(self) -> StoredDeliveries:
        return StoredDeliveries(self.scope)

    @cached_property
    def insight(self) -> "StoredInsight":
        from storage.insight import StoredInsight

        return StoredInsight(self.scope.connection, self.scope.tenant, sight=self.scope.sight)

    @cached_property
    def subscriptions(self) -> StoredSubscriptions:
        return StoredSubscriptions(self.scope)

    @cached_property
    def audit(self) -> StoredAudit:
        return StoredAudit(self.scope)

    async def commit(self) -> None:
        await self._transaction.commit()


class SqlStore:
    """bot.ports.Store over one database."""

    def __init__(self, database: Database, *, seconds: Callable[[], float] = time.monotonic) -> None:
        """`seconds`: a clock that only goes forward."""
        self.database = database
        self._seconds = seconds
        self._versions: VersionCache = {}
        self._tenants: dict[int, tuple[Tenant, float]] = {}
        """Each with the moment until which it is believed."""
        self._workspaces: dict[tuple[str, str], Workspace] = {}
        self._memory = Memory()

    @asynccontextmanager
    async def write(self, tenant_id: int) -> AsyncIterator[SqlUnitOfWork]:
        async with self.database.writing(tenant_id) as transaction:
            yield await self._unit(transaction, tenant_id, writable=True)

    @asynccontextmanager
    async def read(self, tenant_id: int) -> AsyncIterator[SqlUnitOfWork]:
        async with self.database.reading(tenant_id) as transaction:
            yield await self._unit(transaction, tenant_id, writable=False)

    def system(self) -> SqlSystemUnit:
        return SqlSystemUnit(self.database, self._workspaces)

    async def fold(self, *, limit: int) -> int:
        from storage.folding.fold import fold

        return await fold(self.database, limit=limit)

    async def tidy(self, *, before: datetime, limit: int) -> int:
        from storage.housekeeping import tidy

        return await tidy(self.database, before=before, limit=limit)

    async def migrated(self) -> bool:
        """The schema is this version's; False also where an SQLite file is not there. Raises StorageUnavailable."""
        from storage.migrate import head, revision_here

        if self.database.file is not None and not await asyncio.to_thread(self.database.file.exists):
            return False
        async with self.database.watching() as transaction:
            return await revision_here(transaction.connection) == head()

    async def ready(self) -> bool:
        try:
            return await self.migrated()
        except CxError:
            return False

    def forget_tenants(self) -> None:
        """After a tenant's name or time zone was changed: it is read again by the next unit."""
        self._tenants.clear()

    async def dispose(self) -> None:
        await self.database.dispose()

    async def _tenant(self, transaction: Transaction, tenant_id: int) -> Tenant:
        now = self._seconds()
        known, until = self._tenants.get(tenant_id, (None, 0.0))
        if known is None or now >= until:
            row = (await transaction.connection.execute(_TENANT, {"id": tenant_id})).first()
            if row is None:
                raise NotFound("This tenant is not known here.")
            known = to_tenant(row)
            self._tenants[tenant_id] = (known, now + TENANT_KNOWN_SECONDS)
        return known

    async def _unit(self, transaction: Transaction, tenant_id: int, *, writable: bool) -> SqlUnitOfWork:
        scope = Scope(
            connection=transaction.connection,
            tenant=await self._tenant(transaction, tenant_id),
            versions=self._versions,
            writable=writable,
            sight=None if writable else Sight(transaction.connection, tenant_id, self._memory),
        )
        return SqlUnitOfWork(scope, transaction)
