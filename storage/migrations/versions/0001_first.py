"""Everything of the first release: tables, indexes, roles, row-level security, triggers.

Revision ID: 0001
Revises:
"""

from alembic import op

from storage.migrations import protection
from storage.migrations.first import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    metadata.create_all(connection)
    protection.create_roles(connection)
    protection.protect_tenants(connection)
    protection.protect(connection, [name for name in sorted(metadata.tables) if name != "tenant"])
    protection.create_triggers(connection)
