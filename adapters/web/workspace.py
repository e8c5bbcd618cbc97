"""What the routes share: who is looking, at which conversation, in which words; and messages as they see them.

Reads only. What changes something is in `exchange` and in the clock's route.
"""

from collections.abc import Callable, Sequence
from uuid import uuid4
from zoneinfo import ZoneInfo

from adapters.web.chat import ChatLog, ClockControl, Directory, StoredMessage
from adapters.web.exchange import may_see
from adapters.web.live import Posted
from adapters.web.pages import (
    BOT,
    ClockView,
    MessageView,
    NavEntry,
    Place,
    Views,
    channel_place,
    clock_view,
    direct_place,
)
from adapters.web.people import may_enter_channels
from bot.ports import Tenant
from surveys.errors import NotFound
from surveys.people.model import Person
from surveys.words import Words

PAGE = 50
"""Messages shown before "Show earlier messages"."""

WordsOf = Callable[[str], Words]
"""The words for a language (ISO 639-1)."""


class Workspace:
    def __init__(
        self, *, log: ChatLog, directory: Directory, clock: ClockControl, words_of: WordsOf, elsewhere: bool = False
    ) -> None:
        """`elsewhere`: messages can also be seen as other platforms show them."""
        self._log = log
        self._directory = directory
        self._clock = clock
        self._words_of = words_of
        self._elsewhere = elsewhere

    async def tenant(self) -> Tenant:
        """The company. Raises NotFound unless it was made as a demo: elsewhere nobody may be picked (threat 8)."""
        tenant = await self._directory.tenant()
        if not tenant.demo:
            raise NotFound("The local web workspace exists only in a demo.")
        return tenant

    def words(self, person: Person | None = None) -> Words:
        return self._words_of(person.language if person is not None else "en")

    def clock(self, tenant: Tenant, words: Words) -> ClockView:
        return clock_view(self._clock.now(), ZoneInfo(tenant.timezone), words)

    async def place(self, person: str, channel: str | None) -> Place:
        """A conversation of a person. Raises NotFound for unknown people, channels, and channels not theirs."""
        await self.tenant()
        viewer = await self._directory.person(person)
        if viewer is None:
            raise NotFound("There is no such person.")
        if channel is None:
            return direct_place(viewer)
        if not may_enter_channels(viewer) or channel not in await self._directory.channels():
            raise NotFound("There is no such channel for this person.")
        return channel_place(viewer, channel)

    async def nav(self, place: Place) -> list[NavEntry]:
        """The sidebar: the bot, then the channels this person may enter."""
        viewer = place.viewer
        names = sorted(await self._directory.channels()) if may_enter_channels(viewer) else []
        places = [direct_place(viewer), *(channel_place(viewer, name) for name in names)]
        latest = await self._log.latest([each.conversation for each in places], viewer=viewer.public_id)
        return [
            NavEntry(
                label=each.channel or BOT,
                url=each.url,
                conversation=each.conversation,
                latest=latest.get(each.conversation, ""),
                current=each.conversation == place.conversation,
                channel=bool(each.channel),
            )
            for each in places
        ]

    async def history(self, place: Place, before: str | None) -> tuple[list[MessageView], str]:
        """A page of messages, oldest first, and the id before which there are more ("" where there are none)."""
        viewer = place.viewer.public_id
        stored = list(
            await self._log.history(place.conversation, viewer=viewer, limit=PAGE + 1, before=before or None)
        )  # fmt: skip
        more = len(stored) > PAGE
        shown = stored[-PAGE:]
        views = await self.views(place, shown)
        return views, shown[0].public_id if more else ""

    async def views(self, place: Place, stored: Sequence[StoredMessage], sent: str = "") -> list[MessageView]:
        tenant = await self.tenant()
        views = Views(zone=ZoneInfo(tenant.timezone), words=self.words(place.viewer), elsewhere=self._elsewhere)
        authors = await self._authors(place, stored)
        event_id = str(uuid4())
        return [
            views.message(place, each, authors.get(each.author or ""), event_id=event_id, sent=sent) for each in stored
        ]

    async def view_of(self, place: Place, posted: Posted) -> MessageView:
        mine = posted.message.author == place.viewer.public_id
        (view,) = await self.views(place, [posted.message], sent=posted.sent if mine else "")
        return view

    async def seen_message(self, place: Place, public_id: str) -> StoredMessage:
        """A message of this conversation that this person may see. Raises NotFound."""
        stored = await self._log.find(public_id)
        if stored is None or not may_see(place.viewer, place.conversation, stored):
            raise NotFound("There is no such message in this conversation.")
        return stored

    async def _authors(self, place: Place, stored: Sequence[StoredMessage]) -> dict[str, Person]:
        authors = {place.viewer.public_id: place.viewer}
        for public_id in {each.author for each in stored if each.author is not None} - set(authors):
            if person := await self._directory.person(public_id):
                authors[public_id] = person
        return authors
