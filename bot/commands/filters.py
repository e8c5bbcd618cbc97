"""Reads filters: `role:technical,finance`, `-account:"Nordhavn Tools"`, `series:event`.

Values that the product itself defines (roles, stages …) are checked here; those that live in the store (accounts,
segments …) are checked by `values.check_values` once they are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.commands.advice import Mistake, nearest, shown
from bot.commands.tokens import Token, quote
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
    folded = "_".join(value.casefold().replace("-", " ").replace("_", " ").split())
    return next((name for name in (folded, folded.removesuffix("s")) if name in known), None)


def filter_for_value(word: str) -> str:
    """`role:technical` for "technical"; "" where the word is no role or stage."""
    for dimension in (Dimension.ROLE, Dimension.STAGE):
        value = fixed_value(dimension, word)
        if value is not None and value != "other":
            return f"{dimension}:{value}"
    return ""


def read_filter(tokens: tuple[Token, ...], at: int, words: Words) -> Taken | Mistake:
    """The filter that starts at `tokens[at]`, which is a pair."""
    token = tokens[at]
    name = token.key if token.key == SERIES else dimension_named(token.key)
    if name is None:
        return _unknown_name(token, words)
    values, used, end = token.values, 1, token.end
    if not values and at + 1 < len(tokens) and not tokens[at + 1].key:
        values, used, end = (tokens[at + 1].text,), 2, tokens[at + 1].end
    if not values:
        return _no_value(token, name, words)
    if name == SERIES:
        return _series(token, values, used, end, words)
    return _values(token, Dimension(name), values, used, end, words)


def _unknown_name(token: Token, words: Words) -> Mistake:
    _ = words.gettext
    close = nearest(token.key, FILTER_NAMES, cutoff=0.6)
    problem = _("There is no filter “{name}:”.").format(name=shown(token.key))
    if not close:
        return Mistake(problem=problem, suggestion="help filters", example="help filters")
    kept = ",".join(quote(value) for value in token.values)
    replacement = f"{'-' if token.negated else ''}{close}:{kept}" if kept else ""
    return Mistake(
        problem=problem,
        suggestion=f"{close}:",
        start=token.start,
        end=token.end,
        replacement=replacement,
    )


def _no_value(token: Token, name: str, words: Words) -> Mistake:
    _ = words.gettext
    likely = {SERIES: Series.EVENT.value, Dimension.ROLE: Role.TECHNICAL.value, Dimension.STAGE: Stage.SUPPORT.value}
    suggestion = f"{name}:{likely.get(name, 'NAME')}"
    return Mistake(
        problem=_("“{filter}” has no value after the colon.").format(filter=shown(token.text)),
        suggestion=suggestion,
        start=token.start,
        end=token.end,
        replacement=suggestion if name in likely else "",
    )


def _series(token: Token, values: tuple[str, ...], used: int, end: int, words: Words) -> Taken | Mistake:
    _ = words.gettext
    known = (*Series, ANY_SERIES)
    value = values[0].casefold()
    if len(values) == 1 and value in known and not token.negated:
        return Taken(filter=SeriesFilter(series=None if value == ANY_SERIES else Series(value)), tokens=used)
    if token.negated or len(values) > 1:
        problem = _("Series are not mixed: name one, or “any” for all of them together.")
        suggestion = f"{SERIES}:{ANY_SERIES}"
    else:
        problem = _("There is no series “{name}”; there are {known}.").format(
            name=shown(values[0]), known=", ".join(known)
        )
        suggestion = f"{SERIES}:{nearest(value, known, cutoff=0.4) or ANY_SERIES}"
    return Mistake(problem=problem, suggestion=suggestion, start=token.start, end=end, replacement=suggestion)


def _values(
    token: Token, dimension: Dimension, values: tuple[str, ...], used: int, end: int, words: Words
) -> Taken | Mistake:
    read: list[str] = []
    for value in values:
        if dimension in FIXED_VALUES:
            fixed = fixed_value(dimension, value)
            if fixed is None:
                return _unknown_value(token, dimension, value, values, end, words)
            read.append(fixed)
        elif dimension is Dimension.LANGUAGE:
            read.append(LANGUAGE_CODES.get(value.casefold(), value.lower()))
        else:
            read.append(value.lower())
    unique = tuple(dict.fromkeys(read))
    return Taken(filter=Filter(dimension=dimension, values=unique, negated=token.negated), tokens=used)


def _unknown_value(
    token: Token, dimension: Dimension, value: str, values: tuple[str, ...], end: int, words: Words
) -> Mistake:
    _ = words.gettext
    known = FIXED_VALUES[dimension]
    close = nearest(value.replace(" ", "_").replace("-", "_"), known, cutoff=0.6)
    kept = ",".join(quote(close if other == value else other) for other in values if other != value or close)
    sign = "-" if token.negated else ""
    return Mistake(
        problem=_("“{value}” is not a {dimension}; there are {known}.").format(
            value=shown(value), dimension=dimension, known=", ".join(known)
        )
        if not close
        else _("“{value}” is not a {dimension}.").format(value=shown(value), dimension=dimension),
        suggestion=f"{sign}{dimension}:{close or known[0]}",
        start=token.start,
        end=end,
        replacement=f"{sign}{dimension}:{kept or known[0]}",
    )
