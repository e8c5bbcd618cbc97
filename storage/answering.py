"""Storing an answer: response, new version and score delta in one transaction (architecture.md, decision 7).

No row that others share is touched: concurrent edits of shared counters deadlocked. The local day and the dimensions
of every version are those of the first submission.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, update

from bot.ports import NewAnswer
from storage.given import NOT_APPLICABLE, SKIPPED
from storage.invitation_rows import InvitationRows, ReadInvitation
from storage.prepared import Prepared, inserting
from storage.scope import Scope
from storage.surveys import StoredSurveys
from storage.tables import answer, response, score_delta
from storage.types import AnyRow, storable
from surveys.definitions.model import Question, ScoreQuestion, SurveyVersion
from surveys.errors import InvalidInput, NotFound, Refused
from surveys.sending.model import LOCKS_AFTER, InvitationState

CHANNEL = "chat"
MODE = "self"

FOLDED = ("account_id", "role", "stage", "touchpoint", "segment", "team", "language")
"""The dimensions that a score delta carries; an answer carries all."""
DIMENSIONS = (*FOLDED, "persona", "owner", "tier", "relationship", "priority")

_NEW_RESPONSE = inserting(
    response, "tenant_id", "survey_version_id", "invitation_id", "person_id", "submitted_at", "locks_at", returning="id"
)
_RETIRE = Prepared(
    update(answer)
    .where(answer.c.tenant_id == bindparam("tenant"), answer.c.id == bindparam("former"))
    .values(current=False)
)
_NEW_ANSWER = inserting(
    answer, "tenant_id", "response_id", "person_id", "survey_key", "question", "version", "metric", "series", "score",
    "text", "choice", "recorded_at", "local_day", *DIMENSIONS, "platform", "channel", "mode", "wave_id",
)  # fmt: skip
_NEW_DELTA = inserting(
    score_delta, "tenant_id", "metric", "series", "survey_key", "local_day", "score", "n", "person_id", *FOLDED
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What one answer says, in the columns of its row."""

    score: int | None = None
    text: str | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """The response that an answer belongs to, and what stays as it was at the first submission."""

    response_id: int
    local_day: date
    dimensions: Mapping[str, int | str | None]
    platform: str | None


