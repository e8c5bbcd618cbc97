"""The answer to a question, for everybody in the channel where it was asked: by a delivery, as any post to a channel.

So the channel is looked at when it is posted (threat 4), and the permission of whoever wanted it is checked again then.
"""

from dataclasses import replace

from bot.commands.grammar import Question
from bot.desk.errand import Errand, say
from bot.messages import Outcome
from bot.ports import Conversation, NewDelivery
from bot.views import posting

TEMPLATE = "posted_answer"


async def begin(errand: Errand, command: Question, channel: str, *, workspace_id: int, cause: str) -> Outcome:
    """`channel` comes from a button, and is a hint; `cause` (an event's id) keeps it to once."""
    person = errand.asker.person
    if not channel or person is None:
        return say(posting.nobody_else(errand.words))
    there = await _channel(errand, channel, workspace_id)
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


async def _channel(errand: Errand, channel: str, workspace_id: int) -> Conversation | None:
    """Of this tenant and the button's workspace, and nobody's own chat."""
    assert errand.place.address is not None, "a button is somewhere"
    found = await errand.unit.conversations.at(workspace_id, replace(errand.place.address, conversation=channel))
    return None if found is None or found.address.direct else found
