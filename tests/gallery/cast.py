"""Halden Systems as the gallery shows it: who asks, who is asked, which surveys, and what was answered."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from bot.demo.dates import COMPANY, TIMEZONE, TODAY, ZONE
from bot.demo.employees import DOMAIN
from bot.demo.names import mailbox
from surveys.definitions.loader import shipped
from surveys.definitions.model import ChoiceQuestion, ScoreQuestion, Survey, SurveyVersion
from surveys.people.model import Permission, Person, PersonKind, Role
from surveys.sending.model import GivenAnswer, InvitationFacts, InvitationState

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 9, 5, tzinfo=ZONE)
SURVEYS = {survey.key: survey for survey in shipped()}


def contact(number: int, name: str, role: Role, account: str) -> Person:
    email = f"{mailbox(name)}@{'-'.join(re.findall('[a-z]+', account.lower()))}.example"
    return Person(
        id=number, public_id=f"contact{number}", kind=PersonKind.CONTACT, name=name, email=email, language="en",
        timezone=TIMEZONE, account=account, role=role,
    )  # fmt: skip


def employee(number: int, name: str, *permissions: Permission) -> Person:
    return Person(
        id=number, public_id=f"employee{number}", kind=PersonKind.EMPLOYEE, name=name, language="en", timezone=TIMEZONE,
        email=f"{mailbox(name)}@{DOMAIN}", permissions=frozenset(permissions),
    )  # fmt: skip


JONAS = contact(1, "Jonas Feld", Role.TECHNICAL, "Acme")
KATHARINA = contact(2, "Katharina Brandt", Role.DECISION_MAKER, "Falkenried Handel")
MARTA = contact(3, "Marta Zielińska", Role.FINANCE, "Nordhavn Tools")
PRIYA = contact(4, "Priya Raman", Role.TECHNICAL, "Acme")
YUSUF = contact(5, "Yusuf Haddad", Role.TECHNICAL, "Kestrel Foods")
OKSANA = contact(6, "Oksana Melnyk", Role.OPERATIONS, "Podilska Torhova")
ELEANOR = contact(7, "Eleanor Pike", Role.DECISION_MAKER, "Harrow & Pike Retail")
MARCUS = contact(8, "Marcus Oyelaran", Role.DECISION_MAKER, "Acme")

HANNA = employee(21, "Hanna Lindqvist", Permission.CX_LEAD)
ANIKA = employee(22, "Anika Sommer")
NADIA = employee(23, "Nadia Petrenko")
NADIA_TOO = employee(24, "Nadia Petrov")


def version(key: str) -> SurveyVersion:
    return SurveyVersion(id=1, public_id=key, number=1, survey=SURVEYS[key])


def asked(key: str, person: Person, *, about: str = "", days_ago: int = 0) -> InvitationFacts:
    """An invitation that the person has and has not answered."""
    survey = SURVEYS[key]
    delivered = NOW - timedelta(days=days_ago)
    return InvitationFacts(
        id=1, public_id=f"{key}-{person.public_id}", version=version(key), person=person,
        state=InvitationState.DELIVERED, asked_by=COMPANY, context=about, touchpoint=None, created_at=delivered,
        delivered_at=delivered, closes_at=delivered + survey.window, submitted_at=None, locks_at=None, opted_out=False,
        snoozed_until=None, talk_requested_at=None,
    )  # fmt: skip


def answered(facts: InvitationFacts, *values: int | str | None) -> InvitationFacts:
    """With an answer to each question in turn: a score, an option's key, words; None is “does not apply”."""
    survey = facts.version.survey
    answers = tuple(_answer(survey, place, value) for place, value in enumerate(values))
    return replace(facts, answers=answers, submitted_at=NOW, locks_at=NOW + timedelta(hours=24))


def _answer(survey: Survey, place: int, value: int | str | None) -> GivenAnswer:
    question = survey.questions[place]
    answer = GivenAnswer(question=question.key, version=1, recorded_at=NOW)
    match question:
        case _ if value is None:
            return replace(answer, not_applicable=True)
        case ScoreQuestion():
            assert isinstance(value, int)
            return replace(answer, score=value)
        case ChoiceQuestion():
            return replace(answer, choice=str(value))
        case _:
            return replace(answer, text=str(value))
