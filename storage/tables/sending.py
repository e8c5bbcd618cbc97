"""What sending to platforms leaves behind: budgets, ways to a person that are shut, why somebody was not reached."""

from sqlalchemy import Column, Float, ForeignKeyConstraint, Table

from storage.tables.base import metadata, tenant_id
from storage.types import BigId, String, UtcDateTime


def goes_with(table: str) -> ForeignKeyConstraint:
    """A note about a row of the same tenant, which ends with that row."""
    column = f"{table}_id"
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete="CASCADE")


budget = Table(
    "budget",
    metadata,
    tenant_id(primary_key=True),
    Column("key", String(400), primary_key=True),
    # As counted at `counted_at`; below zero where turns were given ahead.
    Column("tokens", Float, nullable=False),
    Column("counted_at", UtcDateTime, nullable=False),
    # The platform asked us to wait (429).
    Column("paused_until", UtcDateTime),
    # Until when turns are promised to deliveries that were put back.
    Column("promised_until", UtcDateTime),
)
"""One row for each limit of a platform, shared by all replicas, by the database's time."""

shut_route = Table(
    "shut_route",
    metadata,
    tenant_id(primary_key=True),
    Column("identity_id", BigId, primary_key=True),
    Column("reason", String(20), nullable=False),
    Column("shut_at", UtcDateTime, nullable=False),
    goes_with("identity"),
)
"""The platform said that a person is not reached this way. The row goes when the person is heard from there."""

unreached = Table(
    "unreached",
    metadata,
    tenant_id(primary_key=True),
    Column("invitation_id", BigId, primary_key=True),
    Column("reason", String(20), nullable=False),
    goes_with("invitation"),
)
"""Why an invitation became undeliverable."""
