"""Which few of many comments are quoted, and what stands under a quote: the role and the account, never a name."""

from collections.abc import Sequence

from bot.messages import Quote
from bot.views.phrases import role_name
from surveys.definitions.model import Metric
from surveys.insight.metrics import METRICS
from surveys.insight.queries import Comment
from surveys.words import Words

LONGEST_QUOTE = 280
_TELLING = 15
"""Characters from which on a comment says more than “ok”."""


def reasons(comments: Sequence[Comment], metric: Metric, count: int = 3) -> tuple[Comment, ...]:
    """The newest telling comments, critical, content and neutral ones in turn, so that no side is silent."""
    definition = METRICS[metric]
    # Said twice in the same words, a reason is quoted once.
    comments = list({comment.text.strip().casefold(): comment for comment in reversed(comments)}.values())[::-1]
    negative = [c for c in comments if c.score is not None and c.score in definition.negative]
    positive = [c for c in comments if c.score is not None and c.score in definition.positive]
    neutral = [c for c in comments if c not in negative and c not in positive]
    sides = [_telling_first(side) for side in (negative, positive, neutral)]
    chosen: list[Comment] = []
    while len(chosen) < count and any(sides):
        for side in sides:
            if side and len(chosen) < count:
                chosen.append(side.pop(0))
    return tuple(chosen)


def liked(comments: Sequence[Comment], metric: Metric) -> Comment | None:
    """The newest telling comment of somebody content."""
    return _newest([c for c in comments if c.score is not None and c.score in METRICS[metric].positive])


def to_improve(comments: Sequence[Comment], metric: Metric) -> Comment | None:
    """The newest telling comment of somebody discontent; of somebody in between where nobody is."""
    definition = METRICS[metric]
    return _newest([c for c in comments if c.score is not None and c.score in definition.negative]) or _newest(
        [c for c in comments if c.score is not None and c.score in definition.neutral]
    )


def _newest(comments: Sequence[Comment]) -> Comment | None:
    return next(iter(_telling_first(comments)), None)


def _telling_first(comments: Sequence[Comment]) -> list[Comment]:
    return sorted(comments, key=lambda comment: len(comment.text.strip()) < _TELLING)


def quote_of(comment: Comment, words: Words) -> Quote:
    """The comment on as many lines as it has, cut to a length that leaves room for the others."""
    _ = words.gettext
    who = ", ".join(part for part in (role_name(comment.role, words), comment.account or "") if part)
    if comment.score is not None:
        gave = _("gave {score}").format(score=comment.score)
        who = f"{who} · {gave}" if who else gave
    return Quote(text=shortened(comment.text), by=who)


def shortened(text: str, limit: int = LONGEST_QUOTE) -> str:
    text = text.strip()
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    at = cut.rfind(" ")
    return f"{cut[:at] if at > limit // 2 else cut}…"
