"""Who somebody is, by Teams' word: full member, guest, somebody of another company; and whose e-mail counts.

An e-mail maps full members of the conversation's tenant only (threat 3). Whatever Teams does not say counts against it.
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
"""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.teams.connector import Connector
from adapters.teams.reference import Reference
from bot.events import Sender

KEPT_SECONDS = 600.0
KEPT = 10_000
_EXTERNAL = "#ext#"
"""In the name that a guest has in the tenant that invited them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """`user` is the object id in Entra; `principal` the name to sign in with, whose domain the tenant has proved."""

    user: str
    name: str
    email: str | None
    principal: str
    full: bool
    foreign: bool
    """Of another tenant."""

    def sender(self) -> Sender:
        return Sender(user=self.user, name=self.name, email=self.email if self.full else None, full_member=self.full)


class Members:
    def __init__(self, connector: Connector, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._connector = connector
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, Member]] = OrderedDict()

    async def member(self, place: Reference, user: str) -> Member:
        """Somebody of a conversation, by object id or by the bot's own id of them. Raises DeliveryError."""
        kept = self._kept.get((place.tenant, user))
        if kept and self._clock() - kept[0] < KEPT_SECONDS:
            return kept[1]
        answer = await self._connector.member(place.service_url, place.conversation, user)
        found = member_of(answer, place.tenant)
        self._kept[place.tenant, user] = (self._clock(), found)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    async def all(self, place: Reference) -> AsyncIterator[Member]:
        """Everybody in a conversation, asked just now. Raises DeliveryError."""
        async for each in self._connector.members(place.service_url, place.conversation):
            yield member_of(each, place.tenant)


def member_of(data: Mapping[str, Any], tenant: str) -> Member:
    principal, role = _text(data, "userPrincipalName"), _text(data, "userRole").lower()
    user = (_text(data, "aadObjectId") or _text(data, "objectId")).lower()
    at_home = bool(tenant) and _text(data, "tenantId").lower() == tenant.lower()
    full = at_home and role == "user" and bool(user) and _EXTERNAL not in principal.lower()
    email = next((each for each in (_text(data, "email"), principal) if "@" in each), None)
    return Member(user=user, name=_text(data, "name"), email=email, principal=principal, full=full, foreign=not at_home)


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
