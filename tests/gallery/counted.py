"""The sample company's figures as the store would count them, and the questions that they answer."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.commands import asking, employees
from bot.commands.asking import Today
from bot.commands.explain import ExplainCommand
from bot.commands.grammar import parse
from bot.commands.results import ExplainResult, ScoreResult, TrendResult, WhyResult
from bot.commands.scores import ScoreCommand
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from bot.demo.dates import TIMEZONE, TODAY, Quarter
from bot.demo.scores import ENPS, NPS, Answered, Bands
from surveys.insight.queries import AccountReach, Comment, ResponseCounts, Tally, TallySet
from surveys.people.model import Role
from surveys.privacy.gate import ReleasedWave, release_month
from surveys.words import ENGLISH

HERE = Today(day=TODAY, timezone=TIMEZONE)
NOBODY = TallySet(total=Tally())
RESPONSES = ResponseCounts(delivered=338, answered=219, still_open=12)


def spread(number: int, *scores: int) -> dict[int, int]:
    """So many answers, dealt evenly to these scores."""
    each, rest = divmod(number, len(scores))
    return {score: each + (place < rest) for place, score in enumerate(scores)}


def nps_counts(bands: Bands) -> dict[int, int]:
    return {**spread(bands.detractors, 6, 5, 3), **spread(bands.passives, 8, 7), **spread(bands.promoters, 9, 10)}


def tally(counts: Mapping[int, int], key: str | None = None) -> Tally:
    return Tally(key=key, counts=dict(counts), people=sum(counts.values()))


def together(*groups: Tally) -> TallySet:
    """All of them as groups, and their sum."""
    scores = sorted({score for group in groups for score in group.counts})
    total = {score: sum(group.counts.get(score, 0) for group in groups) for score in scores}
    return TallySet(total=tally(total), groups=groups)


def nps(quarter: Quarter, *roles: Role) -> TallySet:
    """The answers of a quarter, by role; of some roles alone where they are named."""
    return together(
        *(tally(nps_counts(bands), role) for role, bands in NPS[quarter].items() if not roles or role in roles)
    )


def months(quarter: Quarter) -> list[TallySet]:
    """A quarter's answers as three months of it."""
    counts = nps(quarter).total.counts
    return [together(tally({score: (count + place) // 3 for score, count in counts.items()})) for place in range(3)]


def between(one: TallySet, other: TallySet, part: float) -> TallySet:
    """As much of the other as `part` says, and the rest of the one."""
    before, after = one.total.counts, other.total.counts
    return together(tally({score: round(before[score] * (1 - part) + after[score] * part) for score in before}))


def share(answered: Answered, better: tuple[int, ...], worse: tuple[int, ...]) -> Tally:
    """`better`: the scores of those who were content."""
    counts = {**spread(answered.satisfied, *better), **spread(answered.n - answered.satisfied, *worse)}
    return tally(dict(sorted(counts.items())))


COMMENTS = (
    Comment(
        text="Reliable kit, sensible people. When something breaks I get a human, not a ticket number.",
        score=10, role="technical", account="Kestrel Foods", language="en", day=date(2026, 6, 29),
    ),
    Comment(
        text="Order says 4,180, invoice says 4,556. Fourth time since February. I have written, I have called, and "
        "the next invoice is wrong again.",
        score=4, role="finance", account="Nordhavn Tools", language="en", day=date(2026, 6, 26),
    ),
    Comment(
        text="Spare devices take two weeks to arrive. Two days would make this a nine.",
        score=8, role="operations", account="Podilska Torhova", language="en", day=date(2026, 6, 24),
    ),
)  # fmt: skip


def scored(
    text: str,
    now: TallySet,
    before: TallySet | None = None,
    *,
    comments: Sequence[Comment] = (),
    responses: ResponseCounts | None = None,
    reach: AccountReach | None = None,
    spelling: Mapping[str, str] | None = None,
) -> ScoreResult:
    command = parse(text)
    assert isinstance(command, ScoreCommand), text
    return asking.score_result(
        command, now, before, today=HERE, comments=comments, responses=responses, reach=reach, spelling=spelling
    )


def moved(text: str, now: TallySet, before: TallySet) -> WhyResult:
    command = parse(text)
    assert isinstance(command, WhyCommand), text
    return asking.why_result(command, now, before, today=HERE)


def drawn(text: str, *points: TallySet) -> TrendResult:
    """`points`: oldest first; once there are no more, they come again."""
    command = parse(text)
    assert isinstance(command, TrendCommand), text
    requests = asking.trend_requests(command, HERE)
    counted = [points[place % len(points)] for place in range(len(requests.points))]
    return asking.trend_result(command, requests, counted, today=HERE)


def explained(result: ScoreResult, now: TallySet, every: TallySet, of_series: TallySet) -> ExplainResult:
    command = parse(f"explain {result.command.text}")
    assert isinstance(command, ExplainCommand)
    return asking.explain_result(command, result, now, every, of_series, now)


def released(*months: str) -> list[ReleasedWave]:
    """What may be shown of the employees' answers of these months."""
    waves = [release_month(nps_counts(ENPS[month]), date.fromisoformat(f"{month}-01")) for month in months]
    return [wave for wave in waves if isinstance(wave, ReleasedWave)]


def of_employees(text: str, now: Sequence[ReleasedWave], before: Sequence[ReleasedWave] = ()) -> ScoreResult:
    command = parse(text)
    assert isinstance(command, ScoreCommand), text
    return employees.employee_result(command, now, before, today=HERE, words=ENGLISH)


def employees_drawn(text: str, waves: Sequence[ReleasedWave]) -> TrendResult:
    command = parse(text)
    assert isinstance(command, TrendCommand), text
    return employees.employee_trend(command, waves, today=HERE, words=ENGLISH)


def employees_moved(text: str) -> WhyResult:
    command = parse(text)
    assert isinstance(command, WhyCommand), text
    return employees.employee_why(command, HERE, ENGLISH)


def employees_explained(result: ScoreResult) -> ExplainResult:
    command = parse(f"explain {result.command.text}")
    assert isinstance(command, ExplainCommand)
    return employees.employee_explain(command, result)
