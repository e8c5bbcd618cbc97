"""How a survey begins, and which of its questions comes next, given what was answered."""

from surveys.definitions.model import Question, Survey, TextQuestion
from surveys.sending.model import InvitationFacts


def ordered_questions(survey: Survey, score: int | None) -> tuple[Question, ...]:
    """The questions in the order asked: scores and choices first, then texts, an urgent text before the others.

    A text with `first_below` comes first when the survey's score is below it ("What should we improve?").
    A survey without a score keeps the order of its file.
    """
    if survey.primary_score is None:
        return survey.questions
    closed = [question for question in survey.questions if not isinstance(question, TextQuestion)]
    texts = [question for question in survey.questions if isinstance(question, TextQuestion)]
    if score is not None:
        texts.sort(key=lambda text: not (text.first_below is not None and score < text.first_below))
    return (*closed, *texts)


def begins_with_words(survey: Survey) -> bool:
    """Nothing to tap first: such a survey opens a form with all its texts at once."""
    return survey.primary_score is None and isinstance(survey.questions[0], TextQuestion)


def score_given(facts: InvitationFacts) -> int | None:
    question = facts.version.survey.primary_score
    answer = facts.answer(question.key) if question else None
    return answer.score if answer else None


def next_question(facts: InvitationFacts) -> Question | None:
    """The first question that is neither answered nor skipped; None when the survey is done."""
    for question in ordered_questions(facts.version.survey, score_given(facts)):
        if isinstance(question, TextQuestion) and _does_not_apply(facts):
            continue
        if facts.answer(question.key) is None and question.key not in facts.skipped_questions:
            return question
    return None


def _does_not_apply(facts: InvitationFacts) -> bool:
    """The score was answered with "does not apply": there is no reason for a score to ask for."""
    question = facts.version.survey.primary_score
    answer = facts.answer(question.key) if question else None
    return answer is not None and answer.not_applicable
