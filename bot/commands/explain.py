"""`explain nps last-30d`: how a figure came about, from the filters to the formula."""

from dataclasses import dataclass

from bot.commands.advice import Advice, Mistake
from bot.commands.clauses import read_clauses
from bot.commands.declaration import Base, Entry, Example, Family, Line, Output
from bot.commands.reading import Clauses
from bot.commands.scores import ScoreCommand, score_command
from surveys.words import N_, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainCommand(Base):
    """`question` None: the answer given last."""

    reads_only = True
    question: ScoreCommand | None

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        return f"explain {self.question.text}" if self.question else "explain"


def parse(line: Line) -> ExplainCommand | Mistake:
    clauses = read_clauses(line)
    return clauses if isinstance(clauses, Mistake) else explain_command(clauses, line)


def explain_command(clauses: Clauses, line: Line) -> ExplainCommand | Mistake:
    if clauses.metric is None and clauses == Clauses(kinds=clauses.kinds):
        return ExplainCommand(question=None)
    output, clauses.output = clauses.output, Output.TEXT
    question = score_command(clauses, line)
    if isinstance(question, Mistake):
        return question
    command = ExplainCommand(question=question)
    if output is not Output.TEXT:
        _ = line.words.gettext
        problem = _(
            "An explanation is text only; the figure has “as csv”, and “cx export” writes the answers behind it."
        )
        return Mistake(problem=problem, suggestion=command.text, example=command.text)
    return command


def no_figure_before(words: Words) -> Advice:
    """`explain` alone, where no figure was asked for before."""
    _ = words.gettext
    return Advice(
        problem=_("Which figure should be explained?"), suggestion="explain nps", example="explain nps last-30d"
    )


ENTRIES = (
    Entry(
        subject="explain",
        family=Family.FIGURES,
        usage="explain METRIC [by DIMENSION] [FILTER:VALUE] [PERIOD]",
        help=N_("How a figure came about: what was counted, what was left out, the formula."),
        examples=(Example(text="explain nps last-30d", meaning=N_("What is behind the figure")),),
        parser=parse,
        leads=False,
    ),
)
