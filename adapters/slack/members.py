"""Who somebody is in the workspace, by Slack's word: full member, guest, stranger, bot; and whose e-mail counts.

An e-mail maps full members of the installed workspace only (threat 3). What Slack said is kept for some minutes.
"""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.api import SlackApi
from adapters.slack.parse import Installation
from bot.events import Sender

KEPT_SECONDS = 600.0
KEPT = 10_000
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    user: str
    name: str
    email: str | None
    full: bool
    outsider: bool
    """A guest, or somebody of another company."""

    def sender(self) -> Sender:
        return Sender(user=self.user, name=self.name, email=self.email if self.full else None, full_member=self.full)


class Members:
    def __init__(self, api: SlackApi, here: Installation, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._here = here
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Member]] = OrderedDict()
        self._outsiders: tuple[float, frozenset[str]] | None = None

    async def member(self, user: str) -> Member:
        """Raises DeliveryError."""
        kept = self._kept.get(user)
        if kept and self._clock() - kept[0] < KEPT_SECONDS:
            return kept[1]
        answer = await self._api.ask("users.info", user=user)
        return self._keep(member_of(answer.get("user"), self._here))

    async def all(self) -> AsyncIterator[Member]:
        """Everybody in the workspace. Raises DeliveryError."""
        async for page in pages(self._api, "users.list", "members", limit=PAGE):
            yield self._keep(member_of(page, self._here))

    async def any_outsider_in(self, channel: str) -> bool:
        """Whether a guest or a stranger is in the channel. Raises DeliveryError."""
        outsiders = await self._all_outsiders()
        if not outsiders:
            return False
        async for user in pages(self._api, "conversations.members", "members", channel=channel, limit=1_000):
            if user in outsiders:
                return True
        return False

    async def _all_outsiders(self) -> frozenset[str]:
        if self._outsiders is None or self._clock() - self._outsiders[0] >= KEPT_SECONDS:
            found = frozenset([each.user async for each in self.all() if each.outsider])
            self._outsiders = (self._clock(), found)
        return self._outsiders[1]

    def _keep(self, member: Member) -> Member:
        self._kept[member.user] = (self._clock(), member)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return member


def member_of(user: object, here: Installation) -> Member:
    """What a user object of Slack's says; whatever it does not say counts against an e-mail."""
    data: Mapping[str, Any] = user if isinstance(user, Mapping) else {}
    profile = data.get("profile")
    said: Mapping[str, Any] = profile if isinstance(profile, Mapping) else {}
    bot = data.get("is_bot") is True or data.get("id") == "USLACKBOT"
    team = data.get("team_id")
    at_home = isinstance(team, str) and team != "" and here.has(team)
    guest = any(data.get(mark) is True for mark in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    gone = data.get("deleted") is True
    confirmed = data.get("is_email_confirmed") is not False
    email = said.get("email")
    return Member(
        user=str(data.get("id") or ""),
        name=str(said.get("real_name") or data.get("real_name") or data.get("name") or ""),
        email=email if isinstance(email, str) and email and confirmed else None,
        full=at_home and not (bot or guest or gone),
        outsider=not bot and not gone and (guest or not at_home),
    )


async def pages(api: SlackApi, method: str, field: str, **arguments: str | int | bool) -> AsyncIterator[Any]:
    """Every entry of a method that answers in pages. Raises DeliveryError."""
    cursor = ""
    while True:
        answer = await api.ask(method, cursor=cursor, **arguments)
        for each in answer.get(field) or []:
            yield each
        more = answer.get("response_metadata")
        cursor = str(more.get("next_cursor") or "") if isinstance(more, Mapping) else ""
        if not cursor:
            return
