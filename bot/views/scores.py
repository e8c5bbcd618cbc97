"""`nps last-30d` and its like as a message: the figure with everything that makes it defensible, in plain words."""

from collections.abc import Sequence
from dataclasses import replace

from bot.actions import PostHere, RunCommand
from bot.commands.asking import one_account
from bot.commands.declaration import Output
from bot.commands.results import ScoreResult
from bot.commands.scores import ScoreCommand
from bot.commands.why import WhyCommand, default_dimension
from bot.messages import (
    Block,
    Button,
    Buttons,
    Column,
    Distribution,
    Heading,
    Headline,
    Message,
    Paragraph,
    Share,
    Table,
    Tone,
)
from bot.views.advice import withheld
from bot.views.group_table import group_table
from bot.views.one_account import account_headline, account_line
from bot.views.phrases import (
    answers_text,
    filters_in_words,
    interval_text,
    percent,
    period_text,
    score_text,
    shown_interval,
    title_of,
)
from bot.views.reasons import quote_of, reasons
from bot.views.response_facts import response_facts
from bot.views.score_csv import score_csv
from surveys.definitions.model import Metric
from surveys.insight.chart_style import mean_text
from surveys.insight.figures import Basis, Change, Figure, Score, Withheld
from surveys.insight.metrics import METRICS, band_names
from surveys.insight.period_text import spell as spell_period
from surveys.insight.periods import All
from surveys.insight.queries import Dimension, Filter
from surveys.insight.scoring import FEW_ANSWERS, bands
from surveys.insight.statistics import shown
from surveys.words import Words

QUOTES = 3


def score_message(result: ScoreResult, words: Words) -> Message:
    """The answer to a question about one score, in whatever form was asked for."""
    figure = result.figure
    if isinstance(figure, Withheld):
        return withheld(figure, words)
    if result.command.output is Output.CSV:
        return _csv(result, figure, words)
    if figure.score.value is None:
        return no_responses(result, figure, words)
    top, summary = headline(figure, words), summary_line(figure, words)
    filters = result.command.filters
    if one_account(result.command):
        top = account_headline(result, figure, words)
        summary = account_line(top, words)
        # Its name stands in the headline.
        filters = tuple(one for one in filters if one.negated or one.dimension is not Dimension.ACCOUNT)
    blocks = (top, *_about(result, filters, words), *_body(result, figure, words), *_notes(figure, words))
    return Message(summary=summary, blocks=(*blocks, _buttons(result.command, figure, words)))


def summary_line(figure: Figure, words: Words) -> str:
    """The figure in one line: “NPS +3 (n 219), 1 Apr – 30 Jun 2026. Down 28 …: a real change.”"""
    _ = words.gettext
    text = _("{metric} {score} ({n}), {period}.").format(
        metric=title_of(figure.metric, figure.series, words),
        score=score_text(figure.metric, figure.score.value),
        n=answers_text(figure.score, words),
        period=period_text(figure.period, words),
    )
    moved = change_text(figure, words)
    return f"{text} {moved}" if moved else text


def headline(figure: Figure, words: Words) -> Headline:
    _ = words.gettext
    score = figure.score
    notes = [answers_text(score, words), *_interval_note(figure.metric, score, words)]
    notes += [mean_note(figure.metric, score.mean, words)] if _shows_mean(figure.metric) and score.mean else []
    moved = change_text(figure, words)
    return Headline(
        label=_("{metric} · {period}").format(
            metric=title_of(figure.metric, figure.series, words), period=period_text(figure.period, words)
        ),
        value=score_text(figure.metric, score.value),
        notes=(*notes, moved) if moved else tuple(notes),
        badge=badge_text(score, words),
    )


def _shows_mean(metric: Metric) -> bool:
    return METRICS[metric].bounds[0] == 0


def mean_note(metric: Metric, mean: float, words: Words) -> str:
    _ = words.gettext
    return _("mean {mean} on {low}–{high}").format(
        mean=mean_text(mean), low=METRICS[metric].low, high=METRICS[metric].high
    )


