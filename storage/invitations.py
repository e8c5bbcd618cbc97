"""Invitations: one person's place in a survey, from queued to closed. Answers are written by `storage.answering`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, insert, select, update

from bot.ports import NewAnswer
from storage.answering import Answering
from storage.closing import close_due
from storage.deliveries import DeliveryState
from storage.given import read_submission
from storage.person_rows import PERSON_COLUMNS, to_person, with_sides
from storage.prepared import Prepared
from storage.public_ids import new_public_id
from storage.response_deltas import opened
from storage.scope import Scope
from storage.surveys import StoredSurveys
from storage.tables import delivery, invitation, opt_out, person, preference, unreached
from storage.types import AnyRow
from surveys.definitions.model import Privacy, SurveyVersion
from surveys.errors import NotFound, Refused, Undeliverable
from surveys.people.model import Person
from surveys.sending.model import InvitationFacts, InvitationState

_opted_out = (
    exists()
    .where(
        opt_out.c.tenant_id == invitation.c.tenant_id,
        opt_out.c.person_id == invitation.c.person_id,
        opt_out.c.withdrawn_at.is_(None),
    )
    .label("opted_out")
)
_FACTS = (
    select(
        invitation.c.id, invitation.c.public_id, invitation.c.survey_version_id, invitation.c.state,
        invitation.c.context, invitation.c.touchpoint, invitation.c.created_at, invitation.c.delivered_at,
        invitation.c.closes_at, invitation.c.talk_requested_at, preference.c.snoozed_until, _opted_out,
        *PERSON_COLUMNS,
    )
    .select_from(
        with_sides(
            invitation.join(
                person, and_(person.c.tenant_id == invitation.c.tenant_id, person.c.id == invitation.c.person_id)
            )
        ).outerjoin(
            preference,
            and_(preference.c.tenant_id == invitation.c.tenant_id, preference.c.person_id == invitation.c.person_id),
        )
    )
    .where(invitation.c.tenant_id == bindparam("tenant"))
)  # fmt: skip
_OF_PUBLIC_ID = _FACTS.where(invitation.c.public_id == bindparam("public"))
_BY_PUBLIC_ID = Prepared(_OF_PUBLIC_ID)
_BY_PUBLIC_ID_LOCKED = Prepared(_OF_PUBLIC_ID.with_for_update(of=invitation))
_OF_ID = _FACTS.where(invitation.c.id == bindparam("id"))
_BY_ID = Prepared(_OF_ID)
_BY_ID_LOCKED = Prepared(_OF_ID.with_for_update(of=invitation))
_OPEN_OF = Prepared(
    _FACTS.where(invitation.c.person_id == bindparam("person"), invitation.c.state == InvitationState.DELIVERED.value)
)
"""In no order: SQLite would go through everybody's open invitations to find them in it."""


