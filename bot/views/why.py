"""`why nps last-quarter` as a message: how much of a change is opinion and how much is who answered."""

from bot.actions import PostHere, RunCommand
from bot.commands.declaration import Output
from bot.commands.results import Moved, WhyResult
from bot.commands.scores import ScoreCommand
from bot.commands.trend import DEFAULT_PERIOD as TREND_PERIOD
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand, split_otherwise
from bot.messages import Block, Button, Buttons, Column, Facts, Headline, Message, Paragraph, Table, Tone
from bot.views.advice import withheld
from bot.views.change_in_words import change_in_words, is_one_group
from bot.views.csv_rows import write_csv
from bot.views.groups import in_name_order, order_in_words
from bot.views.phrases import (
    answers_text,
    dimension_name,
    filters_in_words,
    group_key,
    group_name,
    percent,
    period_text,
    score_text,
    signed,
    title_of,
)
from bot.views.scores import verdict
from surveys.insight.chart_style import mean_text
from surveys.insight.figures import MixPart, MixSplit, Withheld
from surveys.insight.queries import Dimension
from surveys.words import Words

MOST_ROWS = 12


def why_message(result: WhyResult, words: Words) -> Message:
    moved = result.moved
    if isinstance(moved, Withheld):
        return withheld(moved, words)
    if moved.split is None or moved.change is None:
        return _nothing_to_compare(result, moved, words)
    if result.command.output is Output.CSV:
        text = why_csv(result, moved.split, words)
        return Message(summary=_summary(result, moved, moved.split, words), blocks=(Paragraph(text=text),))
    return _split_message(result, moved, moved.split, words)


def _split_message(result: WhyResult, moved: Moved, split: MixSplit, words: Words) -> Message:
    _ = words.gettext
    command = result.command
    blocks: list[Block] = [_headline(result, moved, split, words)]
    if command.filters:
        about = filters_in_words(command.filters, result.spelling, words)
        blocks.append(Paragraph(text=_("Filtered · {what}").format(what=about)))
    blocks.append(Paragraph(text=_in_words(result, moved, split, words), tone=Tone.STRONG))
    if is_one_group(split):
        blocks += [*_otherwise(command, words), _buttons(result, words)]
        return Message(summary=_summary(result, moved, split, words), blocks=tuple(blocks))
    parts = (
        (_("Opinion (the same groups scored differently)"), signed(split.rate)),
        (_("Mix (other groups answered)"), signed(split.mix)),
        (_("Together"), signed(split.delta)),
    )
    blocks += [Facts(rows=parts), _table(result, split, words), Paragraph(text=_method(words), tone=Tone.MUTED)]
    blocks.append(_buttons(result, words))
    return Message(summary=_summary(result, moved, split, words), blocks=tuple(blocks))


def _otherwise(command: WhyCommand, words: Words) -> tuple[Block, ...]:
    """A table of one group would tell nothing; another split may."""
    _ = words.gettext
    other = split_otherwise(command).text
    return (
        Paragraph(text=_("Try: {example}").format(example=other)),
        Buttons(buttons=(Button(label=other, action=RunCommand(other)),)),
    )


def _summary(result: WhyResult, moved: Moved, split: MixSplit, words: Words) -> str:
    _ = words.gettext
    return _("{metric} {change} in {period}: opinion {rate}, mix {mix}. {why}").format(
        metric=title_of(result.command.metric, result.command.series, words),
        change=signed(split.delta),
        period=period_text(moved.period, words),
        rate=signed(split.rate),
        mix=signed(split.mix),
        why=_in_words(result, moved, split, words),
    )


def _in_words(result: WhyResult, moved: Moved, split: MixSplit, words: Words) -> str:
    return change_in_words(split, result.command.by, words, real=moved.change.real if moved.change else None)


def _headline(result: WhyResult, moved: Moved, split: MixSplit, words: Words) -> Headline:
    _ = words.gettext
    metric = result.command.metric
    notes = [
        _("{period}: {score} ({n})").format(
            period=period_text(period, words), score=score_text(metric, score.value), n=answers_text(score, words)
        )
        for period, score in ((moved.previous_period, moved.before), (moved.period, moved.after))
    ]
    if moved.change is not None:
        notes.append(verdict(moved.change, words))
    label = _("Why {metric} moved").format(metric=title_of(metric, result.command.series, words))
    return Headline(label=label, value=signed(split.delta), notes=tuple(notes))


