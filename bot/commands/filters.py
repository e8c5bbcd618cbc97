"""Reads filters: `role:technical,finance`, `-account:"Nordhavn Tools"`, `role:-technical`, `series:event`.

Values that the product itself defines (roles, stages …) are checked here; those that live in the store (accounts,
segments …) are checked by `values.check_values` once they are known.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.commands.advice import Mistake, nearest, shown
from bot.commands.tokens import Token, quote, without_ending
from surveys.definitions.model import Series
from surveys.insight.queries import Dimension, Filter
from surveys.people.model import Priority, Relationship, Role, Stage
from surveys.words import Words

SERIES = "series"
ANY_SERIES = "any"
FILTER_NAMES = (*(dimension.value for dimension in Dimension), SERIES)

FIXED_VALUES: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.ROLE: tuple(Role),
    Dimension.STAGE: tuple(Stage),
    Dimension.PRIORITY: tuple(Priority),
    Dimension.RELATIONSHIP: tuple(Relationship),
    Dimension.MODE: ("self", "interviewer"),
}
"""Dimensions whose values the product defines."""

LANGUAGE_CODES: Mapping[str, str] = {
    "english": "en",
    "ukrainian": "uk",
    "polish": "pl",
    "russian": "ru",
    "indonesian": "id",
    "chinese": "zh",
    "german": "de",
    "french": "fr",
    "spanish": "es",
}
_ALIASES = {"lang": "language", "company": "account", "customer": "account", "stakeholder": "role"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesFilter:
    """`series:` chooses which answers may be added up; None is any."""

    series: Series | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A filter and how many tokens it was made of (`role: technical` is two)."""

    filter: Filter | SeriesFilter
    tokens: int


def dimension_named(word: str) -> Dimension | None:
    """The dimension that `word` names, also in the plural and under the commonest other names."""
    for name in (word, _ALIASES.get(word, ""), word.removesuffix("s"), f"{word.removesuffix('ies')}y"):
        if name in set(Dimension):
            return Dimension(name)
    return None


def fixed_value(dimension: Dimension, value: str) -> str | None:
    """The product's own spelling of `value` ("Decision-makers" → "decision_maker"), None where it knows none."""
    known = FIXED_VALUES.get(dimension, ())
    folded = re.sub(r"[\s_-]+", "_", without_ending(value).casefold())
    return next((name for name in (folded, folded.removesuffix("s")) if name in known), None)


def filter_for_value(word: str, dimensions: Iterable[Dimension]) -> str:
    """`role:technical` for "technical"; "" where the word is no role or stage, or is not to be filtered by."""
    for dimension in (Dimension.ROLE, Dimension.STAGE):
        value = fixed_value(dimension, word) if dimension in dimensions else None
        if value is not None and value != "other":
            return f"{dimension}:{value}"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """A filter as it was typed: `keep` are the values without a minus of their own, `leave_out` those with one."""

    token: Token
    keep: tuple[str, ...]
    leave_out: tuple[str, ...]
    tokens: int
    end: int

    @property
    def values(self) -> tuple[str, ...]:
        return self.keep or self.leave_out

    @property
    def negated(self) -> bool:
        return self.token.negated or bool(self.leave_out)

    def mistake(self, problem: str, suggestion: str, replacement: str) -> Mistake:
        return Mistake(
            problem=problem, suggestion=suggestion, start=self.token.start, end=self.end, replacement=replacement
        )


def read_filter(tokens: tuple[Token, ...], at: int, words: Words) -> Taken | Mistake:
    """The filter that starts at `tokens[at]`, which is a pair."""
    token = tokens[at]
    name = token.key if token.key == SERIES else dimension_named(token.key)
    if name is None:
        return _unknown_name(token, words)
    pair = _pair(tokens, at)
    if not pair.values:
        return _no_value(token, name, words)
    if name == SERIES:
        return _series(pair, words)
    if pair.leave_out and (pair.keep or token.negated):
        return _signs(pair, name, words)
    return _values(pair, Dimension(name), words)


def _pair(tokens: tuple[Token, ...], at: int) -> _Pair:
    """`role:technical`, and `role: technical` of two tokens."""
    token = tokens[at]
    if token.values or token.minus_values or at + 1 == len(tokens) or tokens[at + 1].key:
        return _Pair(token=token, keep=token.values, leave_out=token.minus_values, tokens=1, end=token.end)
    value = tokens[at + 1]
    minus = not value.quoted and value.text.startswith("-") and value.text != "-"
    keep, leave_out = ((), (value.text[1:],)) if minus else ((value.text,), ())
    return _Pair(token=token, keep=keep, leave_out=leave_out, tokens=2, end=value.end)


