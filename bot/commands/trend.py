"""`trend nps last-12mo`: one figure over time, as a chart with its numbers."""

from dataclasses import dataclass

from bot.commands.advice import Mistake
from bot.commands.clauses import read_clauses
from bot.commands.declaration import Base, Entry, Example, Family, Line, Output
from bot.commands.question import Usual, spell_question
from bot.commands.reading import Clauses
from bot.commands.scores import missing_metric, series_asked
from surveys.definitions.model import Metric, Series
from surveys.insight.local_days import Unit
from surveys.insight.periods import Last, PeriodSpec
from surveys.insight.queries import Filter
from surveys.words import N_

DEFAULT_PERIOD = Last(n=12, unit=Unit.MONTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendCommand(Base):
    reads_only = True
    metric: Metric
    series: Series | None
    period: PeriodSpec
    filters: tuple[Filter, ...] = ()
    latest: bool = False
    output: Output = Output.CHART

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        question = spell_question(
            self.metric,
            self.period,
            series=self.series,
            filters=self.filters,
            latest=self.latest,
            output=Output.TEXT if self.output is Output.CHART else self.output,
        )
        return f"trend {question}"


def parse(line: Line) -> TrendCommand | Mistake:
    clauses = read_clauses(line)
    return clauses if isinstance(clauses, Mistake) else trend_command(clauses, line)


def trend_command(clauses: Clauses, line: Line) -> TrendCommand | Mistake:
    _ = line.words.gettext
    if clauses.metric is None:
        return missing_metric(line)
    command = TrendCommand(
        metric=clauses.metric,
        series=series_asked(clauses.metric, clauses),
        period=clauses.period or DEFAULT_PERIOD,
        filters=tuple(clauses.filters),
        latest=clauses.latest,
        output=Output.CHART if clauses.output is Output.TEXT else clauses.output,
    )
    problem = ""
    if clauses.by is not None:
        problem = _("A trend is one line; a filter chooses whose.")
    elif not isinstance(clauses.comparison, Usual):
        problem = _("A trend shows both periods when it reaches back far enough; it takes no “vs”.")
    elif clauses.top is not None:
        problem = _("A trend shows every point; it takes no “top”.")
    return Mistake(problem=problem, suggestion=command.text, example=command.text) if problem else command


ENTRIES = (
    Entry(
        subject="trend",
        family=Family.FIGURES,
        usage="trend METRIC [FILTER:VALUE] [PERIOD] [as chart|table|csv]",
        help=N_("One figure over time, as a chart with its numbers."),
        examples=(
            Example(text="trend nps last-12mo", meaning=N_("Twelve months, as a chart")),
            Example(text="trend csat touchpoint:support last-4q as table", meaning=N_("One touchpoint, as numbers")),
        ),
        parser=parse,
        outputs=(Output.CHART, Output.TABLE, Output.CSV),
        leads=False,
    ),
)
