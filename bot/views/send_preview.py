"""Before sending, in words: the surveys, the preview with who, how many, when and who is skipped, and refusals."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.actions import CancelWave, ConfirmWave, RunCommand
from bot.messages import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Column,
    Facts,
    Heading,
    Message,
    Paragraph,
    Table,
    Tone,
)
from bot.views.phrases import date_text, group_name, moment_text
from surveys.definitions.model import Survey, SurveyVersion
from surveys.insight.queries import Dimension
from surveys.people.model import Person
from surveys.sending.model import Skipped, SkipReason, Wave, WavePlan
from surveys.words import Words

MOST_NAMED = 8
_NOW = timedelta(minutes=5)


def preview(
    wave: Wave | None,
    version: SurveyVersion,
    audience: str,
    plan: WavePlan,
    now: datetime,
    timezone: str,
    words: Words,
) -> Message:
    """`wave` None: nobody may be asked now, so there is nothing to confirm."""
    _ = words.gettext
    blocks: list[Block] = [
        Heading(text=_("Preview: {survey}").format(survey=version.survey.title.in_language("en"))),
        Paragraph(text=_counts(plan, words), tone=Tone.STRONG),
        Facts(rows=tuple(_facts(version, audience, plan, now, timezone, words))),
    ]
    if plan.skipped:
        blocks.append(_skipped_table(plan.skipped, timezone, words))
    if wave is not None and plan.asked:
        blocks += [
            Paragraph(text=_("Nothing leaves before you confirm."), tone=Tone.MUTED),
            _confirm(wave, len(plan.asked), words),
        ]
    return Message(summary=_counts(plan, words), blocks=tuple(blocks))


def _confirm(wave: Wave, people: int, words: Words) -> Buttons:
    _ = words.gettext
    ask = words.ngettext("Ask {n} person", "Ask {n} people", people).format(n=people)
    return Buttons(
        buttons=(
            Button(label=ask, action=ConfirmWave(wave.public_id), style=ButtonStyle.PRIMARY),
            Button(label=_("Do not send"), action=CancelWave(wave.public_id)),
        )
    )


def _counts(plan: WavePlan, words: Words) -> str:
    _ = words.gettext
    if not plan.asked:
        return _("Nobody may be asked now.")
    asked = words.ngettext("{n} person would be asked", "{n} people would be asked", len(plan.asked))
    asked = asked.format(n=len(plan.asked))
    if not plan.skipped:
        return _("{asked}.").format(asked=asked)
    return _("{asked}, {skipped} would not.").format(asked=asked, skipped=len(plan.skipped))


def _facts(
    version: SurveyVersion, audience: str, plan: WavePlan, now: datetime, timezone: str, words: Words
) -> list[tuple[str, str]]:
    _ = words.gettext
    rows = [(_("To"), audience)]
    if plan.asked:
        people = [entry.person for entry in plan.asked]
        rows += [(_("Who"), _names(people, words)), (_("Roles"), _roles(people, words))]
        accounts = len({person.account for person in people if person.account})
        rows += [(_("Accounts"), str(accounts)), (_("When"), _when(plan, now, timezone, words))]
    first = version.survey.questions[0].text.in_language("en") if version.survey.questions else ""
    rows.append((_("First question"), first))
    days = version.survey.window.days
    rows.append((_("Can be answered for"), words.ngettext("{n} day", "{n} days", days).format(n=days)))
    return rows


def _names(people: Sequence[Person], words: Words) -> str:
    _ = words.gettext
    named = [_("{name} ({account})").format(name=p.name, account=p.account) if p.account else p.name for p in people]
    if len(named) <= MOST_NAMED:
        return ", ".join(named)
    more = words.ngettext("and {n} more", "and {n} more", len(named) - MOST_NAMED)
    return f"{', '.join(named[:MOST_NAMED])} {more.format(n=len(named) - MOST_NAMED)}"


def _roles(people: Sequence[Person], words: Words) -> str:
    counted = Counter(person.role.value if person.role else None for person in people)
    return ", ".join(f"{group_name(Dimension.ROLE, role, '', words)} {count}" for role, count in counted.most_common())


def _when(plan: WavePlan, now: datetime, timezone: str, words: Words) -> str:
    """In each person's own business hours: how many at once, and when the others."""
    _ = words.gettext
    later = sorted(entry.due_at for entry in plan.asked if entry.due_at > now + _NOW)
    at_once = len(plan.asked) - len(later)
    parts = [_("{n} at once").format(n=at_once)] if at_once else []
    if later:
        first, last = (moment_text(moment, timezone, words) for moment in (later[0], later[-1]))
        if first == last:
            parts.append(_("{n} on {moment}").format(n=len(later), moment=first))
        else:
            parts.append(_("{n} from {first} to {last}").format(n=len(later), first=first, last=last))
    return _("{when} (each in their own business hours; times of {zone})").format(when=", ".join(parts), zone=timezone)


