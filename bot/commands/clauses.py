"""Reads the parts of a question about scores, in any order: metric, `by`, filters, period, `vs`, `latest`, `top`, `as`.

What a part is decides one small taker each; a word that no taker knows is a `Mistake` with the nearest thing that
would have been known. `scores`, `trend`, `why` and `explain` make commands of what was found.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.commands.advice import Mistake, nearest, shown
from bot.commands.declaration import Line, Output
from bot.commands.filters import SERIES, SeriesFilter, dimension_named, filter_for_value, read_filter
from bot.commands.question import Against, Comparison, Usual, YearAgo
from bot.commands.tokens import Token, quote
from surveys.definitions.model import Metric, Series
from surveys.insight.periods import PERIOD_WORDS, BadPeriod, PeriodSpec, explain_fault, parse_period
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension, Filter

MOST_ROWS = 100
"""The largest N of `top N`: a longer table is for `as csv`."""
_LONGEST_PERIOD = 6
"""Words of the longest spoken period ("2026-03-01 to 2026-03-15", "the last 30 days")."""

METRIC_WORDS = {metric.value: metric for metric in Metric} | {"e-nps": Metric.ENPS}
KINDS = ("trend", "why", "explain")
BY = ("by", "per")
VERSUS = ("vs", "vs.", "versus", "against")
OPTION_WORDS = (*BY, *VERSUS, "top", "as")
_ARTICLES = ("a", "an", "the", "our", "my", "me", "we")
_SMALL_WORDS = ("and", "at", "during", "for", "from", "in", "of", "on", "over", "with")
_TALK = ("are", "did", "do", "doing", "figure", "give", "how", "is", "please", "score", "scores", "show", "tell")
_FILLERS = frozenset((*_ARTICLES, *_SMALL_WORDS, *_TALK, "was", "were", "what", "what's", "whats"))


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

    def mistake(self, problem: str, suggestion: str, at: int, replacement: str | None, used: int = 1) -> Mistake:
        """`used` tokens from `at` on are wrong and `replacement` would put them right."""
        last = self.tokens[min(at + used, len(self.tokens)) - 1]
        return Mistake(
            problem=problem,
            suggestion=suggestion,
            start=self.tokens[at].start,
            end=last.end,
            replacement=replacement,
        )


Taker = Callable[[Reading, int], int | Mistake]
"""How many tokens from the index on were taken: 0 where they are not the taker's."""


def read_clauses(line: Line) -> Clauses | Mistake:
    """Everything in the line; the first thing that cannot be read ends it."""
    reading = Reading(line=line, tokens=_options_apart(line.tokens), found=Clauses())
    at = 0
    while at < len(reading.tokens):
        taken = _take(reading, at)
        if isinstance(taken, Mistake):
            return taken
        at += taken
    return reading.found


def _take(reading: Reading, at: int) -> int | Mistake:
    for taker in _TAKERS:
        taken = taker(reading, at)
        if taken:
            return taken
    return _unknown(reading, at)


