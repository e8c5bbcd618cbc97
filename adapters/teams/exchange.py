"""One exchange: what a person did goes to the engine, and its answer goes back.

A tap in a card and a dialog are answered in the request; a message is answered by posting. In a channel every answer
is private: it goes to the person's own chat, unless it is for everyone and nobody from outside reads there (threat 4).
"""

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import structlog

from adapters.requests.afterwards import Afterwards
from adapters.requests.answered import Answered
from adapters.requests.received import Received
from adapters.requests.repair import repair
from adapters.requests.typed import with_typed
from adapters.teams.activities import TYPING, card_answer, stays_open, words_answer, words_message
from adapters.teams.adapter import TeamsAdapter, Whereabouts
from adapters.teams.cards import Node
from adapters.teams.dialogs import Dialogs
from adapters.teams.members import Member, Members
from adapters.teams.parse import Added, ChannelNamed, Heard, Payload, Said, Tapped, Way, hear, neutral
from adapters.teams.waits import WAITS, Left, Waits
from bot.events import Address, Sender
from bot.messages import Audience, Message, Outcome, Reply
from bot.ports import Engine
from surveys.errors import DeliveryError
from surveys.words import ENGLISH, Words

log = structlog.get_logger(__name__)

COPIES_SECONDS = 600.0
FACTS_SECONDS = 8.0
MENTIONS = 5


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

    async def take(self, activity: Payload, workspace: str, received: Received) -> Node | None:
        """The body of the answer to an invoke; None where there is none. `workspace`: whose request it is."""
        heard = hear(activity)
        if heard is None:
            return None
        left = Left(received, self._waits, elsewhere=heard.elsewhere)
        if heard.way is not Way.CHAT:
            return await self._taken(heard, workspace, left)
        # A copy of a tap is told so, which the database finds out; a copy of words is for nobody. A command that only
        # reads is not remembered there.
        mark = f"{heard.event_id}/{heard.user}"
        if mark in self._copies:
            return None
        self._copies.add(mark)
        try:
            return await self._taken(heard, workspace, left)
        except BaseException:
            self._copies.discard(mark)
            raise

    async def _taken(self, heard: Heard, workspace: str, left: Left) -> Node | None:
        address, place = heard.address(workspace), heard.reference
        self._adapter.meet(workspace, Whereabouts(service_url=place.service_url, bot=place.bot, tenant=place.tenant))
        if isinstance(heard.what, ChannelNamed):
            self._later(heard, self._look_at_team(heard, workspace))
            return None
        sender, people = await asyncio.gather(self._sender(heard, workspace, left), self._people(heard, left))
        event = neutral(heard, address, sender, people)
        if event is None:
            return None
        handling = asyncio.ensure_future(self._engine.handle(event))
        if isinstance(heard.what, Added) and place.team:
            self._later(heard, self._look_at_team(heard, workspace))
        return await self._answered(handling, heard, address, left)

    async def _answered(
        self, handling: "asyncio.Future[Outcome]", heard: Heard, address: Address, left: Left
    ) -> Node | None:
        if heard.way is Way.CHAT:
            await asyncio.wait({handling}, timeout=left.typing)
            if not handling.done():
                self._later(heard, self._adapter.say(heard.reference, heard.thread, TYPING))
        await asyncio.wait({handling}, timeout=left.answer)
        if handling.done():
            answer = await self._answer(handling.result(), heard, address, left)
        else:
            answer = self._in_words(heard, self._working())
            self._later(heard, self._answer_late(handling, heard, address))
        if heard.direct and heard.user:
            self._later(heard, self._known.met(address, heard.user))
        return answer

    # ── who ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _sender(self, heard: Heard, workspace: str, left: Left) -> Sender:
        """Who did it: an identity by object id, and an e-mail where Teams vouches for a full member's."""
        plain = Sender(user=heard.user, name=heard.user_name)
        if not heard.user or await self._is_known(workspace, heard.user, left):
            return plain
        # The bot's own id of whoever is in the verified request: no other person's name can be asked for.
        member = await self._member(heard, heard.user_id, left)
        return member.sender() if member and member.user == heard.user else plain

    async def _is_known(self, workspace: str, user: str, left: Left) -> bool:
        """No while the store does not say. It is left to say so by itself: cut off, it would lose a connection."""
        asked = asyncio.ensure_future(self._known.knows(workspace, user))
        done, _ = await asyncio.wait({asked}, timeout=left.look_up)
        return asked.result() if done else False

    async def _people(self, heard: Heard, left: Left) -> Mapping[str, str]:
        """A mentioned person's e-mail, so that a command finds who is meant."""
        mentioned = heard.mentions[:MENTIONS] if isinstance(heard.what, Said) else ()
        named = [mention.user for mention in mentioned if mention.user not in ("", heard.reference.bot)]
        found = await asyncio.gather(*(self._member(heard, user, left) for user in named))
        return {user: member.sender().email or member.name for user, member in zip(named, found, strict=True) if member}

    async def _member(self, heard: Heard, user: str, left: Left) -> Member | None:
        """None while Teams does not say."""
        try:
            return await asyncio.wait_for(self._members.member(heard.reference, user), left.look_up)
        except (DeliveryError, TimeoutError):
            return None

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

    async def _answer(self, outcome: Outcome, heard: Heard, address: Address, left: Left) -> Node | None:
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
                return await self._in_card(outcome, heard, address, left)
            case Way.DIALOG:
                return await self._in_dialog(outcome, heard, address, left)

    async def _in_card(self, outcome: Outcome, heard: Heard, address: Address, left: Left) -> Node:
        """The new card in the place of the old one; whatever else was said, in a message of its own."""
        _ = self._words.gettext
        reply = outcome.reply
        if outcome.form is None and reply is None:
            return words_answer(_("This came twice; it was taken once."))
        if outcome.form is None and reply and reply.audience is Audience.IN_PLACE and heard.direct:
            card = await self._drawn(reply.message, left)
            # The answer is seen until the chat is opened anew: what is kept has to change as well.
            self._later(heard, self._replace(reply.message, heard, address))
            return card_answer(card) if card is not None else words_answer(self._working())
        if reply and reply.audience is Audience.EVERYONE and not heard.direct:
            self._later(heard, self._send(outcome, heard, address))
            return words_answer(_("I am looking at who is in this channel."))
        self._later(heard, self._send(outcome, heard, address))
        return words_answer(_("The answer is below.") if heard.direct else self._sent_elsewhere())

    async def _drawn(self, message: Message, left: Left) -> Node | None:
        """The card; None where its pictures are not drawn in time."""
        try:
            card, _left_out = await asyncio.wait_for(self._adapter.card(message), left.last)
        except TimeoutError:
            return None
        return card

    async def _in_dialog(self, outcome: Outcome, heard: Heard, address: Address, left: Left) -> Node | None:
        reply = outcome.reply
        if reply and reply.audience is Audience.IN_PLACE and heard.message and heard.direct:
            self._later(heard, self._replace(reply.message, heard, address))
        answer = await self._dialogs.answer(outcome, heard, address, left)
        if answer is not None and not stays_open(answer) and _mistaken(outcome, heard):
            # What was typed must not go with the form.
            self._later(heard, self._send(_with_typed(outcome, heard), heard, address))
        return answer

    async def _answer_late(self, handling: "asyncio.Future[Outcome]", heard: Heard, address: Address) -> None:
        outcome = _with_typed(await handling, heard)
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

    def _working(self) -> str:
        return self._words.gettext("Working on it …")

    def _sent_elsewhere(self) -> str:
        return self._words.gettext("I sent you the answer in our chat: only you see it there.")


def _mistaken(outcome: Outcome, heard: Heard) -> bool:
    """Whether a form was sent that could not be saved."""
    sent = isinstance(heard.what, Tapped) and heard.what.submitted
    return sent and outcome.reply is not None and outcome.reply.audience is Audience.SENDER


def _with_typed(outcome: Outcome, heard: Heard) -> Outcome:
    if not _mistaken(outcome, heard):
        return outcome
    assert outcome.reply is not None
    assert isinstance(heard.what, Tapped)
    return Outcome(reply=Reply(message=with_typed(outcome.reply.message, heard.what.values)))