def _skipped_table(skipped: Sequence[Skipped], timezone: str, words: Words) -> Table:
    _ = words.gettext
    by_reason: dict[SkipReason, list[Skipped]] = {}
    for entry in skipped:
        by_reason.setdefault(entry.reason, []).append(entry)
    ordered = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    columns = [Column(title=_("Why")), Column(title=_("People"), numeric=True), Column(title=_("Who"))]
    rows = [
        [_reason_text(reason, words), str(len(entries)), _names([entry.person for entry in entries], words)]
        for reason, entries in ordered
    ]
    if any(entry.until for entry in skipped):
        columns.insert(2, Column(title=_("Possible again")))
        for row, (_reason, entries) in zip(rows, ordered, strict=True):
            row.insert(2, _again(entries, timezone, words))
    return Table(caption=_("Not asked now"), columns=tuple(columns), rows=tuple(map(tuple, rows)))


def _again(entries: Sequence[Skipped], timezone: str, words: Words) -> str:
    """The day from which the first of them may be asked, and all of them."""
    ends = sorted(entry.until for entry in entries if entry.until is not None)
    if not ends:
        return "–"
    first, last = (date_text(end, timezone, words) for end in (ends[0], ends[-1]))
    if first == last:
        return first
    return words.gettext("{first}, all: {last}").format(first=first, last=last)


def _reason_text(reason: SkipReason, words: Words) -> str:
    _ = words.gettext
    match reason:
        case SkipReason.OPTED_OUT:
            return _("asked not to be asked")
        case SkipReason.SNOOZED:
            return _("said “not now”")
        case SkipReason.ASKED_RECENTLY:
            return _("was asked the same not long ago")
        case SkipReason.OPEN_INVITATION:
            return _("has this question already, unanswered")
        case SkipReason.UNREACHED:
            return _("is on no connected platform")
        case SkipReason.PROSPECT:
            return _("is a prospect")
        case SkipReason.FORMER:
            return _("is a former customer")


# ── where there is nothing to confirm ──────────────────────────────────────────────────────────────────────────


def _say(text: str, *more: Block) -> Message:
    return Message(summary=text, blocks=(Paragraph(text=text), *more))


def outdated(wave: Wave, words: Words) -> Message:
    """The preview no longer tells the truth about who would be asked."""
    _ = words.gettext
    command = f"send {wave.version.survey.key} to {wave.audience}"
    text = _("This preview is out of date, so nothing was sent. Make a new one.")
    return _say(text, Buttons(buttons=(Button(label=_("New preview"), action=RunCommand(command)),)))


def gone(words: Words) -> Message:
    _ = words.gettext
    return _say(_("This wave or survey does not exist any more. Nothing was sent."))


def nobody(audience: str, words: Words) -> Message:
    _ = words.gettext
    text = _("No contact matches: {audience}. Nothing was sent.").format(audience=audience)
    return _say(text, Paragraph(text=_("Which values there are: help filters"), tone=Tone.MUTED))


def anonymous_refused(survey: Survey, words: Words) -> Message:
    """Sending it before sealed answers exist would break the promise that it makes."""
    _ = words.gettext
    text = _(
        "{survey} is anonymous, and this version cannot seal answers yet. Sent now, they could be traced, so it is "
        "not sent. Released months can be imported, and are shown by: enps"
    ).format(survey=survey.title.in_language("en"))
    return _say(text)


def unprompted_only(survey: Survey, words: Words) -> Message:
    _ = words.gettext
    text = _("“{survey}” is not sent: anybody can give it at any time by writing “feedback”.").format(
        survey=survey.title.in_language("en")
    )
    return _say(text)


# ── what can be sent ───────────────────────────────────────────────────────────────────────────────────────────


def surveys(known: Sequence[Survey], words: Words) -> Message:
    _ = words.gettext
    if not known:
        return _say(_("No survey is published yet."))
    text = words.ngettext("{n} survey", "{n} surveys", len(known)).format(n=len(known))
    table = Table(
        caption=_("Surveys"),
        columns=(Column(title=_("Key")), Column(title=_("For")), Column(title=_("Kind")), Column(title=_("Purpose"))),
        rows=tuple(
            (survey.key, _respondents(survey, words), _privacy(survey, words), survey.purpose)
            for survey in sorted(known, key=lambda survey: survey.key)
        ),
    )
    example = "send nps to role:technical"
    return Message(summary=text, blocks=(table, Paragraph(text=_("To send one: {example}").format(example=example))))


def _respondents(survey: Survey, words: Words) -> str:
    _ = words.gettext
    return {"contacts": _("contacts"), "employees": _("employees"), "anyone": _("anyone")}[survey.respondents.value]


def _privacy(survey: Survey, words: Words) -> str:
    _ = words.gettext
    return {"named": _("named"), "anonymous": _("anonymous")}[survey.privacy.value]
