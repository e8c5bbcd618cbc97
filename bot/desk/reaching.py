"""`ask-me-here`: the platform on which a person is asked first."""

from bot.desk.errand import Errand, say
from bot.messages import Outcome
from bot.views import notes


async def ask_here(errand: Errand) -> Outcome:
    person, address = errand.asker.person, errand.place.address
    if person is None or address is None:
        return say(notes.unknown_sender(errand.place.user, errand.words))
    await errand.unit.people.ask_first_on(person.id, address.platform)
    return say(notes.asked_here(errand.words))
