"""A figure about one account: mean, lowest and who answered. A score of so few people would only look exact.

The same in the rows of a table and the points of a line where each is about one account.
"""

from bot.commands.asking import one_account
from bot.commands.results import ScoreResult
from bot.messages import Column, Headline
from bot.views.phrases import answers_text, period_text, title_of
from surveys.definitions.model import Metric
from surveys.insight.chart_style import mean_text
from surveys.insight.figures import Figure, Score
from surveys.insight.metrics import METRICS
from surveys.words import Words


def account_line(headline: Headline, words: Words) -> str:
    """The headline in one line."""
    _ = words.gettext
    return _("{label}: {value}, {notes}.").format(
        label=headline.label, value=headline.value, notes=", ".join(headline.notes)
    )


def account_headline(result: ScoreResult, figure: Figure, words: Words) -> Headline:
    _ = words.gettext
    name = one_account(result.command) or ""
    score = figure.score
    definition = METRICS[figure.metric]
    notes = [_lowest(score, words), answers_text(score, words), *_reach(result, words)]
    if figure.previous and figure.previous.mean is not None and figure.previous_period:
        notes.append(
            _("before: mean {mean} ({n}), {period}").format(
                mean=mean_text(figure.previous.mean),
                n=answers_text(figure.previous, words),
                period=period_text(figure.previous_period, words),
            )
        )
    return Headline(
        label=_("{account} · {metric} · {period}").format(
            account=result.spelling.get(name, name),
            metric=title_of(figure.metric, figure.series, words),
            period=period_text(figure.period, words),
        ),
        value=_("mean {mean} of {high}").format(mean=mean_text(score.mean), high=definition.high),
        notes=tuple(note for note in notes if note),
    )


def lowest(score: Score) -> int | None:
    """The lowest answer of all; None without answers."""
    return min((value for value, count in (score.distribution or {}).items() if count), default=None)


def _lowest(score: Score, words: Words) -> str:
    least = lowest(score)
    return "" if least is None else words.gettext("lowest {score}").format(score=least)


def _reach(result: ScoreResult, words: Words) -> list[str]:
    """“8 of 11 asked, 14 known”."""
    reach = result.reach
    if reach is None:
        return []
    _ = words.gettext
    if not reach.asked:
        return [_("{known} known, nobody asked in these days").format(known=reach.known)]
    return [
        _("{answered} of {asked} asked, {known} known").format(
            answered=reach.answered, asked=reach.asked, known=reach.known
        )
    ]


def why_means(words: Words) -> str:
    return words.gettext("One account is shown by mean and lowest: a score of so few people would only look exact.")


def mean_columns(metric: Metric, words: Words) -> tuple[Column, ...]:
    """Those of `mean_cells`."""
    _ = words.gettext
    definition = METRICS[metric]
    mean = _("Mean ({low}–{high})").format(low=definition.low, high=definition.high)
    return tuple(Column(title=title, numeric=True) for title in (mean, _("Lowest"), _("n")))


def mean_cells(score: Score, words: Words) -> tuple[str, ...]:
    least = lowest(score)
    return mean_text(score.mean), "–" if least is None else str(least), n_cell(str(score.n), score, words)


def n_cell(n: str, score: Score, words: Words) -> str:
    """n, with the people where somebody answered more than once."""
    if score.people == score.n:
        return n
    return words.ngettext("{n}, {people} person", "{n}, {people} people", score.people).format(n=n, people=score.people)
