"""Surveys as published, and waves: drafted with a snapshot, confirmed once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.ports import NewDelivery
from surveys.definitions.model import Privacy, Survey, SurveyVersion
from surveys.errors import NotFound, Refused, Undeliverable
from surveys.sending.model import Asked, InvitationState, Skipped, Wave, WavePlan, WaveState
from tests.fake_store.books import Books, InvitationRow, MemberRow, WaveRow, first, public_id, utc
from tests.fake_store.deliveries import UNDER_WAY, Deliveries
from tests.fake_store.people import People


class Surveys:
    """A version never changes; publishing what is the latest already finds it."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def publish(self, survey: Survey, at: datetime) -> SurveyVersion:
        latest = await self.latest(survey.key)
        if latest is not None and latest.survey == survey:
            return latest
        number = self._books.number("version")
        version = SurveyVersion(
            id=number, public_id=public_id(), number=latest.number + 1 if latest else 1, survey=survey
        )
        self._books.versions[number] = version
        return version

    async def latest(self, key: str) -> SurveyVersion | None:
        versions = [version for version in self._books.versions.values() if version.survey.key == key]
        return max(versions, key=lambda version: version.number, default=None)

    async def all_latest(self) -> Sequence[SurveyVersion]:
        newest = {version.survey.key: version for version in self._books.versions.values()}
        return [newest[key] for key in sorted(newest)]


class Waves:
    def __init__(self, books: Books) -> None:
        self._books = books
        self._people = People(books)

    async def draft(
        self, version: SurveyVersion, audience: str, plan: WavePlan, *, by: int | None, at: datetime
    ) -> Wave:
        if version.survey.privacy is Privacy.ANONYMOUS:
            raise Refused("An anonymous survey cannot be sent yet: its answers could not be sealed.")
        row = WaveRow(
            id=self._books.number("wave"),
            public_id=public_id(),
            version_id=version.id,
            state=WaveState.DRAFT,
            audience=audience,
            created_by=by,
            created_at=utc(at),
            members=_members(plan),
        )
        self._books.waves[row.id] = row
        return self._wave(row)

    async def by_public_id(self, public_id: str) -> Wave | None:
        row = first(self._books.waves.values(), lambda one: one.public_id == public_id)
        return self._wave(row) if row else None

    async def plan(self, wave_id: int) -> WavePlan:
        row = self._books.waves.get(wave_id)
        members = row.members if row else ()
        asked = [Asked(person=self._people.person(one.person_id), due_at=one.due_at) for one in members if one.due_at]
        skipped = [
            Skipped(person=self._people.person(one.person_id), reason=one.reason, until=one.until)
            for one in members
            if one.reason
        ]
        return WavePlan(asked=tuple(asked), skipped=tuple(skipped))

    async def confirm(self, wave_id: int, plan: WavePlan, *, at: datetime) -> int | None:
        """With an invitation and a delivery for everyone planned; a second confirmation finds no draft."""
        row = self._row(wave_id)
        if row.state is not WaveState.DRAFT:
            return None
        survey = self._books.versions[row.version_id].survey
        last = max((utc(one.due_at) for one in plan.asked), default=utc(at))
        self._books.waves[wave_id] = replace(
            row,
            state=WaveState.OPEN,
            members=_members(plan),
            confirmed_at=utc(at),
            closes_at=last + survey.window,
        )
        for one in plan.asked:
            await self._invite(row, one, at)
        return len(plan.asked)

    async def _invite(self, wave: WaveRow, one: Asked, at: datetime) -> None:
        invitation = InvitationRow(
            id=self._books.number("invitation"),
            public_id=public_id(),
            version_id=wave.version_id,
            wave_id=wave.id,
            person_id=one.person.id,
            state=InvitationState.QUEUED,
            created_at=utc(at),
            # While it is queued: until when it may wait for its turn.
            closes_at=utc(one.due_at) + self._books.versions[wave.version_id].survey.expires_after,
        )
        self._books.invitations[invitation.id] = invitation
        delivery = NewDelivery(
            template="invitation",
            parameters={"invitation": invitation.public_id},
            dedupe_key=f"invitation:{invitation.public_id}",
            due_at=one.due_at,
            person_id=one.person.id,
            invitation_id=invitation.id,
        )
        await Deliveries(self._books).add([delivery])

    async def cancel(self, wave_id: int, *, at: datetime) -> bool:
        row = self._row(wave_id)
        if row.state not in (WaveState.DRAFT, WaveState.OPEN):
            return False
        self._books.waves[wave_id] = replace(row, state=WaveState.CANCELLED)
        for one in list(self._books.invitations.values()):
            if one.wave_id == wave_id and one.state is InvitationState.QUEUED:
                self._books.invitations[one.id] = replace(one, state=InvitationState.CANCELLED)
                Deliveries(self._books).withdraw(one.id, "cancelled")
        return True

    async def recent(self, limit: int) -> Sequence[Wave]:
        sent = [(row.confirmed_at, row.id, row) for row in self._books.waves.values() if row.confirmed_at]
        return [self._wave(row) for _at, _id, row in sorted(sent, reverse=True)[:limit]]

    def _unreached(self, row: WaveRow) -> tuple[tuple[Undeliverable, int], ...]:
        mine = [one.unreached for one in self._books.invitations.values() if one.wave_id == row.id]
        counted = Counter(reason for reason in mine if reason is not None)
        return tuple(sorted(counted.items(), key=lambda one: (-one[1], one[0])))

    def _row(self, wave_id: int) -> WaveRow:
        row = self._books.waves.get(wave_id)
        if row is None:
            raise NotFound("This wave is not known here.")
        return row

    def _wave(self, row: WaveRow) -> Wave:
        mine = {one.id: one for one in self._books.invitations.values() if one.wave_id == row.id}
        answered = {one.invitation_id for one in self._books.answers.values() if one.current and not one.skipped}
        leaving = {one.new.invitation_id for one in self._books.deliveries.values() if one.state in UNDER_WAY}
        return Wave(
            id=row.id,
            public_id=row.public_id,
            version=self._books.versions[row.version_id],
            state=row.state,
            audience=row.audience,
            created_by=row.created_by,
            created_at=row.created_at,
            confirmed_at=row.confirmed_at,
            closes_at=row.closes_at,
            members=sum(one.due_at is not None for one in row.members),
            delivered=sum(one.delivered_at is not None for one in mine.values()),
            leaving=sum(one.delivered_at is None for one in mine.values() if one.id in leaving),
            answered=len(answered & mine.keys()),
            unreached=self._unreached(row),
        )


def _members(plan: WavePlan) -> tuple[MemberRow, ...]:
    asked = [MemberRow(person_id=one.person.id, due_at=utc(one.due_at)) for one in plan.asked]
    skipped = [
        MemberRow(person_id=one.person.id, reason=one.reason, until=utc(one.until) if one.until else None)
        for one in plan.skipped
    ]
    return (*asked, *skipped)
