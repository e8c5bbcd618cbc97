"""A wave is drafted with its snapshot, confirmed once, and asks nobody twice."""

import asyncio
from datetime import timedelta

import pytest

from surveys.definitions.model import Privacy
from surveys.errors import NotFound, Refused, Undeliverable
from surveys.people.model import Person
from surveys.sending.model import Asked, InvitationState, Skipped, SkipReason, Wave, WavePlan, WaveState
from tests.builders import NOW, Company, a_contact, a_plan, a_survey, scored

pytestmark = pytest.mark.anyio


async def some_people(company: Company, how_many: int = 3) -> list[Person]:
    return [await company.contact(a_contact(f"p{number}@acme.example")) for number in range(how_many)]


async def drafted(company: Company, plan: WavePlan) -> Wave:
    version = await company.publish()
    async with company.store.write(company.id) as unit:
        wave = await unit.waves.draft(version, "role:technical", plan, by=None, at=NOW)
        await unit.commit()
    return wave


async def confirmed(company: Company, wave: Wave, plan: WavePlan) -> int | None:
    async with company.store.write(company.id) as unit:
        count = await unit.waves.confirm(wave.id, plan, at=NOW)
        await unit.commit()
    return count


async def due(company: Company) -> int:
    async with company.store.system() as system:
        return len(await system.take_due(now=NOW + timedelta(days=1), limit=100, lease_seconds=60, owner="test"))


async def test_the_snapshot_says_who_is_asked_when_and_who_is_not_and_why(company: Company) -> None:
    ann, bob, cleo = await some_people(company)
    plan = WavePlan(
        asked=(Asked(person=ann, due_at=NOW), Asked(person=bob, due_at=NOW + timedelta(hours=2))),
        skipped=(Skipped(person=cleo, reason=SkipReason.ASKED_RECENTLY, until=NOW + timedelta(days=60)),),
    )
    wave = await drafted(company, plan)
    assert (wave.state, wave.members, wave.audience) == (WaveState.DRAFT, 2, "role:technical")
    async with company.store.read(company.id) as unit:
        assert await unit.waves.plan(wave.id) == plan
        assert await unit.waves.by_public_id(wave.public_id) == wave
        assert await unit.waves.by_public_id("nothing") is None


async def test_a_draft_asks_nobody(company: Company) -> None:
    await drafted(company, a_plan(*await some_people(company)))
    assert await due(company) == 0


async def test_confirming_invites_everybody_once_in_one_commit(company: Company) -> None:
    plan = a_plan(*await some_people(company))
    wave = await drafted(company, plan)
    assert await confirmed(company, wave, plan) == 3
    async with company.store.read(company.id) as unit:
        opened = await unit.waves.by_public_id(wave.public_id)
    assert opened is not None
    assert (opened.state, opened.confirmed_at) == (WaveState.OPEN, NOW)
    async with company.store.system() as system:
        taken = await system.take_due(now=NOW, limit=100, lease_seconds=60, owner="test")
        await system.commit()
    assert {one.person_id for one in taken} == {asked.person.id for asked in plan.asked}
    async with company.store.read(company.id) as unit:
        for one in taken:
            assert one.invitation_id is not None
            facts = await unit.invitations.facts_by_id(one.invitation_id)
            assert one.template == "invitation"
            assert one.parameters == {"invitation": facts.public_id}
            assert (facts.state, facts.person.id) == (InvitationState.QUEUED, one.person_id)


async def test_a_second_confirmation_asks_nobody_again(company: Company) -> None:
    plan = a_plan(*await some_people(company))
    wave = await drafted(company, plan)
    assert await confirmed(company, wave, plan) == 3
    assert await confirmed(company, wave, plan) is None
    assert await due(company) == 3


async def test_of_two_confirmations_at_once_one_counts(company: Company) -> None:
    plan = a_plan(*await some_people(company))
    wave = await drafted(company, plan)
    counts = await asyncio.gather(*(confirmed(company, wave, plan) for _ in range(3)))
    assert sorted(count or 0 for count in counts) == [0, 0, 3]
    assert await due(company) == 3


async def test_a_confirmation_that_was_rolled_back_can_be_given_again(company: Company) -> None:
    plan = a_plan(*await some_people(company))
    wave = await drafted(company, plan)
    async with company.store.write(company.id) as unit:
        assert await unit.waves.confirm(wave.id, plan, at=NOW) == 3
    assert await due(company) == 0
    assert await confirmed(company, wave, plan) == 3


async def test_who_is_confirmed_is_who_is_asked_also_when_it_is_fewer_than_previewed(company: Company) -> None:
    ann, bob, cleo = await some_people(company)
    wave = await drafted(company, a_plan(ann, bob, cleo))
    fewer = WavePlan(asked=a_plan(ann).asked, skipped=(Skipped(person=bob, reason=SkipReason.OPTED_OUT),))
    assert await confirmed(company, wave, fewer) == 1
    async with company.store.read(company.id) as unit:
        assert await unit.waves.plan(wave.id) == fewer
    assert await due(company) == 1


