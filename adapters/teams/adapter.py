"""Teams as the delivery loop sees it: open a direct conversation, post, update, and who is in a channel just now.

Teams cannot be asked for a message of ours, so that an uncertain outcome stays uncertain (decision 0006).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from adapters.requests.afterwards import Afterwards
from adapters.teams.activities import card_message, picture_message
from adapters.teams.budgets import teams_budgets
from adapters.teams.cards import Node
from adapters.teams.connector import Connector
from adapters.teams.members import Members
from adapters.teams.parse import PLATFORM
from adapters.teams.pictures import drawn, not_in
from adapters.teams.reference import Reference, read_reference
from adapters.teams.render import render_card
from bot.events import Address
from bot.messages import Chart, Message
from bot.ports import Call, ChartRenderer, ConversationFacts
from bot.redaction import code_of
from surveys.errors import DeliveryError
from surveys.sending.buckets import Budget

log = structlog.get_logger(__name__)

NOT_MET_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a workspace's people are reached who have no conversation with the bot yet."""

    service_url: str
    bot: str
    tenant: str


class TeamsAdapter:
    """`bot.ports.ChatAdapter` for platform "teams", for every workspace that it has met."""

    def __init__(
        self, *, connector: Connector, members: Members, charts: ChartRenderer, afterwards: Afterwards
    ) -> None:
        self._connector = connector
        self._members = members
        self._charts = charts
        self._afterwards = afterwards
        self._whereabouts: dict[str, Whereabouts] = {}

    @property
    def platform(self) -> str:
        return PLATFORM

    def budgets(self, call: Call, address: Address) -> tuple[Budget, ...]:
        """`bot.ports.KeepsBudgets`."""
        return teams_budgets(call, address)

    def meet(self, workspace: str, whereabouts: Whereabouts) -> None:
        """A verified request said where this workspace is just now; a later word counts more."""
        self._whereabouts[workspace] = whereabouts

    async def open_direct(self, workspace: str, user: str) -> Address:
        """The direct conversation with a user: object id in Entra, or the bot's own id of them."""
        known = self._whereabouts.get(workspace)
        if known is None:
            raise DeliveryError("Nobody of this Teams tenant was met yet.", retry_after=NOT_MET_SECONDS)
        parameters: Node = {
            "bot": {"id": known.bot},
            "isGroup": False,
            "members": [{"id": user}],
            "tenantId": known.tenant,
            "channelData": {"tenant": {"id": known.tenant}},
        }
        conversation = await self._connector.create(known.service_url, parameters)
        reference = Reference(
            service_url=known.service_url, conversation=conversation, bot=known.bot, tenant=known.tenant
        )
        return Address(
            platform=PLATFORM, workspace=workspace, conversation=conversation, direct=True, reference=reference.text()
        )

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        """Posts and returns the activity's id. `delivery` has no place in Teams."""
        place = read_reference(address.reference)
        return await self.post_to(place, place.conversation, message)

    async def post_to(self, place: Reference, conversation: str, message: Message) -> str:
        """The same in one thread of the conversation. Raises DeliveryError.

        Pictures follow by themselves: whoever delivers a message does not wait while Teams has one of them wait.
        """
        card, left_out = await self.card(message)
        posted = await self._connector.send(place.service_url, conversation, card_message(message, card))
        if left_out:
            self._afterwards.add(f"{conversation}/pictures", self._send_pictures(place, conversation, left_out))
        return posted

    async def update(self, address: Address, reference: str, message: Message) -> None:
        place = read_reference(address.reference)
        card, _ = await self.card(message)
        try:
            await self._connector.update(place.service_url, place.conversation, reference, card_message(message, card))
        except DeliveryError as error:
            if error.uncertain:
                # The same update twice is the same message.
                raise DeliveryError(
                    str(error), retry_after=error.retry_after, platform_code=error.platform_code
                ) from error
            raise

    async def say(self, place: Reference, conversation: str, activity: Node) -> None:
        """A plain activity, such as a line of words. Raises DeliveryError."""
        await self._connector.send(place.service_url, conversation, activity)

    async def card(self, message: Message) -> tuple[Node, Mapping[Chart, bytes]]:
        """The message as a card, and the pictures that found no place in it."""
        pictures = await drawn(message, self._charts)
        card = render_card(message, pictures={chart.spec: uri for chart, (_, uri) in pictures.items()})
        return card, {chart: png for chart, (png, uri) in pictures.items() if not_in(card, uri)}

    async def conversation_facts(self, address: Address) -> ConversationFacts:
        """Asked at every post to a channel; what cannot be seen cannot be judged, and raises DeliveryError."""
        if address.direct:
            return ConversationFacts()
        place = read_reference(address.reference)
        shared = guests = False
        if place.team:
            listed = await self._connector.channels(place.service_url, place.team)
            shared = any(each.get("id") == place.conversation and each.get("type") == "shared" for each in listed)
        if not shared:
            async for member in self._members.all(place):
                shared, guests = shared or member.foreign, guests or not member.full
        return ConversationFacts(shared_outside=shared, has_guests=guests)

    async def channels(self, place: Reference) -> Sequence[tuple[Reference, str]]:
        """The channels of a team, with a name that can be typed behind `#`. Raises DeliveryError."""
        listed = await self._connector.channels(place.service_url, place.team)
        first = typed_name(await self._connector.team_name(place.service_url, place.team))
        return [
            (
                Reference(
                    service_url=place.service_url,
                    conversation=str(each["id"]),
                    bot=place.bot,
                    tenant=place.tenant,
                    team=place.team,
                ),
                # The first channel of a team has no name of its own.
                typed_name(str(each.get("name") or "")) or first,
            )
            for each in listed
            if each.get("id")
        ]

    async def _send_pictures(self, place: Reference, conversation: str, pictures: Mapping[Chart, bytes]) -> None:
        """Charts too large for the card. One that fails is logged: its words are in the card."""
        for chart, png in pictures.items():
            activity = picture_message(chart, png)
            if activity is None:
                log.info("teams.picture_too_large", platform=PLATFORM)
                continue
            try:
                await self._afterwards.insist(partial(self._connector.send, place.service_url, conversation, activity))
            except DeliveryError as error:
                log.warning("teams.picture_not_sent", platform=PLATFORM, state=code_of(error))


def typed_name(name: str) -> str:
    """A channel's name in one word: “Voice of customers” is `#Voice-of-customers`."""
    return "-".join(name.split())
