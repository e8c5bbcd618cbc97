"""What every invitation says besides its question: who asks, why, how long, who sees it, how it is used; and the ways
out: not now, stop asking, talk to a person.
"""

from bot.actions import Snooze, StopAsking, TalkToPerson
from bot.messages import Block, Button, Buttons, Facts
from bot.views.phrases import date_text
from surveys.definitions.model import Pressure
from surveys.people.model import PersonKind
from surveys.sending.hours import zone_of
from surveys.sending.model import InvitationFacts
from surveys.sending.order import begins_with_words
from surveys.words import Words

SNOOZE_DAYS = 7


def greeting(facts: InvitationFacts, words: Words) -> str:
    """By first name where there is one; an address or an id is no name."""
    _ = words.gettext
    name = facts.person.first_name.strip()
    plain = name and not any(letter.isdigit() or letter in "@_/" for letter in name)
    hello = _("Hello {name},").format(name=name) if plain else _("Hello,")
    if facts.version.survey.pressure is Pressure.FREE:
        return f"{hello} {_('what would you like to tell us?')}"
    if begins_with_words(facts.version.survey):
        return f"{hello} {_('we would like to hear it in your words.')}"
    return f"{hello} {_('one tap answers this; words are optional.')}"


def promises(facts: InvitationFacts, words: Words) -> Facts:
    """Short lines, because nobody reads long ones before a tap."""
    _ = words.gettext
    rows = [(_("From"), facts.asked_by)]
    survey = facts.version.survey
    if survey.pressure is not Pressure.FREE:
        rows.append((_("Why"), _("to learn what works in working with us, and what to improve")))
    rows += [(_("Takes"), _takes(survey.seconds, words)), (_("Seen by"), _seen_by(facts, words))]
    rows.append((_("Used for"), _("deciding what to improve; never for selling")))
    if facts.closes_at is not None and survey.pressure is not Pressure.FREE:
        zone = zone_of(facts.person.timezone, "UTC").key
        rows.append((_("Open until"), date_text(facts.closes_at, zone, words)))
    return Facts(rows=tuple(rows))


def _takes(seconds: int, words: Words) -> str:
    if seconds < 90:
        return words.ngettext("about {n} second", "about {n} seconds", seconds).format(n=seconds)
    minutes = (seconds + 30) // 60
    return words.ngettext("about {n} minute", "about {n} minutes", minutes).format(n=minutes)


def _seen_by(facts: InvitationFacts, words: Words) -> str:
    _ = words.gettext
    if facts.person.kind is PersonKind.EMPLOYEE:
        return _("the people in charge of customer experience")
    return _(
        "the people in charge of customer experience; your role and company stand beside your words, not your name"
    )


def offers(facts: InvitationFacts, words: Words, *, snoozed: bool = False, answered: bool = False) -> list[Block]:
    """The ways out that make sense in this state."""
    _ = words.gettext
    free = facts.version.survey.pressure is Pressure.FREE
    buttons: list[Button] = []
    if not (snoozed or answered or free):
        label = words.ngettext("Not now, in {n} day", "Not now, in {n} days", SNOOZE_DAYS).format(n=SNOOZE_DAYS)
        buttons.append(Button(label=label, action=Snooze(facts.public_id, SNOOZE_DAYS)))
    if facts.talk_requested_at is None:
        buttons.append(Button(label=_("Talk to a person"), action=TalkToPerson(facts.public_id)))
    if not free:
        buttons.append(Button(label=_("Stop asking me"), action=StopAsking(facts.public_id)))
    return [Buttons(buttons=tuple(buttons))] if buttons else []
