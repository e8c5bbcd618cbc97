"""An answer on its way to the channel where it was asked, in words."""

from bot.messages import Message, Paragraph
from bot.views.phrases import refusal_text
from surveys.errors import Undeliverable
from surveys.words import Words


def begun(channel: str, words: Words) -> Message:
    _ = words.gettext
    text = _(
        "I am looking at who is in {channel}, and will post it there. If that is not possible, I will tell you why."
    )
    return _say(text.format(channel=_named(channel, words)))


def nobody_else(words: Words) -> Message:
    """A button of a former version, in a chat with one person."""
    _ = words.gettext
    return _say(_("Only you read this chat, so there is nobody to post it for. Ask me in a channel."))


def gone(words: Words) -> Message:
    _ = words.gettext
    return _say(_("I do not know this channel any more, so nothing was posted. Ask me there again."))


def refused(channel: str, reason: Undeliverable, words: Words) -> Message:
    """To whoever wanted it posted."""
    _ = words.gettext
    text = _("Your answer was not posted to {channel}: {reason}")
    return _say(text.format(channel=_named(channel, words), reason=refusal_text(reason, words)))


def _named(channel: str, words: Words) -> str:
    return f"#{channel.lstrip('#')}" if channel else words.gettext("the channel")


def _say(text: str) -> Message:
    return Message(summary=text, blocks=(Paragraph(text=text),))
