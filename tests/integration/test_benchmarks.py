"""Every benchmark still runs on this version's tables. What it measures is never judged here."""

import pytest

from tests.benchmarks import __main__ as benchmarks
from tests.benchmarks.__main__ import Sizes
from tests.postgres import Cluster

TINY = Sizes(responses=(200, 400), rows=200, taps=4, rounds=1)


@pytest.mark.parametrize("part", ["queries", "importing", "taps", "slack-taps", "slack-queries"])
@pytest.mark.parametrize("kind", benchmarks.DATABASES)
def test_a_benchmark_measures_a_little(part: str, kind: str, request: pytest.FixtureRequest) -> None:
    cluster: Cluster | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    found = benchmarks.PARTS[part](kind, cluster, TINY)
    assert found
    assert all("failed" not in figure.measured for figure in found)


def test_the_one_of_the_teams_endpoint_measures_a_little_without_a_database() -> None:
    [figure] = benchmarks.PARTS["teams"]("sqlite", None, TINY)
    assert "error" not in figure.name
