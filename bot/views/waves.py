"""After sending, in words: what became of a wave, and the list of waves."""

from collections.abc import Sequence

from bot.actions import CancelWave, RunCommand
from bot.commands.tokens import quote
from bot.messages import Block, Button, Buttons, ButtonStyle, Column, Message, Paragraph, Table, Tone
from bot.views.phrases import date_text, moment_text
from surveys.errors import Undeliverable
from surveys.sending.model import Wave, WavePlan, WaveState
from surveys.words import Words

MOST_OFFERED = 5


def sent(wave: Wave, plan: WavePlan, timezone: str, words: Words) -> Message:
    """Confirmed just now, with who was skipped after all since the preview."""
    _ = words.gettext
    n = len(plan.asked)
    text = words.ngettext(
        "On its way: {survey} to {n} person ({audience}).", "On its way: {survey} to {n} people ({audience}).", n
    ).format(survey=_title(wave), n=n, audience=wave.audience)
    blocks: list[Block] = []
    last = max((entry.due_at for entry in plan.asked), default=None)
    if last is not None:
        moment = moment_text(last, timezone, words)
        blocks.append(Paragraph(text=_("The last one leaves: {moment}").format(moment=moment), tone=Tone.MUTED))
    if n < wave.members:
        blocks.append(Paragraph(text=_("Skipped since the preview: {n}").format(n=wave.members - n), tone=Tone.MUTED))
    return _say(text, *blocks, _what_next(wave, words))


def state(wave: Wave, timezone: str, words: Words) -> Message:
    """How a wave stands, for whoever pressed one of its buttons: nothing happens twice."""
    _ = words.gettext
    about = {"survey": _title(wave), "audience": wave.audience}
    match wave.state:
        case WaveState.OPEN:
            when = moment_text(wave.confirmed_at, timezone, words) if wave.confirmed_at else ""
            text = _("Sent already: {survey} ({audience}), {when}. Nobody is asked twice.").format(**about, when=when)
            return _say(text, _what_next(wave, words))
        case WaveState.CLOSED:
            return _say(_("Sent and closed: {survey} ({audience}). Nobody is asked twice.").format(**about))
        case WaveState.CANCELLED:
            return _stopped(wave, words)
        case WaveState.DRAFT:
            return _say(_("Not sent yet: {survey} ({audience}).").format(**about))


def _stopped(wave: Wave, words: Words) -> Message:
    """Says truly who was asked: what has left cannot be called back."""
    _ = words.gettext
    about = {"survey": _title(wave), "audience": wave.audience, "n": wave.delivered}
    if wave.confirmed_at is None or not (wave.delivered or wave.leaving):
        return _say(_("Not sent: {survey} ({audience}). Nobody was asked.").format(**about))
    text = words.ngettext(
        "Stopped: {survey} ({audience}). {n} person was asked before and can still answer; nobody else is asked.",
        "Stopped: {survey} ({audience}). {n} people were asked before and can still answer; nobody else is asked.",
        wave.delivered,
    ).format(**about)
    if not wave.leaving:
        return _say(text, _all_waves(words))
    leaving = words.ngettext(
        "It was just leaving for {n} more person: whether it arrived, the list of waves says in a minute.",
        "It was just leaving for {n} more people: whether it arrived, the list of waves says in a minute.",
        wave.leaving,
    ).format(n=wave.leaving)
    return _say(text, Paragraph(text=leaving), _all_waves(words))


def _what_next(wave: Wave, words: Words) -> Buttons:
    _ = words.gettext
    stop = Button(label=_("Stop: ask nobody else"), action=CancelWave(wave.public_id), style=ButtonStyle.DANGER)
    return Buttons(buttons=(*_all_waves(words).buttons, stop))


def _all_waves(words: Words) -> Buttons:
    _ = words.gettext
    return Buttons(buttons=(Button(label=_("All waves"), action=RunCommand("waves")),))


