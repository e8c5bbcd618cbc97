"""The message that carries a question to one person, in every state it can be in, and the form of a text-first survey.

It is the only place of its state: the same facts always give the same message. Placeholders stand alone ("From: …"),
because inside a sentence they would break case and gender in other languages.
"""

from datetime import datetime

from bot.actions import Answer, AskAgain, OpenForm, SendText, SkipQuestion, SubmitForm
from bot.messages import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Choice,
    Form,
    Message,
    Option,
    Paragraph,
    Scale,
    TextInput,
    Tone,
)
from bot.views.given import given_blocks, given_line
from bot.views.phrases import date_text, moment_text
from bot.views.promises import greeting, offers, promises
from surveys.definitions.model import ChoiceQuestion, Question, ScoreQuestion, TextQuestion
from surveys.sending.hours import zone_of
from surveys.sending.model import InvitationFacts, InvitationState
from surveys.sending.order import begins_with_words, next_question, score_given
from surveys.words import Words

COMMENT_LIMIT = 10_000
"""Characters of one comment: what the field says, and what is kept."""


def invitation(facts: InvitationFacts, now: datetime, words: Words, *, changing: str = "") -> Message:
    """What the person sees now. `changing`: the key of a question whose answer is being changed."""
    if facts.opted_out:
        return _opted_out(facts, words)
    if facts.state is InvitationState.CANCELLED:
        return _over(facts, words, words.gettext("This question was withdrawn. Nothing needs to be done."))
    if facts.state is InvitationState.CLOSED or (facts.closes_at is not None and now >= facts.closes_at):
        return _closed(facts, words)
    if facts.locks_at is not None and now >= facts.locks_at:
        return _locked(facts, words)
    question = facts.version.survey.question(changing) if changing else None
    if question is not None:
        return _changing(facts, question, words)
    if not facts.answers:
        return _first(facts, now, words)
    following = next_question(facts)
    return _done(facts, words) if following is None else _follow_up(facts, following, words)


def form(facts: InvitationFacts, words: Words) -> Form:
    """Every open question of a text-first survey at once; one answer is enough."""
    _ = words.gettext
    survey, language = facts.version.survey, facts.person.language
    texts = [question for question in survey.questions if isinstance(question, TextQuestion)]
    blocks: list[Block] = []
    if len(texts) > 1:
        blocks.append(Paragraph(text=_("One answer is enough; leave the others empty."), tone=Tone.MUTED))
    blocks += [_input(facts, question, words) for question in texts]
    return Form(
        title=survey.title.in_language(language),
        blocks=tuple(blocks),
        submit_label=_("Send"),
        action=SubmitForm(facts.public_id),
    )


# ── the states ─────────────────────────────────────────────────────────────────────────────────────────────────


def _first(facts: InvitationFacts, now: datetime, words: Words) -> Message:
    """Nothing answered yet: the first question itself, and everything that a person should know before answering."""
    question = next_question(facts)
    if question is None:
        return _done(facts, words)
    snoozed = facts.snoozed_until is not None and facts.snoozed_until > now
    opening = _snoozed_line(facts, words) if snoozed else greeting(facts, words)
    blocks: list[Block] = [Paragraph(text=opening)]
    if facts.context:
        blocks.append(Paragraph(text=words.gettext("About: {context}").format(context=facts.context)))
    if begins_with_words(facts.version.survey):
        blocks += _form_blocks(facts, words)
    else:
        blocks += [*_question_blocks(facts, question, words), *_skip(facts, question, words)]
    blocks += [promises(facts, words), *_talked(facts, words), *offers(facts, words, snoozed=snoozed)]
    text = question.text.in_language(facts.person.language)
    summary = words.gettext("{company}: {question}").format(company=facts.asked_by, question=text)
    return Message(summary=opening if snoozed else summary, blocks=tuple(blocks))


def _form_blocks(facts: InvitationFacts, words: Words) -> list[Block]:
    _ = words.gettext
    survey, language = facts.version.survey, facts.person.language
    texts = [question for question in survey.questions if isinstance(question, TextQuestion)]
    blocks: list[Block] = [Paragraph(text=text.text.in_language(language), tone=Tone.STRONG) for text in texts]
    button = Button(label=_("Write an answer"), action=OpenForm(facts.public_id), style=ButtonStyle.PRIMARY)
    return [*blocks, Buttons(buttons=(button,))]


def _follow_up(facts: InvitationFacts, question: Question, words: Words) -> Message:
    """Something was answered: its state with the way to change it, then the next question in place."""
    _ = words.gettext
    text = question.text.in_language(facts.person.language)
    blocks: list[Block] = [*given_blocks(facts, words), *_question_blocks(facts, question, words)]
    blocks += _skip(facts, question, words)
    blocks += [Paragraph(text=_complete(facts, question, words), tone=Tone.MUTED), *_talked(facts, words)]
    blocks += offers(facts, words, answered=True)
    summary = _("{given} {question}").format(given=given_line(facts, words), question=text)
    return Message(summary=summary, blocks=tuple(blocks))


def _complete(facts: InvitationFacts, following: Question, words: Words) -> str:
    _ = words.gettext
    if score_given(facts) is None or not isinstance(following, TextQuestion):
        return _("Your answer is recorded. This question is optional.")
    return _("Your score is recorded. Words are optional, and you can simply type them here.")


