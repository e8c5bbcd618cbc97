"""How an answer gets back: in the request, in its message's place, to one person alone, or to everybody in a channel.

A result is private unless it was asked for everybody, and then the channel is judged first (threat 4).
"""

import asyncio

import structlog

from adapters.requests.afterwards import Afterwards
from adapters.slack.adapter import SlackAdapter, message_body
from adapters.slack.api import SlackApi
from adapters.slack.blocks import Node
from adapters.slack.heard import PLATFORM, Command, Heard, Submitted
from adapters.slack.render import charts
from adapters.slack.waits import Received, Waits
from bot.events import Address
from bot.messages import Audience, Message, Paragraph, Reply, Tone
from bot.redaction import code_of
from surveys.errors import DeliveryError, Undeliverable
from surveys.words import Words

log = structlog.get_logger(__name__)


class Replies:
    def __init__(
        self, *, api: SlackApi, adapter: SlackAdapter, afterwards: Afterwards, words: Words, waits: Waits
    ) -> None:
        self._api = api
        self._adapter = adapter
        self._afterwards = afterwards
        self._words = words
        self._waits = waits

    async def in_the_request(self, reply: Reply, heard: Heard, address: Address, received: Received) -> Node:
        message, everyone = reply.message, reply.audience is Audience.EVERYONE
        if everyone and not address.direct:
            refusal = await self._refusal(address, received.left(self._waits.form))
            message, everyone = (note(refusal), False) if refusal else (message, True)
        if charts(message):
            self._afterwards.add(queue(heard), self._pictures(message, heard, address, everyone=everyone))
        if everyone or address.direct:
            return {"response_type": "in_channel", **message_body(message)}
        return private(self._with_hint(message))

    async def send(self, reply: Reply, heard: Heard, address: Address) -> None:
        """Once Slack has its answer."""
        message = reply.message
        if reply.audience is Audience.IN_PLACE and heard.message and (address.direct or heard.ephemeral):
            await self._replace(message, heard, address)
            return
        if reply.audience is Audience.IN_PLACE and heard.home and not isinstance(heard.what, Submitted):
            # The tab shows it. A form is closed: its thanks are said in the direct conversation.
            return
        everyone = reply.audience is Audience.EVERYONE
        if everyone and not address.direct:
            refusal = await self._posted(message, heard, address)
            message, everyone = (note(refusal), False) if refusal else (message, True)
        elif address.direct:
            await self._post(address.conversation, message, heard)
        if not everyone and not address.direct:
            await self._privately(self._with_hint(message), heard, address)
        await self._pictures(message, heard, address, everyone=everyone)

    async def _posted(self, message: Message, heard: Heard, address: Address) -> str:
        """Posts where everybody reads it; why it was not, "" if it was."""
        refusal = await self._refusal(address, self._waits.afterwards)
        if not refusal:
            try:
                await self._post(address.conversation, message, heard)
            except DeliveryError as error:
                log.info("answer.not_sent", platform=PLATFORM, permanent=error.permanent, state=code_of(error))
                return self._not_posted(error)
        return refusal

    async def _post(self, channel: str, message: Message, heard: Heard) -> None:
        posted = {"channel": channel, **message_body(message), **_in_thread(heard)}
        await self._afterwards.insist(lambda: self._api.send("chat.postMessage", posted))

    def _not_posted(self, error: DeliveryError) -> str:
        _ = self._words.gettext
        if error.uncertain:
            return _("Slack did not say whether it was posted. Please look before you try again.")
        if error.reason is Undeliverable.GONE:
            # A public channel can be seen into, and judged, from outside.
            return _("I am not in this channel, so nothing was posted. Type /invite @CX Pulse here, then try again.")
        if error.permanent:
            return _("Slack does not let me post in this channel, so nothing was posted.")
        return _("Slack does not take it just now, so nothing was posted. Please try again in a moment.")

    async def _replace(self, message: Message, heard: Heard, address: Address) -> None:
        """By the response URL; once that is used up, by the message's own place."""
        if heard.response_url:
            try:
                await self._api.respond(heard.response_url, {"replace_original": True, **message_body(message)})
                return
            except DeliveryError:
                log.info("slack.response_url_over", platform=PLATFORM)
        if heard.ephemeral:
            await self._privately(message, heard, address)
        else:
            await self._afterwards.insist(lambda: self._adapter.update(address, heard.message, message))

    async def _privately(self, message: Message, heard: Heard, address: Address) -> None:
        """To this person alone: where they are if Slack lets us, else in their direct conversation."""
        if heard.response_url:
            try:
                await self._api.respond(heard.response_url, {**private(message), "replace_original": False})
                return
            except DeliveryError:
                log.info("slack.response_url_over", platform=PLATFORM)
        body = message_body(message)
        if heard.user and not address.direct and not isinstance(heard.what, Command):
            try:
                await self._api.send(
                    "chat.postEphemeral",
                    {"channel": address.conversation, "user": heard.user, **body, **_in_thread(heard)},
                )
                return
            except DeliveryError:
                log.info("slack.not_in_channel", platform=PLATFORM)
        if heard.user:
            own = await self._afterwards.insist(lambda: self._adapter.direct_with(heard.user))
            await self._afterwards.insist(lambda: self._api.send("chat.postMessage", {"channel": own, **body}))

    async def _pictures(self, message: Message, heard: Heard, address: Address, *, everyone: bool) -> None:
        """A file is seen by everybody in its conversation: a private answer's goes to the direct one."""
        if not charts(message):
            return
        open_to_all = everyone or address.direct
        channel = address.conversation if open_to_all else await self._adapter.direct_with(heard.user)
        await self._adapter.send_pictures(channel, charts(message), thread=heard.thread if open_to_all else "")

    async def _refusal(self, address: Address, seconds: float) -> str:
        """Why a result is not posted where everybody reads it (threat 4); "" where it may be."""
        _ = self._words.gettext
        try:
            facts = await asyncio.wait_for(self._adapter.conversation_facts(address), seconds)
        except (DeliveryError, TimeoutError):
            return _("I cannot see who is in this channel, so nothing was posted. Invite me to it, then try again.")
        if facts.archived:
            return _("This channel is archived, so nothing was posted.")
        if facts.shared_outside or facts.has_guests:
            return _("People from outside the company are in this channel, so nothing was posted.")
        return ""

    def _with_hint(self, message: Message) -> Message:
        """A private answer in a channel has its picture elsewhere, and says where."""
        if not charts(message):
            return message
        hint = self._words.gettext("The picture is in your direct messages with this bot: only you see it there.")
        return Message(summary=message.summary, blocks=(*message.blocks, Paragraph(text=hint, tone=Tone.MUTED)))


def _in_thread(heard: Heard) -> Node:
    return {"thread_ts": heard.thread} if heard.thread else {}


def note(text: str) -> Message:
    return Message(summary=text, blocks=(Paragraph(text=text),))


def private(message: Message) -> Node:
    return {"response_type": "ephemeral", **message_body(message)}


def queue(heard: Heard) -> str:
    """What must happen one after another: everything about one message, else everything of one person."""
    return f"{heard.channel}/{heard.message}" if heard.message else heard.user
