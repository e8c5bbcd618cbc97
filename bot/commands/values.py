"""The second stage of reading a command: do the accounts, segments, touchpoints … that its filters name exist?

Whoever calls it first checks the permission: the advice names accounts. Values that the product defines itself were
checked by the grammar.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.commands.access import GrantCommand, RevokeCommand
from bot.commands.advice import Advice, shown
from bot.commands.explain import ExplainCommand
from bot.commands.feedback import FeedbackCommand
from bot.commands.filters import FIXED_VALUES
from bot.commands.grammar import Command
from bot.commands.help import HelpCommand
from bot.commands.reaching import AskMeHere
from bot.commands.scores import ScoreCommand
from bot.commands.sending import ListSurveys, ListWaves, SendCommand
from bot.commands.summaries import ListSummaries, StopSummaries, WeeklySummary
from bot.commands.tokens import quote, without_ending
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension, Filter
from surveys.people.records import match_key
from surveys.words import Words

MANY_KNOWN = 500
"""The store names at most so many values; where it names that many there may be more, and none is called unknown."""
_MOST_OFFERED, _ROOM = 5, 200
"""Values in a sentence, and their characters together."""

KnownValues = Mapping[Dimension, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A value that does not occur, with those that come near, the nearest first."""

    filter: Filter
    value: str
    near: tuple[str, ...]


def filters_of(command: Command) -> tuple[Filter, ...]:
    match command:
        case ScoreCommand() | TrendCommand() | WhyCommand() | SendCommand():
            return command.filters
        case ExplainCommand(question=question):
            return question.filters if question else ()
        case ListSurveys() | ListWaves() | WeeklySummary() | StopSummaries() | ListSummaries():
            return ()
        case GrantCommand() | RevokeCommand() | FeedbackCommand() | AskMeHere() | HelpCommand():
            return ()


def dimensions_to_check(command: Command) -> tuple[Dimension, ...]:
    """Whose known values `check_values` needs."""
    asked = [filter_.dimension for filter_ in filters_of(command) if filter_.dimension not in FIXED_VALUES]
    return tuple(dict.fromkeys(asked))


def check_values(command: Command, known: KnownValues, words: Words, typed: str = "") -> Command | Advice:
    """The command, or advice about the first value that does not occur. Spelling is compared without regard to case.

    `typed`: the line as it was typed, so that advice repeats a value in its spelling.
    """
    for filter_ in filters_of(command):
        if filter_.dimension in FIXED_VALUES or filter_.dimension not in known:
            continue
        values = known[filter_.dimension]
        keys = {match_key(value) for value in values}
        for value in filter_.values:
            if match_key(value) not in keys and len(values) < MANY_KNOWN:
                unknown = Unknown(filter=filter_, value=value, near=near_values(value, values))
                return _advice(command, unknown, known, words, _as_typed(value, typed))
    return command


def complete_values(command: Command, known: KnownValues) -> Command:
    """The command with a value that begins exactly one known name replaced by it: `account:Acme` is Acme Robotics.

    The answer and every preview say the name that was taken.
    """
    for filter_ in filters_of(command):
        values = known.get(filter_.dimension, ())
        if filter_.dimension in FIXED_VALUES or not values or len(values) >= MANY_KNOWN:
            continue
        completed = replace(filter_, values=tuple(_completed(value, values) for value in filter_.values))
        if completed != filter_:
            command = _with(command, filter_, completed)
    return command


def _completed(value: str, known: Sequence[str]) -> str:
    keys = {match_key(candidate) for candidate in known}
    if match_key(value) in keys:
        return value
    wanted = match_key(without_ending(value))
    if wanted in keys:
        return wanted
    begun = [key for key in keys if key.startswith(f"{wanted} ")]
    return begun[0] if len(begun) == 1 else value


def spelling(command: Command, known: KnownValues) -> dict[str, str]:
    """For each value typed in a filter, in lower case, how it is really spelled ("acme" → "Acme")."""
    wanted = {match_key(value): value for filter_ in filters_of(command) for value in filter_.values}
    dimensions = {filter_.dimension for filter_ in filters_of(command)}
    stored = [value for dimension in dimensions for value in known.get(dimension, ())]
    return {wanted[match_key(value)]: value for value in stored if match_key(value) in wanted}


