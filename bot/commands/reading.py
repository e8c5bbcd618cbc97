"""What a line about scores is read into, and the words that have a meaning in it.

`clauses` takes the parts of the line one by one; `unknown` says what a word may have been that none of them takes.
"""

from dataclasses import dataclass, field

from bot.commands.advice import MaybeName, Mistake, shown
from bot.commands.declaration import Line, Output
from bot.commands.question import Comparison, Usual
from bot.commands.tokens import ENDS_SENTENCE, Token
from surveys.definitions.model import Metric, Series
from surveys.insight.periods import PeriodSpec
from surveys.insight.queries import Dimension, Filter

METRIC_WORDS = {metric.value: metric for metric in Metric} | {"e-nps": Metric.ENPS}
KINDS = ("trend", "why", "explain")
BY = ("by", "per")
VERSUS = ("vs", "vs.", "versus", "against", "compared", "compare")
OPTION_WORDS = (*BY, *VERSUS, "top", "as")
_ARTICLES = ("a", "an", "the", "our", "my", "me", "we")
_SMALL_WORDS = ("and", "at", "during", "for", "from", "in", "of", "on", "over", "with")
_TALK = ("are", "did", "do", "doing", "figure", "give", "how", "is", "please", "score", "scores", "show", "tell")
FILLERS = frozenset((*_ARTICLES, *_SMALL_WORDS, *_TALK, "was", "were", "what", "what's", "whats"))


@dataclass(slots=True, kw_only=True)
class Clauses:
    """What was found; filled while the line is read."""

    kinds: list[str] = field(default_factory=list)
    metric: Metric | None = None
    series: Series | None = None
    series_given: bool = False
    period: PeriodSpec | None = None
    comparison: Comparison = field(default_factory=Usual)
    by: Dimension | None = None
    filters: list[Filter] = field(default_factory=list)
    latest: bool = False
    top: int | None = None
    output: Output = Output.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    line: Line
    tokens: tuple[Token, ...]
    found: Clauses

    def word(self, at: int) -> str:
        return self.tokens[at].word if at < len(self.tokens) else ""

    def typed(self, at: int) -> str:
        """The word as somebody typed it, as it may stand in advice."""
        return shown(self.tokens[at].plain)

    def mistake(
        self,
        problem: str,
        suggestion: str,
        at: int,
        replacement: str | None,
        used: int = 1,
        names: tuple[MaybeName, ...] = (),
    ) -> Mistake:
        """`used` tokens from `at` on are wrong and `replacement` would put them right."""
        last = self.tokens[min(at + used, len(self.tokens)) - 1]
        return Mistake(
            problem=problem,
            suggestion=suggestion,
            start=self.tokens[at].start,
            end=last.end,
            replacement=replacement,
            names=names,
        )


def only_its_name(line: Line, subject: str) -> Mistake | None:
    """For a command that takes nothing: what stands behind its name is not passed over in silence."""
    more = next((token for token in line.rest if token.text.strip(ENDS_SENTENCE)), None)
    if more is None:
        return None
    _ = line.words.gettext
    problem = _("“{subject}” stands alone: “{word}” adds nothing to it.").format(
        subject=subject, word=shown(more.plain)
    )
    return Mistake(problem=problem, suggestion=subject, example=subject)