def _interval_note(metric: Metric, score: Score, words: Words) -> list[str]:
    _ = words.gettext
    interval, over_accounts = shown_interval(score)
    if interval is None:
        return []
    text = _("95 % interval {interval}").format(interval=interval_text(metric, interval, words))
    if over_accounts:
        text = _("{interval}, wider because answers from one account are alike").format(interval=text)
    return [text]


def badge_text(score: Score, words: Words) -> str:
    """Why the figure should be read with care; empty where it need not."""
    _ = words.gettext
    if not score.low_n:
        return ""
    return _("low n: few answers") if score.n < FEW_ANSWERS else _("low n: wide interval")


def change_text(figure: Figure, words: Words) -> str:
    """The change in words, with what it is compared with; empty where there is no comparison."""
    if figure.change is None or figure.previous is None or figure.previous_period is None:
        return ""
    _ = words.gettext
    since = _("{score} ({n}) in {period}").format(
        score=score_text(figure.metric, figure.previous.value),
        n=answers_text(figure.previous, words),
        period=period_text(figure.previous_period, words),
    )
    points = shown(figure.change.delta)
    if points > 0:
        text = words.ngettext("Up {points} point from {since}", "Up {points} points from {since}", points)
    elif points < 0:
        text = words.ngettext("Down {points} point from {since}", "Down {points} points from {since}", -points)
    else:
        text = _("Unchanged from {since}")
    text = text.format(points=abs(points), since=since)
    return _("{change}: {verdict}.").format(change=text, verdict=verdict(figure.change, words))


def verdict(change: Change, words: Words) -> str:
    """“a real change” or “within noise”, with how it was tested where that is not the plain test."""
    _ = words.gettext
    if change.real is None:
        return _("not tested, because the two periods share days")
    text = _("a real change") if change.real else _("within noise")
    match change.basis:
        case Basis.PANEL:
            return _("{verdict} (tested with the people who answered both times)").format(verdict=text)
        case Basis.ACCOUNTS:
            return _("{verdict} (tested account by account)").format(verdict=text)
        case _:
            return text


def no_responses(result: ScoreResult, figure: Figure, words: Words) -> Message:
    """Never 0: that nobody answered, and what can be done about it."""
    _ = words.gettext
    text = _("{metric}: no responses yet, {period}.").format(
        metric=title_of(figure.metric, figure.series, words), period=period_text(figure.period, words)
    )
    command = result.command
    buttons = []
    if command.filters:
        buttons.append(
            Button(label=_("Without filters"), action=RunCommand(_bare(command, spell_period(command.period))))
        )
    if not isinstance(command.period, All):
        buttons.append(Button(label=_("All time"), action=RunCommand(_bare(command, "all"))))
    if command.series is not None and command.metric is not Metric.ENPS:
        elsewhere = f"{command.metric} series:any {spell_period(command.period)}"
        buttons.append(Button(label=_("In all series"), action=RunCommand(elsewhere)))
    buttons.append(Button(label=_("Who was asked?"), action=RunCommand("waves")))
    blocks: tuple[Block, ...] = (
        Paragraph(text=text, tone=Tone.STRONG),
        *_about(result, result.command.filters, words),
        Paragraph(text=_what_next(command, words)),
        *response_facts(result.responses, words),
        Buttons(buttons=tuple(buttons)),
    )
    return Message(summary=text, blocks=blocks)


def _what_next(command: ScoreCommand, words: Words) -> str:
    _ = words.gettext
    if command.filters:
        return _("Perhaps the filters leave nobody. Try without them, or over a longer period.")
    if command.metric in (Metric.NPS, Metric.CSAT, Metric.CES):
        example = f"send {command.metric} to role:technical"
        return _("Try a longer period, or ask people: “{example}” shows who would be asked, and when.").format(
            example=example
        )
    return _("Try a longer period.")


def _bare(command: ScoreCommand, period: str) -> str:
    return f"{command.metric} {period}"


