"""Small notes: one or two sentences to one person, when a button or a reply does not do what was hoped."""

from bot.actions import RunCommand
from bot.messages import Block, Button, Buttons, Message, Paragraph, Quote
from bot.views.phrases import role_name
from surveys.sending.model import InvitationFacts
from surveys.words import Words


def _say(text: str, *more: Block) -> Message:
    return Message(summary=text, blocks=(Paragraph(text=text), *more))


def _help(words: Words) -> Buttons:
    return Buttons(buttons=(Button(label=words.gettext("Help"), action=RunCommand("help")),))


def not_yours(words: Words) -> Message:
    _ = words.gettext
    return _say(_("This question was sent to somebody else, so nothing was recorded."))


def gone(words: Words) -> Message:
    _ = words.gettext
    return _say(_("This question does not exist any more. Nothing was recorded."))


def unreadable(words: Words) -> Message:
    """A button of an older version, or a forged one."""
    _ = words.gettext
    return _say(_("This button does not work any more. Nothing was changed."))


def not_in_scale(low: int, high: int, words: Words) -> Message:
    _ = words.gettext
    return _say(_("Please choose a whole number from {low} to {high}.").format(low=low, high=high))


def too_long(length: int, limit: int, words: Words) -> Message:
    _ = words.gettext
    text = _(
        "That is {length} characters; at most {limit} can be kept. Please shorten it: nothing was cut, and nothing "
        "was recorded."
    )
    return _say(text.format(length=f"{length:,}", limit=f"{limit:,}"))


def empty(words: Words) -> Message:
    _ = words.gettext
    return _say(_("There were no words in it, so nothing was recorded. Write a few, or skip the question."))


def failure(reference: str, words: Words) -> Message:
    """Something broke; the reference finds it in the log."""
    _ = words.gettext
    text = _(
        "Something went wrong on our side. Please try again; if it happens again, tell your administrator this "
        "reference: {reference}"
    )
    return _say(text.format(reference=reference))


def unavailable(words: Words) -> Message:
    _ = words.gettext
    return _say(_("The database cannot be reached just now. Nothing was changed; please try again in a moment."))


def unknown_workspace(words: Words) -> Message:
    _ = words.gettext
    return _say(_("This workspace is not connected to CX Pulse. An administrator can connect it."))


def unknown_sender(user: str, words: Words) -> Message:
    """`user`: how the platform knows them, for the one who imports people. A guest's e-mail address counts nowhere."""
    _ = words.gettext
    text = _(
        "I do not know you yet. An administrator can add you: by the e-mail address that you have here, if you are a "
        "full member and no guest, else by your id here, {user}."
    )
    return _say(text.format(user=user))


def asked_here(words: Words) -> Message:
    _ = words.gettext
    return _say(
        _(
            "Done: questions come to you here first from now on. Where I cannot reach you here, I try where else I "
            "know you."
        )
    )


def welcome(words: Words) -> Message:
    """The first words in a conversation."""
    _ = words.gettext
    text = _(
        "Hello, this is CX Pulse, a bot. Now and then I ask how working together goes; one tap answers. People "
        "read what you write. “feedback” tells us something at any time, “help” shows what else there is."
    )
    return _say(text, _help(words))


def nothing_open(words: Words) -> Message:
    """On Slack's Home tab, where an open question would stand."""
    _ = words.gettext
    return _say(_("There is no open question for you."))


def not_understood(text: str, words: Words) -> Message:
    """A message that is no command and answers nothing; it is not kept, and that is said."""
    _ = words.gettext
    begun = f"feedback {text.strip()}"
    buttons = [Button(label=_("Help"), action=RunCommand("help"))]
    if text.strip() and len(begun) <= 1_500:
        buttons.insert(0, Button(label=_("Send it as feedback"), action=RunCommand(begun)))
    said = _("I am a bot and could not tell what to do with that, so nothing was kept. Should it go to us as feedback?")
    return _say(said, Buttons(buttons=tuple(buttons)))


def talk_request(facts: InvitationFacts, words: Words) -> Message:
    """To every CX lead: somebody asked for a person."""
    _ = words.gettext
    person = facts.person
    who = ", ".join(part for part in (role_name(person.role, words), person.account or "") if part)
    text = _("Somebody would like to talk to a person: {name}").format(name=person.name)
    text = f"{text} ({who})" if who else text
    about = facts.version.survey.title.in_language(person.language)
    blocks: list[Block] = [Paragraph(text=_("Asked about: {survey}").format(survey=about))]
    if facts.context:
        blocks.append(Paragraph(text=_("About: {context}").format(context=facts.context)))
    if person.email:
        blocks.append(Paragraph(text=_("Reachable at: {email}").format(email=person.email)))
    blocks += [Quote(text=answer.text) for answer in facts.answers if answer.text]
    blocks.append(Paragraph(text=_("We promised that a person will answer. Please take it, and tell the others.")))
    return _say(text, *blocks)
