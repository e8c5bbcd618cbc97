"""What the bot asks in these tests: a score by a tap, and words in a form."""

from bot.actions import Answer, SubmitForm
from bot.messages import Form, Message, Scale, TextInput

NINE = Answer("inv", "score", "9")
ASKED = Message(
    summary="How likely are you to recommend us?",
    blocks=(
        Scale(
            question="How likely?", template=Answer("inv", "score"), low=0, high=10, low_label="not at all",
            high_label="extremely",
        ),
    ),
)  # fmt: skip
FEEDBACK = Form(
    title="Your <feedback>", blocks=(TextInput(key="mind", label="What is on your mind?"),), submit_label="Send it",
    action=SubmitForm("inv"),
)  # fmt: skip
