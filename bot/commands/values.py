"""The second stage of reading a command: do the accounts, segments, touchpoints … that its filters name exist?

Whoever calls it first checks the permission: the advice names accounts. Values that the product defines itself were
checked by the grammar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.commands.access import GrantCommand
from bot.commands.advice import Advice, shown
from bot.commands.explain import ExplainCommand
from bot.commands.feedback import FeedbackCommand
from bot.commands.filters import FIXED_VALUES
from bot.commands.grammar import Command
from bot.commands.help import HelpCommand
from bot.commands.scores import ScoreCommand
from bot.commands.sending import ListSurveys, ListWaves, SendCommand
from bot.commands.summaries import ListSummaries, StopSummaries, WeeklySummary
from bot.commands.tokens import quote
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from surveys.insight.queries import Dimension, Filter
from surveys.people.records import match_key
from surveys.words import Words

MANY_KNOWN = 500
"""The store names at most so many values; where it names that many there may be more, and none is called unknown."""
_MOST_OFFERED = 5

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
        case GrantCommand() | FeedbackCommand() | HelpCommand():
            return ()


def dimensions_to_check(command: Command) -> tuple[Dimension, ...]:
    """Whose known values `check_values` needs."""
    asked = [filter_.dimension for filter_ in filters_of(command) if filter_.dimension not in FIXED_VALUES]
    return tuple(dict.fromkeys(asked))


def check_values(command: Command, known: KnownValues, words: Words) -> Command | Advice:
    """The command, or advice about the first value that does not occur. Spelling is compared without regard to case."""
    for filter_ in filters_of(command):
        if filter_.dimension in FIXED_VALUES or filter_.dimension not in known:
            continue
        values = known[filter_.dimension]
        keys = {match_key(value) for value in values}
        for value in filter_.values:
            if match_key(value) not in keys and len(values) < MANY_KNOWN:
                unknown = Unknown(filter=filter_, value=value, near=near_values(value, values))
                return _advice(command, unknown, values, words)
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
    wanted = match_key(value)
    keys = {match_key(candidate) for candidate in known}
    if wanted in keys:
        return value
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


def _advice(command: Command, unknown: Unknown, known: Sequence[str], words: Words) -> Advice:
    _ = words.gettext
    dimension, typed = unknown.filter.dimension, shown(unknown.value)
    if not known:
        problem = _("No {dimension} is known yet.").format(dimension=dimension)
        return Advice(problem=problem, suggestion="", example=_without(command, unknown))
    problem = _("There is no {dimension} “{value}”.").format(dimension=dimension, value=typed)
    if not unknown.near:
        offered = ", ".join(shown(value, 30) for value in known[:_MOST_OFFERED])
        problem += " " + _("Known are, for example: {values}.").format(values=offered)
        return Advice(problem=problem, suggestion=f"by {dimension}", example=_without(command, unknown))
    if len(unknown.near) > 1:
        several = ", ".join(shown(value, 30) for value in unknown.near)
        problem += " " + _("These come near: {values}.").format(values=several)
    right = _replaced(unknown, unknown.near[0])
    suggestion = f"{'-' if right.negated else ''}{dimension}:{quote(unknown.near[0])}"
    return Advice(problem=problem, suggestion=suggestion, example=_with(command, unknown.filter, right).text)


def _replaced(unknown: Unknown, value: str) -> Filter:
    values = (value.lower() if old == unknown.value else old for old in unknown.filter.values)
    return replace(unknown.filter, values=tuple(dict.fromkeys(values)))


def _without(command: Command, unknown: Unknown) -> str:
    """The command without the filter; an audience is never widened by advice."""
    if isinstance(command, SendCommand):
        return "help send"
    return _with(command, unknown.filter, None).text


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
