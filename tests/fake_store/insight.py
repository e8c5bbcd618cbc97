"""Figures, counted anew from the rows for every question."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from statistics import fmean
from zoneinfo import ZoneInfo

from surveys.definitions.model import Metric
from surveys.insight.metrics import METRICS, on_the_scale
from surveys.insight.queries import (
    FOLDED_DIMENSIONS,
    AccountReach,
    AccountSums,
    Comment,
    Dimension,
    Filter,
    PairedScore,
    Period,
    ResponseCounts,
    ScoreRequest,
    Tally,
    TallySet,
    changeable,
)
from surveys.people.records import match_key
from surveys.privacy.gate import ReleasedWave
from surveys.sending.model import InvitationState, WeekCounts
from tests.fake_store.books import AnswerRow, Books, InvitationRow
from tests.fake_store.people import properties_of

CHANNEL, MODE = "chat", "self"


class Insight:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def tally(self, request: ScoreRequest) -> TallySet:
        rows = self._counted(request)
        groups: dict[str | None, list[AnswerRow]] = defaultdict(list)
        if request.by is not None:
            for row in rows:
                groups[self._value(row, request.by)].append(row)
        keys = sorted(groups, key=lambda key: (key is None, key or ""))
        return TallySet(
            total=_tally(rows, request.metric),
            groups=tuple(replace(_tally(groups[key], request.metric), key=key) for key in keys),
            first_day=min((row.day for row in rows), default=None),
            folded=_could_be_folded(request),
        )

    async def panel(self, now: ScoreRequest, before: ScoreRequest) -> Sequence[PairedScore]:
        later, earlier = (self._by_person(request) for request in (now, before))
        both = later.keys() & earlier.keys()
        pairs = Counter((on_the_scale(fmean(earlier[person])), on_the_scale(fmean(later[person]))) for person in both)
        return [PairedScore(before=one, after=two, people=n) for (one, two), n in sorted(pairs.items())]

    def _by_person(self, request: ScoreRequest) -> dict[int, list[int]]:
        scores: dict[int, list[int]] = defaultdict(list)
        for row in self._counted(request):
            scores[row.person_id].append(row.score or 0)
        return scores

    async def responses(self, survey_keys: Sequence[str], period: Period, filters: Sequence[Filter]) -> ResponseCounts:
        """By the local day on which an invitation's window ended; those still open by the day of their delivery."""
        # What depends on the answer does not exist for those who gave none.
        if any(one.dimension in (Dimension.PLATFORM, Dimension.CHANNEL, Dimension.MODE) for one in filters):
            return ResponseCounts(delivered=0, answered=0, still_open=0)
        rows = [
            row
            for row in self._books.invitations.values()
            if self._survey(row) in survey_keys and all(self._invited(row, one) for one in filters)
        ]
        closed = [
            row for row in rows if row.state is InvitationState.CLOSED and _within(period, self._day(row.closes_at))
        ]
        still_open = [
            row
            for row in rows
            if row.state is InvitationState.DELIVERED and _within(period, self._day(row.delivered_at))
        ]
        return ResponseCounts(
            delivered=len(closed),
            answered=sum(self._books.was_answered(row.id) for row in closed),
            still_open=len(still_open),
            # The store keeps, of one property alone, what it was when the invitation closed.
            by_present=() if _could_be_folded(_any_answer(filters)) else changeable(filters),
            open_by_present=changeable(filters),
        )

    async def reach(self, account_name: str, survey_keys: Sequence[str], period: Period) -> AccountReach | None:
        wanted = match_key(account_name)
        account = next((row for row in self._books.accounts.values() if match_key(row.name) == wanted), None)
        if account is None:
            return None
        people = {row.id for row in self._books.people.values() if row.account_id == account.id}
        asked = [
            row
            for row in self._books.invitations.values()
            if row.person_id in people
            and self._survey(row) in survey_keys
            and _within(period, self._day(row.delivered_at))
        ]
        return AccountReach(
            known=len(people),
            asked=len({row.person_id for row in asked}),
            answered=len({row.person_id for row in asked if self._books.was_answered(row.id)}),
        )

    async def comments(self, request: ScoreRequest, limit: int) -> Sequence[Comment]:
        """Texts of those who also gave a score of the metric, beside that score; newest first."""
        scores = {
            row.invitation_id: row.score
            for row in self._books.answers.values()
            if row.current
            and row.score is not None
            and row.metric is request.metric
            and request.series in (None, row.series)
        }
        rows = [
            row
            for row in self._books.answers.values()
            if row.current and row.text is not None and row.invitation_id in scores and self._fits(row, request)
        ]
        if request.latest:
            last = {row.invitation_id for row in self._counted(request)}
            rows = [row for row in rows if row.invitation_id in last]
        rows.sort(key=lambda row: (row.day, row.id), reverse=True)
        return [
            Comment(
                text=row.text or "",
                score=scores[row.invitation_id],
                role=row.place.role,
                account=self._account(row.place.account_id),
                language=row.place.language,
                day=row.day,
            )
            for row in rows[:limit]
        ]

    async def week(self, period: Period) -> WeekCounts:
        current = [row for row in self._books.answers.values() if row.current and _within(period, row.day)]
        scored = [row for row in current if row.score is not None and row.metric is not None]
        return WeekCounts(
            period_start=period.start,
            answers=len(scored),
            people=len({row.person_id for row in scored}),
            comments=sum(row.text is not None for row in current),
            delivered=sum(_within(period, self._day(row.delivered_at)) for row in self._books.invitations.values()),
            opted_out=len({person for person, at in self._books.opt_outs if _within(period, self._day(at))}),
        )

    async def labels(self, dimension: Dimension, keys: Sequence[str]) -> Mapping[str, str]:
        match dimension:
            case Dimension.ACCOUNT:
                names = {str(row.id): row.name for row in self._books.accounts.values()}
            case Dimension.WAVE:
                names = {str(row.id): row.public_id for row in self._books.waves.values()}
            case _:
                return {key: key for key in keys}
        return {key: names[key] for key in keys if key in names}

    async def released(self, metric: Metric, period: Period | None) -> Sequence[ReleasedWave]:
        """Employees' answers come by import only, and the fake takes none."""
        return ()

    # ── which rows ─────────────────────────────────────────────────────────────────────────────────────────────

    def _counted(self, request: ScoreRequest) -> list[AnswerRow]:
        rows = [
            row
            for row in self._books.answers.values()
            if row.current
            and row.score is not None
            and row.metric is request.metric
            and request.series in (None, row.series)
            and self._fits(row, request)
        ]
        if not request.latest:
            return rows
        rows.sort(key=lambda row: (row.day, row.recorded_at, row.id))
        return list({row.person_id: row for row in rows}.values())

    def _fits(self, row: AnswerRow, request: ScoreRequest) -> bool:
        if request.period is not None and not _within(request.period, row.day):
            return False
        return all(_met(self._named(row, one.dimension), one) for one in request.filters)

    def _value(self, row: AnswerRow, dimension: Dimension) -> str | None:
        """What an answer is grouped by: an account by its id, because a name may change."""
        match dimension:
            case Dimension.ACCOUNT:
                return str(row.place.account_id) if row.place.account_id is not None else None
            case Dimension.SURVEY:
                return row.survey
            case Dimension.PLATFORM:
                return row.platform
            case Dimension.CHANNEL:
                return CHANNEL
            case Dimension.MODE:
                return MODE
            case Dimension.WAVE:
                return str(row.wave_id) if row.wave_id is not None else None
            case Dimension.STAGE | Dimension.TEAM:
                return None  # of a touchpoint that was described, and none is
            case _:
                found: str | None = getattr(row.place, dimension.value)
                return found

    def _named(self, row: AnswerRow, dimension: Dimension) -> str | None:
        """What a filter's values are compared with."""
        match dimension:
            case Dimension.ACCOUNT:
                return self._account(row.place.account_id)
            case Dimension.WAVE:
                return self._books.waves[row.wave_id].public_id if row.wave_id is not None else None
            case _:
                return self._value(row, dimension)

    def _invited(self, row: InvitationRow, wanted: Filter) -> bool:
        properties = properties_of(self._books, self._books.people[row.person_id])
        properties[Dimension.TOUCHPOINT] = row.touchpoint
        properties[Dimension.SURVEY] = self._survey(row)
        properties[Dimension.WAVE] = self._books.waves[row.wave_id].public_id if row.wave_id is not None else None
        return _met(properties.get(wanted.dimension), wanted)

    def _survey(self, row: InvitationRow) -> str:
        return self._books.versions[row.version_id].survey.key

    def _account(self, account_id: int | None) -> str | None:
        account = self._books.accounts.get(account_id or 0)
        return account.name if account else None

    def _day(self, at: datetime | None) -> date | None:
        return at.astimezone(ZoneInfo(self._books.tenant.timezone)).date() if at else None


