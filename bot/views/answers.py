"""The message of any question's result, whichever kind it is."""

from dataclasses import replace

from bot.actions import PostHere
from bot.commands.results import ExplainResult, Result, ScoreResult, TrendResult, WhyResult
from bot.messages import Block, Buttons, Message
from bot.views.explain import explain_message
from bot.views.scores import score_message
from bot.views.trend import trend_message
from bot.views.why import why_message
from surveys.words import Words


def answer_message(result: Result, words: Words, *, public: bool = False) -> Message:
    """`public`: everybody in a channel reads it, so it offers neither posting nor what only its asker may do."""
    message = _message(result, words)
    return for_everyone(message) if public else message


def _message(result: Result, words: Words) -> Message:
    match result:
        case ScoreResult():
            return score_message(result, words)
        case WhyResult():
            return why_message(result, words)
        case TrendResult():
            return trend_message(result, words)
        case ExplainResult():
            return explain_message(result, words)


def for_everyone(message: Message) -> Message:
    """The message without its buttons where they belong to whoever asked."""
    return replace(message, blocks=tuple(block for block in message.blocks if not _asker_only(block)))


def _asker_only(block: Block) -> bool:
    return isinstance(block, Buttons) and any(isinstance(button.action, PostHere) for button in block.buttons)
