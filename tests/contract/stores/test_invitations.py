"""An invitation goes from queued to delivered to closed, and what it became is counted once."""

from datetime import timedelta

import pytest

from surveys.errors import NotFound
from surveys.insight.queries import Dimension, Filter, Period
from surveys.people.model import Person
from surveys.sending.model import InvitationFacts, InvitationState, WaveState
from tests.builders import NOW, Company, a_contact, a_plan, a_survey, scored

pytestmark = pytest.mark.anyio


async def invited(company: Company, *people: Person) -> list[InvitationFacts]:
    """Queued invitations of one confirmed wave, in the order of `people`."""
    version = await company.publish()
    plan = a_plan(*people)
    async with company.store.write(company.id) as unit:
        wave = await unit.waves.draft(version, "all", plan, by=None, at=NOW)
        await unit.waves.confirm(wave.id, plan, at=NOW)
        await unit.commit()
    async with company.store.system() as system:
        due = await system.take_due(now=NOW, limit=100, lease_seconds=60, owner="test")
    async with company.store.read(company.id) as unit:
        found = [await unit.invitations.facts_by_id(one.invitation_id) for one in due if one.invitation_id]
    return sorted(found, key=lambda one: [person.id for person in people].index(one.person.id))


async def state(company: Company, invitation: InvitationFacts) -> InvitationState:
    async with company.store.read(company.id) as unit:
        return (await unit.invitations.facts_by_id(invitation.id)).state


async def test_an_invitation_knows_everything_that_decides_what_it_shows(company: Company) -> None:
    ann = await company.contact()
    [queued] = await invited(company, ann)
    assert queued.person == ann
    assert queued.asked_by == "Halden Systems"
    assert (queued.state, queued.delivered_at, queued.submitted_at) == (InvitationState.QUEUED, None, None)
    assert (queued.opted_out, queued.snoozed_until, queued.talk_requested_at) == (False, None, None)
    async with company.store.write(company.id) as unit:
        await unit.people.opt_out(ann.id, NOW)
        await unit.people.snooze(ann.id, NOW + timedelta(days=1))
        await unit.invitations.request_talk(queued.id, NOW)
        await unit.invitations.request_talk(queued.id, NOW + timedelta(hours=1))
        now = await unit.invitations.facts(queued.public_id)
        assert now is not None
        assert (now.opted_out, now.snoozed_until, now.talk_requested_at) == (True, NOW + timedelta(days=1), NOW)
        assert await unit.invitations.facts("unknown") is None
        with pytest.raises(NotFound):
            await unit.invitations.facts_by_id(4_711)


async def test_the_window_begins_with_the_delivery_and_a_second_one_does_not_move_it(company: Company) -> None:
    [queued] = await invited(company, await company.contact())
    delivered_at = NOW + timedelta(hours=3)
    async with company.store.write(company.id) as unit:
        assert await unit.invitations.open_of(queued.person.id) == []
        await unit.invitations.delivered(queued.id, delivered_at)
        await unit.invitations.delivered(queued.id, delivered_at + timedelta(days=1))
        [opened] = await unit.invitations.open_of(queued.person.id)
        await unit.commit()
    assert (opened.state, opened.delivered_at) == (InvitationState.DELIVERED, delivered_at)
    assert opened.closes_at == delivered_at + timedelta(days=14)


async def test_open_invitations_come_newest_first(company: Company) -> None:
    ann = await company.contact()
    older = await company.asked(ann, await company.publish(), at=NOW)
    newer = await company.asked(ann, await company.publish(a_survey("csat")), at=NOW + timedelta(hours=1))
    async with company.store.read(company.id) as unit:
        assert [one.id for one in await unit.invitations.open_of(ann.id)] == [newer.id, older.id]


async def test_what_cannot_be_delivered_is_kept_apart(company: Company) -> None:
    [queued] = await invited(company, await company.contact())
    async with company.store.write(company.id) as unit:
        await unit.invitations.undeliverable(queued.id, NOW)
        await unit.invitations.delivered(queued.id, NOW)
        await unit.commit()
    assert await state(company, queued) is InvitationState.UNDELIVERABLE


async def test_an_opt_out_withdraws_what_is_queued_and_nothing_else(company: Company) -> None:
    ann, bob = await company.contact(), await company.contact(a_contact("bob@acme.example"))
    to_ann, to_bob = await invited(company, ann, bob)
    delivered = await company.asked(ann, await company.publish(a_survey("csat")))
    async with company.store.write(company.id) as unit:
        assert await unit.invitations.cancel_queued(ann.id, NOW) == 1
        assert await unit.invitations.cancel_queued(ann.id, NOW) == 0
        await unit.commit()
    assert await state(company, to_ann) is InvitationState.CANCELLED
    assert await state(company, to_bob) is InvitationState.QUEUED
    assert await state(company, delivered) is InvitationState.DELIVERED
    async with company.store.system() as system:
        due = await system.take_due(now=NOW, limit=100, lease_seconds=60, owner="test")
    assert [one.person_id for one in due] == [bob.id]


