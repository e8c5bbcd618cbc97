"""Who somebody is in the workspace, by Slack's word: full member, guest, stranger, bot; and whose e-mail counts.

An e-mail maps full members of the installed workspace only (threat 3), and only they are no outsiders in a channel
(threat 4): whom nobody vouches for is one. What Slack said is kept for some minutes.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from adapters.slack.api import SlackApi
from adapters.slack.heard import Installation
from bot.events import Sender
from surveys.errors import DeliveryError

KEPT_SECONDS = 600.0
KEPT = 10_000
STANDINGS_KEPT = 250_000
PAGE = 999
"""The largest that every method takes ("under 1000"): `users.list` may be called twenty times a minute."""
ASKED = 20
"""So many people of a channel are asked about one by one; where more are unknown, everybody is listed."""
ASK_AGAIN_SECONDS = 60.0
LISTING_SECONDS, POSTING_SECONDS = 900.0, 15.0
"""How long a listing waits for Slack in all, by itself and while a message waits for it (a delivery's lease)."""

Sleep = Callable[[float], Awaitable[None]]
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    user: str
    name: str
    email: str | None
    full: bool
    outsider: bool
    """A guest, or somebody of another company."""
    gone: bool = False
    """Nobody now, who reads nothing; but may come back as anybody."""

    def sender(self) -> Sender:
        return Sender(user=self.user, name=self.name, email=self.email if self.full else None, full_member=self.full)


class Members:
    def __init__(
        self,
        api: SlackApi,
        here: Installation,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._api = api
        self._here = here
        self._clock = clock
        self._sleep = sleep
        self._kept: OrderedDict[str, tuple[float, Member]] = OrderedDict()
        self._standings: OrderedDict[str, tuple[float, bool]] = OrderedDict()
        """Whether somebody is an outsider, and since when that is known; without names it is small."""

    async def member(self, user: str) -> Member:
        """Raises DeliveryError."""
        kept = self._kept.get(user)
        return kept[1] if kept and self._is_fresh(kept[0]) else await self._asked(user)

    async def all(self, *, patience: float = LISTING_SECONDS) -> AsyncIterator[Member]:
        """Everybody in the workspace. Raises DeliveryError."""
        entries = pages(
            self._api, "users.list", "members", sleep=self._sleep, patience=patience, limit=PAGE
        )  # fmt: skip
        async for each in entries:
            yield self._keep(member_of(each, self._here))

    async def any_outsider_in(self, channel: str) -> bool:
        """Whether anybody in the channel is not known for a full member just now (threat 4). Raises DeliveryError."""
        inside = pages(
            self._api, "conversations.members", "members",
            sleep=self._sleep, patience=POSTING_SECONDS, channel=channel, limit=PAGE,
        )  # fmt: skip
        unknown = []
        async for user in inside:
            outsider = self._outsider(user)
            if outsider:
                return True
            if outsider is None:
                unknown.append(user)
        if len(unknown) > ASKED:
            async for _ in self.all(patience=POSTING_SECONDS):
                pass
        return await self._any_outsider_among(unknown)

    async def _any_outsider_among(self, users: Sequence[str]) -> bool:
        known = {user: self._outsider(user) for user in users}
        if any(known.values()):
            return True
        unknown = [user for user, outsider in known.items() if outsider is None]
        # What is learnt now is known at the next attempt, so that a channel of any size comes to its end.
        if any(await asyncio.gather(*map(self._is_outsider, unknown[:ASKED]))):
            return True
        if len(unknown) > ASKED:
            raise DeliveryError("Not everybody in the channel is known yet.", retry_after=ASK_AGAIN_SECONDS)
        return False

    async def _is_outsider(self, user: str) -> bool:
        try:
            return (await self._asked(user)).outsider
        except DeliveryError as error:
            if error.permanent:
                # Slack knows nobody of this name, or does not say who it is.
                return True
            raise

    async def _asked(self, user: str) -> Member:
        answer = await self._api.ask("users.info", user=user)
        return self._keep(member_of(answer.get("user"), self._here))

    def _outsider(self, user: str) -> bool | None:
        """None for somebody who is not known, or is known for too long."""
        at, outsider = self._standings.get(user, (0.0, None))
        return outsider if outsider is not None and self._is_fresh(at) else None

    def _is_fresh(self, at: float) -> bool:
        return self._clock() - at < KEPT_SECONDS

    def _keep(self, member: Member) -> Member:
        _put(self._kept, member.user, (self._clock(), member), KEPT)
        if not member.gone:
            _put(self._standings, member.user, (self._clock(), member.outsider), STANDINGS_KEPT)
        return member


def _put(kept: OrderedDict[str, Kept], user: str, what: Kept, most: int) -> None:
    kept[user] = what
    kept.move_to_end(user)
    while len(kept) > most:
        kept.popitem(last=False)


def member_of(user: object, here: Installation) -> Member:
    """What a user object of Slack's says; whatever it does not say counts against an e-mail."""
    data: Mapping[str, Any] = user if isinstance(user, Mapping) else {}
    profile = data.get("profile")
    said: Mapping[str, Any] = profile if isinstance(profile, Mapping) else {}
    bot = data.get("is_bot") is True or data.get("id") == "USLACKBOT"
    team = data.get("team_id")
    at_home = isinstance(team, str) and team != "" and here.has(team)
    # A colleague in another workspace of the Grid is no outsider; an e-mail counts of this workspace's members alone.
    grid = data.get("enterprise_user")
    enterprise = grid.get("enterprise_id") if isinstance(grid, Mapping) else None
    colleague = at_home or (enterprise == here.enterprise != "")
    guest = any(data.get(mark) is True for mark in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    gone = data.get("deleted") is True
    confirmed = data.get("is_email_confirmed") is not False
    email = said.get("email")
    return Member(
        user=str(data.get("id") or ""),
        name=str(said.get("real_name") or data.get("real_name") or data.get("name") or ""),
        email=email if isinstance(email, str) and email and confirmed else None,
        full=at_home and not (bot or guest or gone),
        outsider=not bot and not gone and (guest or not colleague),
        gone=gone,
    )


async def pages(
    api: SlackApi,
    method: str,
    field: str,
    *,
    sleep: Sleep,
    patience: float = LISTING_SECONDS,
    **arguments: str | int | bool,
) -> AsyncIterator[Any]:
    """Every entry of a method that answers in pages. Where Slack asks to wait, it goes on at the same page.

    Raises DeliveryError, also where all waits together would be longer than `patience`.
    """
    cursor = ""
    while True:
        try:
            answer = await api.ask(method, cursor=cursor, **arguments)
        except DeliveryError as error:
            wait = error.retry_after or 0.0
            patience -= wait
            if not error.throttled or patience < 0:
                raise
            await sleep(wait)
            continue
        for each in answer.get(field) or []:
            yield each
        more = answer.get("response_metadata")
        cursor = str(more.get("next_cursor") or "") if isinstance(more, Mapping) else ""
        if not cursor:
            return
