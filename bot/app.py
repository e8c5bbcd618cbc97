"""The composition root: the only place that knows everyone. Everything is built here, nothing at import time."""

import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING

import structlog

from bot.clocks import SystemClock
from bot.ports import ChatAdapter, Clock, Tenant
from bot.settings import Settings
from storage.session import open_database
from storage.unit_of_work import SqlStore
from surveys.errors import NotFound, Refused

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.routing import BaseRoute

    from bot.clockwork import Clockwork
    from bot.dispatcher import Dispatcher

log = structlog.get_logger(__name__)

STOP_SECONDS = 5
"""How long open requests may take when the process is told to stop (an open event stream would hold it for ever)."""
NOT_MIGRATED = "The database is not this version's. Run `cx migrate` first."


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[SqlStore]:
    """The store of `CX_DATABASE_URL`, for a shell command. Raises Refused when `cx migrate` has not been run."""
    store = SqlStore(open_database(settings.database_url.get_secret_value()))
    try:
        if not await store.migrated():
            raise Refused(NOT_MIGRATED)
        yield store
    finally:
        await store.dispose()


async def first_tenant(store: SqlStore) -> Tenant:
    """The tenant that a shell command means. Raises NotFound in an empty database."""
    async with store.system() as system:
        tenants = await system.tenants()
    if not tenants:
        raise NotFound("There is no tenant yet. Run `cx migrate` first.")
    return tenants[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """The engine of one process with everything that drives it."""

    store: SqlStore
    engine: "Dispatcher"
    clockwork: "Clockwork"
    adapters: dict[str, ChatAdapter]
    """By platform, for deliveries; one that can be reached later is added then."""


def build_works(store: SqlStore, *, clock: Clock, adapters: Sequence[ChatAdapter]) -> Works:
    from bot.clockwork import Clockwork
    from bot.delivery.loop import DeliveryLoop, WakeUp
    from bot.desk import Desk
    from bot.dispatcher import Dispatcher

    bell = WakeUp()
    by_platform = {adapter.platform: adapter for adapter in adapters}
    deliveries = DeliveryLoop(
        store=store,
        adapters=by_platform,
        clock=clock,
        owner=f"{socket.gethostname()}:{os.getpid()}",
    )
    return Works(
        store=store,
        engine=Dispatcher(store=store, clock=clock, bell=bell, desk=Desk()),
        clockwork=Clockwork(store=store, clock=clock, deliveries=deliveries, bell=bell),
        adapters=by_platform,
    )


def build_server(
    works: Works, routes: "Sequence[BaseRoute]", *, on_stop: Callable[[], None] = lambda: None
) -> "Starlette":
    """One Starlette application: health and metrics first, then what the platforms bring."""
    from starlette.applications import Starlette

    from bot.operations import operations_routes

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        works.clockwork.start()
        yield
        on_stop()
        await works.clockwork.stop()

    health = operations_routes(ready=works.store.ready, ticking=lambda: works.clockwork.alive)
    return Starlette(routes=[*health, *routes], lifespan=lifespan)


async def serve_until_stopped(
    application: "Starlette", *, host: str, port: int, on_stop: Callable[[], None] = lambda: None
) -> None:
    """uvicorn until SIGINT or SIGTERM. `on_stop` ends event streams, which would otherwise outlive the server."""
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            # Not uvicorn's own: that raises the signal again once it has stopped, and the process would end before
            # the demo's clock is kept and the database is closed.
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True
            on_stop()

    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    await Server(config).serve()


async def run_service(settings: Settings) -> None:
    """`cx run`: health, metrics and the connected platforms. Raises Refused when it must not start."""
    from storage.imports.unfinished import undo_unfinished
    from storage.ownership import check_application_role

    async with opened_store(settings) as store:
        await check_application_role(store.database)
        tenant = await first_tenant(store)
        if tenant.demo:
            raise Refused("This database belongs to a demo; only `cx demo` serves it.")
        await undo_unfinished(store, at=datetime.now(UTC))
        await _serve_platforms(settings, store, tenant)


async def _serve_platforms(settings: Settings, store: SqlStore, tenant: Tenant) -> None:
    """Serves what is set up until stopped; the connections end after the server."""
    from bot.charting import VegaCharts
    from bot.platforms import Platforms

    clock, charts = SystemClock(), VegaCharts()
    works = build_works(store, clock=clock, adapters=())
    server = build_server(works, ())
    platforms = Platforms(
        settings=settings,
        store=store,
        tenant=tenant,
        engine=works.engine,
        adapters=works.adapters,
        routes=server.router.routes,
        clock=clock,
        charts=charts,
    )
    try:
        async with platforms.joined():
            log.info("service.starting", host=settings.host, port=settings.port)
            await serve_until_stopped(server, host=settings.host, port=settings.port)
    finally:
        charts.close()
