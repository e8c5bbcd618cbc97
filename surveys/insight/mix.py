"""`why`: a change split by groups into opinion (the groups' scores moved) and mix (other people answered).

product.md, "Mix against opinion". With w a group's share of the answers and s its score, 1 before and 2 after:

    rate of a group = (w₁+w₂)/2 · (s₂−s₁)          mix of a group = (w₂−w₁) · ((s₁+s₂)/2 − (T₁+T₂)/2)

The parts add up to T₂−T₁ exactly, because Σ(w₂−w₁) = 0. Everything is computed in fractions of whole numbers and
turned into points at the very end.
"""

from dataclasses import dataclass
from fractions import Fraction

from surveys.definitions.model import Metric
from surveys.insight.figures import MixPart, MixSplit
from surveys.insight.queries import Tally, TallySet
from surveys.insight.scoring import Label, mean_of, sample_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPair:
    """One group in both periods: its number of answers and the sum of their x (1, 0, −1)."""

    key: str | None
    n_before: int
    n_after: int
    sum_before: int
    sum_after: int
    mean_before: float | None = None
    mean_after: float | None = None

    @property
    def score_before(self) -> Fraction:
        """A group absent in one period takes its score from the other, so that its whole part is mix."""
        return Fraction(self.sum_before, self.n_before) if self.n_before else Fraction(self.sum_after, self.n_after)

    @property
    def score_after(self) -> Fraction:
        return Fraction(self.sum_after, self.n_after) if self.n_after else self.score_before


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    n_before: int
    n_after: int
    before: Fraction
    after: Fraction


def split(metric: Metric, before: TallySet, after: TallySet, label: Label = lambda key: key or "") -> MixSplit | None:
    """Split the change from `before` to `after` by their groups; the largest contributors come first.

    None where either has no answers. The totals are those of the groups, which together hold every answer.
    """
    groups = _pair(metric, before, after)
    n_before, n_after = sum(group.n_before for group in groups), sum(group.n_after for group in groups)
    if not (n_before and n_after):
        return None
    totals = Totals(
        n_before=n_before,
        n_after=n_after,
        before=Fraction(sum(group.sum_before for group in groups), n_before),
        after=Fraction(sum(group.sum_after for group in groups), n_after),
    )
    effects = [(group, *effects_of(group, totals)) for group in groups]
    effects.sort(key=lambda effect: -abs(effect[1] + effect[2]))
    return MixSplit(
        delta=_points(totals.after - totals.before),
        rate=_points(sum((rate for _, rate, _ in effects), Fraction())),
        mix=_points(sum((mix for _, _, mix in effects), Fraction())),
        parts=tuple(
            MixPart(
                key=group.key,
                label=label(group.key),
                n_before=group.n_before,
                n_after=group.n_after,
                score_before=_points(group.score_before) if group.n_before else None,
                score_after=_points(group.score_after) if group.n_after else None,
                mean_before=group.mean_before,
                mean_after=group.mean_after,
                rate=_points(rate),
                mix=_points(mix),
            )
            for group, rate, mix in effects
        ),
    )


def effects_of(group: GroupPair, totals: Totals) -> tuple[Fraction, Fraction]:
    """(rate, mix) of one group, as exact fractions."""
    weight_before = Fraction(group.n_before, totals.n_before)
    weight_after = Fraction(group.n_after, totals.n_after)
    rate = (weight_before + weight_after) / 2 * (group.score_after - group.score_before)
    middle = (group.score_before + group.score_after) / 2
    mix = (weight_after - weight_before) * (middle - (totals.before + totals.after) / 2)
    return rate, mix


def _pair(metric: Metric, before: TallySet, after: TallySet) -> list[GroupPair]:
    earlier = {tally.key: tally for tally in before.groups}
    later = {tally.key: tally for tally in after.groups}
    pairs = []
    for key in sorted(earlier.keys() | later.keys(), key=lambda key: (key is None, key or "")):
        one, two = earlier.get(key, Tally()), later.get(key, Tally())
        was, now = sample_of(metric, one), sample_of(metric, two)
        if was.n or now.n:
            pairs.append(
                GroupPair(
                    key=key,
                    n_before=was.n,
                    n_after=now.n,
                    sum_before=was.sum_x,
                    sum_after=now.sum_x,
                    mean_before=mean_of(one),
                    mean_after=mean_of(two),
                )
            )
    return pairs


def _points(value: Fraction) -> float:
    return float(100 * value)
