"""`explain nps last-30d` as a message: what was counted, what was left out, the formula with its source."""

from bot.actions import RunCommand
from bot.commands.results import ExplainResult, LeftOut, ScoreResult
from bot.messages import Block, Button, Buttons, Facts, Heading, Message, Paragraph, Tone
from bot.views.advice import withheld
from bot.views.phrases import (
    answers_text,
    dimension_name,
    filters_in_words,
    interval_text,
    period_text,
    score_text,
    series_name,
)
from bot.views.response_facts import response_facts, response_rows
from surveys.definitions.model import Metric
from surveys.insight.figures import Basis, Figure, Withheld
from surveys.insight.metrics import METRICS, band_names, metric_name
from surveys.insight.scoring import bands
from surveys.words import Words

FORMULA_VERSION = "1"
"""Goes up when a formula changes, so that two explanations can be told apart."""

_ROCKS = "Rocks (2016), Interval Estimation for the Net Promoter Score, The American Statistician 70"
_WILSON = "Wilson (1927), Journal of the American Statistical Association 22"
_AGRESTI_CAFFO = "Agresti & Caffo (2000), The American Statistician 54"
_COCHRAN = "Cochran, Sampling Techniques, chapter 6"


def explain_message(result: ExplainResult, words: Words) -> Message:
    figure = result.score.figure
    if isinstance(figure, Withheld):
        return withheld(figure, words)
    if figure.score.value is None:
        return _nothing_counted(result, figure, words)
    _ = words.gettext
    name = metric_name(figure.metric, words)
    blocks: list[Block] = [
        Heading(text=_("How {metric} {score} came about").format(metric=name, score=_score(figure))),
        Facts(rows=tuple(_counted(result.score, figure, words))),
        Heading(text=_("Left out")),
        *_left_out(result, figure, words),
        Heading(text=_("Formula")),
        Facts(rows=tuple(_formulas(figure, words))),
        Paragraph(text=_source(figure, words), tone=Tone.MUTED),
        _the_figure(result, words),
    ]
    summary = _("How {metric} {score} came about: {n}, {period}.").format(
        metric=name,
        score=_score(figure),
        n=answers_text(figure.score, words),
        period=period_text(figure.period, words),
    )
    return Message(summary=summary, blocks=tuple(blocks))


def _nothing_counted(result: ExplainResult, figure: Figure, words: Words) -> Message:
    """Without answers there is no figure to derive: what was looked for, and what kept answers out of it."""
    _ = words.gettext
    text = _("{metric}: no responses yet, {period}.").format(
        metric=metric_name(figure.metric, words), period=period_text(figure.period, words)
    )
    blocks: list[Block] = [
        Paragraph(text=text, tone=Tone.STRONG),
        Heading(text=_("What was looked for")),
        Facts(rows=tuple(_looked_for(result.score, figure, words))),
        Heading(text=_("Left out")),
        *_left_out(result, figure, words),
        *response_facts(result.score.responses, words),
        _the_figure(result, words),
    ]
    return Message(summary=text, blocks=tuple(blocks))


def _the_figure(result: ExplainResult, words: Words) -> Buttons:
    label = words.gettext("The figure")
    return Buttons(buttons=(Button(label=label, action=RunCommand(result.score.command.text)),))


def _score(figure: Figure) -> str:
    return score_text(figure.metric, figure.score.value)


def _looked_for(result: ScoreResult, figure: Figure, words: Words) -> list[tuple[str, str]]:
    _ = words.gettext
    command = result.command
    everything = _("none: every answer of the series")
    rows = [
        (_("Asked"), command.text),
        (_("Days"), _("{period}, whole days in {zone}").format(
            period=period_text(figure.period, words), zone=result.timezone)),
        (_("Series"), series_name(figure.series, words)),
        (_("Filters"), filters_in_words(command.filters, result.spelling, words) or everything),
    ]  # fmt: skip
    if command.by is not None:
        rows.append((_("Grouped by"), dimension_name(command.by, words)))
    return rows


def _counted(result: ScoreResult, figure: Figure, words: Words) -> list[tuple[str, str]]:
    _ = words.gettext
    rows = _looked_for(result, figure, words)
    rows += [(_("Counted"), answers_text(figure.score, words)), *_bands(figure, words)]
    if figure.previous_period is not None and figure.previous is not None:
        before = _("{period}: {score} ({n})").format(
            period=period_text(figure.previous_period, words),
            score=score_text(figure.metric, figure.previous.value),
            n=answers_text(figure.previous, words),
        )
        rows.append((_("Compared with"), before))
    return [*rows, *response_rows(result.responses, words)]


