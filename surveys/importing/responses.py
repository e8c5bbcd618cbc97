"""Rows of a file of responses → ResponseRecord, or EmployeeAnswer where the survey asks employees.

A million rows pass through `ResponseRows.record`, so it looks values up where it can and builds reasons only for
rows that do not fit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from operator import itemgetter
from typing import TypeVar
from zoneinfo import ZoneInfo

from surveys.definitions.faults import nearest, shown
from surveys.definitions.model import Privacy, Respondents, ScoreQuestion, Series, Survey, SurveyVersion, TextQuestion
from surveys.importing import cells as read
from surveys.importing.cells import Memo
from surveys.importing.header import Header
from surveys.importing.model import BadCell, BadRow, EmployeeAnswer, ResponseRecord, RowDimensions, ScoreTarget
from surveys.people.model import Role, Stage

MODES = ("self", "interviewer")
DIGEST_BYTES = 16
GIVEN, MADE = "=", "#"
"""How an identity begins: an external_id that the file gives, or one made from the row's content."""


Value = TypeVar("Value")

_READERS: dict[str, Callable[[str], str]] = {
    "account": read.name("account", 300),
    "role": read.one_of("role", Role),
    "stage": read.one_of("stage", Stage),
    "touchpoint": read.name("touchpoint", 100),
    "segment": read.name("segment", 100),
    "team": read.name("team", 100),
    "language": read.language,
    "channel": read.name("channel", 60),
    "mode": read.one_of("mode", MODES),
}
_DIMENSION_READERS = tuple(_READERS[column] for column in RowDimensions._fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseContext:
    """What rows are checked against. `surveys`: the published ones by key. `zone`: the tenant's reporting time zone.

    `employees`: handles of everyone who works here. `released`: (survey, question, month) that take no more rows.
    """

    surveys: Mapping[str, SurveyVersion]
    zone: ZoneInfo
    now: datetime
    employees: frozenset[str] = frozenset()
    released: frozenset[tuple[str, str, date]] = frozenset()


class ResponseRows:
    """Reads the rows of one file, in order: identities depend on what came before."""

    def __init__(self, header: Header, context: ResponseContext) -> None:
        self._context = context
        self._this_month = context.now.astimezone(context.zone).date().replace(day=1)
        self._given_in: dict[str, int] = {}
        self._times: dict[bytes, int] = {}
        self._questions = Memo(self._find_question)
        self._time = read.moment("answered_at", context.now)
        self._respondent = Memo(read.handle("respondent")).__getitem__
        self._external_id = read.name("external_id", 250)
        place = header.place
        self._at_survey, self._at_question = place("survey"), place("question")
        self._at_score, self._at_time = place("score"), place("answered_at")
        self._at_respondent, self._at_id, self._at_comment = place("respondent"), place("external_id"), place("comment")
        self._dimension_places = tuple(place(column) for column in RowDimensions._fields)
        self._dimension_cells = itemgetter(*self._dimension_places)
        self._dimensions = Memo(_read_dimensions)

    def record(self, line: int, row: list[str]) -> ResponseRecord | EmployeeAnswer:
        """Raises BadRow with every reason. The row has the header's width; its cells are stripped."""
        row.append("")
        try:
            question = self._questions[row[self._at_survey], row[self._at_question]]
            score = question.scores[row[self._at_score]]
            answered_at = self._time(row[self._at_time])
            respondent = self._respondent(cell) if (cell := row[self._at_respondent]) else None
            dimensions, named = self._dimensions[self._dimension_cells(row)]
            comment = read.comment(cell) if (cell := row[self._at_comment]) else None
            given = self._external_id(cell) if (cell := row[self._at_id]) else None
        except BadCell:
            raise BadRow(self._reasons(row)) from None
        local_day = answered_at.astimezone(self._context.zone).date()
        target = question.target
        if question.of_employees:
            answer = self._employee_answer(line, target, score, local_day, respondent, comment is not None)
            self._claim(given, line)
            return answer
        if respondent in self._context.employees:
            raise BadRow("the respondent is an employee; answers of employees come only with an employee survey")
        if comment is not None and question.comment is None:
            raise BadRow(f"the survey {target.survey} has no open question that a comment could belong to")
        # Only the comment, the last part, may hold a line end; an empty part is an empty cell.
        content = (
            f"{target.survey}\n{target.question}\n{answered_at.timestamp()}\n{score}\n{respondent or ''}\n{named}\n"
            f"{comment or ''}"
        )
        digest = blake2b(content.encode(), digest_size=DIGEST_BYTES).digest()
        return ResponseRecord(
            line,
            self._claim(given, line) or self._made_identity(digest),
            digest,
            target,
            question.at_touchpoint if dimensions.touchpoint else question.series,
            score,
            answered_at,
            local_day,
            respondent,
            dimensions,
            comment,
            question.comment(score) if comment is not None and question.comment else None,
        )

    def _employee_answer(
        self, line: int, target: ScoreTarget, score: int, local_day: date, respondent: str | None, commented: bool
    ) -> EmployeeAnswer:
        if target.metric is None:
            raise BadRow(f"the question {target.question} feeds no metric; of employees only such answers can be kept")
        month = local_day.replace(day=1)
        if month >= self._this_month:
            raise BadRow(f"{month:%Y-%m} is not over; answers of employees are taken by whole past months")
        if (target.survey, target.question, month) in self._context.released:
            raise BadRow(f"{target.survey} of {month:%Y-%m} is released and takes no more rows")
        return EmployeeAnswer(
            line=line,
            target=target,
            metric=target.metric,
            month=month,
            score=score,
            respondent=respondent,
            commented=commented,
        )

    def _claim(self, given: str | None, line: int) -> str | None:
        """The identity that the file gives; the second row with the same one is an error."""
        if given is None:
            return None
        first = self._given_in.setdefault(given, line)
        if first != line:
            raise BadRow(f"external_id “{shown(given)}” is already in line {first}")
        return GIVEN + given

    def _made_identity(self, digest: bytes) -> str:
        """Content and occurrence number: two equal rows are two answers, the same file again is the same rows."""
        time = self._times[digest] = self._times.get(digest, 0) + 1
        return f"{MADE}{digest.hex()}/{time}"

    def _reasons(self, row: list[str]) -> str:
        """Everything that is wrong with a row, by asking each reader on its own."""
        reasons: list[str] = []

        def attempt(reader: Callable[[str], Value], place: int, *, even_empty: bool = False) -> Value | None:
            try:
                return reader(row[place]) if row[place] or even_empty else None
            except BadCell as error:
                reasons.append(str(error))
                return None

        question = None
        try:
            question = self._find_question((row[self._at_survey], row[self._at_question]))
        except BadCell as error:
            reasons.append(str(error))
        if question:
            attempt(question.read_score, self._at_score, even_empty=True)
        attempt(self._time, self._at_time, even_empty=True)
        attempt(self._respondent, self._at_respondent)
        for reader, place in zip(_DIMENSION_READERS, self._dimension_places, strict=True):
            attempt(reader, place)
        attempt(read.comment, self._at_comment)
        attempt(self._external_id, self._at_id)
        return "; ".join(reasons)

    def _find_question(self, cells: tuple[str, str]) -> "_Question":
        survey_cell, question_cell = cells
        version = _find_survey(survey_cell, self._context.surveys)
        survey = version.survey
        if question_cell:
            found = survey.question(question_cell)
            if found is None:
                advice = nearest(question_cell, (one.key for one in survey.questions))
                raise BadCell(f"the survey {survey.key} has no question “{shown(question_cell)}”. {advice}")
        else:
            found = survey.primary_score
        if not isinstance(found, ScoreQuestion):
            raise BadCell(f"“{shown(question_cell) or survey.key}” asks for no score; only scores can be imported")
        return _Question(version, found)


def _read_dimensions(cells: tuple[str, ...]) -> tuple[RowDimensions, str]:
    """The values, and all of them in one text for the row's digest. Raises BadCell at the first that does not fit."""
    values = [reader(cell) if cell else None for reader, cell in zip(_DIMENSION_READERS, cells, strict=True)]
    return RowDimensions(*values), "\n".join(value or "" for value in values)


class _Question:
    """A question that rows name, with what is the same for all of them."""

    def __init__(self, version: SurveyVersion, question: ScoreQuestion) -> None:
        survey = version.survey
        scale = question.scale
        self.target = ScoreTarget(
            version_id=version.id,
            survey=survey.key,
            question=question.key,
            metric=question.metric,
            low=scale.low,
            high=scale.high,
        )
        self.of_employees = asks_employees(survey)
        self.series: Series = survey.series_of(touchpoint=None)
        self.at_touchpoint: Series = survey.series_of(touchpoint="any")
        self.scores = Memo(self.read_score)
        texts = [one for one in survey.questions if isinstance(one, TextQuestion)]
        self.comment: Callable[[int], str] | None = (lambda score: comment_question(texts, score)) if texts else None

    def read_score(self, cell: str) -> int:
        if not cell:
            raise BadCell("score is empty")
        score = read.whole_number("score")(cell)
        if not self.target.low <= score <= self.target.high:
            raise BadCell(f"score {score} is outside {self.target.low} to {self.target.high}")
        return score


def asks_employees(survey: Survey) -> bool:
    """Nothing that an employee answered is kept under a person, whatever the survey calls itself."""
    return survey.privacy is Privacy.ANONYMOUS or survey.respondents is Respondents.EMPLOYEES


def comment_question(texts: list[TextQuestion], score: int) -> str:
    """The open question that somebody with this score is asked first."""
    urgent = next((text for text in texts if text.first_below is not None and score < text.first_below), None)
    usual = next((text for text in texts if text.first_below is None), texts[0])
    return (urgent or usual).key


def _find_survey(cell: str, surveys: Mapping[str, SurveyVersion]) -> SurveyVersion:
    """By key, or by the metric that exactly one survey measures first (`enps` for the employee pulse)."""
    if not cell:
        raise BadCell("survey is empty")
    key = cell.lower()
    if key in surveys:
        return surveys[key]
    measuring = [
        version for version in surveys.values() if (first := version.survey.primary_score) and first.metric == key
    ]
    if len(measuring) == 1:
        return measuring[0]
    raise BadCell(f"survey “{shown(cell)}” is unknown. {nearest(key, surveys)}")
