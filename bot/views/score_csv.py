"""A figure as CSV, at full precision: one row for the total and one for each group."""

from collections.abc import Iterator

from bot.commands.results import ScoreResult
from bot.views.csv_rows import Cell, write_csv
from bot.views.groups import groups_kept
from bot.views.phrases import group_key, group_name
from surveys.insight.figures import Change, Figure, Score
from surveys.insight.metrics import METRICS
from surveys.words import Words

_HEADER = (
    "metric", "series", "period_start", "period_end", "by", "key", "label", "score", "n", "people",
    "interval_low", "interval_high", "interval_accounts_low", "interval_accounts_high", "mean", "low_n",
    "previous_start", "previous_end", "previous_score", "previous_n", "change", "real", "basis",
)  # fmt: skip


def score_csv(result: ScoreResult, figure: Figure, words: Words) -> str:
    """The columns never change their order; the counts of each value come last. `key` is for scripts, `label` for
    people.
    """
    header = [*_HEADER, *(f"answers_{value}" for value in METRICS[figure.metric].scale)]
    return write_csv(header, _rows(result, figure, words))


def _rows(result: ScoreResult, figure: Figure, words: Words) -> Iterator[list[Cell]]:
    yield [*_about(figure), None, None, None, *_figures(figure, figure.score, figure.previous, figure.change)]
    by = result.command.by
    for group in groups_kept(figure, result.command, words):
        names = group_key(group.key, group.label), group_name(by, group.key, group.label, words)
        about: list[Cell] = [*_about(figure), by.value if by else None, *names]
        yield [*about, *_figures(figure, group.score, group.previous, group.change)]


def _about(figure: Figure) -> list[Cell]:
    series = figure.series.value if figure.series else "any"
    return [figure.metric.value, series, figure.period.start.isoformat(), figure.period.last.isoformat()]


def _figures(figure: Figure, score: Score, previous: Score | None, change: Change | None) -> list[Cell]:
    plain, accounts, before = score.interval, score.interval_accounts, figure.previous_period
    return [
        score.value,
        score.n,
        score.people,
        plain.low if plain else None,
        plain.high if plain else None,
        accounts.low if accounts else None,
        accounts.high if accounts else None,
        score.mean,
        score.low_n,
        before.start.isoformat() if before and previous else None,
        before.last.isoformat() if before and previous else None,
        previous.value if previous else None,
        previous.n if previous else None,
        change.delta if change else None,
        change.real if change else None,
        change.basis.value if change and change.basis else None,
        *((score.distribution or {}).get(value) for value in METRICS[figure.metric].scale),
    ]