class StoredInvitations:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._surveys = StoredSurveys(scope)
        self._answering = Answering(scope)

    async def facts(self, public_id: str) -> InvitationFacts | None:
        row = await self._row(_BY_PUBLIC_ID_LOCKED if self._scope.writable else _BY_PUBLIC_ID, public=public_id)
        return await self._to_facts(row) if row else None

    async def facts_by_id(self, invitation_id: int) -> InvitationFacts:
        row = await self._row(_BY_ID_LOCKED if self._scope.writable else _BY_ID, id=invitation_id)
        if row is None:
            raise NotFound("This invitation is not known here.")
        return await self._to_facts(row)

    async def open_of(self, person_id: int) -> Sequence[InvitationFacts]:
        rows = await _OPEN_OF.all(self._scope.connection, tenant=self._scope.tenant_id, person=person_id)
        newest = sorted(rows, key=lambda row: (row.delivered_at, row.id), reverse=True)
        return [await self._to_facts(row) for row in newest]

    async def unprompted(
        self, version: SurveyVersion, person: Person, *, at: datetime, touchpoint: str | None = None
    ) -> InvitationFacts:
        if version.survey.privacy is Privacy.ANONYMOUS:
            raise Refused("An anonymous survey cannot be answered yet: its answers could not be sealed.")
        result = await self._scope.connection.execute(
            insert(invitation).returning(invitation.c.id),
            {
                "tenant_id": self._scope.tenant_id,
                "public_id": new_public_id(),
                "survey_version_id": version.id,
                "privacy": version.survey.privacy.value,
                "person_id": person.id,
                "survey_key": version.survey.key,
                "state": InvitationState.DELIVERED.value,
                "touchpoint": touchpoint,
                "created_at": at,
                "delivered_at": at,
                "closes_at": at + version.survey.window,
            },
        )
        await opened(self._scope, version.survey.key, at)
        return await self.facts_by_id(result.scalar_one())

    async def delivered(self, invitation_id: int, at: datetime) -> None:
        row = await self._row(_BY_ID_LOCKED, id=invitation_id)
        if row is None:
            raise NotFound("This invitation is not known here.")
        version = await self._surveys.version(row.survey_version_id)
        changed = await self._change(
            invitation_id,
            InvitationState.QUEUED,
            state=InvitationState.DELIVERED.value,
            delivered_at=at,
            closes_at=at + version.survey.window,
        )
        if changed:
            await opened(self._scope, version.survey.key, at)

    async def undeliverable(
        self, invitation_id: int, at: datetime, reason: Undeliverable = Undeliverable.NO_PLATFORM
    ) -> None:
        changed = await self._change(
            invitation_id, InvitationState.QUEUED, state=InvitationState.UNDELIVERABLE.value, closed_at=at
        )
        if changed:
            await self._scope.connection.execute(
                self._scope.insert_new(unreached),
                {"tenant_id": self._scope.tenant_id, "invitation_id": invitation_id, "reason": reason.value},
            )

    async def answer(self, answer: NewAnswer) -> bool:
        return await self._answering.answer(answer)

    async def skip(self, invitation_id: int, question: str, at: datetime) -> None:
        await self._answering.skip(invitation_id, question, at)

    async def request_talk(self, invitation_id: int, at: datetime) -> None:
        await self._scope.connection.execute(
            update(invitation)
            .where(
                invitation.c.tenant_id == self._scope.tenant_id,
                invitation.c.id == invitation_id,
                invitation.c.talk_requested_at.is_(None),
            )
            .values(talk_requested_at=at)
        )

    async def cancel_queued(self, person_id: int, at: datetime) -> int:
        queued = and_(
            invitation.c.tenant_id == self._scope.tenant_id,
            invitation.c.person_id == person_id,
            invitation.c.state == InvitationState.QUEUED.value,
        )
        await self._scope.connection.execute(
            update(delivery)
            .where(
                delivery.c.tenant_id == self._scope.tenant_id,
                delivery.c.state == DeliveryState.QUEUED.value,
                delivery.c.invitation_id.in_(select(invitation.c.id).where(queued)),
            )
            .values(state=DeliveryState.DROPPED.value, last_error="opted out")
        )
        result = await self._scope.connection.execute(
            update(invitation).where(queued).values(state=InvitationState.CANCELLED.value, closed_at=at)
        )
        return int(result.rowcount)

    async def close_due(self, now: datetime, limit: int) -> int:
        return await close_due(self._scope, now, limit)

    async def _row(self, statement: Prepared, **values: int | str) -> AnyRow | None:
        row: AnyRow | None = await statement.first(self._scope.connection, tenant=self._scope.tenant_id, **values)
        return row

    async def _change(self, invitation_id: int, was: InvitationState, **values: str | datetime) -> bool:
        changed = await self._scope.connection.execute(
            update(invitation)
            .where(
                invitation.c.tenant_id == self._scope.tenant_id,
                invitation.c.id == invitation_id,
                invitation.c.state == was.value,
            )
            .values(**values)
        )
        return changed.rowcount == 1

    async def _to_facts(self, row: AnyRow) -> InvitationFacts:
        # Read after the row is locked: a statement that waits for a lock still sees the other tables as before it.
        submission = await read_submission(self._scope, row.id)
        return InvitationFacts(
            id=row.id,
            public_id=row.public_id,
            version=await self._surveys.version(row.survey_version_id),
            person=to_person(row, timezone=self._scope.tenant.timezone),
            state=InvitationState(row.state),
            asked_by=self._scope.tenant.name,
            context=row.context,
            touchpoint=row.touchpoint,
            created_at=row.created_at,
            delivered_at=row.delivered_at,
            closes_at=row.closes_at,
            submitted_at=submission.submitted_at,
            locks_at=submission.locks_at,
            opted_out=row.opted_out,
            snoozed_until=row.snoozed_until,
            talk_requested_at=row.talk_requested_at,
            answers=submission.answers,
            skipped_questions=submission.skipped,
        )