class Answering:
    def __init__(self, scope: Scope, invitations: InvitationRows) -> None:
        self._scope = scope
        self._surveys = StoredSurveys(scope)
        self._invitations = invitations

    async def answer(self, new: NewAnswer) -> bool:
        """Raises NotFound (invitation, question), InvalidInput (off the scale, not one value), Refused (closed)."""
        given = _Given(
            score=new.score,
            # As it will be stored: what was typed twice is compared with it.
            text=None if new.text is None else storable(new.text),
            choice=NOT_APPLICABLE if new.not_applicable else new.choice,
        )
        if sum(value is not None for value in (given.score, given.text, given.choice)) != 1:
            raise InvalidInput("An answer is exactly one of a score, a text, a choice, or “does not apply”.")
        return await self._store(new.invitation_id, new.question, given, at=new.at, platform=new.platform)

    async def skip(self, invitation_id: int, question: str, at: datetime) -> None:
        await self._store(invitation_id, question, _Given(choice=SKIPPED), at=at, platform=None)

    async def _store(
        self, invitation_id: int, question: str, given: _Given, *, at: datetime, platform: str | None
    ) -> bool:
        read = await self._open(invitation_id)
        place, rows = read.row, read.given
        version = await self._surveys.version(place.survey_version_id)
        asked = _checked(version, question, given)
        versions = [row for row in rows if row.answer_id is not None and row.answer_question == question]
        former = next((row for row in versions if row.answer_current), None)
        if (
            former is not None
            and _Given(score=former.answer_score, text=former.answer_text, choice=former.answer_choice) == given
        ):
            return False
        self._invitations.changed()
        origin = self._origin(place, rows) if rows else await self._first_submission(place, at)
        if former is not None:
            await _RETIRE.all(self._scope.connection, tenant=self._scope.tenant_id, former=former.answer_id)
        await self._insert(place, version, asked, given, origin, at=at, platform=platform, number=len(versions) + 1)
        await self._count(place, version, asked, origin, was=former.answer_score if former else None, now=given.score)
        return True

    async def _open(self, invitation_id: int) -> ReadInvitation:
        read = await self._invitations.locked(invitation_id)
        if read is None:
            raise NotFound("This invitation is not known here.")
        if read.row.state in (InvitationState.CLOSED.value, InvitationState.CANCELLED.value):
            raise Refused("This survey is closed.")
        return read

    async def _first_submission(self, place: AnyRow, at: datetime) -> _Origin:
        new = await _NEW_RESPONSE.first(
            self._scope.connection,
            tenant_id=self._scope.tenant_id,
            survey_version_id=place.survey_version_id,
            invitation_id=place.id,
            person_id=place.person_id,
            submitted_at=at,
            locks_at=at + LOCKS_AFTER,
        )
        return _Origin(
            response_id=new.id,
            local_day=self._scope.local_day(at),
            dimensions=_dimensions_now(place),
            platform=None,
        )

    def _origin(self, place: AnyRow, rows: Sequence[AnyRow]) -> _Origin:
        first = rows[0]
        if first.answer_id is None:
            return _Origin(
                response_id=first.response_id,
                local_day=self._scope.local_day(first.submitted_at),
                dimensions=_dimensions_now(place),
                platform=None,
            )
        return _Origin(
            response_id=first.response_id,
            local_day=first.answer_local_day,
            dimensions={name: getattr(first, f"answer_{name}") for name in DIMENSIONS},
            platform=first.answer_platform,
        )

    async def _insert(
        self, place: AnyRow, version: SurveyVersion, asked: Question, given: _Given, origin: _Origin, *,
        at: datetime, platform: str | None, number: int,
    ) -> None:  # fmt: skip
        scored = isinstance(asked, ScoreQuestion) and asked.metric is not None
        await _NEW_ANSWER.all(
            self._scope.connection,
            tenant_id=self._scope.tenant_id,
            response_id=origin.response_id,
            person_id=place.person_id,
            survey_key=place.survey_key,
            question=asked.key,
            version=number,
            metric=asked.metric.value if isinstance(asked, ScoreQuestion) and asked.metric else None,
            series=version.survey.series_of(touchpoint=place.touchpoint).value if scored else None,
            score=given.score,
            text=given.text,
            choice=given.choice,
            recorded_at=at,
            local_day=origin.local_day,
            **origin.dimensions,
            platform=platform or origin.platform,
            channel=CHANNEL,
            mode=MODE,
            wave_id=place.wave_id,
        )

    async def _count(
        self, place: AnyRow, version: SurveyVersion, asked: Question, origin: _Origin, *,
        was: int | None, now: int | None,
    ) -> None:  # fmt: skip
        if not isinstance(asked, ScoreQuestion) or asked.metric is None:
            return
        for score, n in ((was, -1), (now, 1)):
            if score is not None:
                await _NEW_DELTA.all(
                    self._scope.connection,
                    tenant_id=self._scope.tenant_id,
                    metric=asked.metric.value,
                    series=version.survey.series_of(touchpoint=place.touchpoint).value,
                    survey_key=place.survey_key,
                    local_day=origin.local_day,
                    score=score,
                    n=n,
                    person_id=place.person_id,
                    **{name: origin.dimensions[name] for name in FOLDED},
                )


def _checked(version: SurveyVersion, key: str, given: _Given) -> Question:
    question = version.survey.question(key)
    if question is None:
        raise NotFound("This question is not part of the survey.")
    if given.score is not None and not (isinstance(question, ScoreQuestion) and given.score in question.scale):
        raise InvalidInput("This value is not on the question's scale.")
    return question


def _dimensions_now(place: AnyRow) -> dict[str, int | str | None]:
    return {name: getattr(place, name) for name in DIMENSIONS}
