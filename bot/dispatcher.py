"""From a neutral event to a committed outcome: de-duplicate, lock the conversation, load, decide, commit.

The imperative shell around the pure conversation. It knows no platform and no SQL; whatever goes wrong here meets one
boundary, which logs a short reference and tells it to the person.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot import actions
from bot.carrying_out import carry_out, refresh, spoken
from bot.conversation.answering import InvitationAction, act, reply
from bot.desk import Desk, Place
from bot.events import (
    ActionChosen,
    BotAdded,
    BotRemoved,
    CommandInvoked,
    Envelope,
    Event,
    MessageReceived,
    NotShown,
)
from bot.language import words_for
from bot.messages import Audience, Message, Outcome, Reply
from bot.observability import EVENTS, reference
from bot.ports import Bell, Clock, Conversation, Store, UnitOfWork, Workspace
from bot.redaction import code_of
from bot.views import notes
from surveys.errors import StorageUnavailable, Undeliverable
from surveys.people.model import Person
from surveys.sending.model import InvitationFacts, InvitationState
from surveys.words import ENGLISH, Words

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One event inside its unit of work, with whoever caused it and where."""

    unit: UnitOfWork
    workspace: Workspace
    conversation: Conversation
    user: str
    person: Person | None
    words: Words

    @property
    def place(self) -> Place:
        address = self.conversation.address
        return Place(direct=address.direct, address=address, user=self.user)


