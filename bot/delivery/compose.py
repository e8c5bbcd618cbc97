"""From a delivery's template key and parameters to the message, at the moment it is sent.

A delivery row holds no text and no answer; what is true now is read now. A template that finds nothing to say any
more (answered, withdrawn, opted out) says why, and the delivery is dropped.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.state import Pending
from bot.desk import Desk, Place
from bot.digest import weekly_summary
from bot.language import words_for
from bot.messages import Audience, Message
from bot.ports import DeliveryKind, DueDelivery, UnitOfWork
from bot.views import access, notes, posting, subscriptions
from bot.views.invitation import invitation
from surveys.errors import DeliveryError, NotFound, Undeliverable
from surveys.sending.hours import next_business_moment, zone_of
from surveys.sending.model import InvitationFacts, InvitationState
from surveys.sending.order import next_question
from surveys.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    message: Message
    pending: Pending | None = None
    """What a typed reply in that conversation will answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingToSend:
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBefore:
    """Held up until it became night where the person is: not now, but then."""

    moment: datetime


Prepared = Composed | NothingToSend | NotBefore
Composer = Callable[[UnitOfWork, DueDelivery, datetime], Awaitable[Prepared]]

HELD_UP = timedelta(hours=1)
"""A question that is so late may have left its person's business hours, and is not sent outside them."""


async def compose(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Prepared:
    """Raises NotFound when the template or what it is about does not exist."""
    composer = TEMPLATES.get(due.template)
    if composer is None:
        raise NotFound(f"There is no template {due.template!r}.")
    return await composer(unit, due, now)


async def _invitation(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Prepared:
    facts = await _facts(unit, due.parameters)
    if due.kind is DeliveryKind.POST:
        reason = _no_longer(facts, now)
        if reason:
            return NothingToSend(reason=reason)
        opening = next_business_moment(now, zone_of(facts.person.timezone, unit.tenant.timezone))
        if opening > now and _is_held_up(facts, now):
            return NotBefore(moment=opening)
    # The card is made as it will look once delivered: its buttons work from the first moment.
    shown = facts.as_delivered(now) if facts.state is InvitationState.QUEUED else facts
    question = next_question(shown)
    pending = Pending(invitation=facts.public_id, question=question.key) if question else None
    message = invitation(shown, now, words_for(facts.person.language))
    return Composed(message=message, pending=pending if due.kind is DeliveryKind.POST else None)


def _no_longer(facts: InvitationFacts, now: datetime) -> str:
    if facts.state is not InvitationState.QUEUED:
        return facts.state.value
    if facts.opted_out:
        return "opted_out"
    # While it is queued: until when it may wait for its turn.
    if facts.closes_at is not None and now >= facts.closes_at:
        return "expired"
    return ""


def _is_held_up(facts: InvitationFacts, now: datetime) -> bool:
    """By an outage, a limit of the platform: while it is queued, its time is `expires_after` before its end."""
    return facts.closes_at is not None and now - (facts.closes_at - facts.version.survey.expires_after) > HELD_UP


async def _talk_request(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Composed | NothingToSend:
    facts = await _facts(unit, due.parameters)
    return Composed(message=notes.talk_request(facts, await _words(unit, due)))


async def _granted(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Composed | NothingToSend:
    person = await unit.people.by_id(int(due.parameters["person"]))
    granted_by = await unit.people.by_id(int(due.parameters["by"]))
    return Composed(message=access.granted(person, granted_by, due.parameters["permission"], await _words(unit, due)))


async def _revoked(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Composed | NothingToSend:
    person = await unit.people.by_id(int(due.parameters["person"]))
    revoked_by = await unit.people.by_id(int(due.parameters["by"]))
    return Composed(message=access.revoked(person, revoked_by, due.parameters["permission"], await _words(unit, due)))


async def _weekly_summary(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Composed | NothingToSend:
    message = await weekly_summary(unit, slot=due.parameters["slot"], late=due.parameters.get("late") == "yes")
    return Composed(message=message)


async def _summary_refused(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Composed | NothingToSend:
    conversation = await unit.conversations.by_id(int(due.parameters["conversation"]))
    mine = [one for one in await unit.subscriptions.all() if one.conversation_id == conversation.id]
    return Composed(
        message=subscriptions.refused(
            conversation.name,
            Undeliverable(due.parameters["reason"]),
            mine[0].public_id if mine else None,
            await _words(unit, due),
        )
    )


async def _posted_answer(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Composed | NothingToSend:
    if now - datetime.fromisoformat(due.parameters["asked_at"]) > HELD_UP:
        # Nobody is talking about it any more; whoever wanted it posted is told.
        raise DeliveryError("The answer comes too late.", permanent=True)
    person = await unit.people.by_id(int(due.parameters["person"]))
    outcome = await Desk().answer(
        unit,
        due.parameters["text"],
        person,
        place=Place(direct=False),
        now=now,
        words=words_for(person.language),
        audience=Audience.EVERYONE,
    )
    if outcome.reply is None or outcome.reply.audience is not Audience.EVERYONE:
        return NothingToSend(reason="not permitted any more")
    return Composed(message=outcome.reply.message)


async def _answer_refused(unit: UnitOfWork, due: DueDelivery, now: datetime) -> Composed | NothingToSend:
    conversation = await unit.conversations.by_id(int(due.parameters["conversation"]))
    reason = Undeliverable(due.parameters["reason"])
    return Composed(message=posting.refused(conversation.name, reason, await _words(unit, due)))


async def _facts(unit: UnitOfWork, parameters: Mapping[str, str]) -> InvitationFacts:
    facts = await unit.invitations.facts(parameters["invitation"])
    if facts is None:
        raise NotFound("The invitation does not exist any more.")
    return facts


async def _words(unit: UnitOfWork, due: DueDelivery) -> Words:
    person = await unit.people.by_id(due.person_id) if due.person_id else None
    return words_for(person.language if person else None)


TEMPLATES: Mapping[str, Composer] = {
    "invitation": _invitation,
    "talk_request": _talk_request,
    "granted": _granted,
    "revoked": _revoked,
    "weekly_summary": _weekly_summary,
    "summary_refused": _summary_refused,
    "posted_answer": _posted_answer,
    "answer_refused": _answer_refused,
}
