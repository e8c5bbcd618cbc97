"""Help, made from the registry: what this person may type, subject by subject, and how the parts are written."""

from collections.abc import Sequence

from bot.actions import RunCommand
from bot.commands.declaration import Entry, Family, Output
from bot.commands.filters import FILTER_NAMES, FIXED_VALUES
from bot.commands.help import FILTERS, PERIODS
from bot.commands.registry import BY_WORD, entries_for
from bot.messages import Block, Button, Buttons, Column, Facts, Heading, Message, Paragraph, Table, Tone
from surveys.insight.queries import FOLDED_DIMENSIONS
from surveys.people.model import Permission
from surveys.words import Words


def help_message(topic: str, permissions: frozenset[Permission], words: Words) -> Message:
    """`topic`: a subject, “periods”, “filters”, or empty for everything that `permissions` allow."""
    if topic == PERIODS:
        return _periods(words)
    if topic == FILTERS:
        return _filters(words)
    if topic in BY_WORD:
        return _subject(BY_WORD[topic], permissions, words)
    return _all(permissions, words)


def _all(permissions: frozenset[Permission], words: Words) -> Message:
    _ = words.gettext
    allowed = entries_for(permissions)
    leads = Permission.CX_LEAD in permissions
    summary = _("What you can type") if leads else _("What you can do here")
    blocks: list[Block] = [Paragraph(text=_opening(leads, words))]
    for family in Family:
        entries = [entry for entry in allowed if entry.family is family]
        if entries:
            rows = tuple((entry.subject, _(entry.help)) for entry in entries)
            blocks += [Heading(text=_family(family, words)), Facts(rows=rows)]
    if leads:
        more = _("Any order works; “last 30 days” works like last-30d. Details: help periods, help filters, help nps.")
        blocks.append(Paragraph(text=more, tone=Tone.MUTED))
        blocks.append(_run("nps last-30d", "why nps last-quarter", "trend nps last-12mo", "help filters"))
    else:
        blocks.append(_run("feedback"))
    return Message(summary=summary, blocks=tuple(blocks))


def _opening(leads: bool, words: Words) -> str:
    _ = words.gettext
    if leads:
        return _("Ask for a figure and add what you need: a group, a filter, a period. Only you see the answer.")
    return _("Answer what you are asked with one tap, and tell us anything at any time. Figures are for CX leads.")


def _family(family: Family, words: Words) -> str:
    _ = words.gettext
    match family:
        case Family.FIGURES:
            return _("Figures")
        case Family.ASKING:
            return _("Asking people")
        case Family.SUMMARIES:
            return _("Summaries")
        case Family.PEOPLE:
            return _("You and others")


def _subject(entry: Entry, permissions: frozenset[Permission], words: Words) -> Message:
    _ = words.gettext
    allowed = entry.needs is Permission.ANYONE or entry.needs in permissions
    rows = [(_("Written"), entry.usage)]
    if len(entry.outputs) > 1:
        rows.append((_("Comes as"), ", ".join(_output(output, words) for output in entry.outputs)))
    if entry.needs is not Permission.ANYONE:
        rows.append((_("For"), _("CX leads")))
    examples = tuple((example.text, _(example.meaning)) for example in entry.examples)
    runnable = [example.text for example in entry.examples if entry.family is Family.FIGURES and allowed]
    blocks: list[Block] = [
        Heading(text=entry.subject),
        Paragraph(text=_(entry.help)),
        Facts(rows=tuple(rows)),
        _pairs(_("For example"), examples, words),
    ]
    if runnable:
        blocks.append(_run(*runnable[:4]))
    return Message(summary=f"{entry.subject}: {_(entry.help)}", blocks=tuple(blocks))


def _output(output: Output, words: Words) -> str:
    _ = words.gettext
    match output:
        case Output.TEXT:
            return _("text")
        case Output.TABLE:
            return _("table")
        case Output.CHART:
            return _("chart")
        case Output.CSV:
            return _("csv (full precision)")


def _periods(words: Words) -> Message:
    _ = words.gettext
    summary = _("Periods: whole days, printed as two dates")
    rows = (
        ("today, yesterday", _("one day")),
        ("last-30d", _("today and the 29 days before; also w, mo, q, y (last-12mo)")),
        ("this-week, this-month, this-quarter, this-year", _("so far; short: wtd, mtd, qtd, ytd")),
        ("last-week, last-month, last-quarter, last-year", _("the previous full one")),
        ("2026, 2026-Q1, 2026-03, 2026-03-15", _("one year, quarter, month, day")),
        ("2026-03-01..2026-03-15", _("from the first to the second day, both in")),
        ("since:2026-03-01", _("from that day until today")),
        ("all", _("from the first answer until today")),
        ("vs year-ago, vs 2025-Q4", _("compared with that instead of the period before")),
    )
    note = _("Spoken forms work too: last 30 days, last quarter, june 2026, 2026-03-01 until 2026-03-15.")
    return Message(
        summary=summary,
        blocks=(
            _pairs(summary, rows, words),
            Paragraph(text=note, tone=Tone.MUTED),
            _run("nps last-30d", "nps last-quarter vs year-ago"),
        ),
    )


def _filters(words: Words) -> Message:
    _ = words.gettext
    summary = _("Filters and groups")
    rows = [
        ("by …", ", ".join(FOLDED_DIMENSIONS)),
        (_("Filters"), ", ".join(f"{name}:" for name in FILTER_NAMES)),
        *((f"{dimension}:…", ", ".join(values)) for dimension, values in FIXED_VALUES.items()),
        ("series:…", _("relationship, event, trio, or any for all together")),
        ("latest", _("one answer per person, the latest")),
        ("top 5", _("the first five rows, or five quotes")),
        ("as table, as csv", _("another form of the answer")),
    ]
    examples = (
        ("role:technical,finance", _("either of them")),
        ("-role:other", _("everybody but these; role:-other is the same")),
        ('account:"Nordhavn Tools"', _("quotes keep a name together")),
    )
    return Message(
        summary=summary,
        blocks=(
            _pairs(summary, rows, words),
            _pairs(_("For example"), examples, words),
            _run("nps by role last-quarter", "nps role:technical,operations last-90d"),
        ),
    )


def _pairs(caption: str, rows: Sequence[tuple[str, str]], words: Words) -> Table:
    """What is typed, and what it means; typed text stands alone, so that it can be copied."""
    _ = words.gettext
    return Table(caption=caption, columns=(Column(title=_("Typed")), Column(title=_("Means"))), rows=tuple(rows))


def _run(*commands: str) -> Buttons:
    return Buttons(buttons=tuple(Button(label=command, action=RunCommand(command)) for command in commands))
