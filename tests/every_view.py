"""Whatever the bot can say: every view of `bot/views`, with a text of a person's in every place that can hold one.

`python -m tests.every_view` prints each as Slack gets it, one JSON line for each message or view,
for a check by somebody else's rules.
"""

import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module

import bot.views
from adapters.slack.blocks import Node
from adapters.slack.heard import Origin, metadata_of
from adapters.slack.render import render_form, render_home, render_message
from bot.actions import SubmitForm
from bot.commands.advice import Advice
from bot.commands.grammar import parse
from bot.commands.registry import ENTRIES
from bot.commands.results import (
    Granted,
    Revoked,
    ScheduledSummary,
)
from bot.messages import Form, Message
from bot.views import access, advice, help, notes, posting, send_preview, subscriptions, waves
from bot.views import invitation as invitations
from surveys.definitions.loader import shipped
from surveys.definitions.model import ChoiceQuestion, ScoreQuestion, Survey, SurveyVersion, TextQuestion
from surveys.errors import Undeliverable
from surveys.insight.figures import Withheld
from surveys.people.model import Permission, Person, PersonKind, Role
from surveys.sending.model import (
    Asked,
    GivenAnswer,
    InvitationFacts,
    InvitationState,
    Skipped,
    SkipReason,
    Wave,
    WavePlan,
    WaveState,
)
from surveys.words import ENGLISH
from tests.every_figure import figures, spoken
from tests.threats.hostile import COMMENT_OF_10_000, HOSTILE, UNSTORABLE
from tests.threats.test_hostile_text import every_block

Shown = Message | Form

NOW = datetime(2026, 7, 6, 7, 5, tzinfo=UTC)
ZONE = "Europe/Warsaw"
EXTREMES: Mapping[str, str] = {
    "an ordinary name": "Nordhavn Tools",
    "nothing": "",
    "blanks": " \u200b\u2007 ",
    "the longest comment": COMMENT_OF_10_000,
    "what grows when it is escaped": "&<>" * 1_200,
    "four bytes each": "😀" * 5_000,
    "one long word": "x" * 10_000,
    "a thousand lines": "line\n" * 1_000,
    "fences": "```\n`` ` ```" * 300,
    "everything hostile": " ".join(HOSTILE.values()),
    "everything that cannot be stored": "".join(UNSTORABLE.values()),
}
"""One by one, what is hostile is tried with every kind of block elsewhere (test_render)."""
PEOPLE = 60


