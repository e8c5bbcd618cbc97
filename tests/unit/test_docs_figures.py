"""Every worked figure in docs/queries.md, computed again by the product's own functions from the counts beside it."""

import json
import re
from collections import Counter
from datetime import date, timedelta

from bot.commands.asking import Today, score_result
from bot.commands.grammar import parse
from bot.commands.results import ScoreResult
from bot.commands.scores import ScoreCommand
from bot.demo.dates import Quarter
from bot.demo.scores import NPS, Bands
from bot.views.json import to_json
from bot.views.phrases import score_text, signed
from bot.views.score_csv import score_csv
from bot.views.trend import trend_csv
from surveys.definitions.model import Metric
from surveys.insight.chart_style import mean_text
from surveys.insight.figures import Figure, Interval
from surveys.insight.local_days import Unit
from surveys.insight.metrics import METRICS, MetricKind
from surveys.insight.mix import split
from surveys.insight.periods import bucket_unit
from surveys.insight.queries import AccountSums, Period, ResponseCounts, Tally, TallySet
from surveys.insight.scoring import low_n, score, score_value
from surveys.insight.statistics import (
    FEWEST_ACCOUNTS,
    FEWEST_PAIRS,
    Sample,
    Z,
    adjusted,
    benjamini_hochberg,
    change_test,
    interval,
    interval_accounts,
    shown,
    wilson,
)
from surveys.insight.trend import Trend
from surveys.privacy.gate import ReleasedWave, release_month
from surveys.words import ENGLISH
from tests.documentation import blocks, page, rows, says, two, whole

QUERIES = page("queries")
MONDAY = date(2026, 7, 6)


def spread(found: Interval | None) -> str:
    assert found is not None
    return f"{two(found.low)} to {two(found.high)}"


def net(negative: int, neutral: int, positive: int, accounts: AccountSums | None = None) -> Sample:
    return Sample(kind=MetricKind.NET, negative=negative, neutral=neutral, positive=positive, accounts=accounts)


def share(successes: int, n: int) -> Sample:
    return Sample(kind=MetricKind.SHARE, negative=n - successes, neutral=0, positive=successes)


def counted(text: str) -> Sample:
    """“23/37/60” or “77 of 92”."""
    numbers = whole(text)
    return net(numbers[0], numbers[1], numbers[2]) if "/" in text else share(numbers[0], numbers[1])


def test_every_metric_is_described_as_it_is_defined() -> None:
    listed = rows(QUERIES, "metric", "asked from", "counts for", "counts against", "score", "series")
    assert {name.strip("`") for name, *_ in listed} == set(Metric)
    for name, asked, good, bad, bounds, series in listed:
        metric = METRICS[Metric(name.strip("`"))]
        against = metric.negative if metric.kind is MetricKind.NET else None
        assert asked == f"{metric.low} to {metric.high}"
        assert good == f"{metric.positive[0]}–{metric.positive[-1]}"
        assert bad == (f"{against[0]}–{against[-1]}" if against else "–")
        assert bounds == f"{metric.bounds[0]:.0f} to {metric.bounds[1]:.0f}".replace("-", "−")
        assert series == metric.default_series


def test_the_scores_are_right() -> None:
    for answers, n, value, seen, mean in rows(QUERIES, "answers", "n", "score", "shown", "mean"):
        metric = Metric(answers.partition(":")[0].lower())
        classes = (0, 7, 10) if metric is Metric.NPS else (5, 4, 3, 2, 1)
        found = score(metric, Tally(counts=dict(zip(classes, whole(answers), strict=True))))
        assert found.value is not None
        assert found.mean is not None
        assert (n, value, seen) == (str(found.n), two(found.value), score_text(metric, found.value))
        assert mean == (mean_text(found.mean) if metric is Metric.CSAT else "–")


def test_rounding_is_as_described() -> None:
    assert [shown(value) for value in (2.5, -2.5, 69.16, -27.64)] == [3, -3, 69, -28]
    says(QUERIES, "2.5 is shown as 3, −2.5 as −3, 69.16 as 69 and −27.64 as −28", f"{Z:.6f}, never rounded")


