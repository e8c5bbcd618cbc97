"""`grant @person cx_lead` and `revoke @person`: CX leads make and unmake one another, and all of them are told."""

import re
from dataclasses import dataclass

from bot.commands.advice import Mistake, shown
from bot.commands.declaration import Base, Entry, Example, Family, Line
from surveys.people.model import Permission
from surveys.words import N_

_LEAD = re.compile(r"(?:^|\s)(?:to\s+|as\s+)?(?:a\s+)?cx[ _-]?lead(?=\s|$)", re.IGNORECASE)
_ADMINISTRATOR = re.compile(r"(?:^|\s)(?:an?\s+)?admin(?:istrator)?(?=\s|$)", re.IGNORECASE)
_SLACK_USER = re.compile(r"<@([^|>]+)(?:\|[^>]*)?>")
_AROUND_A_NAME = "\"'“”„‘’«»@ "


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantCommand(Base):
    """`person`: a name, an e-mail address or a platform's user id, as typed, without `@` in front."""

    person: str
    permission: Permission = Permission.CX_LEAD

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        return f"grant @{self.person} {self.permission}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeCommand(Base):
    """`person` as in `GrantCommand`."""

    person: str
    permission: Permission = Permission.CX_LEAD

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        return f"revoke @{self.person} {self.permission}"


def parse(line: Line) -> GrantCommand | Mistake:
    _ = line.words.gettext
    tail = " ".join(line.tail.split())
    if _ADMINISTRATOR.search(tail) and not _LEAD.search(tail):
        person = _person(_ADMINISTRATOR.sub(" ", tail))
        problem = _("Administrators are named in the settings (CX_ADMINS); here only cx_lead is granted.")
        return _put_right(problem, person)
    person = _person(_LEAD.sub(" ", tail, count=1))
    if not person:
        return _put_right(_("To whom? Name a person, by name, e-mail address or mention."), "")
    if not _LEAD.search(tail):
        problem = _("What may “{person}” become? There is cx_lead: sees every figure and sends surveys.").format(
            person=shown(person)
        )
        return _put_right(problem, person)
    return GrantCommand(person=person)


def parse_revocation(line: Line) -> RevokeCommand | Mistake:
    """There is one permission to take away, so that it need not be named."""
    _ = line.words.gettext
    person = _person(_LEAD.sub(" ", " ".join(line.tail.split()), count=1))
    if person:
        return RevokeCommand(person=person)
    near = f"revoke @person@company.com {Permission.CX_LEAD}"
    problem = _("From whom? Name a person, by name, e-mail address or mention.")
    return Mistake(problem=problem, suggestion=near, example=near)


def _person(text: str) -> str:
    text = " ".join(text.split()).strip(_AROUND_A_NAME)
    if slack := _SLACK_USER.fullmatch(text):
        return slack[1]
    return text[:200].strip(_AROUND_A_NAME)


def _put_right(problem: str, person: str) -> Mistake:
    near = f"grant @{person or 'person@company.com'} {Permission.CX_LEAD}"
    return Mistake(problem=problem, suggestion=near, example=near)


ENTRIES = (
    Entry(
        subject="grant",
        family=Family.PEOPLE,
        usage="grant @PERSON cx_lead",
        help=N_("Makes somebody a CX lead; every CX lead is told."),
        examples=(Example(text="grant @person@company.com cx_lead", meaning=N_("By e-mail address, name or mention")),),
        parser=parse,
    ),
    Entry(
        subject="revoke",
        family=Family.PEOPLE,
        usage="revoke @PERSON cx_lead",
        help=N_("Makes somebody a CX lead no longer; every CX lead is told."),
        examples=(
            Example(text="revoke @person@company.com cx_lead", meaning=N_("By e-mail address, name or mention")),
        ),
        parser=parse_revocation,
    ),
)
