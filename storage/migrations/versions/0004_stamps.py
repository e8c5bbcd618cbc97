"""`layer.stamp`: another number after every change of a layer's cells, so that a process may keep what it added up.
And an index by which a person's conversations are found.

A replica of an earlier release would fold without changing it: stop those before migrating.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from storage.types import BigId

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("layer", sa.Column("stamp", BigId, nullable=False, server_default="0"))
    op.create_index("ix_conversation_person", "conversation", ["tenant_id", "person_id"])