def test_the_intervals_are_right() -> None:
    header = ("detractors", "passives", "promoters", "score", "x · 100", "SE · 100", "interval")
    for detractors, passives, promoters, value, centre, error, bounds in rows(QUERIES, *header):
        sample = net(int(detractors), int(passives), int(promoters))
        a = adjusted(sample)
        assert (value, centre, error) == (two(score_value(sample)), two(100 * a.value), two(100 * a.error))
        assert bounds == spread(interval(sample))
    for successes, n, value, bounds in rows(QUERIES, "count for", "n", "score", "interval"):
        found = wilson(int(successes), int(n))
        assert (value, bounds) == (two(score_value(share(int(successes), int(n)))), spread(found))


def test_the_interval_over_accounts_is_right() -> None:
    example = re.search(
        r"Example: eight accounts.*?is (−\S+ to \S+), .*?over accounts (−\S+ to \d+\.\d\d)", QUERIES, re.S
    )
    assert example is not None
    accounts = [[int(x.replace("−", "-")) for x in one.split(",")] for one in re.findall(r"\(([^)]+)\)", example[0])]
    every = [x for answers in accounts for x in answers]
    sums = AccountSums(
        accounts=len(accounts),
        answers=len(every),
        sum_x=sum(every),
        sum_ss=sum(sum(answers) ** 2 for answers in accounts),
        sum_sn=sum(sum(answers) * len(answers) for answers in accounts),
        sum_nn=sum(len(answers) ** 2 for answers in accounts),
    )
    sample = net(every.count(-1), every.count(0), every.count(1), sums)
    assert (len(accounts), example[1], example[2]) == (8, spread(interval(sample)), spread(interval_accounts(sample)))
    says(QUERIES, f"The score is {two(score_value(sample))}.", f"Where at least {FEWEST_ACCOUNTS} accounts are known")


def test_low_n_begins_where_it_says() -> None:
    assert [low_n(29, 10.0), low_n(30, 30.0), low_n(30, 30.1)] == [True, False, True]
    many, few = score(Metric.NPS, Tally(counts={0: 60, 7: 120, 10: 120})), score(Metric.NPS, Tally(counts={10: 6}))
    assert (many.low_n, few.low_n) == (False, True)
    says(QUERIES, f"300 answers with the interval {spread(many.interval)} have no badge; 6 answers have one")


def test_the_changes_are_right() -> None:
    header = ("what", "before", "now", "change", "δ", "must exceed", "verdict")
    for _what, earlier, later, moved, difference, critical, verdict in rows(QUERIES, *header):
        before, now = counted(earlier), counted(later)
        test = change_test(now, before)
        assert moved == two(score_value(now) - score_value(before), "+")
        assert (difference, critical) == (two(test.difference, "+"), two(test.critical))
        assert verdict == ("a real change" if test.real else "within noise")


def test_the_panel_is_right() -> None:
    pairs = [(-1, -1)] * 10 + [(-1, 0)] * 5 + [(0, 0)] * 6 + [(0, 1)] * 4 + [(1, 1)] * 15
    before, now = net(15, 10, 15), net(10, 11, 19)
    alone, panel = change_test(now, before), change_test(now, before, Counter(pairs))
    assert (len(pairs), alone.real, panel.real) == (40, False, True)
    says(
        QUERIES,
        f"the limit is {two(alone.critical)} and the change ({two(score_value(now) - score_value(before), '+')}, "
        f"δ {two(panel.difference, '+')}) is within noise; as a panel the limit is {two(panel.critical)}",
        f"at least {FEWEST_PAIRS} people answered in both",
    )


def test_the_flags_among_many_comparisons_are_right() -> None:
    assert benjamini_hochberg([0.001, 0.020, 0.049, 0.300, 0.600]) == (True, True, True, False, False)
    assert benjamini_hochberg([0.021, 0.041, 0.061, 0.081, 0.101]) == (False,) * 5
    says(QUERIES, "Of 0.001, 0.020, 0.049, 0.300 and 0.600 the first three are flagged")


