"""Weekly summaries of channels, in words: started, stopped, listed."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.actions import RunCommand, StopSummary
from bot.commands.results import ScheduledSummary
from bot.commands.summaries import DAYS
from bot.messages import Button, Buttons, Column, Message, Paragraph, Table
from bot.views.phrases import moment_text, refusal_text, weekday_name
from surveys.errors import Undeliverable
from surveys.words import Words

_MOST_NAMED = 8


def _say(text: str, *buttons: Button) -> Message:
    blocks = (Paragraph(text=text), Buttons(buttons=buttons)) if buttons else (Paragraph(text=text),)
    return Message(summary=text, blocks=blocks)


def started(summary: ScheduledSummary, timezone: str, words: Words) -> Message:
    _ = words.gettext
    text = _("#{channel} gets the weekly summary: {weekday}, {time} ({zone}). First one: {first}.").format(
        channel=_plain(summary.channel),
        weekday=weekday_name(summary.weekday, words),
        time=_time(summary),
        zone=timezone,
        first=moment_text(summary.next_due_at, timezone, words),
    )
    return _say(text, Button(label=_("Stop it"), action=StopSummary(summary.public_id)))


def stopped(summary: ScheduledSummary, words: Words) -> Message:
    _ = words.gettext
    text = _("Stopped. No more weekly summaries in #{channel}.").format(channel=_plain(summary.channel))
    again = f"summary weekly #{_plain(summary.channel)} {DAYS[summary.weekday % 7]} {_time(summary)}"
    return _say(text, Button(label=_("Start it again"), action=RunCommand(again)))


def gone(words: Words) -> Message:
    _ = words.gettext
    return _say(_("This summary was stopped before."))


def none_there(channel: str, words: Words) -> Message:
    _ = words.gettext
    return _say(
        _("#{channel} gets no weekly summary, so there is nothing to stop.").format(channel=_plain(channel)),
        Button(label=_("Which channels do?"), action=RunCommand("summary list")),
    )


def unknown_channel(name: str, channels: Sequence[str], words: Words) -> Message:
    """A channel the bot is not in: nothing can be posted there."""
    _ = words.gettext
    text = _("I am not in #{channel}. Invite me there first, then try again.").format(channel=_plain(name))
    plain = [_plain(channel) for channel in channels if channel]
    close = get_close_matches(_plain(name), plain, n=1, cutoff=0.6)
    known = close or sorted(plain)[:_MOST_NAMED]
    if known:
        text += " " + _("I am in: {channels}.").format(channels=", ".join(f"#{channel}" for channel in known))
    return _say(text)


def listed(summaries: Sequence[ScheduledSummary], timezone: str, words: Words) -> Message:
    _ = words.gettext
    if not summaries:
        example = "summary weekly #customer-experience mon 09:00"
        return _say(_("No channel gets a weekly summary yet. Try: {example}").format(example=example))
    table = Table(
        caption=_("Weekly summaries, times of {zone}").format(zone=timezone),
        columns=(Column(title=_("Channel")), Column(title=_("When")), Column(title=_("Next"))),
        rows=tuple(
            (
                f"#{_plain(summary.channel)}",
                _("{weekday}, {time}").format(weekday=weekday_name(summary.weekday, words), time=_time(summary)),
                moment_text(summary.next_due_at, timezone, words),
            )
            for summary in summaries
        ),
    )
    text = words.ngettext("{n} weekly summary", "{n} weekly summaries", len(summaries)).format(n=len(summaries))
    buttons = tuple(
        Button(label=_("Stop #{channel}").format(channel=_plain(each.channel)), action=StopSummary(each.public_id))
        for each in summaries[:5]
    )
    return Message(summary=text, blocks=(table, Buttons(buttons=buttons)))


def refused(channel: str, reason: Undeliverable, subscription: str | None, words: Words) -> Message:
    """To its owner: a summary was not posted, why, and what to do. `subscription` None: it was stopped meanwhile."""
    _ = words.gettext
    text = _("The weekly summary for #{channel} was not posted: {reason}").format(
        channel=_plain(channel), reason=refusal_text(reason, words)
    )
    what = {
        Undeliverable.SHARED: _("Take them out of the channel, or choose another channel for it."),
        Undeliverable.ARCHIVED: _("Bring the channel back, or choose another one for it."),
        Undeliverable.GONE: _("Invite me there again, or choose another channel for it."),
    }.get(reason, _("Choose another channel for it, or speak to your administrator."))
    buttons = [Button(label=_("Which channels do?"), action=RunCommand("summary list"))]
    if subscription is not None:
        buttons.insert(0, Button(label=_("Stop it"), action=StopSummary(subscription)))
    return Message(summary=text, blocks=(Paragraph(text=text), Paragraph(text=what), Buttons(buttons=tuple(buttons))))


def _plain(channel: str) -> str:
    return channel.lstrip("#")


def _time(summary: ScheduledSummary) -> str:
    return f"{summary.hour:02}:{summary.minute:02}"
