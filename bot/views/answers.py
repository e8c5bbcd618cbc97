"""The message of any question's result, whichever kind it is."""

from dataclasses import replace

from bot.actions import PostHere
from bot.commands.results import ExplainResult, Result, ScoreResult, TrendResult, WhyResult
from bot.messages import Block, Button, Buttons, Message
from bot.views.explain import explain_message
from bot.views.scores import score_message
from bot.views.trend import trend_message
from bot.views.why import why_message
from surveys.words import Words


def answer_message(result: Result, words: Words, *, public: bool = False, channel: str | None = None) -> Message:
    """`public`: everybody in a channel reads it, so it offers neither posting nor what only its asker may do.

    `channel`: the conversation that others read too, where it was asked and can be posted (`PostHere.channel`); None
    where nobody else reads.
    """
    message = _message(result, words)
    return for_everyone(message) if public else _posting_to(channel, message)


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


def _posting_to(channel: str | None, message: Message) -> Message:
    """Whatever offers to post says where; where there is no such place, it is not offered."""
    blocks: list[Block] = []
    for block in message.blocks:
        if not isinstance(block, Buttons):
            blocks.append(block)
        elif buttons := tuple(there for each in block.buttons if (there := _there(channel, each)) is not None):
            blocks.append(Buttons(buttons=buttons))
    return replace(message, blocks=tuple(blocks))


def _there(channel: str | None, button: Button) -> Button | None:
    if not isinstance(button.action, PostHere):
        return button
    return None if channel is None else replace(button, action=replace(button.action, channel=channel))


def _asker_only(block: Block) -> bool:
    return isinstance(block, Buttons) and any(isinstance(button.action, PostHere) for button in block.buttons)
