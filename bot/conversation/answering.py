"""Answering an invitation, pure: what a tap, a typed reply or a form does to it.

Everything a button carries is checked again here against the person who used it (threat 6): the invitation must be
theirs and open, the question one of the survey's, the value inside its scale. What is refused changes nothing and
says why; what was recorded before is recorded again without harm.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot import actions
from bot.conversation.decision import Decision, Effect, OptIn, OptOut, RecordAnswer, RequestTalk, Skip, SnoozeUntil
from bot.conversation.state import NOTHING_PENDING, Pending
from bot.messages import Audience, Message, Outcome, Reply
from bot.views import notes
from bot.views.invitation import COMMENT_LIMIT, form, invitation
from surveys.definitions.model import ChoiceQuestion, Scale, ScoreQuestion, TextQuestion
from surveys.people.model import Person
from surveys.sending.model import LOCKS_AFTER, GivenAnswer, InvitationFacts, InvitationState
from surveys.sending.order import next_question
from surveys.words import Words

SNOOZE_DAYS = (1, 90)

AnsweringAction = (
    actions.Answer
    | actions.ChangeAnswer
    | actions.SendText
    | actions.SkipQuestion
    | actions.OpenForm
    | actions.SubmitForm
    | actions.Snooze
)
InvitationAction = AnsweringAction | actions.StopAsking | actions.AskAgain | actions.TalkToPerson


def act(
    facts: InvitationFacts | None,
    action: InvitationAction,
    values: Mapping[str, str],
    *,
    person: Person | None,
    now: datetime,
    words: Words,
) -> Decision:
    """What `action`, used by `person`, does to the invitation it names. `facts` None: there is no such invitation."""
    if facts is None:
        return _note(notes.gone(words))
    if person is None or facts.person.id != person.id:
        return _note(notes.not_yours(words))
    match action:
        case actions.StopAsking():
            return _show(replace(facts, opted_out=True), now, words, OptOut(), pending=NOTHING_PENDING)
        case actions.AskAgain():
            return _show(replace(facts, opted_out=False), now, words, OptIn())
        case actions.TalkToPerson():
            requested = facts.talk_requested_at or now
            effects = () if facts.talk_requested_at else (RequestTalk(),)
            return _show(replace(facts, talk_requested_at=requested), now, words, *effects)
        case _ if not accepts(facts, now):
            return _show(facts, now, words, pending=NOTHING_PENDING)
        case _:
            return _answering(facts, action, values, now, words)


def _answering(
    facts: InvitationFacts, action: AnsweringAction, values: Mapping[str, str], now: datetime, words: Words
) -> Decision:
    """What only an invitation that accepts answers can do."""
    match action:
        case actions.Snooze(days=days):
            until = now + timedelta(days=min(max(days, SNOOZE_DAYS[0]), SNOOZE_DAYS[1]))
            snoozed = replace(facts, snoozed_until=until)
            return _show(snoozed, now, words, SnoozeUntil(until=until), pending=NOTHING_PENDING)
        case actions.ChangeAnswer(question=question):
            return _change(facts, question, now, words)
        case actions.Answer(question=question, value=value):
            return _tap(facts, question, value, now, words)
        case actions.SendText(question=question):
            return _texts(facts, {question: values.get(question, "")}, now, words)
        case actions.SkipQuestion(question=question):
            return _skip(facts, question, now, words)
        case actions.OpenForm():
            return Decision(outcome=Outcome(form=form(facts, words)))
        case actions.SubmitForm():
            asked = {question.key for question in facts.version.survey.questions}
            return _texts(facts, {key: text for key, text in values.items() if key in asked}, now, words)


def reply(facts: InvitationFacts, pending: Pending, text: str, *, now: datetime, words: Words) -> Decision | None:
    """What a typed reply answers: the question that waits for it.

    A bare number while a comment waits is a correction of the score. None when nothing here waits for words.
    """
    if not accepts(facts, now):
        return None
    survey = facts.version.survey
    waiting = survey.question(pending.question)
    if isinstance(waiting, ChoiceQuestion) and (chosen := _choice_named(waiting, text, facts)):
        return _tap(facts, waiting.key, chosen, now, words)
    scored = waiting if isinstance(waiting, ScoreQuestion) else survey.primary_score
    number = spoken_score(text, scored.scale) if scored else None
    if scored and number is not None:
        return _tap(facts, scored.key, str(number), now, words)
    match waiting:
        case ScoreQuestion(scale=scale):
            return _note(notes.not_in_scale(scale.low, scale.high, words))
        case TextQuestion():
            return _texts(facts, {waiting.key: text}, now, words)
        case ChoiceQuestion() | None:
            return None


def accepts(facts: InvitationFacts, now: datetime) -> bool:
    """An answer would be stored now: delivered, inside its window, and not locked since the first answer."""
    if facts.state is not InvitationState.DELIVERED or (facts.closes_at and now >= facts.closes_at):
        return False
    return not (facts.locks_at and now >= facts.locks_at)


_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def spoken_score(text: str, scale: Scale) -> int | None:
    """9 from "9", "9/10", "nine", "９" or "٩" on a scale that holds it; None from anything else.

    "4/5" is no 4 of a scale to 10. What is longer than a number stays a comment.
    """
    # Without what nobody sees, such as the mark that a right-to-left keyboard puts before a number.
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    word = seen.strip().strip(".!").casefold()
    if word in _NUMBERS:
        number: int | None = _NUMBERS.index(word)
    else:
        score, slash, out_of = word.partition("/")
        number = _number(score)
        if slash and _number(out_of) != scale.high:
            return None
    return number if number is not None and number in scale else None


def _number(text: str) -> int | None:
    digits = text.strip()
    return int(digits) if digits.isdecimal() and len(digits) <= 2 else None


def clean(text: str) -> str:
    """A comment as it is kept: line ends unified, control characters gone (PostgreSQL refuses NUL), trimmed."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in unified if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")).strip()


