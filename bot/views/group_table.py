"""A figure by groups as a table: each row with its n, interval and change; with mean and lowest where it is about one
account.
"""

from collections.abc import Sequence

from bot.commands.asking import told_by_mean
from bot.commands.scores import ScoreCommand
from bot.messages import Column, Table
from bot.views.groups import groups_kept, order_in_words
from bot.views.one_account import mean_cells, mean_columns, n_cell, why_means
from bot.views.phrases import (
    answers_text,
    dimension_name,
    group_name,
    interval_text,
    score_text,
    shown_interval,
    signed,
    title_of,
)
from surveys.insight.chart_style import mean_text
from surveys.insight.figures import Figure, Score, ScoreGroup
from surveys.insight.queries import Dimension
from surveys.insight.scoring import FEW_ANSWERS
from surveys.words import Words

MOST_ROWS = 24
"""A longer table is shown from both ends: the best and the worst are what is acted on."""


def group_table(figure: Figure, command: ScoreCommand, by: Dimension, words: Words) -> Table:
    _ = words.gettext
    kept = groups_kept(figure, command, words)
    rows, gap = _ends(kept, by)
    if told_by_mean(command):
        compared = any(group.previous for group in kept)
        columns = _mean_columns(figure, compared, words)
        cells = [_mean_row(group, compared, words) for group in rows]
        caption = [why_means(words)]
    else:
        compared = any(group.change for group in kept)
        columns = _score_columns(figure, compared, words)
        cells = [_score_row(figure, group, compared, words) for group in rows]
        caption = _score_caption(compared, words)
    captions = [
        order_in_words(by, _("Highest first."), words),
        *_cut(len(kept), len(figure.groups or ()), gap, words),
        *caption,
    ]
    return Table(
        caption=" ".join(captions),
        columns=(Column(title=dimension_name(by, words)), *columns),
        rows=tuple(
            (group_name(by, group.key, group.label, words), *row) for group, row in zip(rows, cells, strict=True)
        ),
    )


def _ends(groups: Sequence[ScoreGroup], by: Dimension) -> tuple[Sequence[ScoreGroup], int]:
    """The rows shown, and how many in the middle are not."""
    if len(groups) <= MOST_ROWS or by is Dimension.LANGUAGE:
        return groups, 0
    half = MOST_ROWS // 2
    return (*groups[:half], *groups[-half:]), len(groups) - 2 * half


# ── scores ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _score_columns(figure: Figure, compared: bool, words: Words) -> tuple[Column, ...]:
    _ = words.gettext
    columns = (
        Column(title=title_of(figure.metric, figure.series, words), numeric=True),
        Column(title=_("n"), numeric=True),
        Column(title=_("95 % interval"), numeric=True),
    )
    return (*columns, Column(title=_("Change"), numeric=True), Column(title=_("Real?"))) if compared else columns


def _score_row(figure: Figure, group: ScoreGroup, compared: bool, words: Words) -> tuple[str, ...]:
    score = group.score
    interval, _over = shown_interval(score)
    row = (
        score_text(figure.metric, score.value),
        n_cell(careful_n(score, words), score, words),
        interval_text(figure.metric, interval, words) if interval else "–",
    )
    if not compared:
        return row
    change = group.change
    verdict = _verdict(change.real if change else None, change is not None, words)
    return (*row, signed(change.delta) if change else "–", verdict)


def careful_n(score: Score, words: Words) -> str:
    """n, with what makes the figure unsure: few answers, or an interval wider than ±15 points."""
    _ = words.gettext
    if not (score.low_n and score.n):
        return str(score.n)
    text = _("{n} (low n)") if score.n < FEW_ANSWERS else _("{n} (wide interval)")
    return text.format(n=score.n)


def _verdict(real: bool | None, changed: bool, words: Words) -> str:
    _ = words.gettext
    if not changed:
        return _("nothing before")
    if real is None:
        return _("not tested")
    return _("real") if real else _("within noise")


def _score_caption(compared: bool, words: Words) -> list[str]:
    _ = words.gettext
    return [_("“Real” allows for many comparisons at once (Benjamini–Hochberg, 10 %).")] if compared else []


# ── means, where each row is about one account ─────────────────────────────────────────────────────────────────


def _mean_columns(figure: Figure, compared: bool, words: Words) -> tuple[Column, ...]:
    columns = mean_columns(figure.metric, words)
    return (*columns, Column(title=words.gettext("Mean before"), numeric=True)) if compared else columns


def _mean_row(group: ScoreGroup, compared: bool, words: Words) -> tuple[str, ...]:
    row = mean_cells(group.score, words)
    return (*row, _mean_before(group, words)) if compared else row


def _mean_before(group: ScoreGroup, words: Words) -> str:
    if group.previous is None:
        return "–"
    return words.gettext("{mean} ({n})").format(
        mean=mean_text(group.previous.mean), n=answers_text(group.previous, words)
    )


# ── what the caption says of any table ─────────────────────────────────────────────────────────────────────────


def _cut(kept: int, count: int, gap: int, words: Words) -> list[str]:
    """Which of all groups are not there: those after `top`, and the middle of a long table."""
    _ = words.gettext
    parts = []
    if kept < count:
        parts.append(_("The first {kept} of {count}.").format(kept=kept, count=count))
    if gap:
        parts.append(
            _("The top and the bottom {half} of {count}; the {gap} between them come with “as csv”.").format(
                half=MOST_ROWS // 2, count=kept, gap=gap
            )
        )
    return parts