def spell_signs(name: str, keep: Iterable[str], leave_out: Iterable[str]) -> str:
    """`role:finance -role:technical`: what to keep and what to leave out, each in a filter of its own."""
    signed = (("", keep), ("-", leave_out))
    spelled = ((sign, ",".join(quote(value) for value in dict.fromkeys(values))) for sign, values in signed)
    return " ".join(f"{sign}{name}:{values}" for sign, values in spelled if values)


def _signs(pair: _Pair, name: str, words: Words) -> Mistake:
    """`role:technical,-finance` and `-role:-technical`: read as either they might say the opposite of what is meant."""
    _ = words.gettext
    problem = _("Name in one filter either what to keep or, with a minus, what to leave out.")
    everything = (*pair.keep, *pair.leave_out)
    right = spell_signs(name, (), everything) if pair.token.negated else spell_signs(name, pair.keep, pair.leave_out)
    return pair.mistake(problem, right, right)


def _unknown_name(token: Token, words: Words) -> Mistake:
    _ = words.gettext
    close = nearest(token.key, FILTER_NAMES, cutoff=0.6)
    typed = token.text[token.negated :].partition(":")[0]
    problem = _("There is no filter “{name}:”.").format(name=shown(typed))
    if not close:
        return Mistake(problem=problem, suggestion="help filters", example="help filters")
    keep, leave_out = token.values, token.minus_values
    if token.negated:
        keep, leave_out = (), (*keep, *leave_out)
    return Mistake(
        problem=problem,
        suggestion=f"{close}:",
        start=token.start,
        end=token.end,
        replacement=spell_signs(close, keep, leave_out),
    )


def _no_value(token: Token, name: str, words: Words) -> Mistake:
    _ = words.gettext
    likely = {SERIES: Series.EVENT.value, Dimension.ROLE: Role.TECHNICAL.value, Dimension.STAGE: Stage.SUPPORT.value}
    sign = "-" if token.negated and name != SERIES else ""
    suggestion = f"{sign}{name}:{likely.get(name, 'NAME')}"
    return Mistake(
        problem=_("“{filter}” has no value after the colon.").format(filter=shown(token.text)),
        suggestion=suggestion,
        start=token.start,
        end=token.end,
        replacement=suggestion if name in likely else "",
    )


def _series(pair: _Pair, words: Words) -> Taken | Mistake:
    _ = words.gettext
    known = (*Series, ANY_SERIES)
    value = without_ending(pair.values[0]).casefold()
    several = pair.negated or len(pair.values) > 1
    if value in known and not several:
        return Taken(filter=SeriesFilter(series=None if value == ANY_SERIES else Series(value)), tokens=pair.tokens)
    if several:
        problem = _("Series are not mixed: name one, or “any” for all of them together.")
        suggestion = f"{SERIES}:{ANY_SERIES}"
    else:
        problem = _("There is no series “{name}”; there are {known}.").format(
            name=shown(pair.values[0]), known=", ".join(known)
        )
        suggestion = f"{SERIES}:{nearest(value, known, cutoff=0.4) or ANY_SERIES}"
    return pair.mistake(problem, suggestion, suggestion)


def _values(pair: _Pair, dimension: Dimension, words: Words) -> Taken | Mistake:
    read: list[str] = []
    for value in pair.values:
        if dimension in FIXED_VALUES:
            fixed = fixed_value(dimension, value)
            if fixed is None:
                return _unknown_value(pair, dimension, value, words)
            read.append(fixed)
        elif dimension is Dimension.LANGUAGE:
            language = without_ending(value)
            read.append(LANGUAGE_CODES.get(language.casefold(), language.lower()))
        else:
            read.append(value.lower())
    unique = tuple(dict.fromkeys(read))
    return Taken(filter=Filter(dimension=dimension, values=unique, negated=pair.negated), tokens=pair.tokens)


def _unknown_value(pair: _Pair, dimension: Dimension, value: str, words: Words) -> Mistake:
    _ = words.gettext
    known = FIXED_VALUES[dimension]
    bare = value.lstrip("-!")
    close = nearest(re.sub(r"[\s-]", "_", bare), known, cutoff=0.6)
    problem = _("“{value}” is not a {dimension}.").format(value=shown(value), dimension=dimension)
    if not close:
        problem = _("“{value}” is not a {dimension}; there are {known}.").format(
            value=shown(value), dimension=dimension, known=", ".join(known)
        )
    near = (close or known[0],)
    others = tuple(other for other in pair.values if other != value)
    if bare != value and not pair.negated:
        # The sign cannot be read here, but says that the value is to be left out: the opposite is never advised.
        return pair.mistake(problem, spell_signs(dimension, (), near), spell_signs(dimension, others, near))
    values = (*near, *others) if close or not others else others
    if pair.negated:
        return pair.mistake(problem, spell_signs(dimension, (), near), spell_signs(dimension, (), values))
    return pair.mistake(problem, spell_signs(dimension, near, ()), spell_signs(dimension, values, ()))
