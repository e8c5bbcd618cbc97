"""The answer to a question, for everybody in the channel where it was asked: by a delivery, as any post to a channel.

So the channel is looked at when it is posted (threat 4), and the permission of whoever wanted it is checked again then.
"""

from bot.commands.grammar import Question
from bot.desk.errand import Errand, say
from bot.messages import Outcome
from bot.ports import Conversation, NewDelivery
from bot.views import posting
from surveys.errors import NotFound

TEMPLATE = "posted_answer"


async def begin(errand: Errand, command: Question, channel: str, *, cause: str) -> Outcome:
    """`channel` comes from a button, and is a hint; `cause` (an event's id) keeps it to once."""
    person = errand.asker.person
    if not channel or person is None:
        return say(posting.nobody_else(errand.words))
    there = await _channel(errand, channel)
    if there is None:
        return say(posting.gone(errand.words))
    await errand.unit.deliveries.add(
        [
            NewDelivery(
                template=TEMPLATE,
                parameters={"text": command.text, "person": str(person.id), "asked_at": errand.now.isoformat()},
                dedupe_key=f"{TEMPLATE}:{there.id}:{cause}"[:200],
                due_at=errand.now,
                conversation_id=there.id,
            )
        ]
    )
    return say(posting.begun(there.name, errand.words))


async def _channel(errand: Errand, channel: str) -> Conversation | None:
    """Of this tenant, and nobody's own chat."""
    if not (channel.isascii() and channel.isdigit() and len(channel) <= 18):
        return None
    try:
        found = await errand.unit.conversations.by_id(int(channel))
    except NotFound:
        return None
    return None if found.address.direct else found
