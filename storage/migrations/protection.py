"""What guards the rows beside the tables: roles, row-level security, triggers. Called by migrations, for their tables.

PostgreSQL: the application and the system role are NOLOGIN and own nothing; every table with a tenant is under FORCE
ROW LEVEL SECURITY, so that the owner is bound too (threat 5). SQLite serves one tenant and has no roles.
https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from collections.abc import Iterable

from sqlalchemy import Connection, text

from storage.session import APP_ROLE, SYSTEM_ROLE

APPEND_ONLY = ("audit",)
"""Tables that the application's role may add to and read, and nobody may change."""

SYSTEM_RIGHTS = {
    "budget": "SELECT, INSERT, UPDATE",
    "workspace": "SELECT",
    "delivery": "SELECT, UPDATE",
    "schedule": "SELECT",
    "subscription": "SELECT",
    "conversation": "SELECT",
}
"""All that the system role may do across tenants, beside the tenants themselves."""

_MINE = "tenant_id = NULLIF(current_setting('cx.tenant', true), '')::bigint"


def create_roles(connection: Connection) -> None:
    """The two roles, once per cluster, and the right of whoever migrates to take them. PostgreSQL only."""
    if connection.dialect.name != "postgresql":
        return
    for role in (APP_ROLE, SYSTEM_ROLE):
        # Roles belong to the cluster: another database may have made them, even at this moment.
        connection.exec_driver_sql(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOINHERIT NOSUPERUSER NOBYPASSRLS; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        _grant_role(connection, role, connection.exec_driver_sql("SELECT current_user").scalar_one())
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {role}")
        connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {role}")


def grant_roles_to(connection: Connection, login: str) -> None:
    """Lets the application's login take the two roles with SET ROLE, and nothing else."""
    for role in (APP_ROLE, SYSTEM_ROLE):
        _grant_role(connection, role, login)


def _grant_role(connection: Connection, role: str, login: str) -> None:
    member = connection.execute(
        text("SELECT rolsuper FROM pg_roles WHERE rolname = :login"), {"login": login}
    ).scalar_one_or_none()
    if member:
        return  # A superuser may take any role as it is.
    quoted = connection.dialect.identifier_preparer.quote_identifier(login)
    modern = (connection.dialect.server_version_info or (0,)) >= (16,)
    connection.exec_driver_sql(f"GRANT {role} TO {quoted}" + (" WITH INHERIT FALSE, SET TRUE" if modern else ""))


def protect(connection: Connection, tables: Iterable[str]) -> None:
    """Row-level security and rights for tables with a `tenant_id`. PostgreSQL only."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        connection.exec_driver_sql(
            f"CREATE POLICY {table}_of_tenant ON {table} TO {APP_ROLE} USING ({_MINE}) WITH CHECK ({_MINE})"
        )
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        connection.exec_driver_sql(f"GRANT {rights} ON {table} TO {APP_ROLE}")
        if table in SYSTEM_RIGHTS:
            connection.exec_driver_sql(f"CREATE POLICY {table}_of_system ON {table} TO {SYSTEM_ROLE} USING (true)")
            connection.exec_driver_sql(f"GRANT {SYSTEM_RIGHTS[table]} ON {table} TO {SYSTEM_ROLE}")
    connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}, {SYSTEM_ROLE}")


def protect_tenants(connection: Connection) -> None:
    """The tenant table itself: the application sees its own row, the system role all of them. PostgreSQL only."""
    if connection.dialect.name != "postgresql":
        return
    own = _MINE.replace("tenant_id", "id")
    for statement in (
        "ALTER TABLE tenant ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE tenant FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant_own ON tenant FOR SELECT TO {APP_ROLE} USING ({own})",
        f"CREATE POLICY tenant_of_system ON tenant TO {SYSTEM_ROLE} USING (true) WITH CHECK (true)",
        f"GRANT SELECT ON tenant TO {APP_ROLE}",
        f"GRANT SELECT, INSERT, UPDATE ON tenant TO {SYSTEM_ROLE}",
    ):
        connection.exec_driver_sql(statement)


def create_triggers(connection: Connection) -> None:
    """The audit only grows, a tenant's mark "demo" never changes, SQLite serves one tenant."""
    statements = _POSTGRESQL_TRIGGERS if connection.dialect.name == "postgresql" else _SQLITE_TRIGGERS
    for statement in statements:
        connection.exec_driver_sql(statement)


_POSTGRESQL_TRIGGERS = (
    """
    CREATE FUNCTION cx_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'The audit is append-only.' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    "CREATE TRIGGER audit_rows_stay BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION cx_append_only()",
    "CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION cx_append_only()",
    """
    CREATE FUNCTION cx_demo_stays() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'Whether a tenant is a demo never changes.'
       USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE TRIGGER tenant_demo_stays BEFORE UPDATE ON tenant FOR EACH ROW
    WHEN (OLD.demo IS DISTINCT FROM NEW.demo) EXECUTE FUNCTION cx_demo_stays()
    """,
)
_SQLITE_TRIGGERS = (
    """
    CREATE TRIGGER audit_rows_stay_unchanged BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'The audit is append-only.'); END
    """,
    """
    CREATE TRIGGER audit_rows_stay BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'The audit is append-only.'); END
    """,
    """
    CREATE TRIGGER tenant_demo_stays BEFORE UPDATE ON tenant WHEN OLD.demo IS NOT NEW.demo
    BEGIN SELECT RAISE(ABORT, 'Whether a tenant is a demo never changes.'); END
    """,
    """
    CREATE TRIGGER tenant_is_alone BEFORE INSERT ON tenant WHEN EXISTS (SELECT 1 FROM tenant)
    BEGIN SELECT RAISE(ABORT, 'SQLite serves one tenant.'); END
    """,
)
