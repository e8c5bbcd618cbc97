"""A figure about one account: mean, lowest and who answered. A score of so few people would only look exact."""

from bot.commands.asking import one_account
from bot.commands.results import ScoreResult
from bot.messages import Headline
from bot.views.phrases import answers_text, mean_text, period_text, title_of
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
        value=_("mean {mean} of {high}").format(mean=mean_text(score.mean or 0.0), high=definition.high),
        notes=tuple(note for note in notes if note),
    )


def _lowest(score: Score, words: Words) -> str:
    _ = words.gettext
    given = [value for value, count in (score.distribution or {}).items() if count]
    return _("lowest {score}").format(score=min(given)) if given else ""


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