def near_values(value: str, known: Sequence[str]) -> tuple[str, ...]:
    """Values that hold what was typed, else those that look like it; at most five."""
    wanted = match_key(value)
    by_key = {match_key(candidate): candidate for candidate in known}
    begins = sorted(key for key in by_key if key.startswith(wanted))
    holds = sorted(key for key in by_key if wanted in key and key not in begins)
    alike = get_close_matches(wanted, by_key, n=_MOST_OFFERED, cutoff=0.6)
    if not (begins or holds or alike):
        # "Meridan" for "Meridian Freight": compare with the single words of longer names.
        by_word = {word: key for key in sorted(by_key) for word in key.split()}
        alike = [by_word[word] for word in get_close_matches(wanted, by_word, n=_MOST_OFFERED, cutoff=0.75)]
    found = tuple(dict.fromkeys((*begins, *holds))) or tuple(dict.fromkeys(alike))
    return tuple(by_key[key] for key in found[:_MOST_OFFERED])


def listed(values: Sequence[str]) -> str:
    """Values one after the other, as many as there is room for; each in full, because a part could not be typed."""
    offered = [values[0]]
    for value in values[1:_MOST_OFFERED]:
        if len(", ".join((*offered, value))) <= _ROOM:
            offered.append(value)
    return ", ".join(offered)


def _as_typed(value: str, typed: str) -> str:
    found = re.search(re.escape(value), typed, re.IGNORECASE)
    return shown(found[0] if found else value)


def _advice(command: Command, unknown: Unknown, known: KnownValues, words: Words, typed: str) -> Advice:
    _ = words.gettext
    dimension, values = unknown.filter.dimension, known[unknown.filter.dimension]
    if not values:
        problem = _("No {dimension} is known yet.").format(dimension=dimension)
        return Advice(problem=problem, suggestion="", example=_without(command, unknown, known, words))
    problem = _("There is no {dimension} “{value}”.").format(dimension=dimension, value=typed)
    near = unknown.near or values
    if not unknown.near:
        problem += " " + _("Known are, for example: {values}.").format(values=listed(values))
        if isinstance(command, SendCommand):
            return Advice(problem=problem, suggestion="", example=_without(command, unknown, known, words))
        if grouped := _grouped(command, unknown):
            return Advice(problem=problem, suggestion=f"by {dimension}", example=_example(grouped, known, words))
    elif len(near) > 1:
        problem += " " + _("These come near: {values}.").format(values=listed(near))
    right = _replaced(unknown, near[0])
    example = _example(_with(command, unknown.filter, right), known, words)
    sign = "-" if unknown.filter.negated or unknown.value.startswith("!") else ""
    suggestion = f"{sign}{dimension}:{quote(near[0])}"
    return Advice(problem=problem, suggestion=suggestion, example=example)


def _replaced(unknown: Unknown, value: str) -> Filter:
    filter_ = unknown.filter
    others = tuple(other for other in filter_.values if other != unknown.value)
    if unknown.value.startswith("!") and not filter_.negated:
        # Meant as a minus, which the nearest name must not turn into the opposite; nor must the other values turn.
        return replace(filter_, values=others) if others else replace(filter_, values=(value.lower(),), negated=True)
    values = (value.lower() if old == unknown.value else old for old in filter_.values)
    return replace(filter_, values=tuple(dict.fromkeys(values)))


def _without(command: Command, unknown: Unknown, known: KnownValues, words: Words) -> str:
    """The command without the filter; an audience is never widened by advice."""
    if isinstance(command, SendCommand):
        return "help send"
    return _example(_with(command, unknown.filter, None), known, words)


def _grouped(command: Command, unknown: Unknown) -> Command | None:
    """The command with a row for each value instead of the filter, where it is not grouped yet and can be."""
    dimension = unknown.filter.dimension
    if dimension not in FOLDED_DIMENSIONS:
        return None
    match _with(command, unknown.filter, None):
        case ScoreCommand(by=None) | WhyCommand(by=Dimension.ROLE) as question:
            return replace(question, by=dimension)
        case ExplainCommand(question=ScoreCommand(by=None) as question):
            return ExplainCommand(question=replace(question, by=dimension))
        case _:
            return None


def _example(command: Command, known: KnownValues, words: Words) -> str:
    """The command as it is typed, with its other names put right as well."""
    checked = check_values(command, known, words)
    return checked.example if isinstance(checked, Advice) else checked.text


def _with(command: Command, old: Filter, new: Filter | None) -> Command:
    match command:
        case ScoreCommand() | TrendCommand() | WhyCommand() | SendCommand():
            kept = (new if filter_ == old else filter_ for filter_ in command.filters)
            return replace(command, filters=tuple(filter_ for filter_ in kept if filter_ is not None))
        case ExplainCommand(question=ScoreCommand() as question):
            inner = _with(question, old, new)
            return ExplainCommand(question=inner if isinstance(inner, ScoreCommand) else question)
        case _:
            return command