def views() -> dict[str, Callable[..., Shown]]:
    """Every public function of `bot.views` that makes a message or a form, by "module.function"."""
    found: dict[str, Callable[..., Shown]] = {}
    for module in pkgutil.iter_modules(bot.views.__path__):
        loaded = import_module(f"bot.views.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            made = inspect.signature(function).return_annotation
            if function.__module__ == loaded.__name__ and not name.startswith("_") and made in (Message, Form):
                found[f"{module.name}.{name}"] = function
    return found


def every_view(text: str, *, thorough: bool = False) -> dict[str, list[Shown]]:
    """What each of them makes, with `text` as whatever people are called, typed or wrote.

    `thorough`: with every metric and with every size of numbers.
    """
    return {
        **_access(text),
        **_advice(text),
        **_notes(text),
        **_posting(text),
        **_invitations(text),
        **_sending(text),
        **_subscriptions(text),
        **figures(text, thorough=thorough),
    }


# ── people and surveys ─────────────────────────────────────────────────────────────────────────────────────────


def somebody(text: str, number: int = 1, kind: PersonKind = PersonKind.CONTACT) -> Person:
    return Person(
        id=number, public_id=f"p{number}", kind=kind, name=text, email=text, language="en", timezone=ZONE,
        account=text, role=Role.DECISION_MAKER,
    )  # fmt: skip


def facts(survey: Survey, text: str, *given: GivenAnswer, **changes: object) -> InvitationFacts:
    known = InvitationFacts(
        id=1, public_id="i" * 22, version=SurveyVersion(id=1, public_id="v", number=1, survey=survey),
        person=somebody(text), state=InvitationState.DELIVERED, asked_by=text, context=text, touchpoint=text,
        created_at=NOW, delivered_at=NOW, closes_at=NOW + timedelta(days=14),
        submitted_at=NOW if given else None, locks_at=NOW + timedelta(hours=24) if given else None,
        opted_out=False, snoozed_until=None, talk_requested_at=None, answers=given,
    )  # fmt: skip
    return replace(known, **changes)  # type: ignore[arg-type]


def given_to(survey: Survey, text: str) -> tuple[GivenAnswer, ...]:
    """An answer to each question."""
    found = []
    for question in survey.questions:
        answer = GivenAnswer(question=question.key, version=1, recorded_at=NOW)
        match question:
            case ScoreQuestion(scale=scale):
                found.append(replace(answer, score=scale.high))
            case ChoiceQuestion(options=options):
                found.append(replace(answer, choice=options[0][0]))
            case TextQuestion():
                found.append(replace(answer, text=text))
    return tuple(found)


def _access(text: str) -> dict[str, list[Shown]]:
    person, by = somebody(text, kind=PersonKind.EMPLOYEE), somebody(text, 2, PersonKind.EMPLOYEE)
    crowd = [somebody(text, number) for number in range(9)]
    return {
        "access.grant_answer": [
            access.grant_answer(Granted(person=person, by=by, new=new), ENGLISH) for new in (True, False)
        ],
        "access.granted": [access.granted(person, by, permission, ENGLISH) for permission in ("cx_lead", text)],
        "access.revoke_answer": [
            access.revoke_answer(Revoked(person=person, held=held, last=last), ENGLISH)
            for held, last in ((True, False), (False, False), (True, True))
        ],
        "access.revoked": [access.revoked(person, by, permission, ENGLISH) for permission in ("cx_lead", text)],
        "access.which_person": [access.which_person(text, found, ENGLISH) for found in ([], crowd)],
        "access.employees_only": [access.employees_only(person, ENGLISH)],
        "access.needs_a_person": [access.needs_a_person(ENGLISH)],
    }


def _advice(text: str) -> dict[str, list[Shown]]:
    mistyped = [parse(f"{start} {text}") for start in ("", "nps", "send", "summary weekly", "grant", "why")]
    topics = ["", "periods", "filters", text, *(entry.subject for entry in ENTRIES)]
    return {
        "advice.mistake": [advice.mistake(read, ENGLISH) for read in mistyped if isinstance(read, Advice)]
        or [advice.refused(text, ENGLISH, employee=True)],
        "advice.refused": [advice.refused(text, ENGLISH, employee=employee) for employee in (True, False)],
        "advice.withheld": [advice.withheld(Withheld(reason=text), ENGLISH)],
        "help.help_message": [
            help.help_message(topic, permissions, ENGLISH)
            for topic in topics
            for permissions in (frozenset[Permission](), frozenset(Permission))
        ],
    }


def _notes(text: str) -> dict[str, list[Shown]]:
    survey = next(iter(shipped()))
    return {
        "notes.not_yours": [notes.not_yours(ENGLISH)],
        "notes.gone": [notes.gone(ENGLISH)],
        "notes.unreadable": [notes.unreadable(ENGLISH)],
        "notes.not_in_scale": [notes.not_in_scale(0, 10, ENGLISH)],
        "notes.too_long": [notes.too_long(10**9, 10_000, ENGLISH)],
        "notes.empty": [notes.empty(ENGLISH)],
        "notes.failure": [notes.failure(text, ENGLISH)],
        "notes.unavailable": [notes.unavailable(ENGLISH)],
        "notes.unknown_workspace": [notes.unknown_workspace(ENGLISH)],
        "notes.unknown_sender": [notes.unknown_sender(text, ENGLISH)],
        "notes.asked_here": [notes.asked_here(ENGLISH)],
        "notes.welcome": [notes.welcome(ENGLISH)],
        "notes.nothing_open": [notes.nothing_open(ENGLISH)],
        "notes.not_understood": [notes.not_understood(text, ENGLISH)],
        "notes.talk_request": [notes.talk_request(facts(survey, text), ENGLISH)],
    }


def _posting(text: str) -> dict[str, list[Shown]]:
    return {
        "posting.begun": [posting.begun(channel, ENGLISH) for channel in (text, "")],
        "posting.nobody_else": [posting.nobody_else(ENGLISH)],
        "posting.gone": [posting.gone(ENGLISH)],
        "posting.refused": [posting.refused(text, reason, ENGLISH) for reason in Undeliverable],
    }


def _invitations(text: str) -> dict[str, list[Shown]]:
    found: list[Shown] = []
    forms: list[Shown] = []
    for survey in shipped():
        answered = given_to(survey, text)
        states = [
            facts(survey, text),
            *(facts(survey, text, *answered[:number]) for number in range(1, len(answered) + 1)),
            facts(survey, text, *answered, opted_out=True),
            facts(survey, text, *answered, talk_requested_at=NOW),
            facts(survey, text, *answered, locks_at=NOW - timedelta(hours=1)),
            facts(survey, text, snoozed_until=NOW + timedelta(days=7)),
            *(facts(survey, text, *answered, state=state) for state in InvitationState),
        ]
        found += [invitations.invitation(state, NOW, ENGLISH) for state in states]
        found += [
            invitations.invitation(facts(survey, text, *answered), NOW, ENGLISH, changing=question.key)
            for question in survey.questions
        ]
        forms += [invitations.form(state, ENGLISH) for state in states[:2]]
    return {"invitation.invitation": found, "invitation.form": forms}


def _sending(text: str) -> dict[str, list[Shown]]:
    survey = next(iter(shipped()))
    version = SurveyVersion(id=1, public_id="v", number=1, survey=survey)
    audience = f'account:"{spoken(text)}"'
    wave = Wave(
        id=1, public_id="w" * 22, version=version, state=WaveState.DRAFT, audience=audience, created_by=1,
        created_at=NOW, confirmed_at=None, closes_at=NOW + timedelta(days=14), members=PEOPLE,
    )  # fmt: skip
    plan = WavePlan(
        asked=tuple(
            Asked(person=somebody(f"{text}{n}", n), due_at=NOW + timedelta(hours=n % 5)) for n in range(PEOPLE)
        ),
        skipped=tuple(
            Skipped(person=somebody(f"{text}{n}", n), reason=reason, until=NOW + timedelta(days=n))
            for reason in SkipReason
            for n in range(PEOPLE)
        ),
    )
    states = [replace(wave, state=state, confirmed_at=NOW) for state in WaveState]
    under_way = [
        replace(state, delivered=10**6, answered=10**5, leaving=leaving) for state in states for leaving in (0, 1, 9)
    ]
    unreached = replace(wave, unreached=tuple((reason, 10**6) for reason in Undeliverable))
    show = send_preview
    return {
        "send_preview.preview": [
            show.preview(wave, version, text, plan, NOW, ZONE, ENGLISH),
            show.preview(None, version, text, replace(plan, asked=()), NOW, ZONE, ENGLISH),
        ],
        "waves.sent": [waves.sent(states[1], plan, ZONE, ENGLISH)],
        "waves.state": [waves.state(state, ZONE, ENGLISH) for state in (*states, *under_way)],
        "waves.listing": [
            waves.listing(known, ZONE, ENGLISH) for known in ([], [*states, *under_way], [unreached] * PEOPLE)
        ],
        "send_preview.outdated": [show.outdated(wave, ENGLISH)],
        "send_preview.gone": [show.gone(ENGLISH)],
        "send_preview.nobody": [show.nobody(text, ENGLISH)],
        "send_preview.anonymous_refused": [show.anonymous_refused(each, ENGLISH) for each in shipped()],
        "send_preview.unprompted_only": [show.unprompted_only(each, ENGLISH) for each in shipped()],
        "send_preview.surveys": [show.surveys(known, ENGLISH) for known in ([], [survey] * 40, shipped())],
    }


def _subscriptions(text: str) -> dict[str, list[Shown]]:
    known = ScheduledSummary(public_id="s" * 22, channel=text, weekday=6, hour=23, minute=59, next_due_at=NOW)
    show = subscriptions
    return {
        "subscriptions.started": [show.started(known, ZONE, ENGLISH)],
        "subscriptions.stopped": [show.stopped(replace(known, channel=text[:300]), ENGLISH)],
        "subscriptions.gone": [show.gone(ENGLISH)],
        "subscriptions.none_there": [show.none_there(text, ENGLISH)],
        "subscriptions.unknown_channel": [
            show.unknown_channel(text, channels, ENGLISH) for channels in ([], [text] * 9)
        ],
        "subscriptions.refused": [
            show.refused(text, reason, running, ENGLISH) for reason in Undeliverable for running in ("s" * 22, None)
        ],
        "subscriptions.listed": [show.listed(summaries, ZONE, ENGLISH) for summaries in ([], [known] * 60)],
    }


# ── as Slack gets them ─────────────────────────────────────────────────────────────────────────────────────────


def rendered(shown: Shown) -> Node:
    """A message's text and blocks, or a form's modal with what it remembers."""
    if isinstance(shown, Form):
        origin = Origin(action=shown.action, channel="D" * 20, message="1783321200.000200", direct=True)
        return render_form(shown, metadata=metadata_of(origin))
    made = render_message(shown)
    return {"type": "message", "text": made.text, "blocks": made.blocks}


def everything(texts: Mapping[str, str] = EXTREMES) -> Iterator[Node]:
    """Every view with every text, then every kind of block in a message, in a form and on the Home tab."""
    for number, text in enumerate(texts.values()):
        for shown in every_view(text, thorough=number == 0).values():
            yield from map(rendered, shown)
        message = Message(summary=text, blocks=every_block(text))
        yield rendered(message)
        yield rendered(Form(title=text, blocks=every_block(text), submit_label=text, action=SubmitForm("inv")))
        yield render_home([message, message])


if __name__ == "__main__":
    for node in everything():
        sys.stdout.write(json.dumps(node, ensure_ascii=True) + "\n")
