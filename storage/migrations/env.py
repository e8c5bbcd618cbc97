"""How a migration meets its database: always on a connection that `storage.migrate` opened."""

from alembic import context
from sqlalchemy import Connection

from storage.tables import metadata


def run() -> None:
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=False,
        # SQLite cannot alter a table: it is made anew, with its named constraints.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


run()
