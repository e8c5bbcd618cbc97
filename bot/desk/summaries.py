"""Weekly summaries: which channel gets one, and when. The row owns the schedule."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.commands.results import ScheduledSummary
from bot.commands.summaries import ListSummaries, StopSummaries, WeeklySummary
from bot.desk.errand import Errand, say, say_in_place
from bot.messages import Outcome
from bot.ports import AuditEntry, Conversation, Subscription
from bot.views import advice, subscriptions
from surveys.people.model import Permission
from surveys.sending.recurrence import next_weekly


async def carry_out(errand: Errand, command: WeeklySummary | StopSummaries | ListSummaries) -> Outcome:
    match command:
        case WeeklySummary():
            return await _start(errand, command)
        case StopSummaries(channel=channel):
            existing = [each for each in await errand.unit.subscriptions.all() if _same(each.channel, channel)]
            if not existing:
                return say(subscriptions.none_there(channel, errand.words))
            return await stop(errand, existing[0].public_id)
        case ListSummaries():
            shown = [_shown(each) for each in await errand.unit.subscriptions.all()]
            return say(subscriptions.listed(shown, errand.unit.tenant.timezone, errand.words))


async def stop(errand: Errand, public_id: str) -> Outcome:
    if not errand.asker.may(Permission.CX_LEAD):
        return say(advice.refused("summary", errand.words, employee=errand.asker.is_employee))
    stopped = await errand.unit.subscriptions.stop(public_id, errand.now)
    if stopped is None:
        return say_in_place(subscriptions.gone(errand.words))
    await _note(errand, "summary.stopped", stopped)
    return say_in_place(subscriptions.stopped(_shown(stopped), errand.words))


async def _start(errand: Errand, command: WeeklySummary) -> Outcome:
    channel = await _channel(errand, command.channel)
    if channel is None:
        names = [each.name for each in await errand.unit.conversations.channels()]
        return say(subscriptions.unknown_channel(command.channel, names, errand.words))
    due = await _first_due(errand, command, channel)
    subscription = await errand.unit.subscriptions.add_weekly(
        channel.id,
        weekday=command.weekday,
        hour=command.hour,
        minute=command.minute,
        by=errand.asker.person.id if errand.asker.person else None,
        at=errand.now,
        next_due_at=due,
    )
    await _note(errand, "summary.started", subscription)
    return say(subscriptions.started(_shown(subscription), errand.unit.tenant.timezone, errand.words))


async def _first_due(errand: Errand, command: WeeklySummary, channel: Conversation) -> datetime:
    """The next such moment; a week later where the summary of that day is out already, at its former time."""
    zone, at = ZoneInfo(errand.unit.tenant.timezone), time(command.hour, command.minute)
    due = next_weekly(errand.now, weekday=command.weekday, at=at, zone=zone)
    if await errand.unit.subscriptions.has_fired(channel.id, due.astimezone(zone).date()):
        return next_weekly(due, weekday=command.weekday, at=at, zone=zone)
    return due


async def _channel(errand: Errand, name: str) -> Conversation | None:
    for conversation in await errand.unit.conversations.channels():
        if _same(conversation.name, name):
            return conversation
    return None


def _same(one: str, other: str) -> bool:
    return one.lstrip("#").casefold() == other.lstrip("#").casefold()


def _shown(subscription: Subscription) -> ScheduledSummary:
    return ScheduledSummary(
        public_id=subscription.public_id,
        channel=subscription.channel,
        weekday=subscription.weekday,
        hour=subscription.hour,
        minute=subscription.minute,
        next_due_at=subscription.next_due_at,
    )


async def _note(errand: Errand, action: str, subscription: Subscription) -> None:
    person = errand.asker.person
    await errand.unit.audit.append(
        AuditEntry(
            at=errand.now,
            actor_id=person.id if person else None,
            actor=person.public_id if person else "operator",
            action=action,
            subject=subscription.public_id,
        )
    )
