"""What the local web workspace shows “as Slack” and “as Teams”: the renderers of both, as plain functions.

The workspace's adapter and the platforms' know nothing of each other; they meet here.
"""

from adapters.slack.render import render_form, render_message
from adapters.teams.cards import CARD_BYTES
from adapters.teams.render import render_card, render_dialog
from adapters.web.preview import Node, Preview, Previews
from bot.actions import pack
from bot.messages import Form, Message
from surveys.words import Words


def previews() -> Previews:
    """By platform, in the order of the tabs. Names of products are the same in every language."""
    return {
        "slack": Preview(name="Slack", message=_slack_message, form=_slack_form),
        "teams": Preview(name="Microsoft Teams", message=_teams_message, form=_teams_form, limit=CARD_BYTES),
    }


def _slack_message(message: Message, words: Words) -> Node:
    rendered = render_message(message, words)
    return {"text": rendered.text, "blocks": rendered.blocks}


def _slack_form(form: Form, words: Words) -> Node:
    return render_form(form, metadata=pack(form.action), words=words)


def _teams_message(message: Message, words: Words) -> Node:
    # Charts follow as pictures of their own, as they are sent.
    return render_card(message, words=words)


def _teams_form(form: Form, words: Words) -> Node:
    return render_dialog(form, words=words)
