"""Gathers what a question about scores needs, in one snapshot, and makes the result. Employees go through the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands.asking import (
    Requests,
    Today,
    asks_for_all,
    explain_requests,
    explain_result,
    figure_requests,
    one_account,
    periods_of,
    score_result,
    surveys_feeding,
    trend_requests,
    trend_result,
    why_result,
)
from bot.commands.employees import (
    about_employees,
    employee_explain,
    employee_periods,
    employee_result,
    employee_trend,
    employee_trend_period,
    employee_why,
)
from bot.commands.explain import ExplainCommand
from bot.commands.grammar import Question
from bot.commands.results import ExplainResult, Result, ScoreResult, TrendResult, WhyResult
from bot.commands.scores import ScoreCommand
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from bot.desk.quotable import quotable
from bot.ports import UnitOfWork
from surveys.insight.queries import AccountReach, Comment, PairedScore, ResponseCounts, ScoreRequest, Tally, TallySet
from surveys.words import Words

NOTHING_COUNTED = TallySet(total=Tally())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """One question's unit, day and words."""

    unit: UnitOfWork
    today: Today
    words: Words
    spelling: dict[str, str]
    """Filter values as really spelled, for the answer."""

    async def answer(self, question: Question) -> Result:
        match question:
            case ScoreCommand():
                result, _tallies = await self.score(question)
                return result
            case WhyCommand():
                return await self.why(question)
            case TrendCommand():
                return await self.trend(question)
            case ExplainCommand():
                return await self.explain(question)

    async def score(self, command: ScoreCommand) -> tuple[ScoreResult, TallySet]:
        """The result, and what was counted for it (empty for employees, whose counts nobody sees)."""
        if about_employees(command):
            return await self._employee_score(command), NOTHING_COUNTED
        requests = figure_requests(command, self.today)
        now = await self.unit.insight.tally(requests.now)
        before = await self.unit.insight.tally(requests.before) if requests.before else None
        labels = await self._labels(requests.now, now)
        result = score_result(
            command,
            now,
            before,
            today=self.today,
            pairs=await self._pairs(requests, now, before),
            responses=await self._responses(command, now),
            reach=await self._reach(command, now),
            labels=labels,
            comments=() if command.by else await self._comments(command, requests.now),
            spelling=self.spelling,
        )
        return result, now

    async def why(self, command: WhyCommand) -> WhyResult:
        if about_employees(command):
            return employee_why(command, self.today, self.words)
        requests = figure_requests(command, self.today)
        now = await self.unit.insight.tally(requests.now)
        before = await self.unit.insight.tally(requests.before) if requests.before else NOTHING_COUNTED
        return why_result(
            command,
            now,
            before,
            today=self.today,
            pairs=await self._pairs(requests, now, before),
            labels=await self._labels(requests.now, now, before),
            spelling=self.spelling,
        )

    async def trend(self, command: TrendCommand) -> TrendResult:
        if about_employees(command):
            everything = await self.unit.insight.released(command.metric, None)
            period = employee_trend_period(command, self.today, everything)
            waves = [wave for wave in everything if period.start <= wave.month < period.end]
            return employee_trend(command, waves, today=self.today, words=self.words)
        first_day = None
        if asks_for_all(command):
            every = ScoreRequest(metric=command.metric, series=command.series, period=None, filters=command.filters)
            first_day = (await self.unit.insight.tally(every)).first_day
        requests = trend_requests(command, self.today, first_day)
        counted = [await self.unit.insight.tally(request) for request in requests.points]
        return trend_result(command, requests, counted, today=self.today, spelling=self.spelling)

    async def explain(self, command: ExplainCommand) -> ExplainResult:
        question = command.question
        assert question is not None, "the desk fills in the last question"
        result, now = await self.score(question)
        if about_employees(command):
            return employee_explain(command, result)
        requests = explain_requests(question, self.today)
        counts = [
            await self.unit.insight.tally(request)
            for request in (requests.every, requests.of_series, requests.filtered)
        ]
        return explain_result(command, result, now, *counts)

    async def _employee_score(self, command: ScoreCommand) -> ScoreResult:
        period, previous = employee_periods(command, self.today)
        now = await self.unit.insight.released(command.metric, period)
        before = await self.unit.insight.released(command.metric, previous) if previous else ()
        return employee_result(command, now, before, today=self.today, words=self.words)

    async def _pairs(self, requests: Requests, now: TallySet, before: TallySet | None) -> tuple[PairedScore, ...]:
        if requests.before is None or before is None or not (now.total.n and before.total.n):
            return ()
        return tuple(await self.unit.insight.panel(requests.now, requests.before))

    async def _responses(self, command: ScoreCommand, now: TallySet) -> ResponseCounts | None:
        keys = await self._surveys_feeding(command)
        if not keys:
            return None
        period, _previous = periods_of(command, self.today, now.first_day)
        return await self.unit.insight.responses(keys, period, command.filters)

    async def _reach(self, command: ScoreCommand, now: TallySet) -> AccountReach | None:
        name = one_account(command)
        if name is None:
            return None
        period, _previous = periods_of(command, self.today, now.first_day)
        return await self.unit.insight.reach(name, await self._surveys_feeding(command), period)

    async def _surveys_feeding(self, command: ScoreCommand) -> tuple[str, ...]:
        versions = await self.unit.surveys.all_latest()
        return surveys_feeding(command.metric, command.series, [version.survey for version in versions])

    async def _comments(self, command: ScoreCommand, request: ScoreRequest) -> Sequence[Comment]:
        return await quotable(self.unit.insight, request, at_least=command.top or 0)

    async def _labels(self, request: ScoreRequest, *counted: TallySet) -> dict[str, str]:
        if request.by is None:
            return {}
        keys = {tally.key for each in counted for tally in each.groups if tally.key is not None}
        return dict(await self.unit.insight.labels(request.by, sorted(keys)))


def today_of(unit: UnitOfWork, now: datetime) -> Today:
    """The local day in the tenant's reporting zone."""
    tenant = unit.tenant
    day = now.astimezone(ZoneInfo(tenant.timezone)).date()
    return Today(day=day, timezone=tenant.timezone, week_start=tenant.week_start)
