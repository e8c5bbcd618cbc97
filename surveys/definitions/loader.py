"""Survey files: reads one into a `Survey`, or says everything that is wrong with it. Here is what a file may say.

A file states why it exists (purpose, decision, owner, end date) and how it may press on people (pressure class,
expiry, privacy); one without is refused. `ends_on: never` is how an open-ended survey says so on purpose.
Rules about what a good survey is, which a person may break with a reason, are advice: see `check`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path

from surveys.definitions.canonical import canonical, digest, from_canonical
from surveys.definitions.faults import Faults, nearest, shown
from surveys.definitions.model import (
    ChoiceQuestion,
    Metric,
    Phrase,
    Pressure,
    Privacy,
    Question,
    Respondents,
    Scale,
    ScoreQuestion,
    Series,
    Survey,
    TextQuestion,
)
from surveys.definitions.rules import check_question, check_survey
from surveys.definitions.source import LARGEST, Section, read
from surveys.errors import SurveyFileError

__all__ = [
    "Definition",
    "canonical",
    "digest",
    "from_canonical",
    "load_definition",
    "load_file",
    "load_text",
    "read_text",
    "shipped",
    "shipped_definitions",
]

MOST_QUESTIONS = 20
MOST_OPTIONS = 12

_SURVEY_KEYS = (
    "key", "title", "purpose", "decision", "owner", "ends_on", "pressure", "privacy", "respondents", "series",
    "expires_after", "window", "seconds", "questions",
)  # fmt: skip
_SURVEY_EXTRAS = ("scales", "exception")


class _Kind(StrEnum):
    SCORE = "score"
    TEXT = "text"
    CHOICE = "choice"


class _Direction(StrEnum):
    HIGHER_IS_BETTER = "higher_is_better"
    LOWER_IS_BETTER = "lower_is_better"


_QUESTION_KEYS = {
    _Kind.SCORE: (("key", "type", "text", "scale"), ("metric", "direction", "pulse")),
    _Kind.TEXT: (("key", "type", "text"), ("first_below", "pulse")),
    _Kind.CHOICE: (("key", "type", "text", "options"), ("pulse",)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A survey with what only its file knows: its name, the line of each question, and the author's exception."""

    survey: Survey
    file: str
    lines: tuple[int, ...]
    exception: str = ""
    """Why the file breaks the house rule of three closed questions and one open; empty where it keeps it."""


def load_text(text: str, file: str) -> Survey:
    """The survey that the YAML in `text` describes. Raises SurveyFileError with every fault, each naming `file`."""
    return load_definition(text, file).survey


def load_file(path: Path) -> Survey:
    """The survey in a file. Raises SurveyFileError, also when it cannot be read or is not UTF-8."""
    return load_text(read_text(path), str(path))


def load_definition(text: str, file: str) -> Definition:
    """As `load_text`, with what only the file knows."""
    faults = Faults(file)
    root = read(text.removeprefix("\ufeff"), faults)
    if root is None:
        raise SurveyFileError(faults.sorted())
    root.only(_SURVEY_KEYS, _SURVEY_EXTRAS)
    scales = _scales(root)
    questions = [_question(section, scales, faults) for section in _question_sections(root)]
    exception = root.text("exception")
    survey = _survey(root, tuple(question for _, question in questions if question is not None))
    lines = tuple(line for line, question in questions if question is not None)
    check_survey(survey, lines, faults, root, complete=len(lines) == len(questions))
    if len(faults):
        raise SurveyFileError(faults.sorted())
    return Definition(survey=survey, file=file, lines=lines, exception=exception)


def read_text(path: Path) -> str:
    """The text of a survey file; a huge one is not read to its end. Raises SurveyFileError."""
    faults = Faults(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(4 * LARGEST + 1)
    except OSError as error:
        faults.add(1, f"The file cannot be read: {error.strerror}.", "Check the name and the rights.")
        raise SurveyFileError(faults.sorted()) from None
    if len(data) > 4 * LARGEST:
        faults.add(1, "The file is far larger than a survey.", f"A survey file has at most {LARGEST} characters.")
        raise SurveyFileError(faults.sorted())
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.add(line, "The file is not UTF-8.", "Save it as UTF-8.")
        raise SurveyFileError(faults.sorted()) from None


def shipped() -> tuple[Survey, ...]:
    """The ready-made surveys, by key. A fault in one is a defect of the product and raises SurveyFileError."""
    return tuple(definition.survey for definition in shipped_definitions())


@cache
def shipped_definitions() -> tuple[Definition, ...]:
    """The ready-made surveys with what only their files know, by key."""
    return tuple(load_definition(text, name) for name, text in _catalog())


def _catalog() -> Iterator[tuple[str, str]]:
    folder = resources.files("surveys.definitions.catalog")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".yaml"):
            yield entry.name, entry.read_text(encoding="utf-8")


