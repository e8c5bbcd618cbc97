"""The weekly summary of a channel: the rolling 90 days, honest about change, the counts, two voices, a chart.

A week alone is mostly noise, so its own score is shown only where both weeks have enough answers.
"""

from bot.actions import RunCommand
from bot.commands.results import WeeklyResult
from bot.messages import Block, Button, Buttons, Facts, Heading, Message, Paragraph, Tone
from bot.views.phrases import period_text, score_text
from bot.views.reasons import liked, quote_of, to_improve
from bot.views.response_facts import rate_text
from bot.views.scores import change_text, headline, summary_line
from bot.views.trend import chart_of
from surveys.insight.figures import Figure
from surveys.insight.metrics import metric_name
from surveys.insight.scoring import FEW_ANSWERS
from surveys.words import Words


def summary_message(result: WeeklyResult, words: Words) -> Message:
    _ = words.gettext
    title = _("The week with our customers, {period}").format(period=period_text(result.week, words))
    blocks: list[Block] = [Heading(text=title)]
    if result.late:
        late = _("This summary comes late: it could not be sent at its time. It tells the same as it would have then.")
        blocks.append(Paragraph(text=late, tone=Tone.MUTED))
    if not result.rolling.score.n:
        return _nothing_yet(result, blocks, title, words)
    blocks += [
        headline(result.rolling, words),
        *_weekly(result.weekly, words),
        Facts(rows=tuple(_counts(result, words))),
        *_voices(result, words),
        chart_of(result.trend, words),
        _buttons(result, words),
    ]
    summary = _("{title}. 90 days: {figure}").format(title=title, figure=summary_line(result.rolling, words))
    return Message(summary=summary, blocks=tuple(blocks))


def _nothing_yet(result: WeeklyResult, blocks: list[Block], title: str, words: Words) -> Message:
    _ = words.gettext
    text = _("{metric}: no responses yet in the last 90 days.").format(metric=metric_name(result.rolling.metric, words))
    advice = _("Once people are asked, this shows how it goes. To begin: {example}").format(
        example="send nps to role:technical"
    )
    more = (Paragraph(text=text), Facts(rows=tuple(_counts(result, words))), Paragraph(text=advice, tone=Tone.MUTED))
    return Message(summary=f"{title}. {text}", blocks=(*blocks, *more))


def _weekly(figure: Figure, words: Words) -> list[Block]:
    """The week's own score, only where both weeks have enough answers to say something."""
    if figure.score.n < FEW_ANSWERS or figure.previous is None or figure.previous.n < FEW_ANSWERS:
        return []
    _ = words.gettext
    text = _("This week alone: {score}. {change}").format(
        score=score_text(figure.metric, figure.score.value), change=change_text(figure, words)
    )
    return [Paragraph(text=text)]


def _counts(result: WeeklyResult, words: Words) -> list[tuple[str, str]]:
    _ = words.gettext
    counts, responses = result.counts, result.responses
    from_people = words.ngettext("{n} from {people} person", "{n} from {people} people", counts.people)
    rows = [
        (_("Answers this week"), from_people.format(n=counts.answers, people=counts.people)),
        (_("Comments this week"), str(counts.comments)),
        (_("Questions delivered this week"), str(counts.delivered)),
    ]
    if counts.opted_out:
        rows.append((_("Asked not to be asked again"), str(counts.opted_out)))
    if responses.delivered:
        rows.append((_("Response rate, 90 days"), rate_text(responses, words)))
    return rows


def _voices(result: WeeklyResult, words: Words) -> list[Block]:
    """One thing liked and one to improve, in people's own words."""
    _ = words.gettext
    blocks: list[Block] = []
    good, bad = liked(result.comments, result.rolling.metric), to_improve(result.comments, result.rolling.metric)
    if good is not None:
        blocks += [Heading(text=_("Liked")), quote_of(good, words)]
    if bad is not None:
        blocks += [Heading(text=_("To improve")), quote_of(bad, words)]
    return blocks


def _buttons(result: WeeklyResult, words: Words) -> Buttons:
    """Whoever clicks gets the answer privately, if they may."""
    _ = words.gettext
    metric = result.rolling.metric
    return Buttons(
        buttons=(
            Button(label=_("Why?"), action=RunCommand(f"why {metric} last-90d")),
            Button(label=_("By role"), action=RunCommand(f"{metric} by role last-90d")),
        )
    )
