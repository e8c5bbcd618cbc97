"""Gathers the weekly summary of a slot, in one snapshot. Given the same slot it tells the same, whenever it is sent."""

from datetime import date

from bot.commands.asking import surveys_feeding
from bot.commands.weekly import weekly_requests, weekly_result
from bot.desk.quotable import quotable
from bot.language import words_for
from bot.messages import Message
from bot.ports import UnitOfWork
from bot.views.summary import summary_message


async def weekly_summary(unit: UnitOfWork, *, slot: str, late: bool) -> Message:
    """`slot`: the local date it is for (ISO 8601); `late`: it comes after an outage and says so."""
    requests = weekly_requests(date.fromisoformat(slot))
    insight = unit.insight
    asked = (requests.now, requests.before, requests.week_now, requests.week_before)
    counted = [await insight.tally(request) for request in asked]
    points = [await insight.tally(request) for request in requests.points]
    surveys = [version.survey for version in await unit.surveys.all_latest()]
    period = requests.now.period
    assert period is not None
    result = weekly_result(
        requests,
        counted,
        points,
        company=unit.tenant.name,
        counts=await insight.week(requests.week),
        responses=await insight.responses(
            surveys_feeding(requests.now.metric, requests.now.series, surveys), period, ()
        ),
        comments=await quotable(insight, requests.now),
        pairs=await insight.panel(requests.now, requests.before),
        late=late,
    )
    return summary_message(result, words_for(None))
