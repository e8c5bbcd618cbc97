"""Slack as the delivery loop sees it: open a direct conversation, post, update, and what a channel is just now.

A message is found again by our delivery's id in its metadata, so that an uncertain outcome is not posted twice.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from adapters.slack.api import SlackApi
from adapters.slack.blocks import Json, Node
from adapters.slack.budgets import slack_budgets
from adapters.slack.heard import PLATFORM, Installation
from adapters.slack.members import PAGE, Members, pages
from adapters.slack.render import charts, render_message
from bot.events import Address
from bot.messages import Chart, Message
from bot.ports import Call, ChartRenderer, ConversationFacts
from bot.redaction import code_of
from surveys.errors import CxError, DeliveryError
from surveys.sending.buckets import Budget

log = structlog.get_logger(__name__)

METADATA = "cx_pulse_delivery"
LOOKED_AT = 50
"""How many of the newest messages of a conversation are searched for one of ours."""
LOOK_AFTER_SECONDS = 1.0
PICTURE_SECONDS = 20.0
"""How long a picture waits in all where Slack asks to: within a delivery's lease."""
DIRECTS_KEPT = 10_000


class SlackAdapter:
    """`bot.ports.ChatAdapter` for platform "slack", one workspace."""

    def __init__(
        self,
        *,
        api: SlackApi,
        here: Installation,
        members: Members,
        charts: ChartRenderer,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._api = api
        self._here = here
        self._members = members
        self._charts = charts
        self._sleep = sleep
        self._directs: OrderedDict[str, str] = OrderedDict()

    @property
    def platform(self) -> str:
        return PLATFORM

    def budgets(self, call: Call, address: Address) -> tuple[Budget, ...]:
        return slack_budgets(call, address)

    async def open_direct(self, workspace: str, user: str) -> Address:
        """The direct conversation with a user of the workspace, or `TEAM:USER` of another one."""
        if workspace != self._here.team:
            raise DeliveryError("This Slack workspace is not connected.", permanent=True)
        return self._address(await self.direct_with(user), direct=True)

    async def direct_with(self, user: str) -> str:
        """Its channel id. Raises DeliveryError."""
        user = user.rpartition(":")[2]
        if user not in self._directs:
            answer = await self._api.send("conversations.open", {"users": user})
            channel = answer.get("channel")
            found = channel.get("id") if isinstance(channel, Mapping) else None
            if not isinstance(found, str) or not found:
                raise DeliveryError("Slack opened no conversation.")
            self._directs[user] = found
            while len(self._directs) > DIRECTS_KEPT:
                self._directs.popitem(last=False)
        return self._directs[user]

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        """Posts and returns the message's `ts`. What may have arrived is looked for before it is called uncertain."""
        metadata: Node = {"event_type": METADATA, "event_payload": {"delivery": delivery}}
        try:
            posted = await self._send("chat.postMessage", address.conversation, message, {"metadata": metadata})
        except DeliveryError as error:
            if not (error.uncertain and address.direct):
                raise
            posted = await self._look(address, delivery, error)
        await self.send_pictures(address.conversation, charts(message))
        return posted

    async def update(self, address: Address, reference: str, message: Message) -> None:
        try:
            await self._send("chat.update", address.conversation, message, {"ts": reference})
        except DeliveryError as error:
            if error.uncertain:
                # The same update twice is the same message.
                raise DeliveryError(
                    str(error), retry_after=error.retry_after, platform_code=error.platform_code
                ) from error
            raise

    async def find_posted(self, address: Address, delivery: str) -> str | None:
        """The `ts` of a message of ours in a direct conversation, by its delivery.

        Raises DeliveryError; permanent for a channel, whose history we may not read.
        """
        if not address.direct:
            raise DeliveryError("A channel's history is not ours to read.", permanent=True)
        answer = await self._api.ask(
            "conversations.history", channel=address.conversation, limit=LOOKED_AT, include_all_metadata=True
        )
        for each in answer.get("messages") or []:
            if _delivery_of(each) == delivery:
                return str(each.get("ts") or "") or None
        return None

    async def conversation_facts(self, address: Address) -> ConversationFacts:
        """Asked at every post to a channel; what cannot be seen cannot be judged, and raises DeliveryError."""
        answer = await self._api.ask("conversations.info", channel=address.conversation)
        channel = answer.get("channel")
        facts: Mapping[str, Any] = channel if isinstance(channel, Mapping) else {}
        # `is_shared` alone may be another workspace of the same company (org-shared).
        shared = facts.get("is_ext_shared") is True or facts.get("is_pending_ext_shared") is True
        shared = shared or (facts.get("is_shared") is True and facts.get("is_org_shared") is not True)
        return ConversationFacts(
            shared_outside=shared,
            has_guests=not shared and await self._members.any_outsider_in(address.conversation),
            archived=facts.get("is_archived") is True,
        )

    async def channels(self) -> Sequence[tuple[Address, str]]:
        """Every channel the bot is in, with its name. Raises DeliveryError."""
        return [
            (self._address(str(each["id"]), direct=False), str(each.get("name") or ""))
            async for each in pages(
                self._api,
                "users.conversations",
                "channels",
                sleep=self._sleep,
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=PAGE,
            )
            if isinstance(each, Mapping) and each.get("id")
        ]

    async def channel_name(self, channel: str) -> str:
        """Raises DeliveryError."""
        answer = await self._api.ask("conversations.info", channel=channel)
        found = answer.get("channel")
        return str(found.get("name") or "") if isinstance(found, Mapping) else ""

    async def send_pictures(self, channel: str, pictures: Sequence[Chart], *, thread: str = "") -> None:
        """Charts as files with their alternative text. A picture that fails is logged: its words are there already."""
        for picture in pictures:
            try:
                await self._upload(channel, picture, await self._charts.png(picture.spec), thread)
            except CxError as error:
                log.warning("slack.picture_not_sent", platform=PLATFORM, state=code_of(error))
            except Exception:
                log.exception("slack.picture_failed", platform=PLATFORM)

    async def _upload(self, channel: str, picture: Chart, png: bytes, thread: str) -> None:
        """Waits where Slack asks to; nothing of a refused upload is there yet. Raises DeliveryError."""
        left = PICTURE_SECONDS
        while True:
            try:
                return await self._api.upload(
                    channel=channel,
                    thread=thread,
                    file=png,
                    name="chart.png",
                    title=picture.title[:200] or "Chart",
                    alt_text=picture.alt_text[:1_000],
                )
            except DeliveryError as error:
                wait = error.retry_after or 0.0
                left -= wait
                if not error.throttled or left < 0:
                    raise
                await self._sleep(wait)

    async def _send(self, method: str, channel: str, message: Message, more: Node) -> str:
        answer = await self._api.send(method, {"channel": channel, **message_body(message), **more})
        return str(answer.get("ts") or "")

    async def _look(self, address: Address, delivery: str, error: DeliveryError) -> str:
        await self._sleep(LOOK_AFTER_SECONDS)
        try:
            found = await self.find_posted(address, delivery)
        except DeliveryError as refused:
            raise refused.while_looking() from refused
        if found is None:
            raise DeliveryError(
                str(error),
                retry_after=LOOK_AFTER_SECONDS * 5,
                doubtful=True,
                platform_code=error.platform_code,
            ) from error
        return found

    def _address(self, channel: str, *, direct: bool) -> Address:
        return Address(platform=PLATFORM, workspace=self._here.team, conversation=channel, direct=direct)


def message_body(message: Message) -> dict[str, Json]:
    """Text and blocks; nothing in the text is parsed, named or unfurled."""
    rendered = render_message(message)
    return {
        "text": rendered.text,
        "blocks": rendered.blocks,
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _delivery_of(message: object) -> str:
    metadata = message.get("metadata") if isinstance(message, Mapping) else None
    if not isinstance(metadata, Mapping) or metadata.get("event_type") != METADATA:
        return ""
    payload = metadata.get("event_payload")
    return str(payload.get("delivery") or "") if isinstance(payload, Mapping) else ""
