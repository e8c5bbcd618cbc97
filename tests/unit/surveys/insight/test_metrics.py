"""The metrics' definitions: scales without gaps, default series, the class of one answer."""

import pytest

from surveys.definitions.model import Metric, Series
from surveys.insight.metrics import METRICS, MetricKind, band_names, metric_name
from surveys.words import ENGLISH


@pytest.mark.parametrize("metric", Metric)
def test_every_metric_is_defined_and_its_bands_cover_its_scale(metric: Metric) -> None:
    definition = METRICS[metric]
    assert definition.metric is metric
    assert [*definition.negative, *definition.neutral, *definition.positive] == list(definition.scale)
    assert metric_name(metric, ENGLISH)
    assert len(set(band_names(metric, ENGLISH))) == 3


def test_the_default_series_are_those_of_the_vocabulary() -> None:
    assert {metric: definition.default_series for metric, definition in METRICS.items()} == {
        Metric.NPS: Series.RELATIONSHIP,
        Metric.ENPS: Series.RELATIONSHIP,
        Metric.CONTINUE: Series.RELATIONSHIP,
        Metric.CSAT: Series.EVENT,
        Metric.CES: Series.EVENT,
    }


@pytest.mark.parametrize(
    ("metric", "score", "x"),
    [
        (Metric.NPS, 0, -1),
        (Metric.NPS, 6, -1),
        (Metric.NPS, 6.5, 0),
        (Metric.NPS, 8, 0),
        (Metric.NPS, 8.5, 1),
        (Metric.NPS, 10, 1),
        (Metric.CSAT, 3, 0),
        (Metric.CSAT, 1, 0),
        (Metric.CSAT, 4, 1),
        (Metric.CES, 4, 0),
        (Metric.CES, 5, 1),
        (Metric.CONTINUE, 8, 0),
        (Metric.CONTINUE, 9, 1),
    ],
)
def test_an_answer_counts_for_against_or_not(metric: Metric, score: float, x: int) -> None:
    assert METRICS[metric].unit_value(score) == x


def test_only_net_scores_go_below_zero() -> None:
    assert METRICS[Metric.NPS].bounds == (-100, 100)
    assert METRICS[Metric.CSAT].bounds == (0, 100)
    assert METRICS[Metric.CONTINUE].kind is MetricKind.SHARE
