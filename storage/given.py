"""What has been given to one invitation so far: its response and answers, read in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, or_, select

from storage.prepared import Prepared
from storage.scope import Scope
from storage.tables import answer, invitation, response
from storage.types import AnyRow
from surveys.sending.model import GivenAnswer

SKIPPED = "skipped"
NOT_APPLICABLE = "na"
"""Choices of our own in an answer without score or text: outside every n."""

WAS_ANSWERED = (
    exists()
    .where(
        response.c.tenant_id == invitation.c.tenant_id,
        response.c.invitation_id == invitation.c.id,
        answer.c.tenant_id == response.c.tenant_id,
        answer.c.response_id == response.c.id,
        answer.c.current.is_(True),
        or_(answer.c.choice.is_(None), answer.c.choice != SKIPPED),
    )
    .correlate(invitation)
)
"""Of an invitation, wherever it is asked: somebody who only skipped questions has not answered."""

_ROWS = Prepared(
    select(
        response.c.id.label("response_id"),
        response.c.submitted_at,
        response.c.locks_at,
        *(column.label(f"answer_{column.name}") for column in answer.c),
    )
    .select_from(
        response.outerjoin(
            answer, and_(answer.c.tenant_id == response.c.tenant_id, answer.c.response_id == response.c.id)
        )
    )
    .where(response.c.tenant_id == bindparam("tenant"), response.c.invitation_id == bindparam("invitation"))
    # An expression, so that SQLite does not go through every answer of the tenant to find them in order.
    .order_by(answer.c.id + 0)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """`answers` and `skipped`: the current version of each question, in the order they were first given."""

    submitted_at: datetime | None = None
    locks_at: datetime | None = None
    answers: tuple[GivenAnswer, ...] = ()
    skipped: frozenset[str] = field(default=frozenset())


async def read_rows(scope: Scope, invitation_id: int) -> Sequence[AnyRow]:
    """Every version of every answer, oldest first; one row with an empty answer when there is only a response."""
    return await _ROWS.all(scope.connection, tenant=scope.tenant_id, invitation=invitation_id)


def submission_of(rows: Sequence[AnyRow]) -> Submission:
    if not rows:
        return Submission()
    current = [row for row in rows if row.answer_id is not None and row.answer_current]
    return Submission(
        submitted_at=rows[0].submitted_at,
        locks_at=rows[0].locks_at,
        answers=tuple(_given(row) for row in current if row.answer_choice != SKIPPED),
        skipped=frozenset(row.answer_question for row in current if row.answer_choice == SKIPPED),
    )


def _given(row: AnyRow) -> GivenAnswer:
    not_applicable = row.answer_choice == NOT_APPLICABLE
    return GivenAnswer(
        question=row.answer_question,
        version=row.answer_version,
        recorded_at=row.answer_recorded_at,
        score=row.answer_score,
        text=row.answer_text,
        choice=None if not_applicable else row.answer_choice,
        not_applicable=not_applicable,
    )