def _tap(facts: InvitationFacts, key: str, value: str, now: datetime, words: Words) -> Decision:
    answer = GivenAnswer(question=key, version=_next_version(facts, key), recorded_at=now)
    question = facts.version.survey.question(key)
    match question:
        case ScoreQuestion(scale=scale):
            if value == "na":
                return _record(facts, (replace(answer, not_applicable=True),), now, words)
            if value.isascii() and value.isdigit() and len(value) <= 2 and int(value) in scale:
                return _record(facts, (replace(answer, score=int(value)),), now, words)
            return _note(notes.not_in_scale(scale.low, scale.high, words))
        case ChoiceQuestion(options=options):
            if value in dict(options):
                return _record(facts, (replace(answer, choice=value),), now, words)
            return _note(notes.unreadable(words))
        case TextQuestion() | None:
            return _note(notes.unreadable(words))


def _texts(facts: InvitationFacts, texts: Mapping[str, str], now: datetime, words: Words) -> Decision:
    answers: list[GivenAnswer] = []
    for key, text in texts.items():
        match facts.version.survey.question(key):
            case TextQuestion():
                kept = clean(text)
                if len(kept) > COMMENT_LIMIT:
                    return _note(notes.too_long(len(kept), COMMENT_LIMIT, words))
                if kept:
                    version = _next_version(facts, key)
                    answers.append(GivenAnswer(question=key, version=version, recorded_at=now, text=kept))
            case ScoreQuestion() | ChoiceQuestion() | None:
                return _note(notes.unreadable(words))
    if not answers:
        return _note(notes.empty(words))
    return _record(facts, tuple(answers), now, words)


def _record(facts: InvitationFacts, answers: tuple[GivenAnswer, ...], now: datetime, words: Words) -> Decision:
    changed = tuple(answer for answer in answers if not _same(facts.answer(answer.question), answer))
    after = facts
    for answer in changed:
        after = with_answer(after, answer, now)
    effects = tuple(RecordAnswer(answer=answer) for answer in changed)
    return _show(after, now, words, *effects, pending=_waiting(after))


def _change(facts: InvitationFacts, key: str, now: datetime, words: Words) -> Decision:
    if facts.version.survey.question(key) is None:
        return _note(notes.unreadable(words))
    message = invitation(facts, now, words, changing=key)
    return Decision(outcome=_in_place(message), pending=Pending(invitation=facts.public_id, question=key))


def _skip(facts: InvitationFacts, key: str, now: datetime, words: Words) -> Decision:
    if facts.version.survey.question(key) is None:
        return _note(notes.unreadable(words))
    if facts.answer(key) is not None:
        # The button of an older card: what was said meanwhile is kept.
        return _show(facts, now, words, pending=_waiting(facts))
    after = replace(facts, skipped_questions=facts.skipped_questions | {key})
    return _show(after, now, words, Skip(question=key), pending=_waiting(after))


def with_answer(facts: InvitationFacts, answer: GivenAnswer, now: datetime) -> InvitationFacts:
    """The facts as they will be once `answer` is stored."""
    others = tuple(given for given in facts.answers if given.question != answer.question)
    return replace(
        facts,
        answers=(*others, answer),
        submitted_at=facts.submitted_at or now,
        locks_at=facts.locks_at or now + LOCKS_AFTER,
        skipped_questions=facts.skipped_questions - {answer.question},
    )


def _waiting(facts: InvitationFacts) -> Pending:
    question = next_question(facts)
    return Pending(invitation=facts.public_id, question=question.key) if question else NOTHING_PENDING


def _next_version(facts: InvitationFacts, key: str) -> int:
    given = facts.answer(key)
    return given.version + 1 if given else 1


def _same(given: GivenAnswer | None, answer: GivenAnswer) -> bool:
    return given is not None and given == replace(answer, version=given.version, recorded_at=given.recorded_at)


def _choice_named(question: ChoiceQuestion, text: str, facts: InvitationFacts) -> str | None:
    wanted = text.strip().casefold()
    for value, label in question.options:
        if wanted in (value.casefold(), label.in_language(facts.person.language).casefold()):
            return value
    return None


def _show(
    facts: InvitationFacts, now: datetime, words: Words, *effects: Effect, pending: Pending | None = None
) -> Decision:
    return Decision(outcome=_in_place(invitation(facts, now, words)), effects=effects, pending=pending)


def _in_place(message: Message) -> Outcome:
    return Outcome(reply=Reply(message=message, audience=Audience.IN_PLACE))


def _note(message: Message) -> Decision:
    return Decision(outcome=Outcome(reply=Reply(message=message, audience=Audience.SENDER)))
