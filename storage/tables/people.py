"""Accounts, people with their contact or employee side, platform identities, conversations, preferences."""

from sqlalchemy import JSON, Boolean, Column, Date, Index, Table, UniqueConstraint

from storage.tables.base import keyed, metadata, points_at, public_id, row_id, tenant_id
from storage.types import BigId, Money, String, Text, UtcDateTime

account = Table(
    "account",
    metadata,
    tenant_id(),
    row_id(),
    public_id(),
    Column("name", String(300), nullable=False),
    Column("name_key", String(300), nullable=False),
    Column("tier", String(60)),
    Column("segment", String(100)),
    Column("owner_email", String(320)),
    Column("revenue", Money),
    Column("renewal_on", Date),
    Column("created_at", UtcDateTime, nullable=False),
    # Made by an import that is not complete, and invisible until it is: then empty.
    Column("batch_id", BigId),
    *keyed(),
    points_at("import_batch", "batch_id"),
    UniqueConstraint("tenant_id", "name_key"),
)

person = Table(
    "person",
    metadata,
    tenant_id(),
    row_id(),
    public_id(),
    Column("kind", String(10), nullable=False),
    Column("name", String(300), nullable=False),
    Column("email", String(320)),
    # Lower-cased e-mail, or the stable id that an import gave: what a person is found by.
    Column("handle", String(320), nullable=False),
    Column("language", String(10), nullable=False, default="en"),
    Column("timezone", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    # As in `account`.
    Column("batch_id", BigId),
    *keyed(),
    points_at("import_batch", "batch_id"),
    UniqueConstraint("tenant_id", "handle"),
)

contact = Table(
    "contact",
    metadata,
    tenant_id(primary_key=True),
    Column("person_id", BigId, primary_key=True),
    Column("account_id", BigId),
    Column("role", String(20)),
    Column("other_roles", JSON, nullable=False, default=list),
    Column("priority", String(10), nullable=False, default="standard"),
    Column("relationship", String(10), nullable=False, default="customer"),
    Column("persona", String(100)),
    points_at("person", "person_id"),
    points_at("account", "account_id"),
    Index("ix_contact_account", "tenant_id", "account_id"),
)

employee = Table(
    "employee",
    metadata,
    tenant_id(primary_key=True),
    Column("person_id", BigId, primary_key=True),
    Column("employment", String(12), nullable=False, default="employee"),
    Column("team", String(100)),
    Column("level", String(60)),
    points_at("person", "person_id"),
)

group_assignment = Table(
    "group_assignment",
    metadata,
    tenant_id(),
    row_id(),
    Column("person_id", BigId, nullable=False),
    Column("dimension", String(20), nullable=False),
    Column("value", String(300), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    *keyed(public=False),
    points_at("person", "person_id"),
    Index("ix_group_assignment_person", "tenant_id", "person_id", "dimension", "valid_from"),
)
"""Which role, account, team or level a person had when: history, one open row a dimension."""

identity = Table(
    "identity",
    metadata,
    tenant_id(),
    row_id(),
    Column("person_id", BigId, nullable=False),
    Column("workspace_id", BigId, nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("bound_by", String(20), nullable=False),
    Column("bound_at", UtcDateTime, nullable=False),
    *keyed(public=False),
    points_at("person", "person_id"),
    points_at("workspace", "workspace_id"),
    UniqueConstraint("tenant_id", "workspace_id", "external_id"),
    Index("ix_identity_person", "tenant_id", "person_id"),
)

conversation = Table(
    "conversation",
    metadata,
    tenant_id(),
    row_id(),
    Column("workspace_id", BigId, nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("direct", Boolean, nullable=False),
    Column("name", String(200), nullable=False, default=""),
    Column("name_key", String(200), nullable=False, default=""),
    Column("person_id", BigId),
    Column("reference", Text, nullable=False, default=""),
    Column("pending_invitation", String(22), nullable=False, default=""),
    Column("pending_question", String(60), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    *keyed(public=False),
    points_at("workspace", "workspace_id"),
    points_at("person", "person_id"),
    UniqueConstraint("tenant_id", "workspace_id", "external_id"),
    Index("ix_conversation_person", "tenant_id", "person_id"),
)

preference = Table(
    "preference",
    metadata,
    tenant_id(primary_key=True),
    Column("person_id", BigId, primary_key=True),
    Column("snoozed_until", UtcDateTime),
    Column("preferred_platform", String(20)),
    points_at("person", "person_id"),
)

opt_out = Table(
    "opt_out",
    metadata,
    tenant_id(),
    row_id(),
    Column("person_id", BigId, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    *keyed(public=False),
    points_at("person", "person_id"),
    Index("ix_opt_out_person", "tenant_id", "person_id"),
)

touchpoint = Table(
    "touchpoint",
    metadata,
    tenant_id(),
    row_id(),
    Column("key", String(100), nullable=False),
    Column("stage", String(20)),
    Column("owner_email", String(320)),
    Column("team", String(100)),
    Column("channel", String(60)),
    Column("origin", String(20), nullable=False, default="company"),
    *keyed(public=False),
    UniqueConstraint("tenant_id", "key"),
)
