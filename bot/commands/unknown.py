"""What a word may have been that means nothing where it stands: a filter written otherwise, a known word, a name.

Only what can be read is advised. Whether a name exists the grammar cannot know: it is handed on as `MaybeName`.
"""

import re
from collections.abc import Iterator, Sequence

from bot.commands.advice import MaybeName, Mistake, nearest, shown
from bot.commands.declaration import Line
from bot.commands.filters import FIXED_VALUES, dimension_named, filter_for_value
from bot.commands.reading import KINDS, METRIC_WORDS, Reading
from bot.commands.tokens import ENDS_SENTENCE, Token, tokenise
from surveys.insight.period_text import PERIOD_WORDS
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension

_LEAVING_OUT = ("not", "no", "without", "except", "excluding", "but", "-", "!")
_SIGNED = re.compile(r"([-!]?)([^\W\d][\w-]*)(:|!=|<>|≠|==?)")
_LONGEST_NAME = 4
"""Words of a name that is typed without quotes."""


def unknown_word(reading: Reading, at: int) -> Mistake:
    """A word of a question that no taker knows: the nearest form that one would, else the line without the word."""
    _ = reading.line.words.gettext
    token, typed = reading.tokens[at], reading.typed(at)
    word = token.word.strip(f"{ENDS_SENTENCE}:")
    if not word and not token.quoted:
        return reading.mistake(_("“{word}” means nothing here.").format(word=typed), "", at, "")
    names = maybe_names(reading.tokens, at)
    if reading.found.metric is None and not any(other.word in METRIC_WORDS for other in reading.tokens):
        return _unknown_subject(reading, at, word, names)
    if filter_ := filter_meant(reading.line, reading.tokens, at, tuple(Dimension)):
        return filter_
    dimension = dimension_named(word)
    if dimension in FOLDED_DIMENSIONS:
        problem = _("“{word}” groups when “by” stands before it.").format(word=typed)
        return reading.mistake(problem, f"by {dimension}", at, f"by {dimension}", names=names)
    problem = _("I do not know “{word}”.").format(word=typed)
    known = (*PERIOD_WORDS, *METRIC_WORDS, *KINDS, "latest", "by", "vs", "as", "top")
    close = nearest(word, known) if len(word) > 2 else ""
    if close:
        return reading.mistake(problem, close, at, "" if close in METRIC_WORDS else close, names=names)
    return reading.mistake(problem, f"help {_subject(reading)}", at, "", names=names)


def _subject(reading: Reading) -> str:
    """What to ask for help on."""
    if reading.found.kinds:
        return reading.found.kinds[0]
    metric = reading.found.metric or next(METRIC_WORDS[t.word] for t in reading.tokens if t.word in METRIC_WORDS)
    return metric.value


def _unknown_subject(reading: Reading, at: int, word: str, names: tuple[MaybeName, ...]) -> Mistake:
    _ = reading.line.words.gettext
    close = nearest(word, (*METRIC_WORDS, *KINDS), cutoff=0.6)
    problem = _("I do not know “{word}”.").format(word=reading.typed(at))
    if close:
        return reading.mistake(problem, close, at, close, names=names)
    return Mistake(problem=problem, suggestion="help", example="help", names=names)


# ── filters written otherwise ──────────────────────────────────────────────────────────────────────────────────

_Found = tuple[str, int]
"""A filter as it should be typed, and where in the text ends what it stands for; empty where there is none."""
_NOTHING: _Found = ("", 0)


def filter_meant(line: Line, tokens: Sequence[Token], at: int, dimensions: Sequence[Dimension]) -> Mistake | None:
    """The filter meant by `technical`, `role=technical`, `!role:technical` or `not technical`, if it is one."""
    _ = line.words.gettext
    start = tokens[at].start
    filter_, end = _value(tokens, at, dimensions)
    problem = _("“{word}” alone could mean anything; as a filter it is clear.").format(
        word=shown(line.text[start:end].rstrip(ENDS_SENTENCE))
    )
    if not filter_:
        filter_, end = _written_otherwise(line.text, tokens, at, dimensions)
        problem = _("A filter is written with a colon, and a minus before it leaves out.")
    if not filter_:
        return None
    return Mistake(problem=problem, suggestion=filter_, start=start, end=end, replacement=filter_)