def _within(period: Period, day: date | None) -> bool:
    return day is not None and period.start <= day < period.end


def _met(value: str | None, wanted: Filter) -> bool:
    met = value is not None and match_key(value) in {match_key(one) for one in wanted.values}
    return met is not wanted.negated


def _any_answer(filters: Sequence[Filter]) -> ScoreRequest:
    return ScoreRequest(metric=Metric.NPS, series=None, period=None, filters=tuple(filters))


def _tally(rows: Sequence[AnswerRow], metric: Metric) -> Tally:
    points: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row.place.account_id is not None:
            points[row.place.account_id].append(METRICS[metric].unit_value(row.score or 0))
    sums = [(sum(each), len(each)) for each in points.values()]
    return Tally(
        counts=dict(Counter(row.score for row in rows if row.score is not None)),
        people=len({row.person_id for row in rows}),
        accounts=AccountSums(
            accounts=len(sums),
            answers=sum(n for _, n in sums),
            sum_x=sum(s for s, _ in sums),
            sum_ss=sum(s * s for s, _ in sums),
            sum_sn=sum(s * n for s, n in sums),
            sum_nn=sum(n * n for _, n in sums),
        ),
    )


def _could_be_folded(request: ScoreRequest) -> bool:
    """Whether a real store answers from its histograms: one folded dimension at most, and not `latest`."""
    named = {one.dimension for one in request.filters if one.dimension is not Dimension.SURVEY}
    dimensions = named | ({request.by} if request.by else set())
    return not request.latest and len(dimensions) <= 1 and dimensions <= set(FOLDED_DIMENSIONS)