class Dispatcher:
    """The engine that adapters hand their events to (bot.ports.Engine)."""

    def __init__(self, *, store: Store, clock: Clock, bell: Bell, desk: Desk) -> None:
        self._store = store
        self._clock = clock
        self._bell = bell
        self._desk = desk

    async def handle(self, event: Event) -> Outcome:
        kind = type(event).__name__
        try:
            outcome = await self._handle(event)
        except StorageUnavailable as error:
            EVENTS.labels(kind=kind, outcome="unavailable").inc()
            log.warning("event.unavailable", kind=kind, state=code_of(error))
            return _say(notes.unavailable(ENGLISH))
        except Exception:
            mark = reference()
            EVENTS.labels(kind=kind, outcome="failed").inc()
            log.exception("event.failed", kind=kind, reference=mark)
            return _say(notes.failure(mark, ENGLISH))
        EVENTS.labels(kind=kind, outcome="repeated" if outcome is None else "handled").inc()
        return outcome or Outcome()

    async def _handle(self, event: Event) -> Outcome | None:
        """None for a copy of what was handled before."""
        envelope = event.envelope
        async with self._store.system() as system:
            workspace = await system.workspace(envelope.address.platform, envelope.address.workspace)
        if workspace is None:
            return _say(notes.unknown_workspace(ENGLISH))
        question = self._question(event)
        if question is not None:
            answered = await self._answer_reading(question, envelope, workspace)
            if answered is not None:
                return answered
        return await self._decide_and_commit(event, workspace)

    def _question(self, event: Event) -> str | None:
        """The text of a command that only reads, so that it need not wait for the one writer."""
        match event:
            case CommandInvoked(text=text) | ActionChosen(action=actions.RunCommand(text=text)):
                return text if self._desk.only_reads(text) else None
            case _:
                return None

    async def _answer_reading(self, text: str, envelope: Envelope, workspace: Workspace) -> Outcome | None:
        """None when the sender is not bound to a person yet: binding is a write."""
        async with self._store.read(workspace.tenant_id) as unit:
            person = await unit.people.known_sender(workspace.id, envelope.sender)
            if person is None:
                return None
            place = Place(direct=envelope.address.direct, address=envelope.address, user=envelope.sender.user)
            return await self._desk.answer(
                unit, text, person, place=place, now=self._clock.now(), words=words_for(person.language)
            )

    async def _decide_and_commit(self, event: Event, workspace: Workspace) -> Outcome | None:
        envelope, now = event.envelope, self._clock.now()
        async with self._store.write(workspace.tenant_id) as unit:
            digest = hashlib.sha256(f"{envelope.event_id}\n{envelope.sender.user}".encode()).digest()
            if not await unit.inbound.first_time(envelope.address.platform, envelope.event_id, digest, now):
                return None
            conversation = await unit.conversations.lock(workspace.id, envelope)
            person = await unit.people.by_sender(workspace.id, envelope.sender)
            scene = Scene(
                unit=unit,
                workspace=workspace,
                conversation=conversation,
                user=envelope.sender.user,
                person=person,
                words=words_for(person.language if person else None),
            )
            outcome = await self._decide(event, scene)
            await unit.commit()
        if _may_queue(event):
            self._bell.ring()
        return outcome

    async def _decide(self, event: Event, scene: Scene) -> Outcome:
        match event:
            case CommandInvoked(text=text):
                return await self._command(text, scene)
            case ActionChosen():
                return await self._action(event, scene)
            case MessageReceived(text=text):
                return await self._message(event, text, scene)
            case BotAdded():
                return _say(notes.welcome(scene.words))
            case BotRemoved():
                return await self._removed(event.envelope, scene)
            case NotShown(invitation=invitation):
                return await self._repair(invitation, event.envelope, scene)

    async def _removed(self, envelope: Envelope, scene: Scene) -> Outcome:
        """Who took the bot out of their own chat cannot be written to until they are heard from there again."""
        if envelope.address.direct:
            await scene.unit.people.shut_route(
                scene.workspace.id, envelope.sender.user, Undeliverable.NOT_INSTALLED, self._clock.now()
            )
        return Outcome()

    async def _repair(self, invitation: str, envelope: Envelope, scene: Scene) -> Outcome:
        """A delivery brings the message up to date, which waits for its turn and outlives the process."""
        facts = await scene.unit.invitations.facts(invitation)
        if facts is not None and scene.person is not None and facts.person.id == scene.person.id:
            await scene.unit.deliveries.add([refresh(facts, envelope.event_id, self._clock.now())])
        return Outcome()

    async def _action(self, event: ActionChosen, scene: Scene) -> Outcome:
        match event.action:
            case actions.Unreadable():
                return _say(notes.unreadable(scene.words))
            case actions.RunCommand(text=text):
                return await self._command(text, scene)
            case actions.PostHere() as action:
                return await self._post(action, event.envelope, scene)
            case actions.ConfirmWave() | actions.CancelWave() | actions.StopSummary() as action:
                return await self._desk.act(scene.unit, action, scene.person, now=self._clock.now(), words=scene.words)
            case action:
                return await self._invitation(event, action, scene)

    async def _command(self, text: str, scene: Scene, *, audience: Audience = Audience.SENDER) -> Outcome:
        return await self._desk.answer(
            scene.unit,
            text,
            scene.person,
            place=scene.place,
            now=self._clock.now(),
            words=scene.words,
            audience=audience,
        )

    async def _post(self, action: actions.PostHere, envelope: Envelope, scene: Scene) -> Outcome:
        """For everybody in this channel at once; for those of the channel where it was asked by a delivery."""
        here = scene.conversation
        if not here.address.direct and action.channel in ("", here.address.conversation):
            return await self._command(action.text, scene, audience=Audience.EVERYONE)
        return await self._desk.post(
            scene.unit,
            action,
            scene.person,
            place=scene.place,
            workspace_id=scene.workspace.id,
            cause=envelope.event_id,
            now=self._clock.now(),
            words=scene.words,
        )

    async def _invitation(self, event: ActionChosen, action: InvitationAction, scene: Scene) -> Outcome:
        facts = await _arrived(await scene.unit.invitations.facts(action.invitation), scene, self._clock.now())
        decision = act(facts, action, event.values, person=scene.person, now=self._clock.now(), words=scene.words)
        if facts is not None:
            await carry_out(scene.unit, decision, facts, scene.conversation, now=self._clock.now())
            if decision.effects and event.envelope.elsewhere:
                await scene.unit.deliveries.add([refresh(facts, event.envelope.event_id, self._clock.now())])
        return decision.outcome

    async def _message(self, event: MessageReceived, text: str, scene: Scene) -> Outcome:
        """A command if it reads as one, else an answer to what is pending, else an offer of what can be done."""
        if scene.person is None and not self._desk.reads_as_command(text):
            return _say(notes.unknown_sender(scene.user, scene.words))
        if self._desk.reads_as_command(text, scene.person):
            return await self._command(text, scene)
        answered = await self._typed_reply(event, text, scene)
        return answered if answered is not None else _say(notes.not_understood(text, scene.words))

    async def _typed_reply(self, event: MessageReceived, text: str, scene: Scene) -> Outcome | None:
        """An answer typed in words; the invitation's own message is brought up to date by a delivery."""
        now = self._clock.now()
        for facts in await self._awaiting(scene):
            decision = reply(facts, scene.conversation.pending, text, now=now, words=scene.words)
            if decision is None:
                continue
            await carry_out(scene.unit, decision, facts, scene.conversation, now=now)
            if decision.effects:
                await scene.unit.deliveries.add([refresh(facts, event.envelope.event_id, now)])
            return spoken(decision.outcome)
        return None

    async def _awaiting(self, scene: Scene) -> list[InvitationFacts]:
        """The invitation asked last in this conversation, else whatever the person may still answer, newest first."""
        if scene.person is None or not scene.conversation.address.direct:
            return []
        pending = scene.conversation.pending
        if not pending.nothing:
            facts = await scene.unit.invitations.facts(pending.invitation)
            if facts is not None and facts.person.id == scene.person.id:
                return [facts]
        return list(await scene.unit.invitations.open_of(scene.person.id))


def _may_queue(event: Event) -> bool:
    """Whether the commit may have written deliveries.

    Nearly every event is an answer on its message, which writes none: a look for deliveries after each would cost a
    third as much as the answer itself. The clock looks every second anyway.
    """
    if not isinstance(event, ActionChosen) or event.envelope.elsewhere:
        return True
    return not isinstance(event.action, actions.Answer | actions.SkipQuestion)


async def _arrived(facts: InvitationFacts | None, scene: Scene, now: datetime) -> InvitationFacts | None:
    """Whoever uses a message has it: also before it is recorded as sent, and where nobody could confirm it (0006)."""
    if facts is None or facts.state is not InvitationState.QUEUED:
        return facts
    if scene.person is None or scene.person.id != facts.person.id:
        return facts
    await scene.unit.invitations.delivered(facts.id, now)
    return await scene.unit.invitations.facts(facts.public_id)


def _say(message: Message) -> Outcome:
    return Outcome(reply=Reply(message=message))