def _changing(facts: InvitationFacts, question: Question, words: Words) -> Message:
    _ = words.gettext
    opening = _("Change your answer. Until you choose, the one you gave stays.")
    keep = [answer.question for answer in facts.answers if answer.question != question.key]
    blocks: list[Block] = [Paragraph(text=opening), *_question_blocks(facts, question, words)]
    blocks += given_blocks(facts, words, only=frozenset(keep))
    blocks += [*_talked(facts, words), *offers(facts, words, answered=True)]
    return Message(summary=f"{opening} {question.text.in_language(facts.person.language)}", blocks=tuple(blocks))


def _done(facts: InvitationFacts, words: Words) -> Message:
    _ = words.gettext
    thanks = _("Thank you. You skipped the question.")
    if facts.answers:
        thanks = _("Thank you. Your answer goes to the people in charge of customer experience.")
    blocks: list[Block] = [Paragraph(text=thanks, tone=Tone.STRONG), *given_blocks(facts, words)]
    if facts.locks_at is not None and facts.answers:
        until = moment_text(facts.locks_at, _zone(facts), words)
        blocks.append(Paragraph(text=_("Can be changed until: {moment}").format(moment=until), tone=Tone.MUTED))
    blocks += [*_talked(facts, words), *offers(facts, words, answered=True)]
    return Message(summary=f"{thanks} {given_line(facts, words)}".strip(), blocks=tuple(blocks))


def _locked(facts: InvitationFacts, words: Words) -> Message:
    _ = words.gettext
    text = _("Thank you. Your answer is kept as it is and can no longer be changed.")
    return _over(facts, words, text)


def _closed(facts: InvitationFacts, words: Words) -> Message:
    _ = words.gettext
    since = date_text(facts.closes_at, _zone(facts), words) if facts.closes_at else ""
    if facts.answers:
        text = _("Thank you. This question is closed, and your answer is kept.")
    elif since:
        text = _("This question is closed. Last day: {day}").format(day=since)
    else:
        text = _("This question is closed.")
    return _over(facts, words, text)


def _over(facts: InvitationFacts, words: Words, text: str) -> Message:
    """Nothing can be answered any more; what was given stays visible, and a person can still be reached."""
    _ = words.gettext
    blocks: list[Block] = [Paragraph(text=text), *given_blocks(facts, words, changeable=False)]
    if not facts.answers:
        blocks.append(Paragraph(text=_("You can still tell us anything: write “feedback”."), tone=Tone.MUTED))
    blocks += [*_talked(facts, words), *offers(facts, words, answered=True)]
    return Message(summary=f"{text} {given_line(facts, words)}".strip(), blocks=tuple(blocks))


def _opted_out(facts: InvitationFacts, words: Words) -> Message:
    _ = words.gettext
    text = _("Understood: you will not be asked again.")
    blocks: list[Block] = [Paragraph(text=text, tone=Tone.STRONG)]
    blocks += given_blocks(facts, words, changeable=False)
    if facts.answers:
        blocks.append(Paragraph(text=_("What you answered before is kept.")))
    blocks.append(Paragraph(text=_("“feedback” still reaches us whenever you like.")))
    blocks += _talked(facts, words)
    again = Button(label=_("Ask me again after all"), action=AskAgain(facts.public_id))
    return Message(summary=text, blocks=(*blocks, Buttons(buttons=(again,))))


def _snoozed_line(facts: InvitationFacts, words: Words) -> str:
    _ = words.gettext
    assert facts.snoozed_until is not None
    day = date_text(facts.snoozed_until, _zone(facts), words)
    return _("Put off. We ask nothing before: {day}. You can still answer here whenever you like.").format(day=day)


def _talked(facts: InvitationFacts, words: Words) -> list[Block]:
    if facts.talk_requested_at is None:
        return []
    _ = words.gettext
    return [Paragraph(text=_("You asked to talk to a person: somebody will get in touch with you."), tone=Tone.STRONG)]


# ── the questions ──────────────────────────────────────────────────────────────────────────────────────────────


def _question_blocks(facts: InvitationFacts, question: Question, words: Words) -> list[Block]:
    _ = words.gettext
    language, given = facts.person.language, facts.answer(question.key)
    text = question.text.in_language(language)
    template = Answer(facts.public_id, question.key)
    match question:
        case ScoreQuestion(scale=scale):
            return [
                Scale(
                    question=text,
                    template=template,
                    low=scale.low,
                    high=scale.high,
                    low_label=scale.low_label.in_language(language),
                    high_label=scale.high_label.in_language(language),
                    selected=given.score if given else None,
                    not_applicable=_("Does not apply"),
                )
            ]
        case ChoiceQuestion(options=options):
            offered = tuple(Option(value=value, label=label.in_language(language)) for value, label in options)
            return [Choice(question=text, template=template, options=offered, selected=given.choice if given else None)]
        case TextQuestion():
            send = Button(label=_("Send"), action=SendText(facts.public_id, question.key), style=ButtonStyle.PRIMARY)
            return [_input(facts, question, words, submit=send)]


def _input(facts: InvitationFacts, question: TextQuestion, words: Words, submit: Button | None = None) -> TextInput:
    _ = words.gettext
    given = facts.answer(question.key)
    return TextInput(
        key=question.key,
        label=question.text.in_language(facts.person.language),
        max_length=COMMENT_LIMIT,
        value=(given.text or "") if given else "",
        placeholder=_("In your own words, in any language"),
        submit=submit,
    )


def _skip(facts: InvitationFacts, question: Question, words: Words) -> list[Block]:
    """A question can always be left out; a score's own way out is “does not apply”."""
    if isinstance(question, ScoreQuestion):
        return []
    button = Button(label=words.gettext("Skip"), action=SkipQuestion(facts.public_id, question.key))
    return [Buttons(buttons=(button,))]


def _zone(facts: InvitationFacts) -> str:
    return zone_of(facts.person.timezone, "UTC").key
