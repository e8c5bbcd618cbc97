"""One exchange: what a person did goes to the engine, and its answer goes back, in this request where Slack lets it.

Answered in the request: a command, a modal's mistakes. A modal is opened before the answer. Everything else follows
the acknowledgement, one after another for each message, so that the later tap's state is what stays.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import structlog

from adapters.requests.afterwards import Afterwards
from adapters.requests.repair import repair
from adapters.requests.typed import with_typed
from adapters.slack.adapter import SlackAdapter
from adapters.slack.api import SlackApi
from adapters.slack.blocks import Node
from adapters.slack.forms import in_place_of, with_note
from adapters.slack.heard import (
    PLATFORM,
    Command,
    Heard,
    HomeOpened,
    Installation,
    Joined,
    Origin,
    Submitted,
    Tapped,
    metadata_of,
)
from adapters.slack.members import Member, Members
from adapters.slack.parse import Payload, hear, neutral
from adapters.slack.render import render_form, render_home
from adapters.slack.replies import Replies, note, private, queue
from adapters.slack.text import escape
from adapters.slack.waits import WAITS, Received, Waits
from bot.actions import Action, RunCommand, Unreadable
from bot.events import Address, Sender
from bot.messages import Audience, Button, Buttons, Form, Message, Outcome, Reply
from bot.ports import Engine
from bot.redaction import code_of
from surveys.errors import DeliveryError
from surveys.words import ENGLISH, Words

log = structlog.get_logger(__name__)

MENTIONS = 5


class Known(Protocol):
    """What the store says about people and channels, without the adapter knowing a store."""

    def remembers(self, user: str) -> bool:
        """Whether it is known without a look that a user of the bot's own workspace is bound."""

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
        self._replies = Replies(api=api, adapter=adapter, afterwards=afterwards, words=words, waits=waits)

    async def take(self, payload: Payload) -> Node | None:
        """The body of the answer to Slack; None for an acknowledgement alone."""
        heard = hear(payload, self._here)
        if heard is None:
            return None
        if isinstance(heard.what, HomeOpened):
            self._afterwards.add(heard.user, self._show_home(heard))
            return None
        received = Received()
        address, sender, names = self._told(heard) or await self._asked(heard, received)
        event = neutral(heard, address, sender, names)
        if event is None:
            return None
        handling = asyncio.ensure_future(self._engine.handle(event))
        await asyncio.wait({handling}, timeout=received.left(self._waits.answer))
        if handling.done():
            return await self._answer(handling.result(), heard, address, received)
        self._afterwards.add(queue(heard), self._answer_late(handling, heard, address))
        return self._meanwhile(heard)

    # ── who and where ──────────────────────────────────────────────────────────────────────────────────────────

    def _told(self, heard: Heard) -> tuple[Address, Sender, Mapping[str, str]] | None:
        """Where nobody has to be asked, as nearly always: a task for each look-up would cost a fifth of a request."""
        address = _place(heard)
        if address is None or heard.mentions or heard.unnamed_channels or isinstance(heard.what, Joined):
            return None
        ours = heard.team == self._here.team
        if ours and heard.user and not self._known.remembers(heard.user):
            return None
        user = heard.user if ours else f"{heard.team}:{heard.user}"
        return address, Sender(user=user, name=heard.user_name), {}

    async def _asked(self, heard: Heard, received: Received) -> tuple[Address, Sender, Mapping[str, str]]:
        address, sender, people, channels = await asyncio.gather(
            self._where(heard, received),
            self._sender(heard, received),
            self._people(heard, received),
            self._channels(heard, received),
        )
        return address, sender, {**people, **channels}

    async def _where(self, heard: Heard, received: Received) -> Address:
        address = _place(heard) or await self._looked_up(heard, received)
        if isinstance(heard.what, Joined):
            await self._joined(address, received)
        return address

    async def _looked_up(self, heard: Heard, received: Received) -> Address:
        """Where it happened, when Slack must be asked which direct conversation is the bot's own with this person."""
        direct, channel = False, heard.channel
        try:
            own = await asyncio.wait_for(self._adapter.direct_with(heard.user), received.left(self._waits.look_up))
            direct, channel = (not channel or own == channel), channel or own
        except (DeliveryError, TimeoutError):
            channel = f"{channel}:{heard.user}"
        return Address(platform=PLATFORM, workspace=heard.workspace, conversation=channel, direct=direct)

    async def _sender(self, heard: Heard, received: Received) -> Sender:
        """Who did it: an identity by (team, user), and an e-mail where Slack vouches for a full member's."""
        if heard.team != self._here.team:
            return Sender(user=f"{heard.team}:{heard.user}", name=heard.user_name)
        if not heard.user or await self._is_known(heard.user, received):
            return Sender(user=heard.user, name=heard.user_name)
        member = await self._member(heard.user, received)
        return member.sender() if member else Sender(user=heard.user, name=heard.user_name)

    async def _is_known(self, user: str, received: Received) -> bool:
        """No while the store does not say. It is left to say so by itself: cut off, it would lose a connection."""
        asked = asyncio.ensure_future(self._known.knows(self._here.team, user))
        done, _ = await asyncio.wait({asked}, timeout=received.left(self._waits.look_up))
        return asked.result() if done else False

    async def _people(self, heard: Heard, received: Received) -> Mapping[str, str]:
        """A mentioned person's e-mail, so that a command finds who is meant."""
        named = heard.mentions[:MENTIONS]
        found = await asyncio.gather(*(self._member(user, received) for user in named))
        return {user: member.sender().email or member.name for user, member in zip(named, found, strict=True) if member}

    async def _channels(self, heard: Heard, received: Received) -> Mapping[str, str]:
        named = heard.unnamed_channels[:MENTIONS]
        found = await asyncio.gather(*(self._channel_name(channel, received) for channel in named))
        return dict(zip(named, found, strict=True))

    async def _channel_name(self, channel: str, received: Received) -> str:
        """Nothing while Slack does not say."""
        try:
            return await asyncio.wait_for(self._adapter.channel_name(channel), received.left(self._waits.look_up))
        except (DeliveryError, TimeoutError):
            return ""

    async def _member(self, user: str, received: Received) -> Member | None:
        """None while Slack does not say."""
        try:
            return await asyncio.wait_for(self._members.member(user), received.left(self._waits.look_up))
        except (DeliveryError, TimeoutError):
            return None

    async def _joined(self, address: Address, received: Received) -> None:
        if name := await self._channel_name(address.conversation, received):
            await self._known.in_channel(address, name)

    # ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, outcome: Outcome, heard: Heard, address: Address, received: Received) -> Node | None:
        reply = outcome.reply
        if outcome.form is not None and not await self._open(outcome.form, heard, address, received):
            reply = Reply(message=self._form_missed(heard))
        if heard.home:
            self._afterwards.add(heard.user, self._show_home(heard))
        if reply is None:
            return None
        if isinstance(heard.what, Submitted) and heard.what.first_input and reply.audience is Audience.SENDER:
            # The modal stays open with what was typed; an error is no text object, but escaping does no harm.
            return {"response_action": "errors", "errors": {heard.what.first_input: escape(reply.message.summary)}}
        if _shown(heard):
            return await self._replies.in_the_request(reply, heard, address, received)
        self._afterwards.add(queue(heard), self._send(reply, heard, address))
        return None

    async def _answer_late(self, handling: "asyncio.Future[Outcome]", heard: Heard, address: Address) -> None:
        outcome = await handling
        reply = outcome.reply
        if outcome.form is not None:
            reply = Reply(message=self._form_missed(heard))
        if heard.home:
            self._afterwards.add(heard.user, self._show_home(heard))
        if reply is not None and not await self._shown_in_form(reply, heard):
            await self._send(self._with_typed(reply, heard), heard, address)

    async def _send(self, reply: Reply, heard: Heard, address: Address) -> None:
        """A message that goes on showing what was answered is left to a delivery."""
        try:
            await self._replies.send(reply, heard, address)
        except DeliveryError as error:
            if isinstance(heard.what, Tapped | Submitted) and reply.audience is Audience.IN_PLACE:
                user = heard.user if heard.team == self._here.team else f"{heard.team}:{heard.user}"
                await repair(
                    error,
                    heard.what.action,
                    engine=self._engine,
                    address=address,
                    sender=Sender(user=user),
                    event_id=heard.event_id,
                )
            raise

    def _meanwhile(self, heard: Heard) -> Node | None:
        """What is shown until a late answer comes. A modal stays: closed, it would take what was typed with it."""
        _ = self._words.gettext
        if isinstance(heard.what, Submitted) and heard.what.form and heard.what.view:
            return {"response_action": "update", "view": in_place_of(heard.what.form, _("Saving …"), keep=True)}
        return private(note(_("Working on it …"))) if _shown(heard) else None

    async def _shown_in_form(self, reply: Reply, heard: Heard) -> bool:
        """The form that was sent is brought up to date; whether that was all there is to say."""
        if not isinstance(heard.what, Submitted) or not heard.what.form or not heard.what.view:
            return False
        mistake = reply.audience is Audience.SENDER
        saved = self._words.gettext("Saved. You can close this.")
        view = with_note(heard.what.form, reply.message.summary) if mistake else in_place_of(heard.what.form, saved)
        try:
            await self._api.send("views.update", {"view_id": heard.what.view, "view": view})
        except DeliveryError:
            # Closed meanwhile, as a rule.
            log.info("slack.form_not_updated", platform=PLATFORM)
            return False
        return mistake

    def _with_typed(self, reply: Reply, heard: Heard) -> Reply:
        if not isinstance(heard.what, Submitted) or reply.audience is not Audience.SENDER:
            return reply
        return Reply(message=with_typed(reply.message, heard.what.values))

    async def _open(self, form: Form, heard: Heard, address: Address, received: Received) -> bool:
        """Opens the modal while the trigger lives; False where that is over."""
        origin = Origin(
            action=form.action,
            channel=address.conversation,
            message=heard.message,
            direct=address.direct,
            home=heard.home,
        )
        view = render_form(form, metadata=metadata_of(origin), words=self._words)
        try:
            await asyncio.wait_for(
                self._api.send("views.open", {"trigger_id": heard.trigger, "view": view}),
                received.left(self._waits.form),
            )
        except (DeliveryError, TimeoutError) as error:
            log.info("slack.form_not_opened", platform=PLATFORM, state=code_of(error))
            return False
        return True

    async def _show_home(self, heard: Heard) -> None:
        address = Address(platform=PLATFORM, workspace=heard.workspace, conversation=f"home:{heard.user}", direct=True)
        shown = await self._home(address, await self._sender(heard, Received()))
        await self._api.send(
            "views.publish", {"user_id": heard.user, "view": render_home(shown, words=self._words)}
        )  # fmt: skip

    # ── words ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _form_missed(self, heard: Heard) -> Message:
        _ = self._words.gettext
        again = _again(heard)
        missed = note(_("The form could not be opened in time. Nothing is lost; please try again."))
        if again is None:
            return missed
        return Message(
            summary=missed.summary, blocks=(*missed.blocks, Buttons(buttons=(Button(label=_("Open"), action=again),)))
        )


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


def _again(heard: Heard) -> Action | None:
    match heard.what:
        case Command(text=text):
            return RunCommand(text[:1_000])
        case Tapped(action=action) if not isinstance(action, Unreadable):
            return action
        case _:
            return None
