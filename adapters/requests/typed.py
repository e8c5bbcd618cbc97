"""What somebody typed into a form that is gone and could not be saved is given back to them."""

from collections.abc import Mapping

from bot.messages import Message, Paragraph, Quote


def with_typed(message: Message, values: Mapping[str, str]) -> Message:
    """`message`, which says why it was not saved, with the words of the form, each as a quote."""
    typed = tuple(Quote(text=text) for text in values.values() if text.strip())
    return Message(summary=message.summary, blocks=(*(message.blocks or (Paragraph(text=message.summary),)), *typed))
