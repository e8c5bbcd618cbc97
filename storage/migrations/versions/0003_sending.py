"""Sending to platforms: budgets that all replicas share, ways that are shut, and why somebody was not reached.

Only adds tables, so that replicas of the first release go on meanwhile.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import protection
from storage.types import BigId, String, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget",
        _tenant_id(),
        sa.Column("key", String(400), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("counted_at", UtcDateTime, nullable=False),
        sa.Column("paused_until", UtcDateTime),
        sa.Column("promised_until", UtcDateTime),
        sa.PrimaryKeyConstraint("tenant_id", "key", name="pk_budget"),
        _of_tenant("budget"),
    )
    op.create_table(
        "shut_route",
        _tenant_id(),
        sa.Column("identity_id", BigId, nullable=False),
        sa.Column("reason", String(20), nullable=False),
        sa.Column("shut_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "identity_id", name="pk_shut_route"),
        _points_at("shut_route", "identity"),
        _of_tenant("shut_route"),
    )
    op.create_table(
        "unreached",
        _tenant_id(),
        sa.Column("invitation_id", BigId, nullable=False),
        sa.Column("reason", String(20), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "invitation_id", name="pk_unreached"),
        _points_at("unreached", "invitation"),
        _of_tenant("unreached"),
    )
    protection.protect(op.get_bind(), ("budget", "shut_route", "unreached"))


def _tenant_id() -> sa.Column[int]:
    return sa.Column("tenant_id", BigId, nullable=False)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=f"fk_{table}_tenant_id")


def _points_at(table: str, other: str) -> sa.ForeignKeyConstraint:
    column = f"{other}_id"
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.id"],
        name=f"fk_{table}_tenant_id_{column}",
        ondelete="CASCADE",
    )
