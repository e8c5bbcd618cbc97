"""What must hold between the parts of a survey, beyond each part being well written. Breaking one is a fault."""

import re

from surveys.definitions.faults import Faults
from surveys.definitions.model import (
    ChoiceQuestion,
    Metric,
    Privacy,
    Question,
    Respondents,
    ScoreQuestion,
    Survey,
    TextQuestion,
)
from surveys.definitions.source import Section

SCALES: dict[Metric, tuple[int, int]] = {
    Metric.NPS: (0, 10),
    Metric.ENPS: (0, 10),
    Metric.CSAT: (1, 5),
    Metric.CES: (1, 7),
    Metric.CONTINUE: (0, 10),
}
"""The one scale that a metric's formula is made for (product vocabulary: metrics)."""

DOES_NOT_APPLY = "na"
"""The value of the choice "does not apply", which every closed question offers by itself."""

RESERVED_KEYS = frozenset({"cx", "origin", "msteams"})
"""Names that stand beside the answers in what a form sends back: a question called so could not be told from them."""

_VALUE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def check_question(question: Question, section: Section) -> None:
    """Adds a fault to `section` for every rule that this question alone breaks."""
    match question:
        case ScoreQuestion():
            _check_score(question, section)
        case ChoiceQuestion():
            _check_choice(question, section)
        case TextQuestion():
            pass


def _check_score(question: ScoreQuestion, section: Section) -> None:
    if question.metric is None:
        return
    low, high = SCALES[question.metric]
    if (question.scale.low, question.scale.high) != (low, high):
        section.fault(
            "scale",
            f"{question.metric} is asked from {low} to {high}, not from {question.scale.low} to {question.scale.high}.",
            "Change the scale, or leave out `metric`.",
        )
    if question.lower_is_better:
        section.fault("direction", f"In {question.metric} more is better.", "Leave out `direction`, or `metric`.")


def _check_choice(question: ChoiceQuestion, section: Section) -> None:
    for value, _ in question.options:
        if not _VALUE.fullmatch(value):
            section.fault("options", f"“{value[:40]}” cannot be a value.", "Use lower-case letters, digits, - and _.")
        elif value == DOES_NOT_APPLY:
            section.fault(
                "options", f"“{DOES_NOT_APPLY}” is taken.", "“Does not apply” is offered by itself: leave it out."
            )


def check_survey(survey: Survey, lines: tuple[int, ...], faults: Faults, root: Section, *, complete: bool) -> None:
    """Adds a fault for every rule between questions, or between a question and the survey.

    `lines`: of each question. `complete`: no question was left out for a fault of its own, so that the order counts.
    """
    _check_keys_and_metrics(survey, lines, faults)
    if complete:
        _check_pulses(survey, lines, faults)
        _check_first_below(survey, lines, faults)
    if "privacy" in root and "respondents" in root:
        _check_privacy(survey, lines, faults, root)


def _check_keys_and_metrics(survey: Survey, lines: tuple[int, ...], faults: Faults) -> None:
    keys: dict[str, int] = {}
    metrics: dict[Metric, int] = {}
    for question, line in zip(survey.questions, lines, strict=True):
        if question.key in RESERVED_KEYS:
            faults.add(line, f"The key “{question.key}” is taken.", "Give the question another key.")
        if question.key in keys:
            problem = f"The question “{question.key}” stands twice, first in line {keys[question.key]}."
            faults.add(line, problem, "Give each question its own key.")
        keys.setdefault(question.key, line)
        metric = question.metric if isinstance(question, ScoreQuestion) else None
        if metric is None:
            continue
        if metric in metrics:
            problem = f"Two questions feed {metric}, the first in line {metrics[metric]}."
            faults.add(line, problem, "Leave `metric` at one of them: a person counts once.")
        metrics.setdefault(metric, line)


def _check_pulses(survey: Survey, lines: tuple[int, ...], faults: Faults) -> None:
    previous = 0
    for question, line in zip(survey.questions, lines, strict=True):
        if question.pulse not in (previous, previous + 1) or question.pulse < 1:
            problem = (
                f"Pulse {question.pulse} follows pulse {previous}."
                if previous
                else f"The first pulse is {question.pulse}."
            )
            faults.add(line, problem, "Number pulses from 1, in the order of the questions, without a gap.")
        previous = question.pulse


def _check_first_below(survey: Survey, lines: tuple[int, ...], faults: Faults) -> None:
    primary = survey.primary_score
    for question, line in zip(survey.questions, lines, strict=True):
        if not isinstance(question, TextQuestion) or question.first_below is None:
            continue
        if primary is None:
            faults.add(line, "`first_below` needs a score.", "Add a score question, or leave `first_below` out.")
        elif not primary.scale.low < question.first_below <= primary.scale.high:
            remedy = f"Use {primary.scale.low + 1} to {primary.scale.high}, the scale of “{primary.key}”."
            faults.add(line, f"No score or every score is below {question.first_below}.", remedy)


def _check_privacy(survey: Survey, lines: tuple[int, ...], faults: Faults, root: Section) -> None:
    anonymous = survey.privacy is Privacy.ANONYMOUS
    employees = survey.respondents is Respondents.EMPLOYEES
    if anonymous and not employees:
        remedy = "Set `respondents: employees`, or `privacy: named`."
        root.fault("privacy", "Only a survey of employees can be anonymous.", remedy)
    for question, line in zip(survey.questions, lines, strict=True):
        if not isinstance(question, ScoreQuestion) or question.metric is None:
            continue
        if question.metric is Metric.ENPS and not (anonymous and employees):
            remedy = "Set `respondents: employees` and `privacy: anonymous`."
            faults.add(line, "enps is asked of employees, anonymously.", remedy)
        elif question.metric is not Metric.ENPS and survey.respondents is not Respondents.CONTACTS:
            remedy = "Set `respondents: contacts`, or leave `metric` out."
            faults.add(line, f"{question.metric} is asked of contacts.", remedy)