def listing(recent: Sequence[Wave], timezone: str, words: Words) -> Message:
    _ = words.gettext
    if not recent:
        return _say(_("Nothing was sent yet. Try: {example}").format(example="send nps to role:technical"))
    table = Table(
        caption=_("Latest waves first"),
        columns=(
            Column(title=_("Survey")),
            Column(title=_("To")),
            Column(title=_("People"), numeric=True),
            Column(title=_("Answered")),
            Column(title=_("State")),
            Column(title=_("Sent")),
            Column(title=_("Not reached")),
        ),
        rows=tuple(_row(wave, timezone, words) for wave in recent),
    )
    text = words.ngettext("{n} wave", "{n} waves", len(recent)).format(n=len(recent))
    return Message(summary=text, blocks=(table, *_figures(recent, words, timezone)))


def _row(wave: Wave, timezone: str, words: Words) -> tuple[str, ...]:
    _ = words.gettext
    return (
        _title(wave),
        wave.audience,
        str(wave.members),
        _("{answered} of {delivered}").format(answered=wave.answered, delivered=wave.delivered),
        _state_in_words(wave, timezone, words),
        date_text(wave.confirmed_at, timezone, words) if wave.confirmed_at else "–",
        _unreached(wave, words),
    )


def _state_in_words(wave: Wave, timezone: str, words: Words) -> str:
    _ = words.gettext
    match wave.state:
        case WaveState.DRAFT:
            return _("preview, not sent")
        case WaveState.OPEN if wave.closes_at:
            return _("open until {day}").format(day=date_text(wave.closes_at, timezone, words))
        case WaveState.OPEN:
            return _("open")
        case WaveState.CLOSED:
            return _("closed")
        case WaveState.CANCELLED:
            return _("stopped")


def _figures(recent: Sequence[Wave], words: Words, timezone: str) -> list[Buttons]:
    """The score of each of the latest waves that were answered, a tap away."""
    _ = words.gettext
    buttons = []
    for wave in recent:
        score = wave.version.survey.primary_score
        if wave.answered and wave.confirmed_at and score and score.metric:
            label = _("{metric} of {day}").format(
                metric=score.metric.value.upper(), day=date_text(wave.confirmed_at, timezone, words)
            )
            action = RunCommand(f"{score.metric} wave:{quote(wave.public_id)} all")
            buttons.append(Button(label=label, action=action))
    return [Buttons(buttons=tuple(buttons[:MOST_OFFERED]))] if buttons else []


def _unreached(wave: Wave, words: Words) -> str:
    """How many, and why: "3 (2 left the platform, 1 not installed there)"."""
    _ = words.gettext
    if not wave.unreached:
        return "–"
    reasons = ", ".join(
        _("{n} {reason}").format(n=people, reason=_unreached_reason(reason, words)) for reason, people in wave.unreached
    )
    total = sum(people for _reason, people in wave.unreached)
    return _("{total} ({reasons})").format(total=total, reasons=reasons)


def _unreached_reason(reason: Undeliverable, words: Words) -> str:
    _ = words.gettext
    match reason:
        case Undeliverable.LEFT:
            return _("left the platform")
        case Undeliverable.BLOCKED:
            return _("take no messages from us")
        case Undeliverable.NOT_INSTALLED:
            return _("without the app")
        case Undeliverable.NO_PLATFORM:
            return _("on no connected platform")
        case Undeliverable.APART:
            return _("in no channel with me")
        case Undeliverable.GONE:
            return _("with a conversation that is gone")
        case Undeliverable.ARCHIVED | Undeliverable.SHARED | Undeliverable.REFUSED:
            return _("refused by the platform")


def _title(wave: Wave) -> str:
    return wave.version.survey.title.in_language("en")


def _say(text: str, *more: Block) -> Message:
    return Message(summary=text, blocks=(Paragraph(text=text), *more))