def _survey(root: Section, questions: tuple[Question, ...]) -> Survey:
    return Survey(
        key=root.key("key"),
        title=root.phrase("title"),
        purpose=root.text("purpose"),
        decision=root.text("decision"),
        owner=root.text("owner"),
        ends_on=root.day_or_never("ends_on"),
        pressure=root.word("pressure", Pressure),
        privacy=root.word("privacy", Privacy),
        respondents=root.word("respondents", Respondents),
        series=root.word("series", Series),
        expires_after=root.duration("expires_after"),
        window=root.duration("window"),
        seconds=root.whole("seconds", 5, 1800),
        questions=questions,
    )


def _question_sections(root: Section) -> list[Section]:
    sections = root.sections("questions", "question")
    if "questions" in root and not sections:
        root.fault("questions", "There is no question.", "Add one, beginning with `- key: …`.")
    if len(sections) > MOST_QUESTIONS:
        root.fault("questions", f"There are {len(sections)} questions.", f"At most {MOST_QUESTIONS} are read.")
    return sections[:MOST_QUESTIONS]


def _scales(root: Section) -> dict[str, Scale]:
    """The scales that the file names once and its questions use by name."""
    named = root.section("scales")
    found: dict[str, Scale] = {}
    for name in named or ():
        scale = named.section(name) if named else None
        if scale:
            found[name] = _scale(scale)
    return found


def _scale(section: Section) -> Scale:
    section.only(("low", "high", "low_label", "high_label"))
    return Scale(
        low=section.whole("low", 0, 1),
        high=section.whole("high", 2, 10),
        low_label=section.phrase("low_label"),
        high_label=section.phrase("high_label"),
    )


def _question(section: Section, scales: dict[str, Scale], faults: Faults) -> tuple[int, Question | None]:
    """The question and its line; None in its place where anything is wrong with it."""
    before = len(faults)
    kind = section.word("type", _Kind)
    if "type" not in section:
        section.fault("type", f"`type` is missing in {section.name}.", f"Add `type:` with one of {', '.join(_Kind)}.")
    elif len(faults) == before:
        section.only(*_QUESTION_KEYS[kind])
    question = _of_kind(kind, section, scales)
    if len(faults) == before:
        check_question(question, section)
    return section.line, question if len(faults) == before else None


def _of_kind(kind: _Kind, section: Section, scales: dict[str, Scale]) -> Question:
    key, text = section.key("key"), section.phrase("text")
    pulse = section.whole("pulse", 1, 12)
    match kind:
        case _Kind.SCORE:
            direction = section.word("direction", _Direction, _Direction.HIGHER_IS_BETTER)
            return ScoreQuestion(
                key=key,
                text=text,
                scale=_scale_of(section, scales),
                metric=section.word("metric", Metric) if "metric" in section else None,
                lower_is_better=direction is _Direction.LOWER_IS_BETTER,
                pulse=pulse,
            )
        case _Kind.TEXT:
            first_below = section.whole("first_below", 1, 10) if "first_below" in section else None
            return TextQuestion(key=key, text=text, first_below=first_below, pulse=pulse)
        case _Kind.CHOICE:
            return ChoiceQuestion(key=key, text=text, options=_options(section), pulse=pulse)


def _scale_of(section: Section, scales: dict[str, Scale]) -> Scale:
    """The question's own scale, or the one it names."""
    if section.is_word("scale"):
        name = section.key("scale")
        if name in scales:
            return scales[name]
        if name:
            remedy = nearest(name, scales) if scales else "Describe it under `scales:`, or here."
            section.fault("scale", f"There is no scale “{shown(name)}” under `scales:`.", remedy)
    else:
        own = section.section("scale")
        if own:
            return _scale(own)
    empty = Phrase.of({"en": ""})
    return Scale(low=0, high=10, low_label=empty, high_label=empty)


def _options(section: Section) -> tuple[tuple[str, Phrase], ...]:
    options = section.section("options", "Write `value:` for each option, and below it `en: …`.")
    if options is None:
        return ()
    found = tuple((value, options.phrase(value)) for value in options)
    if not 2 <= len(found) <= MOST_OPTIONS:
        section.fault("options", f"There are {len(found)} options.", f"A choice has 2 to {MOST_OPTIONS}.")
    return found