def _options_apart(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """`by:role` and `top:5` are read like `by role` and `top 5`."""
    apart: list[Token] = []
    for token in tokens:
        if token.key not in OPTION_WORDS:
            apart.append(token)
            continue
        colon = token.start + len(token.key)
        apart.append(Token(text=token.key, start=token.start, end=colon))
        apart += [Token(text=value, start=colon, end=token.end) for value in token.values[:1]]
    return tuple(apart)


def _subject(reading: Reading, at: int) -> int | Mistake:
    _ = reading.line.words.gettext
    word, found = reading.word(at), reading.found
    if word in KINDS:
        found.kinds.append(word)
        return 1
    metric = METRIC_WORDS.get(word)
    if metric is None:
        return 0
    if found.metric is not None and found.metric is not metric:
        problem = _("One figure at a time: I read both “{one}” and “{two}”.").format(one=found.metric, two=metric)
        return reading.mistake(problem, found.metric.value, at, "")
    found.metric = metric
    return 1


def _filter(reading: Reading, at: int) -> int | Mistake:
    token, found = reading.tokens[at], reading.found
    if not token.key or token.key == "since":
        return 0
    taken = read_filter(reading.tokens, at, reading.line.words)
    if isinstance(taken, Mistake):
        return taken
    match taken.filter:
        case SeriesFilter(series=series):
            if found.series_given and found.series != series:
                _ = reading.line.words.gettext
                problem = _("Series are not mixed: name one, or “any” for all of them together.")
                return reading.mistake(problem, f"{SERIES}:any", at, "", taken.tokens)
            found.series, found.series_given = series, True
        case filter_:
            add_filter(found.filters, filter_)
    return taken.tokens


def add_filter(filters: list[Filter], new: Filter) -> None:
    """`role:technical role:finance` means either, as `role:technical,finance` does."""
    for at, old in enumerate(filters):
        if (old.dimension, old.negated) == (new.dimension, new.negated):
            filters[at] = replace(old, values=tuple(dict.fromkeys((*old.values, *new.values))))
            return
    filters.append(new)


def _by(reading: Reading, at: int) -> int | Mistake:
    if reading.word(at) not in BY:
        return 0
    _ = reading.line.words.gettext
    word, offered = reading.word(at + 1), ", ".join(FOLDED_DIMENSIONS)
    if not word:
        return reading.mistake(
            _("“by” needs a dimension: {offered}.").format(offered=offered), "by role", at, "by role"
        )
    if word in ("people", "person", "contact", "contacts"):
        problem = _("Figures are not split by person; by these they are: {offered}.").format(offered=offered)
        return reading.mistake(problem, "by role", at, "by role", 2)
    dimension = dimension_named(word)
    if dimension is None:
        close = nearest(word, FOLDED_DIMENSIONS, cutoff=0.5) or Dimension.ROLE
        problem = _("“{word}” is nothing to group by; there are {offered}.").format(word=shown(word), offered=offered)
        return reading.mistake(problem, f"by {close}", at, f"by {close}", 2)
    if dimension not in FOLDED_DIMENSIONS:
        problem = _("{dimension} works as a filter, not after “by”; by these it can be grouped: {offered}.").format(
            dimension=f"“{dimension}:”", offered=offered
        )
        return reading.mistake(problem, "by role", at, "by role", 2)
    if reading.found.by not in (None, dimension):
        problem = _("One “by” at a time; a filter narrows the other dimension.")
        return reading.mistake(problem, f"by {reading.found.by}", at, "", 2)
    reading.found.by = dimension
    return 2


def _versus(reading: Reading, at: int) -> int | Mistake:
    if reading.word(at) not in VERSUS:
        return 0
    _ = reading.line.words.gettext
    found = reading.found
    for used, words in ((1, ("year-ago", "yearago", "last-year-same")), (2, ("year ago",)), (3, ("a year ago",))):
        run = " ".join(reading.word(at + 1 + step) for step in range(used))
        if run in words:
            found.comparison = YearAgo()
            return 1 + used
    if reading.word(at + 1) in ("previous", "before") and not _period_at(reading, at + 1)[1]:
        return 2
    spec, used = _period_at(reading, at + 1)
    match spec:
        case None:
            problem = _("“vs” needs what to compare with: a period or “year-ago”.")
            wrong = 2 if reading.word(at + 1) else 1
            return reading.mistake(problem, "vs year-ago", at, "vs year-ago", wrong)
        case BadPeriod():
            problem = explain_fault(spec, reading.line.words)
            return reading.mistake(problem, spec.suggestion, at + 1, spec.suggestion, used)
        case _:
            found.comparison = Against(period=spec)
            return 1 + used


def _latest(reading: Reading, at: int) -> int:
    if reading.word(at) != "latest":
        return 0
    reading.found.latest = True
    return 1


def _top(reading: Reading, at: int) -> int | Mistake:
    word = reading.word(at)
    if not word.startswith("top"):
        return 0
    _ = reading.line.words.gettext
    number, used = (reading.word(at + 1), 2) if word == "top" else (word.removeprefix("top").lstrip("-"), 1)
    if not (number.isascii() and number.isdigit()):
        wrong = 2 if number.isalpha() and number not in (*OPTION_WORDS, *METRIC_WORDS, "latest") else 1
        return reading.mistake(_("“top” needs a number."), "top 5", at, "top 5", wrong) if word == "top" else 0
    if len(number) > 4 or not 1 <= int(number) <= MOST_ROWS:
        problem = _("“top” goes from 1 to {most}.").format(most=MOST_ROWS)
        near = "top 1" if not number.strip("0") else f"top {MOST_ROWS}"
        return reading.mistake(problem, near, at, near, used)
    reading.found.top = int(number)
    return used


def _as(reading: Reading, at: int) -> int | Mistake:
    if reading.word(at) != "as":
        return 0
    _ = reading.line.words.gettext
    word = reading.word(at + 1)
    if word in (Output.TEXT, Output.TABLE, Output.CHART, Output.CSV):
        reading.found.output = Output(word)
        return 2
    close = nearest(word, Output, cutoff=0.5) or Output.TABLE.value
    problem = _("An answer comes as table, chart or csv, not as “{word}”.").format(word=shown(word))
    if not word:
        problem = _("“as” needs a form: table, chart or csv.")
    return reading.mistake(problem, f"as {close}", at, f"as {close}", 2 if word else 1)


def _period(reading: Reading, at: int) -> int | Mistake:
    spec, used = _period_at(reading, at)
    if spec is None:
        return 0
    _ = reading.line.words.gettext
    if isinstance(spec, BadPeriod):
        problem = explain_fault(spec, reading.line.words)
        return reading.mistake(problem, spec.suggestion, at, spec.suggestion, used)
    if reading.found.period is not None and reading.found.period != spec:
        typed = " ".join(token.text for token in reading.tokens[at : at + used])
        problem = _("I read two periods; the second is compared with when “vs” stands before it.")
        return reading.mistake(problem, f"vs {shown(typed)}", at, f"vs {typed}", used)
    reading.found.period = spec
    return used


def _period_at(reading: Reading, at: int) -> tuple[PeriodSpec | BadPeriod | None, int]:
    """The longest run of words from `at` on that is a period, else the longest that was meant as one."""
    run: list[str] = []
    for token in reading.tokens[at : at + _LONGEST_PERIOD]:
        if token.key and token.key != "since":
            break
        run.append(token.text)
        if token.quoted:
            break
    bad: tuple[BadPeriod | None, int] = (None, 0)
    for used in range(len(run), 0, -1):
        spec = parse_period(" ".join(run[:used]))
        if isinstance(spec, BadPeriod):
            bad = bad if bad[0] else (spec, used)
        elif spec is not None:
            return spec, used
    return bad


def _filler(reading: Reading, at: int) -> int:
    return int(reading.word(at) in _FILLERS)


_TAKERS: tuple[Taker, ...] = (_subject, _filter, _by, _versus, _latest, _top, _as, _filler, _period)


def _unknown(reading: Reading, at: int) -> Mistake:
    """A word that means nothing here: the nearest word that would, else a way to say what it may have been."""
    _ = reading.line.words.gettext
    token = reading.tokens[at]
    typed, word = shown(token.text), token.word.strip(".,;:!?")
    if not word and not token.quoted:
        return reading.mistake(_("“{word}” means nothing here.").format(word=typed), "", at, "")
    if reading.found.metric is None and not any(other.word in METRIC_WORDS for other in reading.tokens):
        return _unknown_subject(reading, at, word)
    two = f"{word} {reading.word(at + 1)}"
    for text, used in ((two, 2), (word, 1)):
        if as_filter := filter_for_value(text):
            problem = _("“{word}” alone could mean anything; as a filter it is clear.").format(word=shown(text))
            return reading.mistake(problem, as_filter, at, as_filter, used)
    dimension = dimension_named(word)
    if dimension in FOLDED_DIMENSIONS:
        return reading.mistake(
            _("“{word}” groups when “by” stands before it.").format(word=typed),
            f"by {dimension}",
            at,
            f"by {dimension}",
        )
    close = nearest(word, (*PERIOD_WORDS, *METRIC_WORDS, *KINDS, "latest", "by", "vs", "as", "top"))
    if close:
        problem = _("I do not know “{word}”.").format(word=typed)
        return reading.mistake(problem, close, at, "" if close in METRIC_WORDS else close)
    account = f"account:{quote(token.text.strip())}"
    problem = _("I do not know “{word}”. If it is an account, write it as a filter.").format(word=typed)
    return reading.mistake(problem, account, at, account)


def _unknown_subject(reading: Reading, at: int, word: str) -> Mistake:
    _ = reading.line.words.gettext
    close = nearest(word, (*METRIC_WORDS, *KINDS), cutoff=0.6)
    problem = _("I do not know “{word}”.").format(word=shown(reading.tokens[at].text))
    if close:
        return reading.mistake(problem, close, at, close)
    return Mistake(problem=problem, suggestion="help", example="help")
