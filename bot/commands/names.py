"""The second stage of advice: are words that the grammar does not know a name that only the store knows?

Whoever calls it first checks the permission: what is advised here names accounts.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.commands.advice import Advice, MaybeName
from bot.commands.declaration import Catalogue
from bot.commands.filters import FIXED_VALUES, dimension_named
from bot.commands.grammar import Command, parse
from bot.commands.tokens import tokenise, without_ending
from bot.commands.values import KnownValues, check_values, complete_values, listed
from surveys.insight.queries import Dimension
from surveys.people.records import match_key
from surveys.words import Words


def dimensions_mentioned(text: str, advice: Advice) -> tuple[Dimension, ...]:
    """Whose known values `with_names` needs."""
    named = [dimension_named(token.key) for token in tokenise(text)] + [name.dimension for name in advice.names]
    return tuple(dict.fromkeys(found for found in named if found and found not in FIXED_VALUES))


def with_names(text: str, advice: Advice, known: KnownValues, catalogue: Catalogue, words: Words) -> Command | Advice:
    """Advice on words that the grammar does not know, now that it can be seen whether they are a name.

    A name that only lacks its quotes is read. One that is known, or begun, is advised as a filter; any other is not.
    """
    for name in advice.names:
        for same in _same(name.name, known.get(name.dimension, ())) if name.in_filter else ():
            read = parse(name.corrected(text, same), catalogue, words)
            if not isinstance(read, Advice):
                return read
    for name in advice.names:
        values = known.get(name.dimension, ())
        if found := _same(name.name, values) or _begun(name.name, values):
            advice = _as_filter(text, advice, name, found, catalogue, words)
            break
    return _sound(advice, known, catalogue, words)


def _same(name: str, known: Sequence[str]) -> tuple[str, ...]:
    wanted = match_key(name), match_key(without_ending(name))
    return tuple(value for value in known if match_key(value) in wanted)


def _begun(name: str, known: Sequence[str]) -> tuple[str, ...]:
    wanted = match_key(without_ending(name))
    return tuple(value for value in known if wanted and match_key(value).startswith(f"{wanted} "))


def _as_filter(
    text: str, advice: Advice, name: MaybeName, found: Sequence[str], catalogue: Catalogue, words: Words
) -> Advice:
    _ = words.gettext
    if len(found) > 1:
        problem = _("These come near: {values}.").format(values=listed(found))
    elif name.in_filter:
        problem = _("A name with blanks stands in quotes.")
    else:
        problem = _("An account is named with a filter.")
    read = parse(name.corrected(text, found[0]), catalogue, words)
    example = read.example if isinstance(read, Advice) else read.text
    return Advice(problem=f"{advice.problem} {problem}", suggestion=name.filter(found[0]), example=example)


def _sound(advice: Advice, known: KnownValues, catalogue: Catalogue, words: Words) -> Advice:
    """The advice with an example whose names exist too."""
    read = parse(advice.example, catalogue, words)
    checked = read if isinstance(read, Advice) else check_values(complete_values(read, known), known, words)
    if not isinstance(checked, Advice):
        return advice
    suggestion = checked.example if advice.suggestion == advice.example else advice.suggestion
    return replace(advice, suggestion=suggestion, example=checked.example)
