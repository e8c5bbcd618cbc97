"""`cx_learn_sizes`: only an owner may analyse a table; an import that makes it a thousand times as large must.

PostgreSQL only. Called by `storage.imports.bulk.learn_sizes`, with its reason.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from storage.session import APP_ROLE

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE FUNCTION cx_learn_sizes() RETURNS void LANGUAGE plpgsql SECURITY DEFINER "
        "SET search_path = public, pg_temp "
        "AS $$ BEGIN ANALYZE account, person, contact, invitation, response, answer; END $$"
    )
    op.execute("REVOKE ALL ON FUNCTION cx_learn_sizes() FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION cx_learn_sizes() TO {APP_ROLE}")
