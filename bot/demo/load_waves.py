"""Writes who was asked and what they answered in chat: week by week, as waves, through the product's own repositories.

A week is written in steps that can each be repeated: whoever stops the program meanwhile finds it continued.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from adapters.web.chat import PLATFORM
from bot.demo.comments import comment_key, comments
from bot.demo.dates import ZONE, local_day
from bot.demo.waves import CORRECTED_AFTER, Ask, asks, imported
from bot.ports import DueDelivery, NewAnswer, Tenant
from storage.unit_of_work import SqlStore, SqlUnitOfWork
from surveys.definitions.model import SurveyVersion, TextQuestion
from surveys.errors import NotFound
from surveys.people.model import Person
from surveys.sending.model import Asked, WavePlan

OWNER = "demo"
MORE_THAN_A_WEEK = 500
"""Questions that are delivered, or windows that close, at once; a week has some thirty."""
PAUSE_BEFORE_COMMENT = timedelta(seconds=50)


def weeks() -> Sequence[tuple[date, Sequence[Ask]]]:
    """What was asked in chat, by the Monday of its week in Warsaw."""
    in_chat = [ask for ask in asks() if not imported(ask)]
    return [(monday, tuple(group)) for monday, group in groupby(in_chat, key=lambda ask: _monday(ask.at))]


class WaveWriter:
    """`people` by e-mail. `lead`: in whose name the waves go out."""

    def __init__(self, store: SqlStore, tenant: Tenant, people: Mapping[str, Person], lead: Person) -> None:
        self._store = store
        self._tenant = tenant
        self._people = people
        self._lead = lead
        self._known: frozenset[str] | None = None

    async def write(self, monday: date, week: Sequence[Ask]) -> None:
        """One week: the wave is confirmed, its questions are delivered and answered, older windows close.

        What is still due when the demo starts is left to the delivery loop.
        """
        label = f"drip {monday.isocalendar().year}-W{monday.isocalendar().week:02}"
        if label not in await self._labels():
            await self._confirm(label, monday, week)
        past = [ask for ask in week if not ask.queued]
        if not past:
            return
        due = await self._take(until=max(ask.at for ask in past))
        async with self._store.write(self._tenant.id) as unit:
            version = await _version(unit)
            by_person = {self._people[ask.contact.email].id: ask for ask in past}
            for delivery in due:
                if delivery.person_id is not None and delivery.person_id in by_person:
                    await self._happen(unit, delivery, by_person[delivery.person_id], version)
            await unit.invitations.close_due(_morning(monday), MORE_THAN_A_WEEK)
            await unit.commit()

    async def close(self, now: datetime) -> None:
        """Ends the windows that are over."""
        async with self._store.write(self._tenant.id) as unit:
            await unit.invitations.close_due(now, MORE_THAN_A_WEEK)
            await unit.commit()

    async def _labels(self) -> frozenset[str]:
        """The waves that an interrupted run has written."""
        if self._known is None:
            async with self._store.read(self._tenant.id) as unit:
                self._known = frozenset(wave.audience for wave in await unit.waves.recent(200))
        return self._known

    async def _confirm(self, label: str, monday: date, week: Sequence[Ask]) -> None:
        at = _morning(monday) - timedelta(days=3)
        plan = WavePlan(
            asked=tuple(Asked(person=self._people[ask.contact.email], due_at=ask.at) for ask in week), skipped=()
        )
        async with self._store.write(self._tenant.id) as unit:
            wave = await unit.waves.draft(await _version(unit), label, plan, by=self._lead.id, at=at)
            await unit.waves.confirm(wave.id, plan, at=at)
            await unit.commit()

    async def _take(self, *, until: datetime) -> Sequence[DueDelivery]:
        """Without a lease: if this process dies, the next one may go on at once."""
        async with self._store.system() as system:
            due = await system.take_due(now=until, limit=MORE_THAN_A_WEEK, lease_seconds=0, owner=OWNER)
            await system.commit()
        return due

    async def _happen(self, unit: SqlUnitOfWork, due: DueDelivery, ask: Ask, version: SurveyVersion) -> None:
        if due.invitation_id is None:
            raise NotFound("A question of the demo lost its invitation.")
        if ask.undeliverable:
            await unit.deliveries.failed(due, error="the person is on no connected platform")
            await unit.invitations.undeliverable(due.invitation_id, ask.at)
            return
        # No chat shows what was asked before the demo began: there is no message that could be brought up to date.
        await unit.deliveries.dropped(due, reason="delivered before the demo began")
        await unit.invitations.delivered(due.invitation_id, ask.at)
        if ask.reply is not None:
            await _answer(unit, due.invitation_id, ask, version)


async def _answer(unit: SqlUnitOfWork, invitation_id: int, ask: Ask, version: SurveyVersion) -> None:
    """The taps and the words, each with its own time."""
    reply = ask.reply
    question = version.survey.primary_score
    reason = next(one for one in version.survey.questions if isinstance(one, TextQuestion))
    if reply is None or question is None:
        return
    taps = [(reply.at, reply.score)]
    if reply.first_tap is not None:
        taps.insert(0, (reply.at - CORRECTED_AFTER, reply.first_tap))
    for at, score in taps:
        tap = NewAnswer(invitation_id=invitation_id, question=question.key, at=at, platform=PLATFORM, score=score)
        await unit.invitations.answer(tap)
    comment = comments().get(comment_key(ask.contact, ask.quarter))
    if comment:
        at = reply.at + PAUSE_BEFORE_COMMENT
        await unit.invitations.answer(
            NewAnswer(invitation_id=invitation_id, question=reason.key, at=at, platform=PLATFORM, text=comment)
        )


async def _version(unit: SqlUnitOfWork) -> SurveyVersion:
    version = await unit.surveys.latest("nps")
    if version is None:
        raise NotFound("The survey nps is not published.")
    return version


def _monday(at: datetime) -> date:
    day = local_day(at)
    return day - timedelta(days=day.weekday())


def _morning(monday: date) -> datetime:
    return datetime.combine(monday, time(8), tzinfo=ZONE).astimezone(UTC)
