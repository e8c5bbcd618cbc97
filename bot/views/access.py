"""Granting and revoking, in words: the answer to whoever did it, and what all CX leads are told."""

from collections.abc import Sequence

from bot.actions import RunCommand
from bot.commands.results import Granted, Revoked
from bot.messages import Button, Buttons, Message, Paragraph
from surveys.people.model import Permission, Person
from surveys.words import Words

MOST_NAMED = 5


def _say(text: str) -> Message:
    return Message(summary=text, blocks=(Paragraph(text=text),))


def grant_answer(done: Granted, words: Words) -> Message:
    _ = words.gettext
    if not done.new:
        return _say(_("Nothing to do, this person is a CX lead already: {name}").format(name=done.person.name))
    return _say(_("Done. CX lead from now on: {name}. Every CX lead is being told.").format(name=_named(done.person)))


def granted(person: Person, granted_by: Person, permission: str, words: Words) -> Message:
    """Told to every CX lead, also to the new one."""
    _ = words.gettext
    what = _("CX lead") if permission == Permission.CX_LEAD else permission
    text = _("New {permission}: {name}. Granted by: {by}.").format(
        permission=what, name=_named(person), by=granted_by.name
    )
    more = _("CX leads see every figure and send surveys. If this surprises you, speak to whoever granted it.")
    buttons = (Button(label=_("Help"), action=RunCommand("help")),)
    return Message(summary=text, blocks=(Paragraph(text=text), Paragraph(text=more), Buttons(buttons=buttons)))


def revoke_answer(done: Revoked, words: Words) -> Message:
    _ = words.gettext
    name = _named(done.person)
    if not done.held:
        return _say(_("Nothing to do, this person is no CX lead: {name}").format(name=name))
    if done.last:
        text = _("Not done: {name} is the only CX lead, and nobody could make another one. Grant it to somebody first.")
        return _say(text.format(name=name))
    return _say(_("Done. CX lead no longer: {name}. Every CX lead is being told.").format(name=name))


def revoked(person: Person, revoked_by: Person, permission: str, words: Words) -> Message:
    """Told to every CX lead, also to the one who is none any more."""
    _ = words.gettext
    what = _("CX lead") if permission == Permission.CX_LEAD else permission
    text = _("No longer {permission}: {name}. Revoked by: {by}.").format(
        permission=what, name=_named(person), by=revoked_by.name
    )
    more = _("If this surprises you, speak to whoever revoked it. Any CX lead can grant it again.")
    return Message(summary=text, blocks=(Paragraph(text=text), Paragraph(text=more)))


def which_person(text: str, found: Sequence[Person], words: Words) -> Message:
    """Nobody, or more than one: named exactly, because a permission must not go to a namesake."""
    _ = words.gettext
    if not found:
        return _say(_("Nobody is known by that name or e-mail address: {text}").format(text=text[:80]))
    names = ", ".join(_named(person) for person in found[:MOST_NAMED])
    names = _("{names} and more").format(names=names) if len(found) > MOST_NAMED else names
    return _say(_("Several people could be meant: {names}. Use the e-mail address.").format(names=names))


def employees_only(person: Person, words: Words) -> Message:
    _ = words.gettext
    return _say(_("Only an employee can be a CX lead. Not an employee: {name}").format(name=_named(person)))


def needs_a_person(words: Words) -> Message:
    """The operator's shell has no name that an announcement could give."""
    _ = words.gettext
    return _say(_("Grant it in the chat, as yourself: every CX lead is told who granted it."))


def _named(person: Person) -> str:
    return f"{person.name} ({person.email})" if person.email else person.name
