"""Tenants as they are set up: the first one, its workspaces, surveys and administrators, and the demo's clock."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import AuditEntry, Tenant, Workspace
from storage.public_ids import new_public_id
from storage.scope import insert_new
from storage.session import Kind
from storage.system import TENANT_COLUMNS, to_tenant
from storage.tables import demo_clock, tenant, workspace
from storage.unit_of_work import SqlStore
from surveys.definitions.model import Survey, SurveyVersion
from surveys.errors import InvalidInput, NotFound, Refused
from surveys.people.model import Permission
from surveys.people.records import EmployeeRecord, match_key

_ONE_AT_A_TIME = 0x0C_7E4A47
"""Key of the advisory lock under which tenants are made."""


async def ensure_tenant(store: SqlStore, *, name: str, timezone: str, now: datetime, demo: bool = False) -> Tenant:
    """The first tenant, made where there is none, called as the settings say.

    Its time zone stays what it was: every answer keeps its local day, and only `cx rebuild` moves them. A demo gets
    its local web workspace. Raises Refused when the database's tenant is (not) a demo and should (not) be.
    """
    async with store.database.system() as transaction:
        connection = transaction.connection
        await _alone(connection)
        row = (await connection.execute(select(*TENANT_COLUMNS).order_by(tenant.c.id).limit(1))).first()
        if row is None:
            found = await _insert(connection, name=name, timezone=timezone, now=now, demo=demo)
        else:
            found = to_tenant(row)
            if found.demo is not demo:
                raise Refused(
                    "This database belongs to a demo. Use another one."
                    if found.demo
                    else "This database holds a company's own data: a demo is never put into it."
                )
            if found.name != name:
                await connection.execute(update(tenant).where(tenant.c.id == found.id).values(name=name))
                found = to_tenant(
                    (await connection.execute(select(*TENANT_COLUMNS).where(tenant.c.id == found.id))).one()
                )
        await transaction.commit()
    store.forget_tenants()
    if demo:
        await ensure_workspace(store, found.id, platform="web", external_id="local", name=name, at=now)
    return found


async def ensure_workspace(
    store: SqlStore, tenant_id: int, *, platform: str, external_id: str, name: str, at: datetime
) -> Workspace:
    """Connects a platform's workspace to the tenant. Raises Refused when it belongs to another one."""
    async with store.write(tenant_id) as unit:
        await unit.scope.connection.execute(
            insert_new(unit.scope.connection, workspace),
            {
                "tenant_id": tenant_id,
                "platform": platform,
                "external_id": external_id,
                "name": name,
                "installed_at": at,
            },
        )
        await unit.commit()
    async with store.system() as system:
        found = await system.workspace(platform, external_id)
    if found is None or found.tenant_id != tenant_id:
        raise Refused(f"This {platform} workspace belongs to somebody else.")
    return found


async def workspaces_of(store: SqlStore, tenant_id: int, platform: str) -> Sequence[Workspace]:
    """The tenant's workspaces on a platform, the first one first."""
    columns = (workspace.c.id, workspace.c.tenant_id, workspace.c.platform, workspace.c.external_id, workspace.c.name)
    statement = (
        select(*columns)
        .where(workspace.c.tenant_id == tenant_id, workspace.c.platform == platform)
        .order_by(workspace.c.id)
    )
    async with store.read(tenant_id) as unit:
        rows = (await unit.scope.connection.execute(statement)).all()
    return [
        Workspace(
            id=row.id,
            tenant_id=row.tenant_id,
            platform=row.platform,
            external_id=row.external_id,
            name=row.name,
        )
        for row in rows
    ]


async def publish_surveys(
    store: SqlStore, tenant_id: int, surveys: Sequence[Survey], *, at: datetime
) -> Sequence[SurveyVersion]:
    """Publishes each; what did not change keeps its version."""
    async with store.write(tenant_id) as unit:
        versions = [await unit.surveys.publish(survey, at) for survey in surveys]
        await unit.commit()
    return versions


async def ensure_administrators(store: SqlStore, tenant_id: int, emails: Sequence[str], *, at: datetime) -> int:
    """Makes these people administrators and CX leads (`CX_ADMINS`); how many grants were new, each audited.

    Somebody unknown becomes an employee. Raises Refused for a customer's contact.
    """
    granted = 0
    async with store.write(tenant_id) as unit:
        for email in emails:
            if not match_key(email):
                continue
            person_id = (await unit.accounts.employee(EmployeeRecord(email=email.strip()), at=at, by="settings")).id
            for permission in (Permission.ADMINISTRATOR, Permission.CX_LEAD):
                if not await unit.people.grant(person_id, permission, by=None, at=at):
                    continue
                granted += 1
                await unit.audit.append(
                    AuditEntry(
                        at=at,
                        actor_id=None,
                        actor="settings",
                        action="role.granted",
                        subject=f"person:{person_id}",
                        detail={"permission": permission.value},
                    )
                )
        await unit.commit()
    return granted


async def read_demo_clock(store: SqlStore, tenant_id: int) -> datetime | None:
    """Where the demo's clock was left; None where it was never set."""
    async with store.read(tenant_id) as unit:
        found = await unit.scope.connection.execute(select(demo_clock.c.now).where(demo_clock.c.tenant_id == tenant_id))
        return found.scalar()


async def set_demo_clock(store: SqlStore, tenant_id: int, now: datetime) -> None:
    """Raises Refused for a tenant that is no demo (threat 8)."""
    async with store.write(tenant_id) as unit:
        if not unit.tenant.demo:
            raise Refused("Only a demo has a clock that can be moved.")
        connection = unit.scope.connection
        await connection.execute(insert_new(connection, demo_clock), {"tenant_id": tenant_id, "now": now})
        await connection.execute(update(demo_clock).where(demo_clock.c.tenant_id == tenant_id).values(now=now))
        await unit.commit()


async def _insert(connection: AsyncConnection, *, name: str, timezone: str, now: datetime, demo: bool) -> Tenant:
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInput(f"The time zone “{timezone}” is not known. Use a name such as Europe/Warsaw.") from error
    public_id = new_public_id()
    await connection.execute(
        insert(tenant),
        {
            "public_id": public_id,
            "name": name[:200],
            "timezone": timezone,
            "week_start": 0,
            "demo": demo,
            "created_at": now,
        },
    )
    row = (await connection.execute(select(*TENANT_COLUMNS).where(tenant.c.public_id == public_id))).first()
    if row is None:
        raise NotFound("The tenant that was just made is gone.")
    return to_tenant(row)


async def _alone(connection: AsyncConnection) -> None:
    if connection.dialect.name == Kind.POSTGRESQL.value:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
