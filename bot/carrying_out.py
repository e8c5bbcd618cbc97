"""Carries a decision of the conversation into the unit of work: one place where an effect becomes rows."""

from collections.abc import Sequence
from datetime import datetime

from bot.conversation.decision import (
    Decision,
    Effect,
    OptIn,
    OptOut,
    RecordAnswer,
    RequestTalk,
    Skip,
    SnoozeUntil,
)
from bot.messages import Message, Outcome, Paragraph, Reply
from bot.observability import TAPS
from bot.ports import AuditEntry, Conversation, DeliveryKind, NewAnswer, NewDelivery, UnitOfWork
from surveys.people.model import Permission, Person
from surveys.sending.model import InvitationFacts


async def carry_out(
    unit: UnitOfWork, decision: Decision, facts: InvitationFacts, conversation: Conversation, *, now: datetime
) -> None:
    """Everything the decision says, in the unit's own transaction; the caller commits."""
    for effect in decision.effects:
        await _carry_out(unit, effect, facts, conversation.address.platform, now)
    if decision.pending is not None and decision.pending != conversation.pending:
        await unit.conversations.set_pending(conversation.id, decision.pending)


async def _carry_out(unit: UnitOfWork, effect: Effect, facts: InvitationFacts, platform: str, now: datetime) -> None:
    person = facts.person
    match effect:
        case RecordAnswer(answer=answer):
            stored = await unit.invitations.answer(
                NewAnswer(
                    invitation_id=facts.id,
                    question=answer.question,
                    at=now,
                    platform=platform,
                    score=answer.score,
                    text=answer.text,
                    choice=answer.choice,
                    not_applicable=answer.not_applicable,
                )
            )
            earlier = facts.answer(answer.question) is not None
            TAPS.labels(outcome="unchanged" if not stored else "changed" if earlier else "recorded").inc()
        case Skip(question=question):
            await unit.invitations.skip(facts.id, question, now)
        case SnoozeUntil(until=until):
            await unit.people.snooze(person.id, until)
        case OptOut():
            await unit.people.opt_out(person.id, now)
            await unit.invitations.cancel_queued(person.id, now)
            await unit.audit.append(_entry("opt_out", facts, now))
        case OptIn():
            await unit.people.opt_in(person.id, now)
            await unit.audit.append(_entry("opt_in", facts, now))
        case RequestTalk():
            await unit.invitations.request_talk(facts.id, now)
            await unit.deliveries.add([_talk_request(facts, lead.id, now) for lead in await _leads(unit)])


async def _leads(unit: UnitOfWork) -> Sequence[Person]:
    return await unit.people.with_permission(Permission.CX_LEAD)


def _entry(action: str, facts: InvitationFacts, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now, actor_id=facts.person.id, actor=facts.person.public_id, action=action, subject=facts.person.public_id
    )


def _talk_request(facts: InvitationFacts, lead_id: int, now: datetime) -> NewDelivery:
    return NewDelivery(
        template="talk_request",
        parameters={"invitation": facts.public_id},
        dedupe_key=f"talk:{facts.public_id}:{lead_id}",
        due_at=now,
        person_id=lead_id,
    )


def refresh(facts: InvitationFacts, cause: str, now: datetime) -> NewDelivery:
    """Brings the message that carries an invitation up to date; `cause` (an event's id) keeps it to once."""
    return NewDelivery(
        template="invitation",
        parameters={"invitation": facts.public_id},
        dedupe_key=f"refresh:{facts.public_id}:{cause}"[:200],
        due_at=now,
        person_id=facts.person.id,
        invitation_id=facts.id,
        kind=DeliveryKind.UPDATE,
    )


def spoken(outcome: Outcome) -> Outcome:
    """The answer to typed words: one line of text, because the card itself is brought up to date where it stands."""
    if outcome.reply is None:
        return outcome
    summary = outcome.reply.message.summary
    return Outcome(reply=Reply(message=Message(summary=summary, blocks=(Paragraph(text=summary),))))
