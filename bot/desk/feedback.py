"""`feedback`: anyone's own words, as an invitation that nobody sent."""

from bot.commands.feedback import FeedbackCommand
from bot.conversation.answering import clean
from bot.desk.errand import Errand, say
from bot.messages import Outcome
from bot.ports import NewAnswer
from bot.views import notes
from bot.views.invitation import form, invitation
from surveys.definitions.model import TextQuestion
from surveys.sending.model import InvitationFacts

SURVEY = "feedback"


async def begin(errand: Errand, command: FeedbackCommand) -> Outcome:
    """Opens the form; words typed behind the command are recorded at once, so that nothing is lost."""
    person, unit, words = errand.asker.person, errand.unit, errand.words
    if person is None:
        return say(notes.unknown_sender(errand.place.user, words))
    version = await unit.surveys.latest(SURVEY)
    if version is None:
        return say(notes.gone(words))
    facts = await unit.invitations.unprompted(version, person, at=errand.now)
    said = clean(command.said)
    if not said:
        return Outcome(form=form(facts, words))
    first = next(question for question in version.survey.questions if isinstance(question, TextQuestion))
    platform = errand.place.address.platform if errand.place.address else ""
    await unit.invitations.answer(
        NewAnswer(invitation_id=facts.id, question=first.key, at=errand.now, platform=platform, text=said)
    )
    after = await unit.invitations.facts(facts.public_id)
    assert isinstance(after, InvitationFacts)
    return say(invitation(after, errand.now, words))
