"""What every repository works in: one connection inside one transaction, for one tenant."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Tenant
from storage.memory import Sight
from surveys.definitions.model import SurveyVersion

VersionCache = MutableMapping[tuple[int, int], SurveyVersion]
"""(tenant id, version id) → version. A published version never changes, so it is read once per process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    connection: AsyncConnection
    tenant: Tenant
    versions: VersionCache
    writable: bool
    sight: Sight | None = None
    """Of a unit that only reads: what one writes changes what it sees, and PostgreSQL shows it what others commit."""
    unsettled: set[int] = field(default_factory=set)
    """Versions published in this very unit: not remembered beyond it, since a roll-back gives their ids away again."""

    @property
    def tenant_id(self) -> int:
        return self.tenant.id

    def local_day(self, at: datetime) -> date:
        """The day of `at` in the tenant's reporting time zone."""
        return at.astimezone(ZoneInfo(self.tenant.timezone)).date()

    def insert_new(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """An insert that passes over rows whose unique key is there already."""
        return insert_new(self.connection, table)


def insert_new(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
