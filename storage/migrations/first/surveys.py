"""Revision 0001: published surveys, waves, invitations and deliveries."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from storage.migrations.first.base import keyed, metadata, points_at, public_id, row_id, tenant_id
from storage.types import BigId, String, Text, UtcDateTime


def named_only() -> list[SchemaItem]:
    """Refuses a row of an anonymous survey: the version's privacy is part of the key, and here it must be `named`."""
    return [
        Column("survey_version_id", BigId, nullable=False),
        Column("privacy", String(10), nullable=False, default="named", server_default="named"),
        CheckConstraint("privacy = 'named'", name="named_only"),
        ForeignKeyConstraint(
            ["tenant_id", "survey_version_id", "privacy"],
            ["survey_version.tenant_id", "survey_version.id", "survey_version.privacy"],
        ),
    ]


survey = Table(
    "survey",
    metadata,
    tenant_id(),
    row_id(),
    Column("key", String(60), nullable=False),
    *keyed(public=False),
    UniqueConstraint("tenant_id", "key"),
)

survey_version = Table(
    "survey_version",
    metadata,
    tenant_id(),
    row_id(),
    public_id(),
    Column("survey_id", BigId, nullable=False),
    Column("number", Integer, nullable=False),
    Column("privacy", String(10), nullable=False),
    Column("definition", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    *keyed(),
    points_at("survey", "survey_id"),
    UniqueConstraint("tenant_id", "id", "privacy"),
    UniqueConstraint("tenant_id", "survey_id", "number"),
    UniqueConstraint("tenant_id", "survey_id", "digest"),
    CheckConstraint("privacy IN ('named', 'anonymous')", name="privacy"),
)

wave = Table(
    "wave",
    metadata,
    tenant_id(),
    row_id(),
    public_id(),
    *named_only(),
    Column("state", String(10), nullable=False),
    Column("audience", Text, nullable=False, default=""),
    Column("created_by", BigId),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("closes_at", UtcDateTime),
    *keyed(),
    points_at("person", "created_by"),
    Index("ix_wave_state", "tenant_id", "state", "closes_at"),
)

wave_member = Table(
    "wave_member",
    metadata,
    tenant_id(primary_key=True),
    Column("wave_id", BigId, primary_key=True),
    Column("person_id", BigId, primary_key=True),
    # Asked at `due_at`, or skipped for `skip_reason` until `skipped_until`: the snapshot that the preview showed.
    Column("due_at", UtcDateTime),
    Column("skip_reason", String(30)),
    Column("skipped_until", UtcDateTime),
    points_at("wave", "wave_id"),
    points_at("person", "person_id"),
)

invitation = Table(
    "invitation",
    metadata,
    tenant_id(),
    row_id(),
    public_id(),
    *named_only(),
    Column("wave_id", BigId),
    Column("person_id", BigId, nullable=False),
    Column("survey_key", String(60), nullable=False),
    Column("state", String(15), nullable=False),
    Column("touchpoint", String(100)),
    Column("context", String(200), nullable=False, default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("closes_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("talk_requested_at", UtcDateTime),
    *keyed(),
    points_at("wave", "wave_id"),
    points_at("person", "person_id"),
    UniqueConstraint("tenant_id", "wave_id", "person_id"),
    Index("ix_invitation_person", "tenant_id", "person_id", "survey_key", "created_at"),
    Index("ix_invitation_state", "tenant_id", "state", "closes_at"),
    Index("ix_invitation_open", "tenant_id", "state", "survey_key", "delivered_at"),
    Index("ix_invitation_delivered", "tenant_id", "delivered_at"),
)

delivery = Table(
    "delivery",
    metadata,
    tenant_id(),
    row_id(),
    public_id(),
    Column("kind", String(10), nullable=False),
    Column("template", String(60), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("dedupe_key", String(200), nullable=False),
    Column("person_id", BigId),
    Column("conversation_id", BigId),
    Column("invitation_id", BigId),
    Column("state", String(12), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("fence", Integer, nullable=False, default=0),
    Column("lease_owner", String(60)),
    Column("lease_until", UtcDateTime),
    Column("message_reference", String(255)),
    Column("last_error", String(300)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    *keyed(),
    points_at("person", "person_id"),
    points_at("conversation", "conversation_id"),
    points_at("invitation", "invitation_id"),
    UniqueConstraint("tenant_id", "dedupe_key"),
    Index("ix_delivery_due", "state", "due_at"),
    Index("ix_delivery_invitation", "tenant_id", "invitation_id"),
)

schedule = Table(
    "schedule",
    metadata,
    tenant_id(),
    row_id(),
    Column("kind", String(30), nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("next_due_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
    *keyed(public=False),
    Index("ix_schedule_due", "next_due_at"),
)

schedule_fire = Table(
    "schedule_fire",
    metadata,
    tenant_id(primary_key=True),
    Column("schedule_id", BigId, primary_key=True),
    # The local date: on the night clocks go back a local time occurs twice, a date does not.
    Column("slot", String(10), primary_key=True),
    Column("fired_at", UtcDateTime, nullable=False),
    points_at("schedule", "schedule_id"),
)

subscription = Table(
    "subscription",
    metadata,
    tenant_id(),
    row_id(),
    public_id(),
    Column("kind", String(30), nullable=False),
    Column("conversation_id", BigId, nullable=False),
    Column("schedule_id", BigId, nullable=False),
    Column("created_by", BigId),
    Column("created_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
    *keyed(),
    points_at("conversation", "conversation_id"),
    points_at("schedule", "schedule_id"),
    points_at("person", "created_by"),
)
Index(
    "uq_subscription_in_force",
    subscription.c.tenant_id,
    subscription.c.conversation_id,
    subscription.c.kind,
    unique=True,
    sqlite_where=subscription.c.stopped_at.is_(None),
    postgresql_where=subscription.c.stopped_at.is_(None),
)

web_message = Table(
    "web_message",
    metadata,
    tenant_id(),
    row_id(),
    public_id(),
    Column("conversation", String(255), nullable=False),
    Column("author", String(22)),
    Column("visible_to", String(22)),
    Column("body", Text, nullable=False),
    Column("delivery", String(22)),
    Column("posted_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    *keyed(),
    UniqueConstraint("tenant_id", "delivery"),
    Index("ix_web_message_conversation", "tenant_id", "conversation", "id"),
)
"""What the local web workspace shows, as Slack keeps what Slack shows. Only a demo tenant has rows."""
