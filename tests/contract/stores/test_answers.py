"""One tap records a score, once; it can be changed, and every change keeps the day and the group of the first."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.ports import NewAnswer
from surveys.definitions.model import Metric, Series
from surveys.errors import InvalidInput, NotFound, Refused
from surveys.insight.queries import Dimension, Period, ScoreRequest
from surveys.people.model import Role
from surveys.people.records import ContactRecord
from surveys.sending.model import InvitationFacts, InvitationState
from tests.builders import NOW, TODAY, Company, a_contact, a_survey, scored

pytestmark = pytest.mark.anyio


@pytest.fixture
async def invitation(company: Company) -> InvitationFacts:
    return await company.asked(await company.contact(), await company.publish())


async def give(company: Company, answer: NewAnswer) -> bool:
    async with company.store.write(company.id) as unit:
        new = await unit.invitations.answer(answer)
        await unit.commit()
    return new


async def facts(company: Company, invitation: InvitationFacts) -> InvitationFacts:
    async with company.store.read(company.id) as unit:
        found = await unit.invitations.facts(invitation.public_id)
    assert found is not None
    return found


async def counts(
    company: Company,
    *,
    day: date | None = TODAY,
    by: Dimension | None = None,
    series: Series | None = Series.RELATIONSHIP,
) -> Mapping[str | None, Mapping[int, int]]:
    """What is counted as NPS on a day (None: ever), by group ("": the total)."""
    period = Period(start=day, end=day + timedelta(days=1)) if day else None
    async with company.store.read(company.id) as unit:
        found = await unit.insight.tally(ScoreRequest(metric=Metric.NPS, series=series, period=period, by=by))
    return {"": found.total.counts} | {group.key: group.counts for group in found.groups}


async def test_a_tap_is_stored_and_counted(company: Company, invitation: InvitationFacts) -> None:
    assert await give(company, scored(invitation, 9))
    found = await facts(company, invitation)
    given = found.answer("recommend")
    assert given is not None
    assert (given.score, given.version, given.recorded_at) == (9, 1, NOW)
    assert (found.submitted_at, found.locks_at) == (NOW, NOW + timedelta(hours=24))
    assert await counts(company) == {"": {9: 1}}


async def test_the_same_tap_again_changes_nothing(company: Company, invitation: InvitationFacts) -> None:
    assert await give(company, scored(invitation, 9))
    assert not await give(company, scored(invitation, 9, at=NOW + timedelta(minutes=1)))
    assert await counts(company) == {"": {9: 1}}


async def test_a_changed_answer_replaces_the_first_and_keeps_its_day(
    company: Company, invitation: InvitationFacts
) -> None:
    await give(company, scored(invitation, 1))
    later = NOW + timedelta(hours=20)
    assert await give(company, scored(invitation, 9, at=later))
    found = await facts(company, invitation)
    given = found.answer("recommend")
    assert given is not None
    assert (given.score, given.version, given.recorded_at) == (9, 2, later)
    assert found.submitted_at == NOW
    assert await counts(company) == {"": {9: 1}}
    assert await counts(company, day=TODAY + timedelta(days=1)) == {"": {}}


async def test_a_change_counts_in_the_group_of_the_first_submission(
    company: Company, invitation: InvitationFacts
) -> None:
    await give(company, scored(invitation, 4))
    await company.contact(ContactRecord(email="ann@acme.example", role=Role.FINANCE, account="Elsewhere"))
    await give(company, scored(invitation, 8, at=NOW + timedelta(hours=1)))
    assert await counts(company, by=Dimension.ROLE) == {"": {8: 1}, "technical": {8: 1}}


async def test_going_back_and_forth_counts_one_answer(company: Company, invitation: InvitationFacts) -> None:
    for minute, score in enumerate((3, 9, 3, 10, 0, 3)):
        await give(company, scored(invitation, score, at=NOW + timedelta(minutes=minute)))
    given = (await facts(company, invitation)).answer("recommend")
    assert given is not None
    assert (given.score, given.version) == (3, 6)
    assert await counts(company) == {"": {3: 1}}


async def test_folding_changes_no_figure(company: Company, invitation: InvitationFacts) -> None:
    assert await company.store.fold(limit=1_000) == 1, "the invitation, which is open"
    await give(company, scored(invitation, 3))
    assert await company.store.fold(limit=1_000) == 1
    await give(company, scored(invitation, 9, at=NOW + timedelta(minutes=1)))
    assert await counts(company) == {"": {9: 1}}
    await company.store.fold(limit=1_000)
    assert await counts(company) == {"": {9: 1}}
    assert await company.store.fold(limit=1_000) == 0


async def test_of_several_taps_at_once_one_is_the_first_and_one_answer_counts(
    company: Company, invitation: InvitationFacts
) -> None:
    results = await asyncio.gather(*(give(company, scored(invitation, score)) for score in (2, 2, 7, 9)))
    assert sum(results) >= 3
    current = (await facts(company, invitation)).answer("recommend")
    assert current is not None
    assert await counts(company) == {"": {current.score: 1}}
    assert current.version == sum(results)


async def test_the_follow_up_belongs_to_the_same_response(company: Company, invitation: InvitationFacts) -> None:
    await give(company, scored(invitation, 9))
    comment = NewAnswer(
        invitation_id=invitation.id, question="reason", at=NOW + timedelta(minutes=2), platform="web", text="Fast help"
    )
    assert await give(company, comment)
    assert not await give(company, comment)
    found = await facts(company, invitation)
    reason = found.answer("reason")
    assert reason is not None
    assert (reason.text, reason.version) == ("Fast help", 1)
    assert found.submitted_at == NOW
    assert await counts(company) == {"": {9: 1}}


async def test_a_choice_is_kept_as_its_value(company: Company, invitation: InvitationFacts) -> None:
    await give(
        company,
        NewAnswer(invitation_id=invitation.id, question="topic", at=NOW, platform="web", choice="price"),
    )
    given = (await facts(company, invitation)).answer("topic")
    assert given is not None
    assert (given.choice, given.not_applicable) == ("price", False)


async def test_what_does_not_apply_is_outside_the_count(company: Company, invitation: InvitationFacts) -> None:
    await give(company, scored(invitation, 9))
    await give(
        company,
        NewAnswer(invitation_id=invitation.id, question="recommend", at=NOW, platform="web", not_applicable=True),
    )
    given = (await facts(company, invitation)).answer("recommend")
    assert given is not None
    assert (given.score, given.not_applicable, given.choice) == (None, True, None)
    assert await counts(company) == {"": {}}


async def test_a_skipped_question_is_no_answer_and_can_be_answered_later(
    company: Company, invitation: InvitationFacts
) -> None:
    async with company.store.write(company.id) as unit:
        await unit.invitations.skip(invitation.id, "recommend", NOW)
        await unit.invitations.skip(invitation.id, "recommend", NOW)
        await unit.commit()
    found = await facts(company, invitation)
    assert (found.skipped_questions, found.answers) == (frozenset({"recommend"}), ())
    assert await give(company, scored(invitation, 6, at=NOW + timedelta(minutes=5)))
    found = await facts(company, invitation)
    assert found.skipped_questions == frozenset()
    assert await counts(company) == {"": {6: 1}}


@pytest.mark.parametrize("score", [-1, 11, 75, 32_768])
async def test_a_value_outside_the_scale_is_refused_at_the_door(
    company: Company, invitation: InvitationFacts, score: int
) -> None:
    with pytest.raises(InvalidInput):
        await give(company, scored(invitation, score))
    assert await counts(company, day=None) == {"": {}}


async def test_an_answer_is_exactly_one_thing_to_a_question_of_the_survey(
    company: Company, invitation: InvitationFacts
) -> None:
    def new(**values: object) -> NewAnswer:
        usual: dict[str, Any] = {"invitation_id": invitation.id, "question": "recommend", "at": NOW, "platform": "web"}
        return NewAnswer(**usual | values)

    with pytest.raises(InvalidInput):
        await give(company, new())
    with pytest.raises(InvalidInput):
        await give(company, new(score=3, text="three"))
    with pytest.raises(InvalidInput):
        await give(company, new(question="reason", score=3))
    with pytest.raises(NotFound):
        await give(company, new(question="unknown", score=3))
    with pytest.raises(NotFound):
        await give(company, new(invitation_id=4_711, score=3))
    assert (await facts(company, invitation)).submitted_at is None


async def test_a_closed_invitation_takes_no_answer(company: Company, invitation: InvitationFacts) -> None:
    async with company.store.write(company.id) as unit:
        assert await unit.invitations.close_due(NOW + timedelta(days=14), 100) == 1
        await unit.commit()
    assert (await facts(company, invitation)).state is InvitationState.CLOSED
    with pytest.raises(Refused):
        await give(company, scored(invitation, 9, at=NOW + timedelta(days=15)))


async def test_nps_asked_at_a_touchpoint_is_event_nps(company: Company) -> None:
    version = await company.publish()
    person = await company.contact()
    async with company.store.write(company.id) as unit:
        asked = await unit.invitations.unprompted(version, person, at=NOW, touchpoint="delivery")
        await unit.invitations.answer(scored(asked, 7))
        await unit.commit()
    assert await counts(company) == {"": {}}
    assert await counts(company, series=Series.EVENT) == {"": {7: 1}}
    assert await counts(company, series=None, by=Dimension.TOUCHPOINT) == {"": {7: 1}, "delivery": {7: 1}}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param(datetime(2026, 7, 5, 21, 59, 59, tzinfo=UTC), date(2026, 7, 5), id="a second before midnight"),
        pytest.param(datetime(2026, 7, 5, 22, 0, tzinfo=UTC), date(2026, 7, 6), id="midnight in Warsaw"),
        pytest.param(datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28), id="before the short day"),
        pytest.param(datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29), id="the short day begins"),
        pytest.param(datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30), id="the short day has ended"),
        pytest.param(datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25), id="the long day ends late"),
        pytest.param(datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26), id="after the long day"),
    ],
)
async def test_the_day_of_an_answer_is_the_companys_local_day(company: Company, at: datetime, day: date) -> None:
    asked = await company.asked(await company.contact(), await company.publish(), at=at)
    await give(company, scored(asked, 9, at=at))
    await give(company, scored(asked, 8, at=at + timedelta(hours=20)))
    assert await counts(company, day=day) == {"": {8: 1}}
    assert await counts(company, day=None) == {"": {8: 1}}


async def test_times_come_back_as_the_moment_they_were(company: Company) -> None:
    warsaw_evening = datetime(2026, 7, 6, 23, 30, 15, 123_456, tzinfo=UTC).astimezone()
    asked = await company.asked(await company.contact(), await company.publish(), at=warsaw_evening)
    assert asked.created_at == warsaw_evening
    assert asked.created_at.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(company: Company, invitation: InvitationFacts) -> None:
    naive = datetime(2026, 7, 6, 9, 0)  # noqa: DTZ001 - that is what is refused
    with pytest.raises(Exception, match="without a zone"):
        await give(company, scored(invitation, 9, at=naive))


LONG = "Дуже довгий відгук 🙂 " * 500


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param(LONG, LONG, id="ten thousand characters of another script"),
        pytest.param("one\x00two", "onetwo", id="NUL, which PostgreSQL cannot keep"),
        pytest.param("half \ud83d of a pair", "half ? of a pair", id="half of a surrogate pair"),
        pytest.param("a\tb\r\nc\x07\x1b[31m", "a\tb\r\nc\x07\x1b[31m", id="other control characters"),
        pytest.param("\u202eright to left\u202c שלום", "\u202eright to left\u202c שלום", id="directions"),
        pytest.param("'; DROP TABLE answer; -- %s :x", "'; DROP TABLE answer; -- %s :x", id="what looks like SQL"),
        pytest.param("<!channel> <b>*hi*</b> @everyone", "<!channel> <b>*hi*</b> @everyone", id="markup and mentions"),
    ],
)
async def test_a_comment_is_kept_as_it_was_typed(
    company: Company, invitation: InvitationFacts, typed: str, kept: str
) -> None:
    comment = NewAnswer(invitation_id=invitation.id, question="reason", at=NOW, platform="web", text=typed)
    assert await give(company, comment)
    given = (await facts(company, invitation)).answer("reason")
    assert given is not None
    assert given.text == kept


async def test_two_surveys_answered_by_one_person_are_two_responses(company: Company) -> None:
    person = await company.contact(a_contact())
    nps, other = await company.publish(), await company.publish(a_survey("other", questions=a_survey().questions))
    first, second = await company.asked(person, nps), await company.asked(person, other)
    await give(company, scored(first, 9))
    assert (await facts(company, second)).answers == ()
