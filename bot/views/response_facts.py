"""How many answered of those who were asked, and where these were chosen by what is known of them today."""

from collections.abc import Sequence

from bot.messages import Block, Facts
from bot.views.phrases import dimension_name, listed, percent
from surveys.insight.queries import Dimension, ResponseCounts
from surveys.words import Words


def response_facts(responses: ResponseCounts | None, words: Words) -> tuple[Block, ...]:
    rows = response_rows(responses, words)
    return (Facts(rows=rows),) if rows else ()


def response_rows(responses: ResponseCounts | None, words: Words) -> tuple[tuple[str, str], ...]:
    """Answered per delivered, of closed invitations; the open ones apart."""
    if responses is None:
        return ()
    _ = words.gettext
    rows: list[tuple[str, str]] = []
    if responses.delivered:
        rows.append((_("Response rate"), rate_text(responses, words)))
    if responses.still_open:
        rows.append((_("Still open"), _by_present(str(responses.still_open), responses.open_by_present, words)))
    return tuple(rows)


def rate_text(responses: ResponseCounts, words: Words) -> str:
    _ = words.gettext
    text = _("{percent} ({answered} of {delivered} closed invitations)").format(
        percent=percent(responses.answered, responses.delivered),
        answered=responses.answered,
        delivered=responses.delivered,
    )
    return _by_present(text, responses.by_present, words)


def _by_present(figure: str, dimensions: Sequence[Dimension], words: Words) -> str:
    """Answers keep a property as it was, so that n may be about other people than this figure: it is said."""
    if not dimensions:
        return figure
    _ = words.gettext
    names = listed([dimension_name(dimension, words) for dimension in dimensions], words)
    return _("{figure}, by today's {names}").format(figure=figure, names=names)
