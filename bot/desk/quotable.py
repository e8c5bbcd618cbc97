"""The comments from which a few are quoted: no more are read than it takes to hear every side."""

from collections.abc import Sequence

from bot.commands.asking import COMMENTS_READ, every_side_heard
from bot.ports import Insight
from surveys.insight.queries import Comment, ScoreRequest


async def quotable(insight: Insight, request: ScoreRequest, *, at_least: int = 0) -> Sequence[Comment]:
    """Newest first, of the answers that `request` counts; `at_least` as many, where there are."""
    few, many = (max(number, at_least) for number in COMMENTS_READ)
    comments = await insight.comments(request, few)
    if len(comments) < few or every_side_heard(request.metric, comments):
        return comments
    return await insight.comments(request, many)
