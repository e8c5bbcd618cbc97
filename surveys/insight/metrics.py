"""What each score metric is: its scale, what counts for and against, its default series and its names.

The formulas that turn counts into figures are in `statistics` and `scoring`; which question feeds a metric is said in
the survey's file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from surveys.definitions.model import Metric, Series
from surveys.words import Words


def on_the_scale(mean: float) -> int:
    """The score that a mean of several stands for: halves up, as 8.5 promotes."""
    return int(mean + 0.5)


class MetricKind(StrEnum):
    NET = "net"
    """100·(positive − negative)/n, from −100 to 100."""
    SHARE = "share"
    """100·positive/n, from 0 to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """One metric. The three ranges cover the scale from `low` to `high`, both in, without gap or overlap.

    `name` is what analysts call it in every language; `metric_name` is for a person.
    """

    metric: Metric
    name: str
    kind: MetricKind
    low: int
    high: int
    negative: range
    neutral: range
    positive: range
    default_series: Series

    @property
    def scale(self) -> range:
        return range(self.low, self.high + 1)

    @property
    def bounds(self) -> tuple[float, float]:
        """What the score can be, in points."""
        return (-100.0, 100.0) if self.kind is MetricKind.NET else (0.0, 100.0)

    def unit_value(self, score: float) -> int:
        """x of one answer: 1, 0 or −1 for a net score, 1 or 0 for a share.

        A mean of several answers is first rounded to the scale, halves up, as the account classes do (8.5 promotes).
        """
        whole = on_the_scale(score)
        if whole in self.positive:
            return 1
        return -1 if self.kind is MetricKind.NET and whole in self.negative else 0


def _zero_to_ten(metric: Metric, name: str, kind: MetricKind) -> MetricDefinition:
    return MetricDefinition(
        metric=metric,
        name=name,
        kind=kind,
        low=0,
        high=10,
        negative=range(7),
        neutral=range(7, 9),
        positive=range(9, 11),
        default_series=Series.RELATIONSHIP,
    )


METRICS: Mapping[Metric, MetricDefinition] = {
    Metric.NPS: _zero_to_ten(Metric.NPS, "NPS", MetricKind.NET),
    Metric.ENPS: _zero_to_ten(Metric.ENPS, "eNPS", MetricKind.NET),
    Metric.CONTINUE: _zero_to_ten(Metric.CONTINUE, "Continue", MetricKind.SHARE),
    Metric.CSAT: MetricDefinition(
        metric=Metric.CSAT,
        name="CSAT",
        kind=MetricKind.SHARE,
        low=1,
        high=5,
        negative=range(1, 3),
        neutral=range(3, 4),
        positive=range(4, 6),
        default_series=Series.EVENT,
    ),
    Metric.CES: MetricDefinition(
        metric=Metric.CES,
        name="CES",
        kind=MetricKind.SHARE,
        low=1,
        high=7,
        negative=range(1, 4),
        neutral=range(4, 5),
        positive=range(5, 8),
        default_series=Series.EVENT,
    ),
}
"""Every metric has one: the tests hold it."""


def metric_name(metric: Metric, words: Words) -> str:
    _ = words.gettext
    match metric:
        case Metric.CONTINUE:
            return _("Intention to continue")
        case _:
            return METRICS[metric].name


def band_names(metric: Metric, words: Words) -> tuple[str, str, str]:
    """Names of the negative, the neutral and the positive answers."""
    _ = words.gettext
    match metric:
        case Metric.NPS | Metric.ENPS:
            return _("Detractors"), _("Passives"), _("Promoters")
        case Metric.CSAT:
            return _("Dissatisfied"), _("Neutral"), _("Satisfied")
        case Metric.CES:
            return _("Hard"), _("Neutral"), _("Easy")
        case Metric.CONTINUE:
            return _("Unlikely"), _("Undecided"), _("Likely")
