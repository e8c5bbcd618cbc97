"""Invitations: one person's place in a survey, from queued to closed. Answers are written by `storage.answering`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, insert, select, update

from bot.ports import NewAnswer
from storage.answering import Answering
from storage.closing import close_due
from storage.deliveries import DeliveryState
from storage.given import submission_of
from storage.invitation_rows import InvitationRows, ReadInvitation
from storage.person_rows import to_person
from storage.public_ids import new_public_id
from storage.response_deltas import opened
from storage.scope import Scope
from storage.surveys import StoredSurveys
from storage.tables import delivery, invitation, unreached
from surveys.definitions.model import Privacy, SurveyVersion
from surveys.errors import NotFound, Refused, Undeliverable
from surveys.people.model import Person
from surveys.sending.model import InvitationFacts, InvitationState


class StoredInvitations:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._surveys = StoredSurveys(scope)
        self._rows = InvitationRows(scope)
        self._answering = Answering(scope, self._rows)

    async def facts(self, public_id: str) -> InvitationFacts | None:
        read = await self._rows.by_public_id(public_id)
        return await self._to_facts(read) if read else None

    async def facts_by_id(self, invitation_id: int) -> InvitationFacts:
        return await self._to_facts(await self._known(invitation_id))

    async def open_of(self, person_id: int) -> Sequence[InvitationFacts]:
        return [await self._to_facts(read) for read in await self._rows.open_of(person_id)]

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
        version = await self._surveys.version((await self._known(invitation_id)).row.survey_version_id)
        changed = await self._change(
            invitation_id,
            # Withdrawn while the platform was being called: the person has the question all the same.
            (InvitationState.QUEUED, InvitationState.CANCELLED),
            state=InvitationState.DELIVERED.value,
            delivered_at=at,
            closes_at=at + version.survey.window,
            closed_at=None,
        )
        if changed:
            await opened(self._scope, version.survey.key, at)

    async def undeliverable(
        self, invitation_id: int, at: datetime, reason: Undeliverable = Undeliverable.NO_PLATFORM
    ) -> None:
        changed = await self._change(
            invitation_id, (InvitationState.QUEUED,), state=InvitationState.UNDELIVERABLE.value, closed_at=at
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
        self._rows.changed()
        result = await self._scope.connection.execute(
            update(invitation).where(queued).values(state=InvitationState.CANCELLED.value, closed_at=at)
        )
        return int(result.rowcount)

    async def close_due(self, now: datetime, limit: int) -> int:
        self._rows.changed()
        return await close_due(self._scope, now, limit)

    async def _known(self, invitation_id: int) -> ReadInvitation:
        read = await self._rows.by_id(invitation_id)
        if read is None:
            raise NotFound("This invitation is not known here.")
        return read

    async def _change(
        self, invitation_id: int, was: Sequence[InvitationState], **values: str | datetime | None
    ) -> bool:
        changed = await self._scope.connection.execute(
            update(invitation)
            .where(
                invitation.c.tenant_id == self._scope.tenant_id,
                invitation.c.id == invitation_id,
                invitation.c.state.in_([state.value for state in was]),
            )
            .values(**values)
        )
        self._rows.changed()
        return changed.rowcount == 1

    async def _to_facts(self, read: ReadInvitation) -> InvitationFacts:
        row, submission = read.row, submission_of(read.given)
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
