"""One exchange: what a person did goes to the engine, and its answer goes back, in this request where Slack lets it.

Answered in the request: a command, a modal's mistakes. A modal is opened before the answer. Everything else follows
the acknowledgement, one after another for each message, so that the later tap's state is what stays.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from adapters.requests.afterwards import Afterwards
from adapters.slack.adapter import SlackAdapter, message_body
from adapters.slack.api import SlackApi
from adapters.slack.blocks import Node
from adapters.slack.members import Members
from adapters.slack.parse import (
    PLATFORM,
    Command,
    Heard,
    HomeOpened,
    Installation,
    Joined,
    Origin,
    Payload,
    Submitted,
    Tapped,
    hear,
    metadata_of,
    neutral,
)
from adapters.slack.render import charts, render_form, render_home
from adapters.slack.text import escape
from bot.actions import Action, RunCommand, Unreadable
from bot.events import Address, Sender
from bot.messages import Audience, Button, Buttons, Form, Message, Outcome, Paragraph, Reply, Tone
from bot.ports import Engine
from surveys.errors import DeliveryError
from surveys.words import ENGLISH, Words

log = structlog.get_logger(__name__)

MENTIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds, each so that something is said before Slack gives up after three.

    `answer`: then the person is told that it is being worked on. `form`: for opening a modal. `look_up`: who or where.
    """

    answer: float = 2.0
    form: float = 1.5
    look_up: float = 1.0


WAITS = Waits()


class Known(Protocol):
    """What the store says about people and channels, without the adapter knowing a store."""

    async def knows(self, workspace: str, user: str) -> bool:
        """Whether a user is bound to a person already; then Slack need not be asked who it is."""

    async def in_channel(self, address: Address, name: str) -> None:
        """The bot is in this channel."""


Home = Callable[[Address, Sender], Awaitable[Sequence[Message]]]


