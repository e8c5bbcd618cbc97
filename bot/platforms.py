"""Joins the platforms that are set up to a process that serves, each as soon as it can be reached.

One that is away at the start keeps nobody else waiting: it is tried again until it is there. A setting that is wrong
stops the start.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from bot.observability import reference
from bot.ports import ChartRenderer, ChatAdapter, Clock, Engine, Tenant
from bot.redaction import code_of
from bot.settings import Settings
from storage.unit_of_work import SqlStore
from surveys.errors import DeliveryError

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

log = structlog.get_logger(__name__)

TRY_AGAIN_SECONDS = 30.0

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """`adapters` of the deliveries, by platform, and `routes` of the server: a platform that joins adds its own."""

    settings: Settings
    store: SqlStore
    tenant: Tenant
    engine: Engine
    adapters: dict[str, ChatAdapter]
    routes: "list[BaseRoute]"
    clock: Clock
    charts: ChartRenderer
    sleep: Sleep = asyncio.sleep

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[None]:
        """While this lasts. Raises Refused, in words for an operator, where a setting is wrong."""
        async with AsyncExitStack() as connections:
            set_up = [name for name in ("slack", "teams") if self.settings.is_on(name)]
            away = [name for name in set_up if not await self._joins(name, connections)]
            waiting = [
                asyncio.create_task(self._joins_later(name, connections), name=f"joining-{name}") for name in away
            ]
            try:
                yield
            finally:
                for task in waiting:
                    task.cancel()
                await asyncio.gather(*waiting, return_exceptions=True)

    async def _joins(self, name: str, connections: AsyncExitStack) -> bool:
        """False where the platform is away just now."""
        try:
            async with AsyncExitStack() as attempt:
                await (self._slack if name == "slack" else self._teams)(attempt)
                connections.push_async_exit(attempt.pop_all())
        except DeliveryError as error:
            log.warning("platform.away", platform=name, state=code_of(error))
            return False
        return True

    async def _joins_later(self, name: str, connections: AsyncExitStack) -> None:
        there = False
        while not there:
            await self.sleep(TRY_AGAIN_SECONDS)
            try:
                there = await self._joins(name, connections)
            except Exception:
                # Also a refusal: what is wrong may be put right on the platform's side, and the others go on.
                log.exception("platform.not_joined", platform=name, reference=reference())

    async def _slack(self, connections: AsyncExitStack) -> None:
        from bot.connections.slack import slack_connected

        slack = await connections.enter_async_context(
            slack_connected(self.settings, self.store, self.tenant, self.charts)
        )
        service = await connections.enter_async_context(slack.serving(self.settings, self.engine, self.clock))
        self.adapters["slack"] = slack.parts.adapter
        self.routes.extend(service.routes)
        log.info("slack.connected", workspace=slack.workspace.external_id, platform="slack")

    async def _teams(self, connections: AsyncExitStack) -> None:
        from bot.connections.teams import teams_connected

        teams = await connections.enter_async_context(
            teams_connected(self.settings, self.store, self.tenant, self.charts)
        )
        service = await connections.enter_async_context(teams.serving(self.engine))
        workspace = await teams.workspaces.connected()
        # From here on nothing can fail any more: what is added stays.
        self.adapters["teams"] = teams.parts.adapter
        self.routes.extend(service.routes)
        log.info("teams.connected", workspace=workspace, platform="teams")
