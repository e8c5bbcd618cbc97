"""The answers behind a score as rows, in the columns that `cx import responses` reads. Employees' answers have none."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, select

from storage.folding.rows import conditions
from storage.folding.selection import parameters, spelled_values
from storage.folding.visible import in_force
from storage.scope import Scope
from storage.tables import account, answer, person, response
from storage.types import AnyRow
from surveys.importing.responses import GIVEN
from surveys.insight.queries import ScoreRequest


class ExportedAnswer(NamedTuple):
    """One scored answer with its comment. The field names are the column names of the import."""

    survey: str
    answered_at: str
    score: int
    question: str
    respondent: str | None
    account: str | None
    role: str | None
    stage: str | None
    touchpoint: str | None
    segment: str | None
    team: str | None
    language: str | None
    comment: str | None
    external_id: str
    channel: str | None
    mode: str | None


async def exported_answers(scope: Scope, request: ScoreRequest) -> AsyncIterator[ExportedAnswer]:
    """The answers that `request` counts, oldest first; times carry the tenant's offset."""
    spelled = await spelled_values(scope.connection, scope.tenant_id, request.filters)
    zone = ZoneInfo(scope.tenant.timezone)
    statement = _select(scope.tenant_id).where(conditions(request, spelled))
    rows = await scope.connection.stream(statement, parameters(scope.tenant_id, request.period))
    async for row in rows:
        yield _exported(row, zone)


def _select(tenant_id: int) -> Select[*tuple[object, ...]]:
    said = answer.alias("said")
    comment = (
        select(said.c.text)
        .where(
            in_force(tenant_id, said),
            said.c.response_id == answer.c.response_id,
            said.c.text.is_not(None),
        )
        # An expression, so that SQLite looks the answer up by its response instead of going through all in order.
        .order_by(said.c.id + 0)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            answer,
            response.c.submitted_at,
            response.c.external_id,
            person.c.handle,
            account.c.name.label("account_name"),
            comment.label("comment"),
        )
        .select_from(
            answer.join(
                response, and_(response.c.tenant_id == answer.c.tenant_id, response.c.id == answer.c.response_id)
            )
            .outerjoin(person, and_(person.c.tenant_id == answer.c.tenant_id, person.c.id == answer.c.person_id))
            .outerjoin(account, and_(account.c.tenant_id == answer.c.tenant_id, account.c.id == answer.c.account_id))
        )
        .order_by(response.c.submitted_at, answer.c.id)
    )


def _exported(row: AnyRow, zone: ZoneInfo) -> ExportedAnswer:
    at: datetime = row.submitted_at
    return ExportedAnswer(
        survey=row.survey_key,
        answered_at=at.astimezone(zone).isoformat(),
        score=row.score,
        question=row.question,
        respondent=row.handle,
        account=row.account_name,
        role=row.role,
        stage=row.stage,
        touchpoint=row.touchpoint,
        segment=row.segment,
        team=row.team,
        language=row.language,
        comment=row.comment,
        external_id=_external_id(row.external_id, row.response_id),
        channel=row.channel,
        mode=row.mode,
    )


def _external_id(identity: str | None, response_id: int) -> str:
    """The id that a file gave; empty where the importer made one from the row's content and will make it again.

    An answer given in chat gets one of its own, so that another installation takes it once.
    """
    if identity is None:
        return f"chat-{response_id}"
    return identity.removeprefix(GIVEN) if identity.startswith(GIVEN) else ""