def _table(result: WhyResult, split: MixSplit, words: Words) -> Table:
    _ = words.gettext
    by = result.command.by
    total_before = sum(part.n_before for part in split.parts)
    total_after = sum(part.n_after for part in split.parts)
    most = result.command.top or MOST_ROWS
    parts = in_name_order(split.parts, by, words)
    kept, rest = parts[:most], parts[most:]
    rows = [_row(result, part, total_before, total_after, words) for part in kept]
    if rest:
        name = words.ngettext("{n} more", "{n} more", len(rest)).format(n=len(rest))
        rate, mix = sum(part.rate for part in rest), sum(part.mix for part in rest)
        rows.append((name, "", "", signed(rate), signed(mix), signed(rate + mix)))
    return Table(
        caption=order_in_words(by, _("Largest contributions first."), words) + " " + _("In points."),
        columns=(
            Column(title=dimension_name(by, words)),
            Column(title=_("Mean before → after") if _by_mean(by) else _("Score before → after"), numeric=True),
            Column(title=_("Share of answers before → after"), numeric=True),
            Column(title=_("Opinion"), numeric=True),
            Column(title=_("Mix"), numeric=True),
            Column(title=_("Together"), numeric=True),
        ),
        rows=tuple(rows),
    )


def _row(result: WhyResult, part: MixPart, before: int, after: int, words: Words) -> tuple[str, ...]:
    _ = words.gettext
    command = result.command
    scores = (
        (mean_text(part.mean_before), mean_text(part.mean_after))
        if _by_mean(command.by)
        else (score_text(command.metric, part.score_before), score_text(command.metric, part.score_after))
    )
    shares = (percent(part.n_before, before), percent(part.n_after, after))
    return (
        group_name(command.by, part.key, part.label, words),
        _("{before} → {after}").format(before=scores[0], after=scores[1]),
        _("{before} (n {n_before}) → {after} (n {n_after})").format(
            before=shares[0], n_before=part.n_before, after=shares[1], n_after=part.n_after
        ),
        signed(part.rate),
        signed(part.mix),
        signed(part.total),
    )


def _by_mean(by: Dimension) -> bool:
    """A row is one account then, whose few people have a mean and no score."""
    return by is Dimension.ACCOUNT


def _method(words: Words) -> str:
    _ = words.gettext
    return _(
        "Opinion: each group's change, weighted by its mean share of the answers. Mix: each group's change of share, "
        "times how far it lies from the whole. Before rounding the two add up to the change exactly."
    )


def _buttons(result: WhyResult, words: Words) -> Buttons:
    _ = words.gettext
    command = result.command
    return Buttons(
        buttons=(
            Button(label=_("Group by group"), action=RunCommand(_grouped(command))),
            Button(label=_("Post here"), action=PostHere(command.text)),
        )
    )


def _grouped(command: WhyCommand) -> str:
    return ScoreCommand(
        metric=command.metric,
        series=command.series,
        period=command.period,
        comparison=command.comparison,
        by=command.by,
        filters=command.filters,
        latest=command.latest,
    ).text


def _nothing_to_compare(result: WhyResult, moved: Moved, words: Words) -> Message:
    _ = words.gettext
    empty = moved.period if not moved.after.n else moved.previous_period
    text = _("Nothing to compare: {metric} has no responses in {period}.").format(
        metric=title_of(result.command.metric, result.command.series, words), period=period_text(empty, words)
    )
    command = result.command
    trend = TrendCommand(
        metric=command.metric,
        series=command.series,
        period=TREND_PERIOD,
        filters=command.filters,
        latest=command.latest,
    )
    return Message(
        summary=text,
        blocks=(
            Paragraph(text=text),
            Buttons(buttons=(Button(label=_("See the last 12 months"), action=RunCommand(trend.text)),)),
        ),
    )


def why_csv(result: WhyResult, split: MixSplit, words: Words) -> str:
    """One row per group, at full precision."""
    header = ("by", "key", "label", "n_before", "n_after", "score_before", "score_after", "opinion", "mix", "together")
    by = result.command.by
    return write_csv(
        header,
        (
            (
                by.value,
                group_key(part.key, part.label),
                group_name(by, part.key, part.label, words),
                part.n_before,
                part.n_after,
                part.score_before,
                part.score_after,
                part.rate,
                part.mix,
                part.total,
            )
            for part in in_name_order(split.parts, by, words)
        ),
    )
