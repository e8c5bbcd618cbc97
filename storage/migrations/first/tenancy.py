"""Revision 0001: the tenant, its workspaces, who may do what, and the record of what was done."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, Table, UniqueConstraint

from storage.migrations.first.base import keyed, metadata, points_at, public_id, row_id, tenant_id
from storage.types import BigId, String, Text, UtcDateTime

tenant = Table(
    "tenant",
    metadata,
    row_id(),
    public_id(),
    Column("name", String(200), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("week_start", Integer, nullable=False, default=0),
    # Set when the tenant is made and never after: only such a tenant has a person picker and a movable clock.
    Column("demo", Boolean, nullable=False, default=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("public_id"),
)

demo_clock = Table(
    "demo_clock",
    metadata,
    tenant_id(primary_key=True),
    Column("now", UtcDateTime, nullable=False),
)

workspace = Table(
    "workspace",
    metadata,
    tenant_id(),
    row_id(),
    Column("platform", String(20), nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("name", String(200), nullable=False, default=""),
    Column("installed_at", UtcDateTime, nullable=False),
    *keyed(public=False),
    # A platform's workspace belongs to one tenant: the tenant is found by it.
    UniqueConstraint("platform", "external_id"),
)

role_grant = Table(
    "role_grant",
    metadata,
    tenant_id(),
    row_id(),
    Column("person_id", BigId, nullable=False),
    Column("permission", String(20), nullable=False),
    Column("granted_by", BigId),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    *keyed(public=False),
    points_at("person", "person_id"),
    points_at("person", "granted_by"),
)
Index(
    "uq_role_grant_in_force",
    role_grant.c.tenant_id,
    role_grant.c.person_id,
    role_grant.c.permission,
    unique=True,
    sqlite_where=role_grant.c.revoked_at.is_(None),
    postgresql_where=role_grant.c.revoked_at.is_(None),
)

audit = Table(
    "audit",
    metadata,
    tenant_id(),
    row_id(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", BigId),
    Column("actor", String(200), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    *keyed(public=False),
    points_at("person", "actor_id"),
)
"""Append-only: triggers refuse UPDATE and DELETE."""

inbound_event = Table(
    "inbound_event",
    metadata,
    tenant_id(primary_key=True),
    Column("platform", String(20), primary_key=True),
    Column("event_id", String(255), primary_key=True),
    # The hash tells a harmless second copy from another event under the same id; the body is never kept.
    Column("digest", String(64), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Index("ix_inbound_event_received_at", "received_at"),
)
