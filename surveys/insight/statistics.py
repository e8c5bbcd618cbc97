"""Intervals and tests, as product.md section 3 states them. Pure arithmetic on counts; 95 % throughout.

Nothing here knows periods, groups or what is shown; `scoring` does. Inside, values are fractions (−1…1 or 0…1);
`Interval` is in points.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from statistics import NormalDist
from types import MappingProxyType

from surveys.insight.figures import Basis, Interval
from surveys.insight.metrics import MetricKind
from surveys.insight.queries import AccountSums

Z = NormalDist().inv_cdf(0.975)
"""The two-sided 95 % quantile of the normal distribution, never rounded."""

FEWEST_ACCOUNTS = 5
"""With fewer clusters the variance between them is a guess, and no interval over accounts is given."""

FEWEST_PAIRS = 20
NOBODY: Mapping[tuple[int, int], int] = MappingProxyType({})
"""From so many people on, those who answered in both periods decide about the change (product.md, section 3)."""

FALSE_DISCOVERY_RATE = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Answers of one period or group, classed, with the sums over their accounts where these are known."""

    kind: MetricKind
    negative: int
    neutral: int
    positive: int
    accounts: AccountSums | None = None

    @property
    def n(self) -> int:
        return self.negative + self.neutral + self.positive

    @property
    def sum_x(self) -> int:
        return self.positive - (self.negative if self.kind is MetricKind.NET else 0)

    @property
    def sum_xx(self) -> int:
        return self.positive + (self.negative if self.kind is MetricKind.NET else 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """The adjusted value that intervals and tests are made of: `error` is its standard error, `weight` its n."""

    value: float
    error: float
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTest:
    """`difference` of the adjusted values is more than noise where it exceeds `critical`; both in points."""

    difference: float
    critical: float
    basis: Basis

    @property
    def real(self) -> bool:
        return abs(self.difference) > self.critical

    @property
    def p_value(self) -> float:
        """Two-sided, such that `real` is the same as p < 0.05."""
        if self.critical == 0.0:
            return 1.0 if self.difference == 0.0 else 0.0
        return 2.0 * NormalDist().cdf(-Z * abs(self.difference) / self.critical)


def shown(value: float) -> int:
    """The one rounding of the product: to whole numbers, half away from zero."""
    return int(Decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def adjusted_net(negative: int, neutral: int, positive: int) -> Adjusted:
    """Adjusted Wald for a net score: ¾ detractor, 1½ passives and ¾ promoter are added."""
    m = negative + neutral + positive + 3
    p, d = (positive + 0.75) / m, (negative + 0.75) / m
    x = p - d
    return Adjusted(value=x, error=math.sqrt((p + d - x * x) / m), weight=m)


def adjusted_share(successes: int, n: int) -> Adjusted:
    """Agresti–Caffo: one success and one failure are added. For tests only; the interval is Wilson's."""
    p = (successes + 1) / (n + 2)
    return Adjusted(value=p, error=math.sqrt(p * (1 - p) / (n + 2)), weight=n + 2)


def adjusted(sample: Sample) -> Adjusted:
    if sample.kind is MetricKind.NET:
        return adjusted_net(sample.negative, sample.neutral, sample.positive)
    return adjusted_share(sample.positive, sample.n)


def adjusted_wald(negative: int, neutral: int, positive: int) -> Interval:
    """NPS interval in points, clipped to ±100. It is centred on the adjusted value, not on the score."""
    a = adjusted_net(negative, neutral, positive)
    return _points(a.value - Z * a.error, a.value + Z * a.error, least=-1.0)


def wilson(successes: int, n: int) -> Interval:
    """Wilson interval of a share, in points. `n` is at least 1."""
    p, zz = successes / n, Z * Z
    centre = (p + zz / (2 * n)) / (1 + zz / n)
    half = Z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    # With no success (or nothing else) the bound is exactly 0 (or 1); the subtraction would leave dust.
    return _points(centre - half if successes else 0.0, centre + half if successes < n else 1.0, least=0.0)


def interval(sample: Sample) -> Interval | None:
    """The plain interval; None without answers."""
    if not sample.n:
        return None
    if sample.kind is MetricKind.NET:
        return adjusted_wald(sample.negative, sample.neutral, sample.positive)
    return wilson(sample.positive, sample.n)


def interval_accounts(sample: Sample) -> Interval | None:
    """The cluster-robust interval over accounts, centred on the score; None where it cannot be estimated."""
    half = accounts_margin(sample)
    if half is None:
        return None
    x = sample.sum_x / sample.n
    return _points(x - half, x + half, least=-1.0 if sample.kind is MetricKind.NET else 0.0)


def accounts_margin(sample: Sample) -> float | None:
    """Half the width of the cluster-robust interval, as a fraction: t · SE.

    The score is a ratio of sums over accounts, x̄ = ΣS_a / Σn_a, so its linearised variance is that of the residuals
    e_a = S_a − x̄·n_a (Cochran, Sampling Techniques, section 6; Liang & Zeger 1986 for one mean):
    V = G/(G−1) · Σ e_a² / n². The factor G/(G−1) removes most of the bias of small G, and because V is still estimated
    from only G independent terms the quantile is Student's with G−1 degrees of freedom, not the normal one (Cameron &
    Miller 2015, section VI): with 40 accounts that is 2.02 instead of 1.96, with 5 accounts 2.78.

    An answer without an account is a cluster of its own; its residuals enter with the variance of all answers. None
    with fewer than FEWEST_ACCOUNTS accounts, and where the accounts do not differ at all (no spread to estimate from).
    """
    sums, n, total = sample.accounts, sample.n, sample.sum_x
    if sums is None or sums.accounts < FEWEST_ACCOUNTS:
        return None
    alone = max(n - sums.answers, 0)
    clusters = sums.accounts + alone
    # n²·Σe² in whole numbers: no cancellation.
    residual = n * n * sums.sum_ss - 2 * n * total * sums.sum_sn + total * total * sums.sum_nn
    residual += alone * (n * sample.sum_xx - total * total)
    if residual <= 0:
        return None
    return t_quantile(clusters - 1) * math.sqrt(clusters / (clusters - 1) * residual) / (n * n)


def _points(low: float, high: float, *, least: float) -> Interval:
    return Interval(low=100.0 * max(low, least), high=100.0 * min(high, 1.0))


@lru_cache(maxsize=512)
def t_quantile(degrees: int) -> float:
    """The two-sided 95 % quantile of Student's distribution for whole degrees of freedom (1 and more).

    Up to 200 from the closed form of its probability (Abramowitz & Stegun 26.7.3 and 26.7.4) by bisection; above from
    the expansion 26.7.5, which is then exact to ten digits.
    """
    if degrees > 200:
        z, v = Z, float(degrees)
        first = (z**3 + z) / (4 * v)
        second = (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        return z + first + second + third
    low, high = 0.0, math.pi / 2
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return math.sqrt(degrees) * math.tan(middle)
        if _within_angle(middle, degrees) < 0.95:
            low = middle
        else:
            high = middle


def _within_angle(angle: float, degrees: int) -> float:
    """P(|T| < √degrees · tan angle)."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term = cosine if odd else 1.0
    total = 0.0
    for power in range(odd, degrees - 1, 2):
        total += term
        term *= cosine * cosine * (power + 1) / (power + 2)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def change_test(now: Sample, before: Sample, pairs: Mapping[tuple[int, int], int] = NOBODY) -> ChangeTest:
    """Is the difference of two samples more than noise? Both have answers. `pairs`: how many of the people who are in
    both have (x before, x now).

    The difference is that of the adjusted values, its error √(SE₁² + SE₂²). With at least FEWEST_PAIRS people in both
    (`panel`) the samples are not independent: 2·Σ(x₁−x̄₁)(x₂−x̄₂)/(w₁·w₂) over these people is taken off, the covariance
    of the two values (Derrick et al. 2017, partially overlapping samples). Where everybody answered twice this is the
    paired test; where only some did it still is about the change that is shown, so that a total that fell because
    others answered is not called noise on the word of those who stayed. Otherwise the wider of the plain margin and the
    one over accounts counts on each side; the basis is `accounts` where that is wider.
    """
    a, b = adjusted(now), adjusted(before)
    difference = 100.0 * (a.value - b.value)
    plain = a.error**2 + b.error**2
    if sum(pairs.values()) >= FEWEST_PAIRS:
        # The pseudo-answers keep the variance positive; only people with several answers could turn it below zero.
        variance = max(plain - 2 * _comoment(pairs) / (a.weight * b.weight), (a.error - b.error) ** 2)
        return ChangeTest(difference=difference, critical=100.0 * Z * math.sqrt(variance), basis=Basis.PANEL)
    margins = [max(Z * side.error, accounts_margin(sample) or 0.0) for side, sample in ((a, now), (b, before))]
    independent = Z * math.sqrt(plain)
    clustered = math.hypot(*margins)
    if clustered > independent * (1 + 1e-12):
        return ChangeTest(difference=difference, critical=100.0 * clustered, basis=Basis.ACCOUNTS)
    return ChangeTest(difference=difference, critical=100.0 * independent, basis=Basis.INDEPENDENT)


def _comoment(pairs: Mapping[tuple[int, int], int]) -> float:
    m = sum(pairs.values())
    before = sum(x * people for (x, _), people in pairs.items())
    now = sum(y * people for (_, y), people in pairs.items())
    together = sum(x * y * people for (x, y), people in pairs.items())
    return (m * together - before * now) / m


def benjamini_hochberg(p_values: Sequence[float], rate: float = FALSE_DISCOVERY_RATE) -> tuple[bool, ...]:
    """Which of many comparisons are flagged, in their order, when `rate` of the flags may be false."""
    in_order = sorted(p_values)
    passing = [p for rank, p in enumerate(in_order, start=1) if p <= rate * rank / len(in_order)]
    return tuple(p <= passing[-1] for p in p_values) if passing else (False,) * len(p_values)