def _about(result: ScoreResult, filters: Sequence[Filter], words: Words) -> tuple[Block, ...]:
    """What the figure is narrowed to."""
    _ = words.gettext
    parts = [filters_in_words(filters, result.spelling, words)] if filters else []
    if result.command.latest:
        parts.append(_("one answer per person, the latest"))
    return (Paragraph(text=_("Filtered · {what}").format(what=" · ".join(parts))),) if parts else ()


def _body(result: ScoreResult, figure: Figure, words: Words) -> tuple[Block, ...]:
    if figure.groups is not None and result.command.by is not None:
        return (group_table(figure, result.command, result.command.by, words),)
    if result.command.output is Output.TABLE:
        return (*_value_table(figure, words), *response_facts(result.responses, words))
    return (*distribution(figure, words), *response_facts(result.responses, words), *_quotes(result, words))


def distribution(figure: Figure, words: Words) -> tuple[Block, ...]:
    """The bands of a 0–10 question; every value of a shorter scale."""
    _ = words.gettext
    counts = figure.score.distribution
    if counts is None:
        return ()
    n = sum(counts.values())
    if METRICS[figure.metric].high == 10:
        parts = list(zip(band_names(figure.metric, words), bands(figure.metric, counts), strict=True))
    else:
        parts = [(str(value), count) for value, count in counts.items()]
    shares = tuple(Share(label=label, count=count, percent=percent(count, n)) for label, count in parts)
    return (Distribution(label=_("How people answered"), shares=shares),)


def _value_table(figure: Figure, words: Words) -> tuple[Block, ...]:
    _ = words.gettext
    counts = figure.score.distribution
    if counts is None:
        return ()
    n = sum(counts.values())
    columns = (Column(title=_("Score"), numeric=True), Column(title=_("Answers"), numeric=True))
    rows = tuple((str(value), str(count), percent(count, n)) for value, count in counts.items())
    return (
        Table(caption=_("How people answered"), columns=(*columns, Column(title=_("Share"), numeric=True)), rows=rows),
    )


def _quotes(result: ScoreResult, words: Words) -> tuple[Block, ...]:
    count = result.command.top or QUOTES
    chosen = reasons(result.comments, result.command.metric, count)
    if not chosen:
        return ()
    _ = words.gettext
    return (Heading(text=_("Why, in their words")), *(quote_of(comment, words) for comment in chosen))


def _notes(figure: Figure, words: Words) -> tuple[Block, ...]:
    if figure.folded:
        return ()
    _ = words.gettext
    text = _("Counted answer by answer, because the question combines several properties: exact, but slower.")
    return (Paragraph(text=text, tone=Tone.MUTED),)


def _buttons(command: ScoreCommand, figure: Figure, words: Words) -> Buttons:
    """What people ask next; never more than fit in one row."""
    _ = words.gettext
    buttons: list[Button] = []
    named = command.metric is not Metric.ENPS
    if named and figure.change is not None and not isinstance(command.period, All):
        buttons.append(Button(label=_("Why?"), action=RunCommand(_why(command))))
    if named and command.by is None and not one_account(command):
        buttons.append(Button(label=_("By role"), action=RunCommand(_by_role(command))))
    buttons.append(Button(label=_("Explain"), action=RunCommand(f"explain {command.text}")))
    buttons.append(Button(label=_("Post here"), action=PostHere(command.text)))
    return Buttons(buttons=tuple(buttons))


def _why(command: ScoreCommand) -> str:
    return WhyCommand(
        metric=command.metric,
        series=command.series,
        period=command.period,
        comparison=command.comparison,
        by=command.by or default_dimension(command.filters),
        filters=command.filters,
        latest=command.latest,
    ).text


def _by_role(command: ScoreCommand) -> str:
    return replace(command, by=Dimension.ROLE, top=None, output=Output.TEXT).text


def _csv(result: ScoreResult, figure: Figure, words: Words) -> Message:
    return Message(summary=summary_line(figure, words), blocks=(Paragraph(text=score_csv(result, figure, words)),))
