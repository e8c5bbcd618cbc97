"""A figure by groups as a table: ranked, each row with its n, interval and change; languages by name."""

from collections.abc import Sequence

from bot.messages import Column, Table
from bot.views.phrases import (
    dimension_name,
    group_name,
    interval_text,
    score_text,
    shown_interval,
    signed,
    title_of,
)
from surveys.insight.figures import Figure, Score, ScoreGroup
from surveys.insight.queries import Dimension
from surveys.insight.scoring import FEW_ANSWERS
from surveys.words import Words

MOST_ROWS = 24
"""A longer table is shown from both ends: the best and the worst are what is acted on."""


def group_table(figure: Figure, by: Dimension, words: Words) -> Table:
    _ = words.gettext
    groups = figure.groups or ()
    if by is Dimension.LANGUAGE:
        groups = tuple(
            sorted(groups, key=lambda group: (group.key is None, group_name(by, group.key, group.label, words)))
        )
    compared = any(group.change for group in groups)
    columns = [
        Column(title=dimension_name(by, words)),
        Column(title=title_of(figure.metric, figure.series, words), numeric=True),
        Column(title=_("n"), numeric=True),
        Column(title=_("95 % interval"), numeric=True),
    ]
    if compared:
        columns += [Column(title=_("Change"), numeric=True), Column(title=_("Real?"))]
    shown_groups, gap = _ends(groups, by)
    return Table(
        caption=_caption(by, gap, len(groups), compared, words),
        columns=tuple(columns),
        rows=tuple(_row(figure, group, by, compared, words) for group in shown_groups),
    )


def _ends(groups: Sequence[ScoreGroup], by: Dimension) -> tuple[Sequence[ScoreGroup], int]:
    """The rows shown, and how many in the middle are not."""
    if len(groups) <= MOST_ROWS or by is Dimension.LANGUAGE:
        return groups, 0
    half = MOST_ROWS // 2
    return (*groups[:half], *groups[-half:]), len(groups) - 2 * half


def _row(figure: Figure, group: ScoreGroup, by: Dimension, compared: bool, words: Words) -> tuple[str, ...]:
    _ = words.gettext
    score = group.score
    interval, _over = shown_interval(score)
    n = careful_n(score, words)
    row = [
        group_name(by, group.key, group.label, words),
        score_text(figure.metric, score.value),
        n if score.people == score.n else _("{n}, {people} people").format(n=n, people=score.people),
        interval_text(figure.metric, interval, words) if interval else "–",
    ]
    if compared:
        change = group.change
        row.append(signed(change.delta) if change else "–")
        row.append(_verdict(change.real if change else None, change is not None, words))
    return tuple(row)


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


def _caption(by: Dimension, gap: int, count: int, compared: bool, words: Words) -> str:
    _ = words.gettext
    if by is Dimension.LANGUAGE:
        parts = [_("In alphabetical order, not ranked: people of different languages use a scale differently.")]
    else:
        parts = [_("Highest first.")]
    if gap:
        parts.append(
            _("The top and the bottom {half} of {count}; the {gap} between them come with “as csv”.").format(
                half=MOST_ROWS // 2, count=count, gap=gap
            )
        )
    if compared:
        parts.append(_("“Real” allows for many comparisons at once (Benjamini–Hochberg, 10 %)."))
    return " ".join(parts)
