"""Bringing a database to this version's schema, and asking which one it has. Alembic is imported only to migrate."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.addresses import async_url, sqlite_file
from storage.faults import translated
from storage.session import Kind, open_database

HEAD = "0004"
"""The newest revision under `migrations/versions`; kept here so that a look at it needs no migration tool."""

_ONE_MIGRATION = 0x0C_5CE3A
"""Key of the advisory lock: of two migrations at once the second waits and then finds nothing to do."""


def head() -> str:
    """The revision that this version needs."""
    return HEAD


async def current(url: str) -> str | None:
    """The revision of the database's schema; None where there is none (or no file yet). Raises StorageUnavailable."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return None
    database = open_database(url)
    try:
        with translated(connecting=True):
            async with database.engine.connect() as connection:
                return await revision_here(connection)
    finally:
        await database.dispose()


async def upgrade(url: str, *, application_url: str | None = None) -> None:
    """Migrates to `head`, in one transaction; nothing to do is fine. Raises StorageUnavailable.

    On PostgreSQL `url` belongs to the owner of the tables; `application_url`, where it names another login, is given
    the right to take the application's roles.
    """
    file = sqlite_file(url)
    if file is not None:
        # Before the first byte: nobody but the owner of the process reads people's answers.
        await asyncio.to_thread(_make_private, file)
    database = open_database(url, create=True)
    try:
        with translated(connecting=True):
            connection = await database.engine.connect()
        try:
            with translated():
                await _migrate(connection, application_url=application_url)
        finally:
            await connection.close()
    finally:
        await database.dispose()


async def _migrate(connection: AsyncConnection, *, application_url: str | None) -> None:
    async with connection.begin():
        if connection.dialect.name == Kind.SQLITE.value:
            await connection.run_sync(_upgrade)
            return
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_MIGRATION})
        await connection.run_sync(_upgrade)
        login = async_url(application_url).username if application_url else None
        if login and login != connection.engine.url.username:
            await connection.run_sync(_grant, login)


async def revision_here(connection: AsyncConnection) -> str | None:
    """The revision, read without the migration tool."""
    if connection.dialect.name == "postgresql":
        exists = text("SELECT to_regclass('alembic_version') IS NOT NULL")
    else:
        exists = text("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'alembic_version')")
    if not (await connection.execute(exists)).scalar_one():
        return None
    found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    return str(found) if found is not None else None


def _make_private(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _grant(connection: Connection, login: str) -> None:
    from storage.migrations.protection import grant_roles_to

    grant_roles_to(connection, login)