BY_ROLE = (Filter(dimension=Dimension.ROLE, values=("technical",)),)
BY_RELATIONSHIP = (Filter(dimension=Dimension.RELATIONSHIP, values=("customer",)),)


async def test_who_only_skipped_has_not_answered_however_it_is_asked(company: Company) -> None:
    people = [await company.contact(a_contact(f"p{number}@acme.example")) for number in range(4)]
    answered, silent, skipped, _still_queued = await invited(company, *people)
    async with company.store.write(company.id) as unit:
        for one in (answered, silent, skipped):
            await unit.invitations.delivered(one.id, NOW)
        await unit.invitations.answer(scored(answered, 9))
        await unit.invitations.skip(skipped.id, "recommend", NOW)
        await unit.commit()
    end = NOW + timedelta(days=14)
    async with company.store.write(company.id) as unit:
        assert await unit.invitations.close_due(end - timedelta(days=8), 100) == 0
        # What was never delivered is given up after a week, and is no part of the response rate.
        assert await unit.invitations.close_due(end - timedelta(days=7), 100) == 1
        assert await unit.invitations.close_due(end, 100) == 3
        assert await unit.invitations.close_due(end, 100) == 0
        await unit.commit()
    day = end.date()
    period = Period(start=day, end=day + timedelta(days=1))
    async with company.store.read(company.id) as unit:
        counts = await unit.insight.responses(["nps"], period, ())
        of_role = await unit.insight.responses(["nps"], period, BY_ROLE)
        by_rows = await unit.insight.responses(["nps"], period, (*BY_ROLE, *BY_RELATIONSHIP))
        delivered = Period(start=NOW.date(), end=NOW.date() + timedelta(days=1))
        reach = await unit.insight.reach("Acme", ["nps"], delivered)
    assert (counts.delivered, counts.answered) == (3, 1)
    assert (of_role.delivered, of_role.answered) == (3, 1)
    assert (by_rows.delivered, by_rows.answered) == (3, 1)
    assert reach is not None
    assert (reach.known, reach.asked, reach.answered) == (4, 3, 1)
    assert await company.store.fold(limit=100) > 0
    async with company.store.read(company.id) as unit:
        assert await unit.insight.responses(["nps"], period, ()) == counts


async def test_who_only_skipped_may_still_answer_and_is_not_asked_beside_that(company: Company) -> None:
    ann, bob = await company.contact(), await company.contact(a_contact("bob@acme.example"))
    skipped, answered = await invited(company, ann, bob)
    async with company.store.write(company.id) as unit:
        for one in (skipped, answered):
            await unit.invitations.delivered(one.id, NOW)
        await unit.invitations.skip(skipped.id, "recommend", NOW)
        await unit.invitations.answer(scored(answered, 9))
        await unit.commit()
    async with company.store.read(company.id) as unit:
        found = {one.person.id: one.open_invitation for one in await unit.people.candidates((), "nps")}
    assert found == {ann.id: True, bob.id: False}


async def test_no_more_than_asked_are_closed_at_once(company: Company) -> None:
    ann, version = await company.contact(), await company.publish()
    for _ in range(3):
        await company.asked(ann, version)
    async with company.store.write(company.id) as unit:
        assert await unit.invitations.close_due(NOW + timedelta(days=20), 2) == 2
        assert await unit.invitations.close_due(NOW + timedelta(days=20), 2) == 1


async def test_a_wave_closes_with_its_last_invitation(company: Company) -> None:
    ann, bob = await company.contact(), await company.contact(a_contact("bob@acme.example"))
    first, second = await invited(company, ann, bob)

    async def wave_state() -> WaveState:
        async with company.store.read(company.id) as unit:
            return (await unit.waves.recent(1))[0].state

    async with company.store.write(company.id) as unit:
        await unit.invitations.delivered(first.id, NOW)
        await unit.invitations.undeliverable(second.id, NOW)
        await unit.invitations.close_due(NOW, 100)
        await unit.commit()
    assert await wave_state() is WaveState.OPEN
    async with company.store.write(company.id) as unit:
        await unit.invitations.close_due(NOW + timedelta(days=14), 100)
        await unit.commit()
    assert await wave_state() is WaveState.CLOSED
