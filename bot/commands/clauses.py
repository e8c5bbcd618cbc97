"""Reads the parts of a question about scores, in any order: metric, `by`, filters, period, `vs`, `latest`, `top`, `as`.

What a part is decides one small taker each; a word that no taker knows is a `Mistake` with the nearest thing that
would have been known. `scores`, `trend`, `why` and `explain` make commands of what was found.
"""

from collections.abc import Callable
from dataclasses import replace

from bot.commands.advice import Mistake, nearest, shown
from bot.commands.declaration import Line, Output
from bot.commands.filters import SERIES, SeriesFilter, dimension_named, read_filter
from bot.commands.question import Against, YearAgo
from bot.commands.reading import BY, FILLERS, KINDS, METRIC_WORDS, OPTION_WORDS, VERSUS, Clauses, Reading
from bot.commands.tokens import ENDS_SENTENCE, Token
from bot.commands.unknown import unknown_word
from surveys.insight.period_text import BadPeriod, explain_fault, parse_period
from surveys.insight.periods import PeriodSpec
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension, Filter

MOST_ROWS = 100
"""The largest N of `top N`: a longer table is for `as csv`."""
_LONGEST_PERIOD = 6
"""Words of the longest spoken period ("2026-03-01 to 2026-03-15", "the last 30 days")."""

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
    return unknown_word(reading, at)


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
        problem = _("“{word}” is nothing to group by; there are {offered}.").format(
            word=reading.typed(at + 1), offered=offered
        )
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
    # "compared to", "compared with"
    start = at + (2 if reading.word(at).startswith("compare") and reading.word(at + 1) in ("to", "with") else 1)
    for used, words in ((1, ("year-ago", "yearago", "last-year-same")), (2, ("year ago",)), (3, ("a year ago",))):
        run = " ".join(reading.word(start + step) for step in range(used))
        if run in words:
            found.comparison = YearAgo()
            return start + used - at
    if reading.word(start) in ("previous", "before") and not _period_at(reading, start)[1]:
        return start + 1 - at
    spec, used = _period_at(reading, start)
    match spec:
        case None:
            problem = _("“vs” needs what to compare with: a period or “year-ago”.")
            wrong = start - at + (1 if reading.word(start) else 0)
            return reading.mistake(problem, "vs year-ago", at, "vs year-ago", wrong)
        case BadPeriod():
            problem = explain_fault(spec, reading.line.words)
            return reading.mistake(problem, spec.suggestion, start, spec.suggestion, used)
        case _:
            found.comparison = Against(period=spec)
            return start + used - at


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
    if word:
        problem = _("An answer comes as table, chart or csv, not as “{word}”.").format(word=reading.typed(at + 1))
    else:
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
        typed = " ".join(token.plain for token in reading.tokens[at : at + used])
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
        run.append(token.plain)
        if token.quoted:
            break
    bad: tuple[BadPeriod | None, int] = (None, 0)
    for used in range(len(run), 0, -1):
        spec = parse_period(" ".join(run[:used]), reading.line.catalogue.today)
        if isinstance(spec, BadPeriod):
            bad = bad if bad[0] else (spec, used)
        elif spec is not None:
            return spec, used
    return bad


def _filler(reading: Reading, at: int) -> int:
    word = reading.word(at)
    return int(word in FILLERS or (bool(word) and not word.strip(ENDS_SENTENCE)))


_TAKERS: tuple[Taker, ...] = (_subject, _filter, _by, _versus, _latest, _top, _as, _filler, _period)
