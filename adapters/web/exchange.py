"""One exchange: what a person typed or tapped goes to the log and to the engine, and its answer goes to the log.

The workspace's own rules of who sees what are here, and none of the product's: those are the engine's.
"""

from dataclasses import dataclass

from adapters.web.chat import ChatLog, StoredMessage, only_reader
from adapters.web.codec import encode
from adapters.web.live import Live, Posted
from adapters.web.parse import Tapped, Typed, log_key
from bot.messages import Audience, Form, Message, Paragraph, Reply
from bot.ports import Clock, Engine
from surveys.errors import NotFound
from surveys.people.model import Person

SUMMARY_LENGTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What is new or different in the conversation; empty for the second copy of an event."""

    messages: tuple[StoredMessage, ...] = ()
    form: Form | None = None


def may_see(person: Person, conversation: str, message: StoredMessage) -> bool:
    """The message is in this conversation and for everybody there, or for this person alone."""
    return message.conversation == conversation and message.visible_to in (None, person.public_id)


class Exchange:
    def __init__(self, *, log: ChatLog, engine: Engine, live: Live, clock: Clock) -> None:
        self._log = log
        self._engine = engine
        self._live = live
        self._clock = clock

    async def say(self, person: Person, conversation: str, typed: Typed) -> Exchanged:
        """Logs what was typed, once, and what the engine answers to it."""
        said = Message(summary=typed.text[:SUMMARY_LENGTH], blocks=(Paragraph(text=typed.text),))
        reader = person.public_id if typed.private else only_reader(conversation)
        own = await self._add(
            conversation, said, author=person.public_id, reader=reader, key=log_key(typed.key, "typed"), sent=typed.sent
        )
        if typed.event is None:
            return Exchanged(messages=(own,))
        outcome = await self._engine.handle(typed.event)
        if outcome.reply is None:
            return Exchanged(messages=(own,), form=outcome.form)
        answer = await self._reply(person, conversation, outcome.reply, on=None, key=typed.key)
        return Exchanged(messages=(own, answer), form=outcome.form)

    async def tap(self, person: Person, conversation: str, tapped: Tapped) -> Exchanged:
        """Hands a tap to the engine. Raises NotFound when the person cannot see the message that was tapped.

        What the button carries is not judged here: the engine checks it against the person who tapped.
        """
        on = await self._log.find(tapped.message)
        if on is None or not may_see(person, conversation, on):
            raise NotFound("There is no such message in this conversation.")
        outcome = await self._engine.handle(tapped.event)
        if outcome.reply is None:
            return Exchanged(form=outcome.form)
        answer = await self._reply(person, conversation, outcome.reply, on=on, key=tapped.key)
        return Exchanged(messages=(answer,), form=outcome.form)

    async def _reply(
        self, person: Person, conversation: str, reply: Reply, *, on: StoredMessage | None, key: str
    ) -> StoredMessage:
        # Only the bot's own message to this person: what everybody in a channel sees is never replaced by what is
        # meant for one of them, and what a person typed stays what they typed.
        own = on is not None and on.author is None and on.visible_to == person.public_id
        if reply.audience is Audience.IN_PLACE and on is not None and own:
            replaced = await self._log.replace(on.public_id, body=encode(reply.message), at=self._clock.now())
            if replaced is not None:
                self._live.publish(Posted(message=replaced, new=False))
                return replaced
        everyone = reply.audience is Audience.EVERYONE
        reader = only_reader(conversation) if everyone else person.public_id
        return await self._add(conversation, reply.message, author=None, reader=reader, key=log_key(key, "answer"))

    async def _add(
        self, conversation: str, message: Message, *, author: str | None, reader: str | None, key: str, sent: str = ""
    ) -> StoredMessage:
        stored, new = await self._log.add(
            conversation=conversation,
            author=author,
            visible_to=reader,
            body=encode(message),
            delivery=key,
            at=self._clock.now(),
        )
        if new:
            self._live.publish(Posted(message=stored, new=True, sent=sent))
        return stored
