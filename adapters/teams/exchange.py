"""One exchange: what a person did goes to the engine, and its answer goes back.

A tap in a card and a dialog are answered in the request; a message is answered by posting. In a channel every answer
is private: it goes to the person's own chat, unless it is for everyone and nobody from outside reads there (threat 4).
"""

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from adapters.requests.afterwards import Afterwards
from adapters.requests.answered import Answered
from adapters.requests.repair import repair
from adapters.teams.activities import TYPING, card_answer, words_answer, words_message
from adapters.teams.adapter import TeamsAdapter, Whereabouts
from adapters.teams.cards import Node
from adapters.teams.dialogs import Dialogs
from adapters.teams.members import Members
from adapters.teams.parse import Added, ChannelNamed, Heard, Payload, Said, Tapped, Way, hear, neutral
from bot.events import Address, Sender
from bot.messages import Audience, Message, Outcome, Reply
from bot.ports import Engine
from surveys.errors import DeliveryError
from surveys.words import ENGLISH, Words

log = structlog.get_logger(__name__)

COPIES_SECONDS = 600.0
FACTS_SECONDS = 8.0
MENTIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds, each so that something is said before Teams gives up after ten to fifteen.

    `answer`: then the person is told that it is being worked on. `typing`: or that the bot is writing. `look_up`: who.
    """

    answer: float = 8.0
    typing: float = 2.0
    look_up: float = 2.0


WAITS = Waits()


class Known(Protocol):
    """What the store says about people and channels, without the adapter knowing a store."""

    async def knows(self, workspace: str, user: str) -> bool:
        """Whether a user is bound to a person already; then Teams need not be asked who it is."""

    async def direct_with(self, workspace: str, user: str) -> Address | None:
        """The direct conversation that is kept for a user."""

    async def met(self, address: Address, user: str) -> None:
        """This is the direct conversation with a user."""

    async def in_channel(self, address: Address, name: str) -> None:
        """The bot can write in this channel."""

    async def members(self, workspace: str, senders: Sequence[Sender]) -> None:
        """These people are in a team that the bot is in."""


class Exchange:
    def __init__(
        self,
        *,
        engine: Engine,
        adapter: TeamsAdapter,
        members: Members,
        known: Known,
        afterwards: Afterwards,
        words: Words = ENGLISH,
        waits: Waits = WAITS,
    ) -> None:
        self._engine = engine
        self._adapter = adapter
        self._members = members
        self._known = known
        self._afterwards = afterwards
        self._words = words
        self._waits = waits
        self._dialogs = Dialogs(engine=engine, words=words)
        self._copies = Answered(seconds=COPIES_SECONDS, now=time.monotonic)

    async def take(self, activity: Payload, workspace: str) -> Node | None:
        """The body of the answer to an invoke; None where there is none. `workspace`: whose request it is."""
        heard = hear(activity)
        if heard is None:
            return None
        if heard.way is not Way.CHAT:
            return await self._taken(heard, workspace)
        # A copy of a tap is told so, which the database finds out; a copy of words is for nobody. A command that only
        # reads is not remembered there.
        mark = f"{heard.event_id}/{heard.user}"
        if mark in self._copies:
            return None
        self._copies.add(mark)
        try:
            return await self._taken(heard, workspace)
        except BaseException:
            self._copies.discard(mark)
            raise

    async def _taken(self, heard: Heard, workspace: str) -> Node | None:
        address, place = heard.address(workspace), heard.reference
        self._adapter.meet(workspace, Whereabouts(service_url=place.service_url, bot=place.bot, tenant=place.tenant))
        if isinstance(heard.what, ChannelNamed):
            self._later(heard, self._look_at_team(heard, workspace))
            return None
        sender = await self._sender(heard, workspace)
        event = neutral(heard, address, sender, await self._people(heard))
        if event is None:
            return None
        handling = asyncio.ensure_future(self._engine.handle(event))
        if isinstance(heard.what, Added) and place.team:
            self._later(heard, self._look_at_team(heard, workspace))
        return await self._answered(handling, heard, address)

    async def _answered(self, handling: "asyncio.Future[Outcome]", heard: Heard, address: Address) -> Node | None:
        _ = self._words.gettext
        if heard.way is Way.CHAT:
            await asyncio.wait({handling}, timeout=min(self._waits.typing, self._waits.answer))
            if not handling.done():
                self._later(heard, self._adapter.say(heard.reference, heard.thread, TYPING))
        await asyncio.wait({handling}, timeout=self._waits.answer)
        if handling.done():
            answer = await self._answer(handling.result(), heard, address)
        else:
            answer = self._in_words(heard, _("Working on it …"))
            self._later(heard, self._answer_late(handling, heard, address))
        if heard.direct and heard.user:
            self._later(heard, self._known.met(address, heard.user))
        return answer

    # ── who ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _sender(self, heard: Heard, workspace: str) -> Sender:
        """Who did it: an identity by object id, and an e-mail where Teams vouches for a full member's."""
        plain = Sender(user=heard.user, name=heard.user_name)
        if not heard.user or await self._known.knows(workspace, heard.user):
            return plain
        try:
            # The bot's own id of whoever is in the verified request: no other person's name can be asked for.
            member = await asyncio.wait_for(self._members.member(heard.reference, heard.user_id), self._waits.look_up)
        except (DeliveryError, TimeoutError):
            return plain
        return member.sender() if member.user == heard.user else plain

    async def _people(self, heard: Heard) -> Mapping[str, str]:
        """A mentioned person's e-mail, so that a command finds who is meant."""
        found: dict[str, str] = {}
        if not isinstance(heard.what, Said):
            return found
        for mention in heard.mentions[:MENTIONS]:
            if mention.user in ("", heard.reference.bot):
                continue
            try:
                member = await asyncio.wait_for(
                    self._members.member(heard.reference, mention.user), self._waits.look_up
                )
            except (DeliveryError, TimeoutError):
                continue
            found[mention.user] = member.sender().email or member.name
        return found

    async def _look_at_team(self, heard: Heard, workspace: str) -> None:
        """Every channel of the team by its name, and its people by their e-mail."""
        for place, name in await self._adapter.channels(heard.reference):
            address = replace(
                heard.address(workspace), conversation=place.conversation, direct=False, reference=place.text()
            )
            await self._known.in_channel(address, name)
        if isinstance(heard.what, Added):
            everybody = [member.sender() async for member in self._members.all(heard.reference) if member.user]
            await self._known.members(workspace, everybody)

    # ── the answer ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, outcome: Outcome, heard: Heard, address: Address) -> Node | None:
        match heard.way:
            case Way.SILENCE:
                if isinstance(heard.what, Added) and heard.what.first_word and heard.direct and outcome.reply:
                    self._later(heard, self._post(outcome.reply.message, heard))
                return None
            case Way.CHAT:
                if outcome.reply or outcome.form:
                    self._later(heard, self._send(outcome, heard, address))
                return None
            case Way.CARD:
                return await self._in_card(outcome, heard, address)
            case Way.DIALOG:
                return await self._in_dialog(outcome, heard, address)

    async def _in_card(self, outcome: Outcome, heard: Heard, address: Address) -> Node:
        """The new card in the place of the old one; whatever else was said, in a message of its own."""
        _ = self._words.gettext
        reply = outcome.reply
        if outcome.form is None and reply is None:
            return words_answer(_("This came twice; it was taken once."))
        if outcome.form is None and reply and reply.audience is Audience.IN_PLACE and heard.direct:
            card, _left_out = await self._adapter.card(reply.message)
            # The answer is seen until the chat is opened anew: what is kept has to change as well.
            self._later(heard, self._replace(reply.message, heard, address))
            return card_answer(card)
        if reply and reply.audience is Audience.EVERYONE and not heard.direct:
            self._later(heard, self._send(outcome, heard, address))
            return words_answer(_("I am looking at who is in this channel."))
        self._later(heard, self._send(outcome, heard, address))
        return words_answer(_("The answer is below.") if heard.direct else self._sent_elsewhere())

    async def _in_dialog(self, outcome: Outcome, heard: Heard, address: Address) -> Node | None:
        reply = outcome.reply
        if reply and reply.audience is Audience.IN_PLACE and heard.message and heard.direct:
            self._later(heard, self._replace(reply.message, heard, address))
        return await self._dialogs.answer(outcome, heard, address)

    async def _answer_late(self, handling: "asyncio.Future[Outcome]", heard: Heard, address: Address) -> None:
        outcome = await handling
        if outcome.reply or outcome.form:
            await self._send(outcome, heard, address)

    async def _send(self, outcome: Outcome, heard: Heard, address: Address) -> None:
        """By posting: in place, to everyone, or to this person alone."""
        reply = outcome.reply
        if outcome.form is not None:
            reply = Reply(message=self._dialogs.offer(outcome.form))
        if reply is None:
            return
        if heard.direct and reply.audience is Audience.IN_PLACE and heard.message:
            await self._replace(reply.message, heard, address)
        elif heard.direct:
            await self._post(reply.message, heard)
        elif reply.audience is Audience.EVERYONE:
            refusal = await self._refusal(address)
            if refusal:
                await self._say(refusal, heard)
            else:
                await self._post(reply.message, heard)
        else:
            await self._privately(reply.message, heard, address)

    async def _post(self, message: Message, heard: Heard) -> None:
        await self._afterwards.insist(lambda: self._adapter.post_to(heard.reference, heard.thread, message))

    async def _say(self, text: str, heard: Heard) -> None:
        """A line of our own words where it was asked."""
        line = words_message(text)
        await self._afterwards.insist(lambda: self._adapter.say(heard.reference, heard.thread, line))

    async def _replace(self, message: Message, heard: Heard, address: Address) -> None:
        if not heard.message:
            return
        try:
            await self._afterwards.insist(lambda: self._adapter.update(address, heard.message, message))
        except DeliveryError as error:
            if isinstance(heard.what, Tapped):
                await repair(
                    error,
                    heard.what.action,
                    engine=self._engine,
                    address=address,
                    sender=Sender(user=heard.user),
                    event_id=heard.event_id,
                )
            raise

    async def _privately(self, message: Message, heard: Heard, address: Address) -> None:
        """To this person's own chat; the channel hears only that there is an answer, and where."""
        told = self._sent_elsewhere()
        try:
            own = await self._own_chat(heard, address)
            await self._afterwards.insist(lambda: self._adapter.post(own, message, delivery=""))
        except DeliveryError as error:
            log.info("teams.not_in_own_chat", platform=address.platform)
            told = self._not_sent(error)
        if heard.way is Way.CHAT:
            await self._say(told, heard)

    async def _own_chat(self, heard: Heard, address: Address) -> Address:
        kept = await self._known.direct_with(address.workspace, heard.user)
        if kept is not None:
            return kept
        user = heard.user_id or heard.user
        return await self._afterwards.insist(lambda: self._adapter.open_direct(address.workspace, user))

    def _not_sent(self, error: DeliveryError) -> str:
        _ = self._words.gettext
        if error.permanent:
            return _("I cannot write to you in private. Add me to your apps, then ask me again.")
        return _("Teams did not take my answer to you just now. Please ask me again in a few minutes.")

    async def _refusal(self, address: Address) -> str:
        """Why a result is not posted where everybody reads it (threat 4); "" where it may be."""
        _ = self._words.gettext
        try:
            facts = await asyncio.wait_for(self._adapter.conversation_facts(address), FACTS_SECONDS)
        except (DeliveryError, TimeoutError):
            return _("I cannot see who is in this channel, so nothing was posted.")
        if facts.shared_outside or facts.has_guests:
            return _("People from outside the company are in this channel, so nothing was posted.")
        return ""

    def _later(self, heard: Heard, work: Coroutine[Any, Any, None]) -> None:
        """One after another for each message and person, so that the later tap's state is what stays."""
        self._afterwards.add(f"{heard.reference.conversation}/{heard.message or heard.user}", work)

    def _in_words(self, heard: Heard, text: str) -> Node | None:
        match heard.way:
            case Way.CARD:
                return words_answer(text)
            case Way.DIALOG:
                return self._dialogs.words(text)
            case Way.CHAT:
                self._later(heard, self._say(text, heard))
                return None
            case Way.SILENCE:
                return None

    def _sent_elsewhere(self) -> str:
        return self._words.gettext("I sent you the answer in our chat: only you see it there.")
