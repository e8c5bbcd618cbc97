"""What `cx survey check` says about survey files: faults, which refuse a file, and advice, which does not.

The house rule, at most three closed questions and one open in a pulse, is advice: some methods need more. A file
that breaks it on purpose says why in `exception:`, and the advice is not given. So do csat (two texts: what
went well, what to improve) and start-stop-continue (three texts); feedback keeps the rule.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from surveys.definitions.faults import Faults
from surveys.definitions.loader import Definition, load_definition, read_text, shipped_definitions
from surveys.definitions.model import ChoiceQuestion, Phrase, Question, ScoreQuestion, Survey, TextQuestion
from surveys.errors import Fault, SurveyFileError

MOST_CLOSED = 3
MOST_OPEN = 1


def report(paths: Sequence[Path] = ()) -> list[Fault]:
    """Every fault in these files, or in the shipped surveys where none is named; empty when all may be published."""
    faults: list[Fault] = []
    definitions = _definitions(paths, faults)
    first: dict[str, str] = {}
    for definition in definitions:
        key = definition.survey.key
        if key in first:
            problem = f"The survey “{key}” is also in {first[key]}."
            faults.append(Fault(file=definition.file, line=1, problem=problem, remedy="Give each survey its own key."))
        first.setdefault(key, definition.file)
    return faults


def advice(paths: Sequence[Path] = (), *, today: date | None = None) -> list[Fault]:
    """What could be better in those of these files that have no fault; `today` finds surveys that have ended."""
    return [remark for definition in _definitions(paths, []) for remark in advice_on(definition, today=today)]


def advice_on(definition: Definition, *, today: date | None = None) -> tuple[Fault, ...]:
    """The advice on one survey, in the order of its file."""
    remarks = Faults(definition.file)
    _advise_length(definition, remarks)
    _advise_languages(definition, remarks)
    ends_on = definition.survey.ends_on
    if today and ends_on and ends_on < today:
        remarks.add(1, f"The survey ended on {ends_on}.", "Set a later `ends_on`, or stop sending it.")
    return remarks.sorted()


def _definitions(paths: Sequence[Path], faults: list[Fault]) -> list[Definition]:
    """The definitions that could be read; the faults of the others are added to `faults`."""
    if not paths:
        try:
            return list(shipped_definitions())
        except SurveyFileError as error:
            faults.extend(error.faults)
            return []
    found: list[Definition] = []
    for path in paths:
        try:
            found.append(load_definition(read_text(path), str(path)))
        except SurveyFileError as error:
            faults.extend(error.faults)
    return found


def _advise_length(definition: Definition, remarks: Faults) -> None:
    if definition.exception:
        return
    questions = definition.survey.questions
    for pulse in sorted({question.pulse for question in questions}):
        asked = [index for index, question in enumerate(questions) if question.pulse == pulse]
        texts = [index for index in asked if isinstance(questions[index], TextQuestion)]
        if len(texts) <= MOST_OPEN and len(asked) - len(texts) <= MOST_CLOSED:
            continue
        remarks.add(
            definition.lines[asked[0]],
            f"Pulse {pulse} has {len(asked) - len(texts)} closed and {len(texts)} open questions.",
            f"Ask at most {MOST_CLOSED} and {MOST_OPEN}; split it with `pulse:`, or say why in `exception:`.",
        )


def _advise_languages(definition: Definition, remarks: Faults) -> None:
    """Lists what is missing in a language that the file has begun: those texts are shown in English."""
    phrases = list(_phrases(definition.survey, definition.lines))
    begun = sorted({language for _, _, phrase in phrases for language, _ in phrase.texts})
    for line, name, phrase in phrases:
        have = {language for language, _ in phrase.texts}
        missing = [language for language in begun if language not in have]
        if missing:
            remarks.add(line, f"{name} has no text in {', '.join(missing)}.", "It is shown in English there.")


def _phrases(survey: Survey, lines: tuple[int, ...]) -> Iterator[tuple[int, str, Phrase]]:
    yield 1, "`title`", survey.title
    for question, line in zip(survey.questions, lines, strict=True):
        for part, phrase in _parts(question):
            yield line, f"“{question.key}”{part}", phrase


def _parts(question: Question) -> Iterator[tuple[str, Phrase]]:
    yield "", question.text
    match question:
        case ScoreQuestion(scale=scale):
            yield ", `low_label`,", scale.low_label
            yield ", `high_label`,", scale.high_label
        case ChoiceQuestion(options=options):
            for value, label in options:
                yield f", option “{value}”,", label
        case TextQuestion():
            pass
