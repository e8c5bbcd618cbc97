"""`why nps last-quarter`: a change, split into opinion and mix."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.commands.advice import Mistake
from bot.commands.clauses import read_clauses
from bot.commands.declaration import Base, Entry, Example, Family, Line, Output
from bot.commands.question import Comparison, Usual, spell_question
from bot.commands.reading import Clauses
from bot.commands.scores import missing_metric, series_asked
from surveys.definitions.model import Metric, Series
from surveys.insight.local_days import Unit
from surveys.insight.period_text import spell as spell_period
from surveys.insight.periods import All, PeriodSpec, PreviousUnit
from surveys.insight.queries import Dimension, Filter
from surveys.words import N_

DEFAULT_PERIOD = PreviousUnit(unit=Unit.QUARTER)
_SPLITS = (Dimension.ROLE, Dimension.SEGMENT, Dimension.ACCOUNT, Dimension.LANGUAGE)
"""By what a change is split where nothing is said: by the first that the filters leave more than one value of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyCommand(Base):
    reads_only = True
    metric: Metric
    series: Series | None
    period: PeriodSpec
    comparison: Comparison = field(default_factory=Usual)
    by: Dimension = Dimension.ROLE
    filters: tuple[Filter, ...] = ()
    latest: bool = False
    top: int | None = None
    output: Output = Output.TEXT

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        question = spell_question(
            self.metric,
            self.period,
            series=self.series,
            by=None if self.by is default_dimension(self.filters) else self.by,
            filters=self.filters,
            comparison=self.comparison,
            latest=self.latest,
            top=self.top,
            output=self.output,
        )
        return f"why {question}"


def default_dimension(filters: Sequence[Filter]) -> Dimension:
    return next(_still_several(filters), Dimension.ROLE)


def split_otherwise(command: WhyCommand) -> WhyCommand:
    """The same change by another dimension; of everybody where the filters leave none."""
    others = (dimension for dimension in _still_several(command.filters) if dimension is not command.by)
    if other := next(others, None):
        return replace(command, by=other, top=None, output=Output.TEXT)
    return replace(command, by=Dimension.ROLE, filters=(), top=None, output=Output.TEXT)


def _still_several(filters: Sequence[Filter]) -> Iterator[Dimension]:
    single = {one.dimension for one in filters if len(one.values) == 1 and not one.negated}
    if Dimension.ACCOUNT in single:
        single.add(Dimension.SEGMENT)  # an account is in one
    return (dimension for dimension in _SPLITS if dimension not in single)


def parse(line: Line) -> WhyCommand | Mistake:
    clauses = read_clauses(line)
    return clauses if isinstance(clauses, Mistake) else why_command(clauses, line)


def why_command(clauses: Clauses, line: Line) -> WhyCommand | Mistake:
    if clauses.metric is None:
        return missing_metric(line)
    period = clauses.period or DEFAULT_PERIOD
    output = Output.TEXT if clauses.output is Output.CHART else clauses.output
    command = WhyCommand(
        metric=clauses.metric,
        series=series_asked(clauses.metric, clauses),
        period=period,
        comparison=clauses.comparison,
        by=clauses.by or default_dimension(clauses.filters),
        filters=tuple(clauses.filters),
        latest=clauses.latest,
        top=clauses.top,
        output=output,
    )
    return _unanswerable(command, clauses, line) or command


def _unanswerable(command: WhyCommand, clauses: Clauses, line: Line) -> Mistake | None:
    _ = line.words.gettext
    metric = command.metric
    if isinstance(command.period, All) and isinstance(command.comparison, Usual):
        problem = _("Before “all” there is nothing to compare with; “why” needs two periods.")
        near = f"why {metric} {spell_period(DEFAULT_PERIOD)}"
    elif clauses.output is Output.CHART:
        problem = _("“why” has no chart; its numbers come as a table.")
        near = f"{command.text} as table"
    else:
        return None
    return Mistake(problem=problem, suggestion=near, example=near)


ENTRIES = (
    Entry(
        subject="why",
        family=Family.FIGURES,
        usage="why METRIC [by DIMENSION] [FILTER:VALUE] [PERIOD] [vs PERIOD] [as table|csv]",
        help=N_("What moved a score: did opinions change, or did other people answer?"),
        examples=(
            Example(text="why nps last-quarter", meaning=N_("The change split into opinion and mix, by role")),
            Example(text="why nps 2025-Q4 by account", meaning=N_("The same, by account")),
        ),
        parser=parse,
        outputs=(Output.TEXT, Output.TABLE, Output.CSV),
        leads=False,
    ),
)
