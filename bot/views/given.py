"""What a person has answered so far, as they see it: always visible, always with the way to change it."""

from bot.actions import ChangeAnswer
from bot.messages import Block, Button, Buttons, Paragraph, Quote, Tone
from surveys.definitions.model import ChoiceQuestion, ScoreQuestion, TextQuestion
from surveys.sending.model import GivenAnswer, InvitationFacts
from surveys.sending.order import ordered_questions, score_given
from surveys.words import Words


def given_blocks(
    facts: InvitationFacts, words: Words, *, changeable: bool = True, only: frozenset[str] | None = None
) -> list[Block]:
    """“You answered 9” with a button to change it, for each answer in the order asked. `only`: of these questions."""
    blocks: list[Block] = []
    for answer in _in_order(facts):
        if only is not None and answer.question not in only:
            continue
        blocks.append(Paragraph(text=_question_text(facts, answer), tone=Tone.MUTED))
        blocks += _shown(facts, answer, words)
        if changeable:
            button = Button(label=_change_label(answer, words), action=ChangeAnswer(facts.public_id, answer.question))
            blocks.append(Buttons(buttons=(button,)))
    return blocks


def _change_label(answer: GivenAnswer, words: Words) -> str:
    """Says what is changed, so that several of these buttons can be told apart by ear."""
    _ = words.gettext
    if answer.text is not None:
        return _("Change my words")
    return _("Change my choice") if answer.choice is not None else _("Change my score")


def given_line(facts: InvitationFacts, words: Words) -> str:
    """The score, or that something was recorded, in one short sentence; empty where nothing was answered."""
    _ = words.gettext
    if not facts.answers:
        return ""
    scored = next((answer for answer in _in_order(facts) if answer.text is None), None)
    return _answer_text(facts, scored, words) if scored else _("Your words are recorded.")


def _in_order(facts: InvitationFacts) -> list[GivenAnswer]:
    asked = [question.key for question in ordered_questions(facts.version.survey, score_given(facts))]
    return sorted(facts.answers, key=lambda answer: asked.index(answer.question) if answer.question in asked else 99)


def _question_text(facts: InvitationFacts, answer: GivenAnswer) -> str:
    question = facts.version.survey.question(answer.question)
    return question.text.in_language(facts.person.language) if question else ""


def _shown(facts: InvitationFacts, answer: GivenAnswer, words: Words) -> list[Block]:
    if answer.text is not None:
        return [Quote(text=answer.text, by=words.gettext("your words"))]
    return [Paragraph(text=_answer_text(facts, answer, words), tone=Tone.STRONG)]


def _answer_text(facts: InvitationFacts, answer: GivenAnswer, words: Words) -> str:
    _ = words.gettext
    if answer.not_applicable:
        return _("You answered: does not apply.")
    question = facts.version.survey.question(answer.question)
    match question:
        case ScoreQuestion():
            return _("You answered {score}.").format(score=answer.score)
        case ChoiceQuestion(options=options):
            label = dict(options).get(answer.choice or "")
            chosen = label.in_language(facts.person.language) if label else answer.choice
            return _("You answered: {choice}").format(choice=chosen)
        case TextQuestion() | None:
            return _("You answered.")
