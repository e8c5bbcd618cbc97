"""Waves: drafted with a snapshot of members, confirmed once, in one commit with every invitation and delivery."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, insert, select, update

from storage.deliveries import DeliveryState, encoded
from storage.person_rows import PERSON_COLUMNS, to_person, with_sides
from storage.public_ids import new_public_id
from storage.scope import Scope
from storage.surveys import StoredSurveys
from storage.tables import delivery, invitation, person, wave, wave_member
from storage.types import AnyRow
from storage.wave_counts import with_counts
from surveys.definitions.model import Privacy, SurveyVersion
from surveys.errors import NotFound, Refused
from surveys.sending.model import Asked, InvitationState, Skipped, SkipReason, Wave, WavePlan, WaveState

INVITATION_TEMPLATE = "invitation"

_members = (
    select(func.count())
    .where(
        wave_member.c.tenant_id == wave.c.tenant_id,
        wave_member.c.wave_id == wave.c.id,
        wave_member.c.due_at.is_not(None),
    )
    .correlate(wave)
    .scalar_subquery()
    .label("members")
)
_WAVES = select(
    wave.c.id, wave.c.public_id, wave.c.survey_version_id, wave.c.state, wave.c.audience, wave.c.created_by,
    wave.c.created_at, wave.c.confirmed_at, wave.c.closes_at, _members,
).where(wave.c.tenant_id == bindparam("tenant"))  # fmt: skip
_LOCKED = (
    select(wave.c.state, wave.c.survey_version_id)
    .where(wave.c.tenant_id == bindparam("tenant"), wave.c.id == bindparam("wave"))
    .with_for_update()
)


class StoredWaves:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._surveys = StoredSurveys(scope)

    async def draft(
        self, version: SurveyVersion, audience: str, plan: WavePlan, *, by: int | None, at: datetime
    ) -> Wave:
        if version.survey.privacy is Privacy.ANONYMOUS:
            raise Refused("An anonymous survey cannot be sent yet: its answers could not be sealed.")
        public_id = new_public_id()
        result = await self._scope.connection.execute(
            insert(wave).returning(wave.c.id),
            {
                "tenant_id": self._scope.tenant_id,
                "public_id": public_id,
                "survey_version_id": version.id,
                "privacy": version.survey.privacy.value,
                "state": WaveState.DRAFT.value,
                "audience": audience,
                "created_by": by,
                "created_at": at,
            },
        )
        await self._write_members(result.scalar_one(), plan)
        drafted = await self.by_public_id(public_id)
        if drafted is None:
            raise NotFound("The wave that was just drafted is gone.")
        return drafted

    async def by_public_id(self, public_id: str) -> Wave | None:
        return await self._first(_WAVES.where(wave.c.public_id == bindparam("public")), public=public_id)

    async def plan(self, wave_id: int) -> WavePlan:
        statement = (
            select(*PERSON_COLUMNS, wave_member.c.due_at, wave_member.c.skip_reason, wave_member.c.skipped_until)
            .select_from(
                with_sides(
                    wave_member.join(
                        person,
                        and_(person.c.tenant_id == wave_member.c.tenant_id, person.c.id == wave_member.c.person_id),
                    )
                )
            )
            .where(wave_member.c.tenant_id == self._scope.tenant_id, wave_member.c.wave_id == wave_id)
            .order_by(wave_member.c.due_at, person.c.id)
        )
        rows = (await self._scope.connection.execute(statement)).all()
        zone = self._scope.tenant.timezone
        return WavePlan(
            asked=tuple(Asked(person=to_person(row, timezone=zone), due_at=row.due_at) for row in rows if row.due_at),
            skipped=tuple(
                Skipped(
                    person=to_person(row, timezone=zone), reason=SkipReason(row.skip_reason), until=row.skipped_until
                )
                for row in rows
                if row.skip_reason
            ),
        )

    async def confirm(self, wave_id: int, plan: WavePlan, *, at: datetime) -> int | None:
        # The row lock makes a second confirmation wait and then find that this is no draft any more.
        row = await self._locked(wave_id)
        if row.state != WaveState.DRAFT.value:
            return None
        version = await self._surveys.version(row.survey_version_id)
        await self._scope.connection.execute(
            delete(wave_member).where(
                wave_member.c.tenant_id == self._scope.tenant_id, wave_member.c.wave_id == wave_id
            )
        )
        await self._write_members(wave_id, plan)
        await self._invite(wave_id, version, plan.asked, at)
        last = max((one.due_at for one in plan.asked), default=at)
        await self._scope.connection.execute(
            update(wave)
            .where(wave.c.tenant_id == self._scope.tenant_id, wave.c.id == wave_id)
            .values(state=WaveState.OPEN.value, confirmed_at=at, closes_at=last + version.survey.window)
        )
        return len(plan.asked)

    async def cancel(self, wave_id: int, *, at: datetime) -> bool:
        row = await self._locked(wave_id)
        if row.state not in (WaveState.DRAFT.value, WaveState.OPEN.value):
            return False
        await self._scope.connection.execute(
            update(wave)
            .where(wave.c.tenant_id == self._scope.tenant_id, wave.c.id == wave_id)
            .values(state=WaveState.CANCELLED.value)
        )
        queued = and_(
            invitation.c.tenant_id == self._scope.tenant_id,
            invitation.c.wave_id == wave_id,
            invitation.c.state == InvitationState.QUEUED.value,
        )
        await self._scope.connection.execute(
            update(delivery)
            .where(
                delivery.c.tenant_id == self._scope.tenant_id,
                delivery.c.state == DeliveryState.QUEUED.value,
                delivery.c.invitation_id.in_(select(invitation.c.id).where(queued)),
            )
            .values(state=DeliveryState.DROPPED.value, last_error="cancelled")
        )
        await self._scope.connection.execute(
            update(invitation).where(queued).values(state=InvitationState.CANCELLED.value, closed_at=at)
        )
        return True

    async def recent(self, limit: int) -> Sequence[Wave]:
        sent = _WAVES.where(wave.c.confirmed_at.is_not(None))
        result = await self._scope.connection.execute(
            sent.order_by(wave.c.confirmed_at.desc(), wave.c.id.desc()).limit(limit),
            {"tenant": self._scope.tenant_id},
        )
        return await with_counts(self._scope, [await self._wave(row) for row in result.all()])

    async def _first(self, statement: Select[*tuple[Any, ...]], **values: int | str) -> Wave | None:
        result = await self._scope.connection.execute(statement, {"tenant": self._scope.tenant_id, **values})
        found = await with_counts(self._scope, [await self._wave(row) for row in result.all()])
        return found[0] if found else None

    async def _wave(self, row: AnyRow) -> Wave:
        return Wave(
            id=row.id,
            public_id=row.public_id,
            version=await self._surveys.version(row.survey_version_id),
            state=WaveState(row.state),
            audience=row.audience,
            created_by=row.created_by,
            created_at=row.created_at,
            confirmed_at=row.confirmed_at,
            closes_at=row.closes_at,
            members=row.members,
        )

    async def _locked(self, wave_id: int) -> AnyRow:
        result = await self._scope.connection.execute(_LOCKED, {"tenant": self._scope.tenant_id, "wave": wave_id})
        row = result.first()
        if row is None:
            raise NotFound("This wave is not known here.")
        return row

    async def _write_members(self, wave_id: int, plan: WavePlan) -> None:
        same = {"tenant_id": self._scope.tenant_id, "wave_id": wave_id}
        rows: list[dict[str, object]] = [
            {**same, "person_id": one.person.id, "due_at": one.due_at, "skip_reason": None, "skipped_until": None}
            for one in plan.asked
        ]
        rows += [
            {**same, "person_id": one.person.id, "due_at": None, "skip_reason": one.reason.value,
             "skipped_until": one.until}
            for one in plan.skipped
        ]  # fmt: skip
        if rows:
            await self._scope.connection.execute(insert(wave_member), rows)

    async def _invite(self, wave_id: int, version: SurveyVersion, asked: Sequence[Asked], at: datetime) -> None:
        if not asked:
            return
        due = {new_public_id(): one for one in asked}
        result = await self._scope.connection.execute(
            insert(invitation).returning(invitation.c.id, invitation.c.public_id),
            [
                {
                    "tenant_id": self._scope.tenant_id,
                    "public_id": public_id,
                    "survey_version_id": version.id,
                    "privacy": version.survey.privacy.value,
                    "wave_id": wave_id,
                    "person_id": one.person.id,
                    "survey_key": version.survey.key,
                    "state": InvitationState.QUEUED.value,
                    "created_at": at,
                    # While it is queued: until when it may wait for its turn.
                    "closes_at": one.due_at + version.survey.expires_after,
                }
                for public_id, one in due.items()
            ],
        )
        await self._scope.connection.execute(
            insert(delivery),
            [
                {
                    "tenant_id": self._scope.tenant_id,
                    "public_id": new_public_id(),
                    "kind": "post",
                    "template": INVITATION_TEMPLATE,
                    "parameters": encoded({"invitation": row.public_id}),
                    "dedupe_key": f"invitation:{row.public_id}",
                    "person_id": due[row.public_id].person.id,
                    "invitation_id": row.id,
                    "state": DeliveryState.QUEUED.value,
                    "due_at": due[row.public_id].due_at,
                    "created_at": at,
                }
                for row in result.all()
            ],
        )