class Exchange:
    def __init__(
        self,
        *,
        engine: Engine,
        adapter: SlackAdapter,
        api: SlackApi,
        here: Installation,
        members: Members,
        known: Known,
        home: Home,
        afterwards: Afterwards,
        words: Words = ENGLISH,
        waits: Waits = WAITS,
    ) -> None:
        self._engine = engine
        self._waits = waits
        self._adapter = adapter
        self._api = api
        self._here = here
        self._members = members
        self._known = known
        self._home = home
        self._afterwards = afterwards
        self._words = words

    async def take(self, payload: Payload) -> Node | None:
        """The body of the answer to Slack; None for an acknowledgement alone."""
        heard = hear(payload, self._here)
        if heard is None:
            return None
        if isinstance(heard.what, HomeOpened):
            self._afterwards.add(heard.user, self._show_home(heard))
            return None
        told = _place(heard)
        if told is None:
            address, sender = await asyncio.gather(self._looked_up(heard), self._sender(heard))
        else:
            address, sender = told, await self._sender(heard)
        if isinstance(heard.what, Joined):
            await self._joined(address)
        event = neutral(heard, address, sender, await self._people(heard))
        if event is None:
            return None
        handling = asyncio.ensure_future(self._engine.handle(event))
        await asyncio.wait({handling}, timeout=self._waits.answer)
        if handling.done():
            return await self._answer(handling.result(), heard, address)
        self._afterwards.add(_queue(heard), self._answer_late(handling, heard, address))
        return self._private(self._note(self._words.gettext("Working on it …"))) if _shown(heard) else None

    # ── who and where ──────────────────────────────────────────────────────────────────────────────────────────

    async def _looked_up(self, heard: Heard) -> Address:
        """Where it happened, when Slack must be asked which direct conversation is the bot's own with this person."""
        direct, channel = False, heard.channel
        try:
            own = await asyncio.wait_for(self._adapter.direct_with(heard.user), self._waits.look_up)
            direct, channel = (not channel or own == channel), channel or own
        except (DeliveryError, TimeoutError):
            channel = f"{channel}:{heard.user}"
        return Address(platform=PLATFORM, workspace=heard.workspace, conversation=channel, direct=direct)

    async def _sender(self, heard: Heard) -> Sender:
        """Who did it: an identity by (team, user), and an e-mail where Slack vouches for a full member's."""
        if heard.team != self._here.team:
            return Sender(user=f"{heard.team}:{heard.user}", name=heard.user_name)
        if not heard.user or await self._known.knows(self._here.team, heard.user):
            return Sender(user=heard.user, name=heard.user_name)
        try:
            member = await asyncio.wait_for(self._members.member(heard.user), self._waits.look_up)
        except (DeliveryError, TimeoutError):
            return Sender(user=heard.user, name=heard.user_name)
        return member.sender()

    async def _people(self, heard: Heard) -> Mapping[str, str]:
        """A mentioned person's e-mail, so that a command finds who is meant."""
        found: dict[str, str] = {}
        for user in heard.mentions[:MENTIONS]:
            try:
                member = await asyncio.wait_for(self._members.member(user), self._waits.look_up)
            except (DeliveryError, TimeoutError):
                continue
            found[user] = member.sender().email or member.name
        return found

    async def _joined(self, address: Address) -> None:
        try:
            name = await asyncio.wait_for(self._adapter.channel_name(address.conversation), self._waits.look_up)
        except (DeliveryError, TimeoutError):
            return
        await self._known.in_channel(address, name)

    # ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, outcome: Outcome, heard: Heard, address: Address) -> Node | None:
        reply = outcome.reply
        if outcome.form is not None and not await self._open(outcome.form, heard, address):
            reply = Reply(message=self._form_missed(heard))
        if heard.home:
            self._afterwards.add(heard.user, self._show_home(heard))
        if reply is None:
            return None
        if isinstance(heard.what, Submitted) and heard.what.first_input and reply.audience is Audience.SENDER:
            # The modal stays open with what was typed; an error is no text object, but escaping does no harm.
            return {"response_action": "errors", "errors": {heard.what.first_input: escape(reply.message.summary)}}
        if _shown(heard):
            return await self._in_the_request(reply, address, heard)
        self._afterwards.add(_queue(heard), self._send(reply, heard, address))
        return None

    async def _answer_late(self, handling: "asyncio.Future[Outcome]", heard: Heard, address: Address) -> None:
        outcome = await handling
        reply = outcome.reply
        if outcome.form is not None:
            reply = Reply(message=self._form_missed(heard))
        if reply is not None:
            await self._send(reply, heard, address)

    async def _in_the_request(self, reply: Reply, address: Address, heard: Heard) -> Node:
        message, everyone = reply.message, reply.audience is Audience.EVERYONE
        if everyone and not address.direct:
            refusal = await self._refusal(address)
            message, everyone = (self._note(refusal), False) if refusal else (message, True)
        if charts(message):
            self._afterwards.add(_queue(heard), self._pictures(message, heard, address, everyone=everyone))
        if everyone or address.direct:
            return {"response_type": "in_channel", **message_body(message)}
        return self._private(self._with_hint(message))

    async def _open(self, form: Form, heard: Heard, address: Address) -> bool:
        """Opens the modal while the trigger lives; False where that is over."""
        origin = Origin(
            action=form.action, channel=address.conversation, message=heard.message, direct=address.direct
        )  # fmt: skip
        view = render_form(form, metadata=metadata_of(origin), words=self._words)
        try:
            await asyncio.wait_for(
                self._api.send("views.open", {"trigger_id": heard.trigger, "view": view}), self._waits.form
            )
        except (DeliveryError, TimeoutError):
            log.info("slack.form_not_opened", platform=PLATFORM)
            return False
        return True

    async def _send(self, reply: Reply, heard: Heard, address: Address) -> None:
        message = reply.message
        if reply.audience is Audience.IN_PLACE and heard.message and (address.direct or heard.ephemeral):
            await self._replace(message, heard, address)
            return
        if reply.audience is Audience.IN_PLACE and heard.home:
            return
        everyone = reply.audience is Audience.EVERYONE
        if everyone and not address.direct:
            refusal = await self._refusal(address)
            message, everyone = (self._note(refusal), False) if refusal else (message, True)
        if everyone or address.direct:
            await self._api.send("chat.postMessage", {"channel": address.conversation, **message_body(message)})
        else:
            await self._privately(self._with_hint(message), heard, address)
        await self._pictures(message, heard, address, everyone=everyone)

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
            await self._adapter.update(address, heard.message, message)

    async def _privately(self, message: Message, heard: Heard, address: Address) -> None:
        """To this person alone: where they are if Slack lets us, else in their direct conversation."""
        if heard.response_url:
            try:
                await self._api.respond(heard.response_url, {**self._private(message), "replace_original": False})
                return
            except DeliveryError:
                log.info("slack.response_url_over", platform=PLATFORM)
        body = message_body(message)
        if heard.user and not address.direct and not isinstance(heard.what, Command):
            try:
                await self._api.send(
                    "chat.postEphemeral", {"channel": address.conversation, "user": heard.user, **body}
                )
                return
            except DeliveryError:
                log.info("slack.not_in_channel", platform=PLATFORM)
        if heard.user:
            own = await self._adapter.direct_with(heard.user)
            await self._api.send("chat.postMessage", {"channel": own, **body})

    async def _pictures(self, message: Message, heard: Heard, address: Address, *, everyone: bool) -> None:
        """A file is seen by everybody in its conversation: a private answer's goes to the direct one."""
        if not charts(message):
            return
        open_to_all = everyone or address.direct
        channel = address.conversation if open_to_all else await self._adapter.direct_with(heard.user)
        await self._adapter.send_pictures(channel, charts(message))

    async def _refusal(self, address: Address) -> str:
        """Why a result is not posted where everybody reads it (threat 4); "" where it may be."""
        _ = self._words.gettext
        try:
            facts = await asyncio.wait_for(self._adapter.conversation_facts(address), self._waits.look_up)
        except (DeliveryError, TimeoutError):
            return _("I cannot see who is in this channel, so nothing was posted. Invite me to it, then try again.")
        if facts.archived:
            return _("This channel is archived, so nothing was posted.")
        if facts.shared_outside or facts.has_guests:
            return _("People from outside the company are in this channel, so nothing was posted.")
        return ""

    async def _show_home(self, heard: Heard) -> None:
        address = Address(platform=PLATFORM, workspace=heard.workspace, conversation=f"home:{heard.user}", direct=False)
        shown = await self._home(address, await self._sender(heard))
        await self._api.send(
            "views.publish", {"user_id": heard.user, "view": render_home(shown, words=self._words)}
        )  # fmt: skip

    # ── words ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _form_missed(self, heard: Heard) -> Message:
        _ = self._words.gettext
        again = _again(heard)
        note = self._note(_("The form could not be opened in time. Nothing is lost; please try again."))
        if again is None:
            return note
        return Message(
            summary=note.summary, blocks=(*note.blocks, Buttons(buttons=(Button(label=_("Open"), action=again),)))
        )

    def _with_hint(self, message: Message) -> Message:
        """A private answer in a channel has its picture elsewhere, and says where."""
        if not charts(message):
            return message
        hint = self._words.gettext("The picture is in your direct messages with this bot: only you see it there.")
        return Message(summary=message.summary, blocks=(*message.blocks, Paragraph(text=hint, tone=Tone.MUTED)))

    def _private(self, message: Message) -> Node:
        return {"response_type": "ephemeral", **message_body(message)}

    def _note(self, text: str) -> Message:
        return Message(summary=text, blocks=(Paragraph(text=text),))


def _place(heard: Heard) -> Address | None:
    """Where it happened; None where the payload does not tell. Direct is the bot's own conversation, not one of two."""
    direct, channel = heard.own_direct, heard.channel
    if direct is None and channel and not channel.startswith("D"):
        direct = False
    if direct is None or not channel:
        return None
    return Address(platform=PLATFORM, workspace=heard.workspace, conversation=channel, direct=direct)


def _shown(heard: Heard) -> bool:
    return isinstance(heard.what, Command) and heard.what.shown


def _queue(heard: Heard) -> str:
    """What must happen one after another: everything about one message, else everything of one person."""
    return f"{heard.channel}/{heard.message}" if heard.message else heard.user


def _again(heard: Heard) -> Action | None:
    match heard.what:
        case Command(text=text):
            return RunCommand(text[:1_000])
        case Tapped(action=action) if not isinstance(action, Unreadable):
            return action
        case _:
            return None
