"""`nps`, `csat`, `ces`, `continue`, `enps`: one figure, or one per group."""

from dataclasses import dataclass, field

from bot.commands.advice import Mistake
from bot.commands.clauses import read_clauses
from bot.commands.declaration import Base, Entry, Example, Family, Line, Output
from bot.commands.question import Comparison, Usual, spell_question
from bot.commands.reading import Clauses
from surveys.definitions.model import Metric, Series
from surveys.insight.local_days import Unit
from surveys.insight.metrics import METRICS
from surveys.insight.periods import Last, PeriodSpec, PreviousUnit
from surveys.insight.queries import Dimension, Filter
from surveys.words import N_

DEFAULT_PERIOD = Last(n=30, unit=Unit.DAY)
EMPLOYEE_PERIOD = PreviousUnit(unit=Unit.QUARTER)
"""Employees' answers are shown for past whole months only, so the ordinary window would never hold any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCommand(Base):
    """`series` None is any. `top`: rows of a table, or reasons quoted."""

    reads_only = True
    metric: Metric
    series: Series | None
    period: PeriodSpec
    comparison: Comparison = field(default_factory=Usual)
    by: Dimension | None = None
    filters: tuple[Filter, ...] = ()
    latest: bool = False
    top: int | None = None
    output: Output = Output.TEXT

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        return spell_question(
            self.metric,
            self.period,
            series=self.series,
            by=self.by,
            filters=self.filters,
            comparison=self.comparison,
            latest=self.latest,
            top=self.top,
            output=self.output,
        )


def default_period(metric: Metric) -> PeriodSpec:
    return EMPLOYEE_PERIOD if metric is Metric.ENPS else DEFAULT_PERIOD


def series_asked(metric: Metric, clauses: Clauses) -> Series | None:
    """The series named, else the metric's own: different series are not mixed unless `series:any` is asked for."""
    return clauses.series if clauses.series_given else METRICS[metric].default_series


def parse(line: Line) -> ScoreCommand | Mistake:
    clauses = read_clauses(line)
    return clauses if isinstance(clauses, Mistake) else score_command(clauses, line)


def score_command(clauses: Clauses, line: Line) -> ScoreCommand | Mistake:
    metric = clauses.metric
    if metric is None:
        return missing_metric(line)
    if clauses.output is Output.CHART:
        _ = line.words.gettext
        problem = _("There is no chart of groups; a table shows them, and a trend has a chart.")
        return Mistake(
            problem=problem,
            suggestion="as table",
            example=spell_question(
                metric,
                clauses.period or default_period(metric),
                series=series_asked(metric, clauses),
                by=clauses.by,
                filters=tuple(clauses.filters),
                output=Output.TABLE,
            ),
        )
    return ScoreCommand(
        metric=metric,
        series=series_asked(metric, clauses),
        period=clauses.period or default_period(metric),
        comparison=clauses.comparison,
        by=clauses.by,
        filters=tuple(clauses.filters),
        latest=clauses.latest,
        top=clauses.top,
        output=clauses.output,
    )


def missing_metric(line: Line) -> Mistake:
    """The line says what about, but not which figure."""
    _ = line.words.gettext
    known = ", ".join(Metric)
    kind = next((token for token in line.tokens if token.word in ("trend", "why", "explain")), None)
    place = kind.end if kind else 0
    return Mistake(
        problem=_("Which figure? There are {known}.").format(known=known),
        suggestion=f"{kind.word} nps" if kind else "nps",
        start=place,
        end=place,
        replacement="nps",
    )


def _entry(metric: Metric, help_: str, *examples: Example, aliases: tuple[str, ...] = ()) -> Entry:
    return Entry(
        subject=metric.value,
        aliases=aliases,
        family=Family.FIGURES,
        usage=f"{metric} [by DIMENSION] [FILTER:VALUE] [PERIOD] [vs PERIOD] [latest] [top N] [as table|csv]",
        help=help_,
        examples=examples,
        parser=parse,
        outputs=(Output.TEXT, Output.TABLE, Output.CSV),
        leads=False,
    )


ENTRIES = (
    _entry(
        Metric.NPS,
        N_("How likely customers are to recommend you: score, interval, change, reasons."),
        Example(text="nps last-30d", meaning=N_("The last 30 days, today included")),
        Example(text="nps by role last-quarter", meaning=N_("The previous quarter, role by role")),
        Example(
            text="nps role:technical,operations this-quarter vs year-ago", meaning=N_("Two roles, against last year")
        ),
        Example(text="nps by account last-90d top 10 as csv", meaning=N_("Ten accounts, as rows to copy")),
    ),
    _entry(
        Metric.CSAT,
        N_("How satisfied customers were: share of 4 and 5, with the mean."),
        Example(text="csat last-30d", meaning=N_("The last 30 days, today included")),
        Example(text="csat by touchpoint last-quarter", meaning=N_("Which touchpoint satisfies, which does not")),
    ),
    _entry(
        Metric.CES,
        N_("How easy you made it: share of 5 to 7, with the mean."),
        Example(text="ces stage:support last-90d", meaning=N_("Effort in support")),
    ),
    _entry(
        Metric.CONTINUE,
        N_("How likely customers are to keep using you: share of 9 and 10, with the mean."),
        Example(text="continue last-12mo", meaning=N_("Intention to stay, over twelve months")),
    ),
    _entry(
        Metric.ENPS,
        N_("Would employees recommend you as a place to work? The whole company, past whole months."),
        Example(text="enps last-quarter", meaning=N_("The previous quarter, whole company")),
        aliases=("e-nps",),
    ),
)
