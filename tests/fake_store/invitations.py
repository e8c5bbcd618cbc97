"""Invitations from queued to closed, and the versions of their answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.ports import NewAnswer
from surveys.definitions.model import Privacy, Question, ScoreQuestion, Survey, SurveyVersion
from surveys.errors import InvalidInput, NotFound, Refused, Undeliverable
from surveys.people.model import Person
from surveys.sending.model import LOCKS_AFTER, GivenAnswer, InvitationFacts, InvitationState, WaveState
from tests.fake_store.books import AnswerRow, Books, InvitationRow, Place, first, public_id, storable, utc
from tests.fake_store.deliveries import Deliveries
from tests.fake_store.people import WAITING, People, properties_of


class Invitations:
    def __init__(self, books: Books) -> None:
        self._books = books
        self._people = People(books)

    async def facts(self, public_id: str) -> InvitationFacts | None:
        row = first(self._books.invitations.values(), lambda one: one.public_id == public_id)
        return self._facts(row) if row else None

    async def facts_by_id(self, invitation_id: int) -> InvitationFacts:
        return self._facts(self._row(invitation_id))

    async def open_of(self, person_id: int) -> Sequence[InvitationFacts]:
        rows = [
            row
            for row in self._books.invitations.values()
            if row.person_id == person_id and row.state is InvitationState.DELIVERED
        ]
        return [self._facts(row) for row in sorted(rows, key=lambda row: (row.delivered_at, row.id), reverse=True)]

    async def unprompted(
        self, version: SurveyVersion, person: Person, *, at: datetime, touchpoint: str | None = None
    ) -> InvitationFacts:
        if version.survey.privacy is Privacy.ANONYMOUS:
            raise Refused("An anonymous survey cannot be answered yet: its answers could not be sealed.")
        row = InvitationRow(
            id=self._books.number("invitation"),
            public_id=public_id(),
            version_id=version.id,
            person_id=person.id,
            state=InvitationState.DELIVERED,
            touchpoint=touchpoint,
            created_at=utc(at),
            delivered_at=utc(at),
            closes_at=utc(at) + version.survey.window,
        )
        self._books.invitations[row.id] = row
        self._books.unfolded += 1
        return self._facts(row)

    async def delivered(self, invitation_id: int, at: datetime) -> None:
        """The window begins with the first delivery; a second one does not move it."""
        row = self._row(invitation_id)
        if row.state in (InvitationState.QUEUED, InvitationState.CANCELLED):
            closes_at = utc(at) + self._survey(row).window
            self._change(row, state=InvitationState.DELIVERED, delivered_at=utc(at), closes_at=closes_at)
            self._books.unfolded += 1

    async def undeliverable(
        self, invitation_id: int, at: datetime, reason: Undeliverable = Undeliverable.NO_PLATFORM
    ) -> None:
        row = self._row(invitation_id)
        if row.state is InvitationState.QUEUED:
            self._change(row, state=InvitationState.UNDELIVERABLE, unreached=reason)

    async def request_talk(self, invitation_id: int, at: datetime) -> None:
        row = self._row(invitation_id)
        if row.talk_requested_at is None:
            self._change(row, talk_requested_at=utc(at))

    async def cancel_queued(self, person_id: int, at: datetime) -> int:
        queued = [
            row
            for row in self._books.invitations.values()
            if row.person_id == person_id and row.state is InvitationState.QUEUED
        ]
        for row in queued:
            self._change(row, state=InvitationState.CANCELLED)
            Deliveries(self._books).withdraw(row.id, "opted out")
        return len(queued)

    async def close_due(self, now: datetime, limit: int) -> int:
        """Closes what was delivered, cancels what waited too long for its turn, and ends waves with nothing open."""
        over = [
            row
            for row in self._books.invitations.values()
            if row.state in WAITING and row.closes_at is not None and row.closes_at <= now
        ]
        over.sort(key=lambda row: (row.closes_at, row.id))
        for row in over[:limit]:
            if row.state is InvitationState.DELIVERED:
                self._change(row, state=InvitationState.CLOSED)
                # It is open no more, and answered or not.
                self._books.unfolded += 2
            else:
                self._change(row, state=InvitationState.CANCELLED)
                Deliveries(self._books).withdraw(row.id, "expired")
        waiting = {row.wave_id for row in self._books.invitations.values() if row.state in WAITING}
        for wave in list(self._books.waves.values()):
            if wave.state is WaveState.OPEN and wave.id not in waiting:
                self._books.waves[wave.id] = replace(wave, state=WaveState.CLOSED)
        return len(over[:limit])

    # ── answers ────────────────────────────────────────────────────────────────────────────────────────────────

    async def answer(self, answer: NewAnswer) -> bool:
        """A new version, unless it says what the current one says. The day and the groups are those of the first."""
        given = (answer.score, answer.text, answer.choice, answer.not_applicable or None)
        if sum(value is not None for value in given) != 1:
            raise InvalidInput("An answer is exactly one of a score, a text, a choice, or “does not apply”.")
        row, question = self._asked(answer.invitation_id, answer.question)
        if answer.score is not None and not (isinstance(question, ScoreQuestion) and answer.score in question.scale):
            raise InvalidInput("This value is not on the question's scale.")
        return self._store(row, question, answer, skipped=False)

    async def skip(self, invitation_id: int, question: str, at: datetime) -> None:
        row, asked = self._asked(invitation_id, question)
        nothing = NewAnswer(invitation_id=invitation_id, question=question, at=at, platform="")
        self._store(row, asked, nothing, skipped=True)

    def _asked(self, invitation_id: int, key: str) -> tuple[InvitationRow, Question]:
        row = self._row(invitation_id)
        if row.state in (InvitationState.CLOSED, InvitationState.CANCELLED):
            raise Refused("This survey is closed.")
        question = self._survey(row).question(key)
        if question is None:
            raise NotFound("This question is not part of the survey.")
        return row, question

    def _store(self, row: InvitationRow, question: Question, new: NewAnswer, *, skipped: bool) -> bool:
        versions = [one for one in self._answers(row.id) if one.question == question.key]
        former = versions[-1] if versions else None
        text = storable(new.text) if new.text is not None else None
        says = (new.score, text, new.choice, new.not_applicable, skipped)
        if former and says == (former.score, former.text, former.choice, former.not_applicable, former.skipped):
            return False
        day, place = self._first_submission(row, new.at)
        if former:
            self._books.answers[former.id] = replace(former, current=False)
        counted = isinstance(question, ScoreQuestion) and question.metric is not None
        number = self._books.number("answer")
        self._books.answers[number] = AnswerRow(
            id=number,
            invitation_id=row.id,
            person_id=row.person_id,
            question=question.key,
            version=len(versions) + 1,
            current=True,
            metric=question.metric if isinstance(question, ScoreQuestion) else None,
            series=self._survey(row).series_of(touchpoint=row.touchpoint) if counted else None,
            score=new.score,
            text=text,
            choice=new.choice,
            skipped=skipped,
            not_applicable=new.not_applicable,
            recorded_at=utc(new.at),
            day=day,
            place=place,
            platform=new.platform or None,
            wave_id=row.wave_id,
            survey=self._survey(row).key,
        )
        if counted:
            self._books.unfolded += sum(one is not None for one in (new.score, former.score if former else None))
        return True

    def _first_submission(self, row: InvitationRow, at: datetime) -> tuple[date, Place]:
        """The day and the groups of whatever was submitted first."""
        before = first(self._answers(row.id), lambda one: True)
        if before is not None:
            return before.day, before.place
        self._change(row, submitted_at=utc(at), locks_at=utc(at) + LOCKS_AFTER)
        day = at.astimezone(ZoneInfo(self._books.tenant.timezone)).date()
        person = self._books.people[row.person_id]
        now = {dimension.value: value for dimension, value in properties_of(self._books, person).items()}
        now.pop("account")
        return day, Place(account_id=person.account_id, touchpoint=row.touchpoint, **now)

    # ── reading ────────────────────────────────────────────────────────────────────────────────────────────────

    def _row(self, invitation_id: int) -> InvitationRow:
        row = self._books.invitations.get(invitation_id)
        if row is None:
            raise NotFound("This invitation is not known here.")
        return row

    def _survey(self, row: InvitationRow) -> Survey:
        return self._books.versions[row.version_id].survey

    def _answers(self, invitation_id: int) -> list[AnswerRow]:
        return [one for one in self._books.answers.values() if one.invitation_id == invitation_id]

    def _change(self, row: InvitationRow, **values: object) -> None:
        self._books.invitations[row.id] = replace(self._row(row.id), **values)  # type: ignore[arg-type]

    def _facts(self, row: InvitationRow) -> InvitationFacts:
        person = self._books.people[row.person_id]
        current = [one for one in self._answers(row.id) if one.current]
        return InvitationFacts(
            id=row.id,
            public_id=row.public_id,
            version=self._books.versions[row.version_id],
            person=self._people.person(row.person_id),
            state=row.state,
            asked_by=self._books.tenant.name,
            context="",
            touchpoint=row.touchpoint,
            created_at=row.created_at,
            delivered_at=row.delivered_at,
            closes_at=row.closes_at,
            submitted_at=row.submitted_at,
            locks_at=row.locks_at,
            opted_out=person.opted_out_at is not None,
            snoozed_until=person.snoozed_until,
            talk_requested_at=row.talk_requested_at,
            answers=tuple(_given(one) for one in current if not one.skipped),
            skipped_questions=frozenset(one.question for one in current if one.skipped),
        )


def _given(row: AnswerRow) -> GivenAnswer:
    return GivenAnswer(
        question=row.question,
        version=row.version,
        recorded_at=row.recorded_at,
        score=row.score,
        text=row.text,
        choice=row.choice,
        not_applicable=row.not_applicable,
    )