async def test_a_cancelled_draft_can_no_longer_be_confirmed(company: Company) -> None:
    plan = a_plan(*await some_people(company))
    wave = await drafted(company, plan)
    async with company.store.write(company.id) as unit:
        assert await unit.waves.cancel(wave.id, at=NOW)
        assert not await unit.waves.cancel(wave.id, at=NOW)
        await unit.commit()
    assert await confirmed(company, wave, plan) is None


async def test_cancelling_an_open_wave_withdraws_what_is_still_queued(company: Company) -> None:
    plan = a_plan(*await some_people(company))
    wave = await drafted(company, plan)
    await confirmed(company, wave, plan)
    async with company.store.write(company.id) as unit:
        assert await unit.waves.cancel(wave.id, at=NOW)
        await unit.commit()
    assert await due(company) == 0


async def test_what_was_leaving_when_the_wave_was_stopped_is_delivered_after_all(company: Company) -> None:
    """The platform was being called: the person has the question, and is neither told otherwise nor asked again."""
    plan = a_plan(*await some_people(company))
    wave = await drafted(company, plan)
    await confirmed(company, wave, plan)
    async with company.store.system() as system:
        [first] = await system.take_due(now=NOW, limit=1, lease_seconds=60, owner="test")
        await system.commit()
    async with company.store.write(company.id) as unit:
        assert await unit.waves.cancel(wave.id, at=NOW)
        await unit.commit()
    async with company.store.write(company.id) as unit:
        stopped = await unit.waves.by_public_id(wave.public_id)
        assert stopped is not None
        assert (stopped.state, stopped.delivered, stopped.leaving) == (WaveState.CANCELLED, 0, 1)
        assert first.invitation_id is not None
        await unit.invitations.delivered(first.invitation_id, NOW)
        facts = await unit.invitations.facts(first.parameters["invitation"])
        assert facts is not None
        assert facts.state is InvitationState.DELIVERED
        await unit.invitations.skip(facts.id, "topic", NOW)
        skipped_only = await unit.waves.by_public_id(wave.public_id)
        assert skipped_only is not None
        assert skipped_only.answered == 0
        await unit.invitations.answer(scored(facts, 9))
        counted = await unit.waves.by_public_id(wave.public_id)
        assert counted is not None
        assert (counted.members, counted.delivered, counted.leaving, counted.answered) == (3, 1, 0, 1)


async def test_an_anonymous_survey_is_not_sent(company: Company) -> None:
    version = await company.publish(a_survey("pulse", privacy=Privacy.ANONYMOUS))
    [person] = await some_people(company, 1)
    async with company.store.write(company.id) as unit:
        with pytest.raises(Refused):
            await unit.waves.draft(version, "all", a_plan(person), by=None, at=NOW)
        with pytest.raises(Refused):
            await unit.invitations.unprompted(version, person, at=NOW)


async def test_recent_waves_come_newest_first_without_what_was_never_sent(company: Company) -> None:
    first = await drafted(company, a_plan())
    await drafted(company, a_plan())
    second = await drafted(company, a_plan())
    for wave in (first, second):
        assert await confirmed(company, wave, a_plan()) == 0
    async with company.store.read(company.id) as unit:
        assert [wave.id for wave in await unit.waves.recent(10)] == [second.id, first.id]
        assert [wave.id for wave in await unit.waves.recent(1)] == [second.id]


async def test_an_unknown_wave_is_not_confirmed(company: Company) -> None:
    async with company.store.write(company.id) as unit:
        with pytest.raises(NotFound):
            await unit.waves.confirm(4_711, a_plan(), at=NOW)
        with pytest.raises(NotFound):
            await unit.waves.cancel(4_711, at=NOW)


async def test_hundreds_of_people_are_invited_in_one_confirmation(company: Company) -> None:
    [person] = await some_people(company, 1)
    async with company.store.write(company.id) as unit:
        others = [
            (await unit.accounts.contact(a_contact(f"many{number}@acme.example"), at=NOW)).id for number in range(300)
        ]
        people = [person, *[await unit.people.by_id(one) for one in others]]
        await unit.commit()
    plan = a_plan(*people)
    wave = await drafted(company, plan)
    assert await confirmed(company, wave, plan) == 301
    async with company.store.system() as system:
        assert len(await system.take_due(now=NOW, limit=1_000, lease_seconds=60, owner="test")) == 301


async def test_a_wave_says_how_many_were_not_reached_and_why(company: Company) -> None:
    people = await some_people(company, 4)
    wave = await drafted(company, a_plan(*people))
    await confirmed(company, wave, a_plan(*people))
    async with company.store.system() as system:
        taken = await system.take_due(now=NOW, limit=100, lease_seconds=60, owner="test")
        await system.commit()
    reasons = (Undeliverable.LEFT, Undeliverable.NOT_INSTALLED, Undeliverable.LEFT)
    async with company.store.write(company.id) as unit:
        for due, reason in zip(taken, reasons, strict=False):
            assert due.invitation_id is not None
            await unit.invitations.undeliverable(due.invitation_id, NOW, reason)
            # What has ended stays as it ended.
            await unit.invitations.undeliverable(due.invitation_id, NOW, Undeliverable.BLOCKED)
        await unit.commit()
    async with company.store.read(company.id) as unit:
        [shown] = await unit.waves.recent(5)
    assert shown.unreached == ((Undeliverable.LEFT, 2), (Undeliverable.NOT_INSTALLED, 1))
