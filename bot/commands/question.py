"""The parts of a question about scores that several commands share: the comparison, and how the parts are written."""

from dataclasses import dataclass

from bot.commands.declaration import Output
from bot.commands.tokens import quote
from surveys.definitions.model import Metric, Series
from surveys.insight.metrics import METRICS
from surveys.insight.period_text import spell as spell_period
from surveys.insight.periods import PeriodSpec
from surveys.insight.queries import Dimension, Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """Compared with what product.md, "Periods", says: the days before, the previous quarter …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearAgo:
    """`vs year-ago`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """`vs 2025-Q4`."""

    period: PeriodSpec


Comparison = Usual | YearAgo | Against


def spell_question(
    metric: Metric,
    period: PeriodSpec,
    *,
    series: Series | None,
    by: Dimension | None = None,
    filters: tuple[Filter, ...] = (),
    comparison: Comparison | None = None,
    latest: bool = False,
    top: int | None = None,
    output: Output = Output.TEXT,
) -> str:
    """The one canonical way to write it; reading it back gives the same command."""
    parts = [metric.value]
    if by is not None:
        parts += ["by", by.value]
    if series is not METRICS[metric].default_series:
        parts.append(f"series:{series or 'any'}")
    parts += [spell_filter(filter_) for filter_ in filters]
    parts.append(spell_period(period))
    match comparison:
        case YearAgo():
            parts += ["vs", "year-ago"]
        case Against(period=against):
            parts += ["vs", spell_period(against)]
        case Usual() | None:
            pass
    if latest:
        parts.append("latest")
    if top is not None:
        parts += ["top", str(top)]
    if output is not Output.TEXT:
        parts += ["as", output.value]
    return " ".join(parts)


def spell_filter(filter_: Filter) -> str:
    values = ",".join(quote(value) for value in filter_.values)
    return f"{'-' if filter_.negated else ''}{filter_.dimension}:{values}"