def by_role(quarter: Quarter) -> TallySet:
    """The sample data's NPS answers of a quarter."""

    def tally(key: str | None, *bands: Bands) -> Tally:
        counts = (sum(band.detractors for band in bands), sum(band.passives for band in bands))
        return Tally(key=key, counts={0: counts[0], 7: counts[1], 10: sum(band.promoters for band in bands)})

    roles = NPS[quarter]
    return TallySet(
        total=tally(None, *roles.values()), groups=tuple(tally(role, bands) for role, bands in roles.items())
    )


def test_opinion_and_mix_are_right() -> None:
    before, after = by_role(Quarter.Q1_2026), by_role(Quarter.Q2_2026)
    found = split(Metric.NPS, before, after)
    assert found is not None

    def moved(one: float | None, other: float | None) -> str:
        assert one is not None
        assert other is not None
        return f"{two(one)} → {two(other)}"

    expected = [
        [
            f"`{part.key}`",
            f"{part.n_before} → {part.n_after}",
            moved(part.score_before, part.score_after),
            *(two(effect, "+") for effect in (part.rate, part.mix, part.total)),
        ]
        for part in found.parts
    ]
    one, other = score(Metric.NPS, before.total), score(Metric.NPS, after.total)
    effects = (two(effect, "+") for effect in (found.rate, found.mix, found.delta))
    expected.append(["all", f"{one.n} → {other.n}", moved(one.value, other.value), *effects])
    assert rows(QUERIES, "role", "n", "score", "opinion", "mix", "together") == expected
    says(QUERIES, f"The total falls by {signed(found.delta).lstrip('−')} points")


def test_a_line_is_cut_where_it_says() -> None:
    says(QUERIES, "days (up to 14 days), weeks (up to 120), months (up to 800), quarters (up to 3,700) or years")
    for longest in (14, 120, 800, 3_700):
        fits, too_long = (Period(start=MONDAY - timedelta(days=days), end=MONDAY) for days in (longest, longest + 1))
        assert bucket_unit(fits) != bucket_unit(too_long)


def test_what_is_kept_of_employees_answers_is_right() -> None:
    month = date(2026, 6, 1)
    kept, full = release_month({10: 12}, month), release_month({10: 30}, month)
    assert isinstance(kept, ReleasedWave)
    assert isinstance(full, ReleasedWave)
    assert (kept.totals is None, full.totals is None) == (True, False)
    assert not isinstance(release_month({10: 4}, month), ReleasedWave)
    says(QUERIES, f"{kept.shown:.0f} is kept, with the interval {spread(kept.interval)}")


def csat_result() -> ScoreResult:
    """What the example of JSON is about."""
    command = parse("csat 2026-Q2")
    assert isinstance(command, ScoreCommand)
    return score_result(
        command,
        TallySet(total=Tally(counts={5: 42, 4: 32, 3: 10, 2: 9, 1: 14}, people=104)),
        TallySet(total=Tally(counts={5: 45, 4: 32, 3: 8, 2: 3, 1: 4}, people=92)),
        today=Today(day=MONDAY, timezone="Europe/Warsaw"),
        responses=ResponseCounts(delivered=250, answered=107, still_open=3),
    )


def test_the_json_for_scripts_is_what_is_printed() -> None:
    printed = json.dumps(to_json(csat_result()))
    assert json.loads(blocks(QUERIES, "json")[0]) == json.loads(printed)
    rate = ResponseCounts(delivered=250, answered=107, still_open=3).rate
    assert rate is not None
    says(QUERIES, f"107 answered of 250 closed is {shown(100 * rate)} %")


def test_the_columns_of_csv_are_those_that_are_written() -> None:
    result = csat_result()
    assert isinstance(result.figure, Figure)
    written = score_csv(result, result.figure, ENGLISH).splitlines()[0].split(",")
    scores, trends = (re.findall(r"[a-z_]+", text.partition(", and one column")[0]) for text in csv_columns())
    assert [name for name in written if not name.startswith("answers_")] == scores
    empty = Trend(metric=Metric.CSAT, unit=Unit.MONTH, points=())
    assert trend_csv(empty).splitlines()[0].split(",") == trends


def csv_columns() -> list[str]:
    return [text for text in blocks(QUERIES, "text") if text.startswith("metric,")]