def _value(tokens: Sequence[Token], at: int, dimensions: Sequence[Dimension]) -> _Found:
    """`technical`, `decision makers`."""
    for used in (2, 1):
        words = [token.word for token in tokens[at : at + used]]
        filter_ = filter_for_value(" ".join(words), dimensions) if all(words) else ""
        if filter_:
            return filter_, tokens[at + len(words) - 1].end
    return _NOTHING


def _written_otherwise(text: str, tokens: Sequence[Token], at: int, dimensions: Sequence[Dimension]) -> _Found:
    token = tokens[at]
    if token.word in _LEAVING_OUT:
        return _left_out(text, tokens, at + 1, dimensions)
    if token.quoted:
        return _NOTHING
    if (signed := _SIGNED.match(token.text)) and dimension_named(signed[2].casefold()) in dimensions:
        negated = signed[1] or signed[3] in ("!=", "<>", "≠")
        head = f"{'-' if negated else ''}{signed[2]}:"
        values_start = token.start + signed.end()
        pair = tokenise(head + text[values_start:])[0]
        return pair.text, values_start + pair.end - len(head)
    if token.word[:1] in ("-", "!"):
        filter_ = filter_for_value(token.word[1:], dimensions)
        return (f"-{filter_}", token.end) if filter_ else _NOTHING
    return _NOTHING


def _left_out(text: str, tokens: Sequence[Token], at: int, dimensions: Sequence[Dimension]) -> _Found:
    """`not technical`, `except role:technical`: what follows, with a minus."""
    if at == len(tokens):
        return _NOTHING
    if tokens[at].key:
        filter_, end = (tokens[at].text, tokens[at].end) if dimension_named(tokens[at].key) in dimensions else _NOTHING
    else:
        filter_, end = _value(tokens, at, dimensions)
        if not filter_:
            filter_, end = _written_otherwise(text, tokens, at, dimensions)
    return (f"-{filter_.removeprefix('-')}", end) if filter_ else _NOTHING


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────


def maybe_names(tokens: Sequence[Token], at: int) -> tuple[MaybeName, ...]:
    """The words from `at` on as the rest of a name that a filter before them began, or as an account's name."""
    return (*_filter_continued(tokens, at), *_accounts(tokens, at))


def _accounts(tokens: Sequence[Token], at: int) -> Iterator[MaybeName]:
    start, sign = tokens[at].start, ""
    if tokens[at].word in _LEAVING_OUT:
        at, sign = at + 1, "-"
    for name, end in _runs(tokens, at):
        minus = "-" if sign or (name[:1] in ("-", "!") and not tokens[at].quoted) else ""
        yield MaybeName(
            dimension=Dimension.ACCOUNT,
            name=name.removeprefix("-").removeprefix("!") if minus and not sign else name,
            before=f"{minus}{Dimension.ACCOUNT}:",
            start=start,
            end=end,
        )


def _filter_continued(tokens: Sequence[Token], at: int) -> Iterator[MaybeName]:
    """`account:Nordhavn Tools`: at “Tools”. The words between the filter and `at` meant something by themselves."""
    begins = next((back for back in range(at - 1, max(at - _LONGEST_NAME, 0) - 1, -1) if tokens[back].key), None)
    pair = tokens[begins] if begins is not None else None
    dimension = dimension_named(pair.key) if pair else None
    if begins is None or pair is None or dimension is None or dimension in FIXED_VALUES:
        return
    typed = re.fullmatch(r"(.*[:,]-?)([^:,]*)", pair.text, re.DOTALL)
    if typed is None:
        return
    between = [token.text for token in tokens[begins + 1 : at]]
    for name, end in _runs(tokens, at):
        yield MaybeName(
            dimension=dimension,
            name=" ".join([typed[2], *between, name]).strip(),
            before=typed[1],
            start=pair.start,
            end=end,
            in_filter=True,
        )


def _runs(tokens: Sequence[Token], at: int) -> Iterator[tuple[str, int]]:
    """The texts that begin at `at`, with their ends, the longest first; a quoted word stands for itself."""
    most = next(
        (used for used, token in enumerate(tokens[at : at + _LONGEST_NAME]) if token.key or (token.quoted and used)),
        min(len(tokens) - at, _LONGEST_NAME),
    )
    if at < len(tokens) and tokens[at].quoted:
        most = 1
    for used in range(most, 0, -1):
        yield " ".join(token.text for token in tokens[at : at + used]), tokens[at + used - 1].end
