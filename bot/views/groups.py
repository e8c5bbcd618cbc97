"""Which groups of an answer are shown, and in which order: decided once they have names, for people and scripts."""

from collections.abc import Sequence
from typing import TypeVar

from bot.commands.scores import ScoreCommand
from bot.views.phrases import group_name
from surveys.insight.figures import Figure, MixPart, ScoreGroup
from surveys.insight.queries import Dimension
from surveys.words import Words

Named = TypeVar("Named", ScoreGroup, MixPart)


def groups_kept(figure: Figure, command: ScoreCommand, words: Words) -> tuple[ScoreGroup, ...]:
    """In their order, the first so many where the question asks for no more (`top`)."""
    return in_name_order(figure.groups or (), command.by, words)[: command.top]


def in_name_order(groups: Sequence[Named], by: Dimension | None, words: Words) -> tuple[Named, ...]:
    """Languages by the name that people read, because answering styles differ and a rank would mislead; other groups
    stay as they were ranked.
    """
    if by is not Dimension.LANGUAGE:
        return tuple(groups)
    return tuple(
        sorted(groups, key=lambda group: (group.key is None, group_name(by, group.key, group.label, words).casefold()))
    )


def order_in_words(by: Dimension, ranked: str, words: Words) -> str:
    """What a table says of its order; `ranked` where it is one."""
    _ = words.gettext
    if by is Dimension.LANGUAGE:
        return _("In alphabetical order, not ranked: people of different languages use a scale differently.")
    return ranked
