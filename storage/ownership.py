"""Who the application is to its database: refused as owner, superuser or past row-level security (threat 5)."""

from sqlalchemy import text

from storage.faults import translated
from storage.session import APP_ROLE, SYSTEM_ROLE, Database, Kind
from surveys.errors import Refused

_LOGIN = text("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
_OWNS = text(
    "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
    " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND pg_has_role(current_user, relowner, 'MEMBER')"
)


async def check_application_role(database: Database) -> None:
    """Raises Refused, with the SQL that mends it, where row-level security could not hold the application back.

    `cx run` calls it. On the operator's own machine (`cx ask`, `cx import`) the owner may work: every transaction
    takes the application's role all the same.
    """
    if database.kind is Kind.SQLITE:
        return
    with translated(connecting=True):
        async with database.engine.connect() as connection:
            login, superuser, bypasses = (await connection.execute(_LOGIN)).one()
            owned = (await connection.execute(_OWNS)).scalar_one()
    if superuser:
        reason = "is a superuser"
    elif bypasses:
        reason = "may bypass row-level security"
    elif owned:
        reason = "owns the tables"
    else:
        return
    raise Refused(
        f"CX_DATABASE_URL connects as “{login}”, which {reason}: nothing would keep one tenant's rows from another. "
        "Make a login of its own for the application, and give this one to `cx migrate` as CX_OWNER_DATABASE_URL:\n"
        "  CREATE ROLE cx_login LOGIN PASSWORD '…';\n"
        f"  GRANT {APP_ROLE}, {SYSTEM_ROLE} TO cx_login;"
    )