def _bands(figure: Figure, words: Words) -> list[tuple[str, str]]:
    _ = words.gettext
    counts = figure.score.distribution
    if counts is None:
        return []
    definition = METRICS[figure.metric]
    ranges = (definition.negative, definition.neutral, definition.positive)
    named = zip(band_names(figure.metric, words), ranges, bands(figure.metric, counts), strict=True)
    return [
        (_("{band} ({low}–{high})").format(band=band, low=values[0], high=values[-1])
         if len(values) > 1 else _("{band} ({value})").format(band=band, value=values[0]), str(count))
        for band, values, count in named
    ]  # fmt: skip


def _left_out(result: ExplainResult, figure: Figure, words: Words) -> tuple[Block, ...]:
    _ = words.gettext
    if figure.metric is Metric.ENPS:
        return (
            Paragraph(text=_("Months that are not over, and months in which fewer than 5 people answered.")),
            Paragraph(text=_("What is not released is not counted anywhere, so there is no number for it.")),
        )
    rows = tuple((_reason(reason, words), str(count)) for reason, count in result.left_out)
    always = _("Never counted: answers outside the scale (they are refused) and “does not apply”.")
    if not rows:
        return (Paragraph(text=_("Nothing of these days.")), Paragraph(text=always, tone=Tone.MUTED))
    return (Facts(rows=rows), Paragraph(text=always, tone=Tone.MUTED))


def _reason(reason: LeftOut, words: Words) -> str:
    _ = words.gettext
    match reason:
        case LeftOut.OTHER_SERIES:
            return _("Answers of other series (series:any adds them)")
        case LeftOut.FILTERS:
            return _("Answers that the filters leave out")
        case LeftOut.EARLIER_OF_SAME_PERSON:
            return _("Earlier answers of the same person (latest)")


def _formulas(figure: Figure, words: Words) -> list[tuple[str, str]]:
    _ = words.gettext
    metric, score = figure.metric, figure.score
    rows = [(_("Score"), _formula(figure, words))]
    if score.interval is not None:
        rows.append((_("95 % interval"), f"{interval_text(metric, score.interval, words)} · {_method(figure, words)}"))
    if score.interval_accounts is not None:
        method = _("over accounts, robust to answers of one account being alike")
        text = f"{interval_text(metric, score.interval_accounts, words)} · {method}"
        rows.append((_("95 % interval over accounts"), text))
    if figure.change is not None:
        rows.append((_("Change"), _test(figure, words)))
    return rows


def _formula(figure: Figure, words: Words) -> str:
    _ = words.gettext
    definition = METRICS[figure.metric]
    counts = figure.score.distribution
    if definition.bounds[0] < 0:
        text = _("100 · (promoters 9–10 − detractors 0–6) / n")
    else:
        text = _("100 · (answers {low}–{high}) / n").format(low=definition.positive[0], high=definition.positive[-1])
    if counts is None:
        return text
    negative, _neutral, positive = bands(figure.metric, counts)
    numerator = f"({positive} − {negative})" if definition.bounds[0] < 0 else str(positive)
    return f"{text} = 100 · {numerator} / {figure.score.n} = {_score(figure)}"


def _method(figure: Figure, words: Words) -> str:
    _ = words.gettext
    if figure.metric is Metric.ENPS and figure.score.distribution is None:
        return _("from n alone, so that its width tells nothing about anybody's answer")
    if METRICS[figure.metric].bounds[0] < 0:
        return _("adjusted Wald: ¾ detractor, 1½ passives and ¾ promoter added")
    return _("Wilson")


def _test(figure: Figure, words: Words) -> str:
    _ = words.gettext
    change = figure.change
    if change is None or change.real is None:
        return _("not tested, because the two periods share days")
    match change.basis:
        case Basis.PANEL:
            basis = _("counting that some people answered both times")
        case Basis.ACCOUNTS:
            basis = _("account by account")
        case _:
            basis = _("as two independent samples")
    answer = _("a real change") if change.real else _("within noise")
    return _("{answer}, tested at 95 % on the adjusted values, {basis}").format(answer=answer, basis=basis)


def _source(figure: Figure, words: Words) -> str:
    """The papers behind the interval, the test of a change and the interval over accounts."""
    _ = words.gettext
    net = METRICS[figure.metric].bounds[0] < 0
    sources = [_ROCKS] if net else [_WILSON, _AGRESTI_CAFFO]
    if figure.score.interval_accounts is not None:
        sources.append(_COCHRAN)
    return _("Formula version {version}. Sources: {sources}").format(
        version=FORMULA_VERSION, sources="; ".join(sources)
    )
