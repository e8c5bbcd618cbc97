"""`trend nps last-12mo` as a message: the chart, its words, and the numbers behind it."""

from dataclasses import replace

from bot.actions import PostHere, RunCommand
from bot.commands.declaration import Output
from bot.commands.results import TrendResult
from bot.messages import Block, Button, Buttons, Chart, Column, Message, Paragraph, Table
from bot.views.advice import withheld
from bot.views.csv_rows import Cell, write_csv
from bot.views.group_table import careful_n
from bot.views.one_account import mean_cells, mean_columns, why_means
from bot.views.phrases import (
    filters_in_words,
    interval_text,
    period_text,
    score_text,
    shown_interval,
    title_of,
)
from surveys.definitions.model import Metric
from surveys.insight.charts import trend_spec
from surveys.insight.figures import Withheld
from surveys.insight.metrics import metric_name
from surveys.insight.trend import Trend, TrendPoint, alt_text, trend_title
from surveys.words import Words

_HEADER = (
    "metric", "period_start", "period_end", "score", "n", "people", "interval_low", "interval_high", "low_n",
    "interval_accounts_low", "interval_accounts_high", "mean",
)  # fmt: skip


def trend_message(result: TrendResult, words: Words) -> Message:
    trend = result.trend
    if isinstance(trend, Withheld):
        return withheld(trend, words)
    _ = words.gettext
    if result.command.filters:
        trend = replace(trend, about=filters_in_words(result.command.filters, result.spelling, words))
    if not any(point.score.n for point in trend.points):
        text = _("{metric}: no responses yet, {period}.").format(
            metric=title_of(trend.metric, result.command.series, words), period=period_text(result.period, words)
        )
        button = Button(label=_("All time"), action=RunCommand(f"trend {trend.metric} all"))
        return Message(summary=text, blocks=(Paragraph(text=text), Buttons(buttons=(button,))))
    summary = alt_text(trend, words)
    if result.command.output is Output.CSV:
        return Message(summary=summary, blocks=(Paragraph(text=trend_csv(trend)),))
    blocks: list[Block] = []
    if result.command.output is Output.CHART:
        blocks.append(chart_of(trend, words))
    if trend.about:
        blocks.append(Paragraph(text=_("Filtered · {what}").format(what=trend.about)))
    blocks += [trend_table(trend, words), _buttons(result, words)]
    return Message(summary=summary, blocks=tuple(blocks))


def chart_of(trend: Trend, words: Words) -> Chart:
    return Chart(title=trend_title(trend, words), alt_text=alt_text(trend, words), spec=trend_spec(trend, words))


def trend_table(trend: Trend, words: Words) -> Table:
    _ = words.gettext
    caption = _("The numbers of the chart")
    columns: tuple[Column, ...] = (
        Column(title=metric_name(trend.metric, words), numeric=True),
        Column(title=_("n"), numeric=True),
        Column(title=_("95 % interval"), numeric=True),
    )
    if trend.by_mean:
        caption = f"{caption}. {why_means(words)}"
        columns = mean_columns(trend.metric, words)
    return Table(
        caption=caption,
        columns=(Column(title=_("Period")), *columns),
        rows=tuple(_row(trend, point, words) for point in trend.points),
    )


def _row(trend: Trend, point: TrendPoint, words: Words) -> tuple[str, ...]:
    _ = words.gettext
    score = point.score
    interval, _over = shown_interval(score)
    period = period_text(point.period, words)
    period = _("{period} (new wording)").format(period=period) if point.new_series else period
    if trend.by_mean:
        return period, *mean_cells(score, words)
    return (
        period,
        score_text(trend.metric, score.value),
        careful_n(score, words),
        interval_text(trend.metric, interval, words) if interval else "–",
    )


def _buttons(result: TrendResult, words: Words) -> Buttons:
    _ = words.gettext
    buttons = [Button(label=_("Post here"), action=PostHere(result.command.text))]
    if result.command.metric is not Metric.ENPS:
        why = f"why {result.command.metric} last-quarter"
        buttons.insert(0, Button(label=_("Why last quarter?"), action=RunCommand(why)))
    return Buttons(buttons=tuple(buttons))


def trend_csv(trend: Trend) -> str:
    """One row per point, at full precision. What is new comes last, so that no column changes its place."""
    return write_csv(_HEADER, (_csv_row(trend, point) for point in trend.points))


def _csv_row(trend: Trend, point: TrendPoint) -> list[Cell]:
    score = point.score
    plain, accounts = score.interval, score.interval_accounts
    return [
        trend.metric.value,
        point.period.start.isoformat(),
        point.period.last.isoformat(),
        score.value,
        score.n,
        score.people,
        plain.low if plain else None,
        plain.high if plain else None,
        score.low_n,
        accounts.low if accounts else None,
        accounts.high if accounts else None,
        score.mean,
    ]
