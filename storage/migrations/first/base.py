"""Revision 0001: what every table shares: named constraints, ids, and keys that carry the tenant."""

from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, MetaData, UniqueConstraint
from sqlalchemy.schema import SchemaItem

from storage.types import BigId, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

PUBLIC_ID_LENGTH = 22
"""16 random bytes in URL-safe base64."""


def tenant_id(*, primary_key: bool = False) -> Column[int]:
    return Column("tenant_id", BigId, ForeignKey("tenant.id"), nullable=False, primary_key=primary_key)


def row_id() -> Column[int]:
    return Column("id", BigId, primary_key=True, autoincrement=True)


def public_id() -> Column[str]:
    return Column("public_id", String(PUBLIC_ID_LENGTH), nullable=False)


def keyed(*, public: bool = True) -> list[SchemaItem]:
    """The constraints of a table that others point at: ids are unique together with their tenant."""
    keys: list[SchemaItem] = [UniqueConstraint("tenant_id", "id")]
    return [*keys, UniqueConstraint("tenant_id", "public_id")] if public else keys


def points_at(table: str, column: str) -> ForeignKeyConstraint:
    """A foreign key into a table of the same tenant."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])
