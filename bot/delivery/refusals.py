"""Who is told that a message was refused for good: whoever asked for it, where its channel is not ours alone."""

from datetime import datetime

from bot.desk import posting
from bot.ports import DueDelivery, NewDelivery, UnitOfWork
from surveys.errors import Undeliverable
from surveys.people.model import Permission

SUMMARY = "weekly_summary"
TEMPLATE = "summary_refused"


async def told_of_refusal(
    unit: UnitOfWork, due: DueDelivery, reason: Undeliverable, now: datetime
) -> list[NewDelivery]:
    """Once for each slot, to whoever subscribed the channel; to every CX lead where nobody answers for it any more."""
    if due.conversation_id is None:
        return []
    if due.template == posting.TEMPLATE:
        return [_told(due, "answer_refused", int(due.parameters["person"]), reason, now)]
    if due.template != SUMMARY:
        return []
    leads = {person.id for person in await unit.people.with_permission(Permission.CX_LEAD)}
    subscribed = [one for one in await unit.subscriptions.all() if one.conversation_id == due.conversation_id]
    owners = {one.created_by for one in subscribed if one.created_by in leads}
    return [
        _told(due, TEMPLATE, person_id, reason, now) for person_id in sorted(owners or leads) if person_id is not None
    ]


def _told(due: DueDelivery, template: str, person_id: int, reason: Undeliverable, now: datetime) -> NewDelivery:
    return NewDelivery(
        template=template,
        parameters={"conversation": str(due.conversation_id), "reason": reason.value},
        dedupe_key=f"{template}:{due.public_id}:{person_id}",
        due_at=now,
        person_id=person_id,
    )
