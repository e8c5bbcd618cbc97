"""Whose requests are served: one tenant of Entra, and nobody who merely knows the app's id (threats 2 and 3)."""

import asyncio
from typing import Protocol

import structlog

from adapters.requests.received import Received
from adapters.teams.members import Members
from adapters.teams.parse import PLATFORM, Payload, hear, tenants_of
from surveys.errors import DeliveryError

log = structlog.get_logger(__name__)

FIRST_SECONDS = 5.0
"""Since the receipt, for who the first one is: Teams waits for an answer meanwhile."""
LOCAL = "local"
"""The workspace of local mode, whatever tenant the client on this machine makes up."""


class Workspaces(Protocol):
    """Which tenant is connected, without the adapter knowing a store or a setting."""

    async def connected(self) -> str | None:
        """The tenant's id in small letters; None while there is none."""

    async def connect(self, tenant: str, principal: str) -> bool:
        """Connects the first tenant, if `principal` may: the name with which a full member of it signs in."""


class Admission:
    def __init__(self, *, workspaces: Workspaces, members: Members, local: bool = False) -> None:
        self._workspaces = workspaces
        self._members = members
        self._local = local

    async def workspace_of(self, activity: Payload, received: Received) -> str | None:
        """The workspace that a verified activity belongs to; None: it is not served."""
        if self._local:
            return LOCAL
        named = tenants_of(activity)
        if len(named) != 1:
            return None
        connected = await self._workspaces.connected()
        if connected is not None:
            return connected if named[0] == connected else None
        return named[0] if await self._is_first(activity, named[0], received) else None

    async def _is_first(self, activity: Payload, tenant: str, received: Received) -> bool:
        """While no tenant is connected, an administrator who writes to the bot connects theirs.

        By the name to sign in with, in a domain that only their own tenant can have proved; an e-mail would not do.
        """
        heard = hear(activity)
        if heard is None or not heard.user_id or not heard.user:
            return False
        try:
            look_up = self._members.member(heard.reference, heard.user_id)
            member = await asyncio.wait_for(look_up, received.left(FIRST_SECONDS))
        except (DeliveryError, TimeoutError):
            return False
        if not member.full or member.user != heard.user:
            return False
        if not await self._workspaces.connect(tenant, member.principal):
            log.warning("teams.unknown_tenant", platform=PLATFORM, workspace=tenant)
            return False
        return True
