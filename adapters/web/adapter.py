"""The web workspace as a chat platform: what the engine and the delivery loop post, is logged and shown live.

No HTTP lives here. The chat log is the platform: a message is "sent" when it is stored.
"""

from collections.abc import Awaitable
from typing import TypeVar

from adapters.web.chat import CHANNEL, DIRECT, PLATFORM, WORKSPACE, ChatLog, Directory, direct_with, only_reader
from adapters.web.codec import encode
from adapters.web.live import Live, Posted
from bot.events import Address
from bot.messages import Message
from bot.ports import Clock, ConversationFacts
from surveys.errors import CxError, DeliveryError, StorageUnavailable

RETRY_SECONDS = 5.0

Stored = TypeVar("Stored")


class WebAdapter:
    """`bot.ports.ChatAdapter` for platform "web", workspace "local"."""

    def __init__(self, *, log: ChatLog, directory: Directory, clock: Clock, live: Live) -> None:
        self._log = log
        self._directory = directory
        self._clock = clock
        self._live = live

    @property
    def platform(self) -> str:
        return PLATFORM

    @property
    def posts_once(self) -> bool:
        """The chat log keeps one message for one delivery."""
        return True

    async def open_direct(self, workspace: str, user: str) -> Address:
        """The direct conversation with a person, by public id. It need not be opened: it is there."""
        if workspace != WORKSPACE or await _stored(self._directory.person(user)) is None:
            raise DeliveryError("There is no such person in the web workspace.", permanent=True)
        return Address(platform=PLATFORM, workspace=WORKSPACE, conversation=direct_with(user))

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        """Stores the message once per `delivery`, shows it, and returns its public id."""
        conversation = await self._checked(address)
        stored, new = await _stored(
            self._log.add(
                conversation=conversation,
                author=None,
                visible_to=only_reader(conversation),
                body=encode(message),
                delivery=delivery,
                at=self._clock.now(),
            )
        )
        # Also the second time: the first may have ended between the log and the open pages, and a page that shows it
        # already leaves it as it is.
        self._live.publish(Posted(message=stored, new=new))
        return stored.public_id

    async def update(self, address: Address, reference: str, message: Message) -> None:
        conversation = await self._checked(address)
        found = await _stored(self._log.find(reference))
        if found is None or found.conversation != conversation or found.author is not None:
            raise DeliveryError("The web workspace has no such message of the bot there.", permanent=True)
        stored = await _stored(self._log.replace(reference, body=encode(message), at=self._clock.now()))
        if stored is not None:
            self._live.publish(Posted(message=stored, new=False))

    async def conversation_facts(self, address: Address) -> ConversationFacts:
        """Channels of the web workspace are the company's own: no guest and no other company can enter."""
        await self._checked(address)
        return ConversationFacts()

    async def _checked(self, address: Address) -> str:
        conversation = address.conversation
        known = address.platform == PLATFORM and address.workspace == WORKSPACE
        if known and conversation.startswith(DIRECT):
            known = await _stored(self._directory.person(conversation.removeprefix(DIRECT))) is not None
        elif known and conversation.startswith(CHANNEL):
            known = conversation.removeprefix(CHANNEL) in await _stored(self._directory.channels())
        else:
            known = False
        if not known:
            raise DeliveryError("The web workspace has no such conversation.", permanent=True)
        return conversation


async def _stored(operation: Awaitable[Stored]) -> Stored:
    """What the store gave; its troubles as the one error that a delivery loop knows what to do about."""
    try:
        return await operation
    except StorageUnavailable as error:
        raise DeliveryError(str(error), retry_after=RETRY_SECONDS) from error
    except CxError as error:
        raise DeliveryError(str(error)) from error
