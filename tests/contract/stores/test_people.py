"""Who is behind a platform user, who is meant, how somebody is reached, what they want and may."""

import asyncio
from datetime import timedelta

import pytest

from bot.events import Address, Sender
from surveys.errors import InvalidInput, NotFound, Undeliverable
from surveys.insight.queries import Dimension, Filter
from surveys.people.model import Permission, Person, PersonKind, Priority, Relationship, Role
from surveys.people.records import ContactRecord, EmployeeRecord, PlatformUser
from tests.builders import NOW, Company, a_contact, a_plan, an_employee, scored

pytestmark = pytest.mark.anyio


def member(user: str, email: str = "ann@acme.example", *, full: bool = True) -> Sender:
    return Sender(user=user, email=email, full_member=full)


async def test_a_person_is_read_with_account_role_and_grants(company: Company) -> None:
    contact = await company.contact(a_contact(user="U1"))
    assert (contact.kind, contact.account, contact.role) == (PersonKind.CONTACT, "Acme", Role.TECHNICAL)
    assert contact.timezone == "Europe/Warsaw"
    assert contact.permissions == frozenset()
    async with company.store.read(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, Sender(user="U1")) == contact
        assert await unit.people.known_sender(company.workspace.id, Sender(user="U1")) == contact
        with pytest.raises(NotFound):
            await unit.people.by_id(contact.id + 1_000)


async def test_a_permission_taken_away_is_gone_with_the_next_look(company: Company) -> None:
    lead, sender = await company.employee(), member("U1", "lead@halden.example")
    async with company.store.write(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, sender) == lead
        await unit.people.grant(lead.id, Permission.CX_LEAD, by=None, at=NOW)
        await unit.commit()
    for _ in range(2):
        async with company.store.read(company.id) as unit:
            known = await unit.people.known_sender(company.workspace.id, sender)
            assert known is not None
            assert known.permissions == {Permission.CX_LEAD}
    async with company.store.write(company.id) as unit:
        await unit.people.revoke(lead.id, Permission.CX_LEAD, at=NOW)
        await unit.commit()
    async with company.store.read(company.id) as unit:
        known = await unit.people.known_sender(company.workspace.id, sender)
        assert known is not None
        assert known.permissions == frozenset()


async def test_a_full_members_e_mail_binds_the_user_once_and_for_all(company: Company) -> None:
    ann = await company.contact()
    async with company.store.write(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, member("U1", "ANN@Acme.example")) == ann
        await unit.commit()
    async with company.store.write(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, Sender(user="U1")) == ann
        # The profile's e-mail is somebody else's now: the user stays who he was.
        assert await unit.people.by_sender(company.workspace.id, member("U1", "lead@halden.example")) == ann


async def test_a_second_user_with_the_same_e_mail_is_nobody(company: Company) -> None:
    lead = await company.employee()
    async with company.store.write(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, member("U1", "lead@halden.example")) == lead
        assert await unit.people.by_sender(company.workspace.id, member("U2", "lead@halden.example")) is None
        assert await unit.people.by_sender(company.workspace.id, member("U2", "lead@halden.example")) is None


@pytest.mark.parametrize(
    "sender",
    [
        pytest.param(member("U1", full=False), id="a guest or somebody of another company"),
        pytest.param(Sender(user="U1", full_member=True), id="without an e-mail"),
        pytest.param(member("U1", "ann@acme.example.evil"), id="with another e-mail"),
        pytest.param(member("U1", "%"), id="with a pattern instead of an e-mail"),
    ],
)
async def test_nobody_is_recognised_by_less_than_a_full_members_own_e_mail(company: Company, sender: Sender) -> None:
    await company.contact()
    async with company.store.write(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, sender) is None
        assert await unit.people.known_sender(company.workspace.id, sender) is None


async def test_a_stable_id_that_looks_like_an_e_mail_binds_nobody(company: Company) -> None:
    await company.contact(ContactRecord(email=None, handle="ann@acme.example", name="Ann"))
    async with company.store.write(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, member("U1")) is None


async def test_of_two_users_with_one_e_mail_at_once_one_is_bound(company: Company) -> None:
    await company.contact()

    async def arrives(user: str) -> bool:
        async with company.store.write(company.id) as unit:
            found = await unit.people.by_sender(company.workspace.id, member(user))
            await unit.commit()
        return found is not None

    assert sorted(await asyncio.gather(arrives("U1"), arrives("U2"))) == [False, True]


async def test_people_are_found_by_e_mail_or_part_of_the_name(company: Company) -> None:
    ann = await company.contact(ContactRecord(email="ann@acme.example", name="Ann Smith"))
    bob = await company.contact(ContactRecord(email="bob@acme.example", name="Bob Annson"))
    olena = await company.contact(ContactRecord(email="olena@acme.example", name="Олена Шевченко"))
    async with company.store.read(company.id) as unit:
        assert await unit.people.find("ANN@acme.example") == [ann]
        assert await unit.people.find("@ann") == [ann, bob]
        assert await unit.people.find("Олена") == [olena]
        assert await unit.people.find("%") == []
        assert await unit.people.find("@") == []
        assert await unit.people.find("nobody") == []


async def test_a_permission_is_granted_once(company: Company) -> None:
    lead = await company.employee()
    async with company.store.write(company.id) as unit:
        assert await unit.people.grant(lead.id, Permission.CX_LEAD, by=None, at=NOW)
        assert not await unit.people.grant(lead.id, Permission.CX_LEAD, by=lead.id, at=NOW)
        assert await unit.people.grant(lead.id, Permission.ADMINISTRATOR, by=None, at=NOW)
        await unit.commit()
    async with company.store.read(company.id) as unit:
        [found] = await unit.people.with_permission(Permission.CX_LEAD)
        assert found.permissions == {Permission.CX_LEAD, Permission.ADMINISTRATOR}
        assert found.may(Permission.CX_LEAD)


async def test_a_permission_that_is_revoked_can_be_granted_again(company: Company) -> None:
    lead, other = await company.employee(), await company.employee(an_employee("other@halden.example"))
    async with company.store.write(company.id) as unit:
        for person in (lead, other):
            await unit.people.grant(person.id, Permission.CX_LEAD, by=None, at=NOW)
        holders = await unit.people.with_permission(Permission.CX_LEAD, locked=True)
        assert {one.id for one in holders} == {lead.id, other.id}
        assert await unit.people.revoke(lead.id, Permission.CX_LEAD, at=NOW)
        assert not await unit.people.revoke(lead.id, Permission.CX_LEAD, at=NOW)
        await unit.commit()
    async with company.store.write(company.id) as unit:
        assert [one.id for one in await unit.people.with_permission(Permission.CX_LEAD)] == [other.id]
        assert (await unit.people.by_id(lead.id)).permissions == frozenset()
        assert await unit.people.grant(lead.id, Permission.CX_LEAD, by=other.id, at=NOW)


async def test_whoever_says_where_to_be_asked_first_is_left_alone_as_long_as_they_said(company: Company) -> None:
    ann, later = await company.contact(a_contact(user="U1")), NOW + timedelta(days=7)
    async with company.store.write(company.id) as unit:
        await unit.people.ask_first_on(ann.id, "web")
        await unit.people.snooze(ann.id, later)
        await unit.people.ask_first_on(ann.id, "teams")
        await unit.commit()
    async with company.store.read(company.id) as unit:
        [candidate] = await unit.people.candidates([], "nps")
        [route] = await unit.people.routes(ann.id)
    assert (candidate.snoozed_until, route.platform) == (later, "web")


async def test_routes_name_every_identity_with_its_direct_conversation(company: Company) -> None:
    ann = await company.contact(a_contact(user="U1"))
    direct = Address(platform="web", workspace="local", conversation="dm:U1")
    async with company.store.write(company.id) as unit:
        [bare] = await unit.people.routes(ann.id)
        assert (bare.platform, bare.workspace, bare.user, bare.conversation) == ("web", "local", "U1", None)
        assert bare.workspace_id == company.workspace.id
        made = await unit.conversations.remember(company.workspace.id, direct, "", ann.id)
        [route] = await unit.people.routes(ann.id)
        assert route.conversation is not None
        assert route.conversation.id == made.id


async def test_candidates_are_the_contacts_that_match_every_filter(company: Company) -> None:
    ann = await company.contact(a_contact("ann@acme.example", account="Acme GmbH", role=Role.TECHNICAL))
    await company.contact(a_contact("bob@acme.example", account="Acme GmbH", role=Role.FINANCE))
    cleo = await company.contact(a_contact("cleo@other.example", account="Čapek", role=Role.TECHNICAL))
    await company.employee()

    async def chosen(*filters: Filter) -> set[str]:
        async with company.store.read(company.id) as unit:
            return {one.person.name for one in await unit.people.candidates(filters, "nps")}

    technical = Filter(dimension=Dimension.ROLE, values=("technical",))
    assert await chosen() == {"Ann", "Bob", "Cleo"}
    assert await chosen(technical) == {ann.name, cleo.name}
    assert await chosen(technical, Filter(dimension=Dimension.ACCOUNT, values=("acme gmbh",))) == {"Ann"}
    assert await chosen(Filter(dimension=Dimension.ACCOUNT, values=("čapek", "nobody"))) == {"Cleo"}
    assert await chosen(Filter(dimension=Dimension.ACCOUNT, values=("acme gmbh",), negated=True)) == {"Cleo"}
    assert await chosen(Filter(dimension=Dimension.LANGUAGE, values=("uk",))) == set()


async def test_a_filter_that_says_nothing_about_people_never_widens_the_audience(company: Company) -> None:
    await company.contact()
    async with company.store.read(company.id) as unit:
        with pytest.raises(InvalidInput):
            await unit.people.candidates([Filter(dimension=Dimension.STAGE, values=("use",))], "nps")


async def test_a_candidate_says_what_decides_whether_he_may_be_asked(company: Company) -> None:
    version = await company.publish()
    reached = await company.contact(a_contact("a@acme.example", user="U1"))
    await company.contact(
        ContactRecord(
            email="b@acme.example", relationship=Relationship.PROSPECT, priority=Priority.CRITICAL, account="Acme"
        )
    )
    async with company.store.write(company.id) as unit:
        await unit.people.snooze(reached.id, NOW + timedelta(days=3))
        await unit.people.snooze(reached.id, NOW + timedelta(days=5))
        await unit.people.opt_out(reached.id, NOW)
        await unit.people.opt_out(reached.id, NOW)
        first, second = await unit.people.candidates((), "nps")
        assert (first.reachable, first.opted_out) == (True, True)
        assert first.snoozed_until == NOW + timedelta(days=5)
        assert (first.last_asked_at, first.open_invitation) == (None, False)
        assert (second.reachable, second.opted_out, second.snoozed_until) == (False, False, None)
        assert second.relationship is Relationship.PROSPECT
        assert second.person.priority is Priority.CRITICAL
        await unit.people.opt_in(reached.id, NOW)
        assert not (await unit.people.candidates((), "nps"))[0].opted_out
        plan = a_plan(reached)
        wave = await unit.waves.draft(version, "all", plan, by=None, at=NOW)
        await unit.waves.confirm(wave.id, plan, at=NOW)
        await unit.commit()
    async with company.store.write(company.id) as unit:
        asked = (await unit.people.candidates((), "nps"))[0]
        assert (asked.last_asked_at, asked.open_invitation) == (NOW, True)
        other = (await unit.people.candidates((), "csat"))[0]
        assert (other.last_asked_at, other.open_invitation) == (None, False)
    async with company.store.system() as system:
        [due] = await system.take_due(now=NOW, limit=10, lease_seconds=60, owner="test")
        await system.commit()
    assert due.invitation_id is not None
    async with company.store.write(company.id) as unit:
        await unit.invitations.delivered(due.invitation_id, NOW + timedelta(hours=1))
        await unit.invitations.answer(scored(due.invitation_id, 9))
        answered = (await unit.people.candidates((), "nps"))[0]
        assert (answered.last_asked_at, answered.open_invitation) == (NOW + timedelta(hours=1), False)


async def test_what_somebody_began_unasked_does_not_count_as_asking(company: Company) -> None:
    version = await company.publish()
    person = await company.contact()
    await company.asked(person, version)
    async with company.store.read(company.id) as unit:
        [candidate] = await unit.people.candidates((), "nps")
    assert candidate.last_asked_at is None


async def test_known_values_are_spelled_as_stored(company: Company) -> None:
    await company.contact(a_contact(account="Acme GmbH"))
    await company.contact(
        ContactRecord(email="b@b.example", account="Čapek", language="uk", persona="Installer", role=Role.FINANCE)
    )
    await company.publish()
    async with company.store.read(company.id) as unit:
        assert await unit.people.known_values(Dimension.ACCOUNT) == ["Acme GmbH", "Čapek"]
        assert await unit.people.known_values(Dimension.ROLE) == ["finance", "technical"]
        assert await unit.people.known_values(Dimension.LANGUAGE) == ["en", "uk"]
        assert await unit.people.known_values(Dimension.PERSONA) == ["Installer"]
        assert await unit.people.known_values(Dimension.SURVEY) == ["nps"]
        assert await unit.people.known_values(Dimension.SEGMENT) == []
        for dimension in Dimension:
            assert len(await unit.people.known_values(dimension)) <= 500


async def test_an_employee_has_a_team_and_is_no_candidate(company: Company) -> None:
    employee = await company.employee(
        EmployeeRecord(email="e@halden.example", team="Support", users=(PlatformUser(platform="web", user="E1"),))
    )
    assert (employee.kind, employee.team, employee.account) == (PersonKind.EMPLOYEE, "Support", None)
    async with company.store.read(company.id) as unit:
        assert await unit.people.candidates((), "nps") == []
    assert (await company.employee(an_employee())).team == "CX"


# ── ways to a person that are shut ─────────────────────────────────────────────────────────────────────────────


async def shut(company: Company, user: str = "U1", reason: Undeliverable = Undeliverable.LEFT) -> None:
    async with company.store.write(company.id) as unit:
        await unit.people.shut_route(company.workspace.id, user, reason, NOW)
        await unit.commit()


async def ways(company: Company, person: Person) -> list[Undeliverable | None]:
    async with company.store.read(company.id) as unit:
        return [route.shut for route in await unit.people.routes(person.id)]


async def test_a_way_that_is_shut_keeps_its_first_reason(company: Company) -> None:
    ann = await company.contact(a_contact(user="U1"))
    assert await ways(company, ann) == [None]
    await shut(company)
    await shut(company, reason=Undeliverable.BLOCKED)
    assert await ways(company, ann) == [Undeliverable.LEFT]


async def test_nobodys_way_is_shut_by_an_unknown_user(company: Company) -> None:
    ann = await company.contact(a_contact(user="U1"))
    await shut(company, "U2")
    assert await ways(company, ann) == [None]


async def test_whoever_is_heard_from_can_be_written_to_again(company: Company) -> None:
    ann = await company.contact(a_contact(user="U1"))
    await shut(company)
    async with company.store.write(company.id) as unit:
        assert await unit.people.by_sender(company.workspace.id, Sender(user="U1")) == ann
        await unit.commit()
    assert await ways(company, ann) == [None]


async def test_reading_opens_no_way_and_says_that_a_write_is_needed(company: Company) -> None:
    ann = await company.contact(a_contact(user="U1"))
    await shut(company)
    async with company.store.read(company.id) as unit:
        assert await unit.people.known_sender(company.workspace.id, Sender(user="U1")) is None
        assert await unit.people.by_sender(company.workspace.id, Sender(user="U1")) == ann
    assert await ways(company, ann) == [Undeliverable.LEFT]


async def test_who_is_reached_by_no_open_way_is_no_reachable_candidate(company: Company) -> None:
    await company.contact(a_contact(user="U1"))
    await company.contact(a_contact("bob@acme.example", user="U2"))
    await shut(company)
    async with company.store.read(company.id) as unit:
        found = {one.person.name: one.reachable for one in await unit.people.candidates((), "nps")}
    assert found == {"Ann": False, "Bob": True}


async def test_many_peoples_ways_are_told_at_once(company: Company) -> None:
    version = await company.publish()
    ann = await company.contact(a_contact(user="U1"))
    bob = await company.contact(a_contact("bob@acme.example", user="U2"))
    await company.asked(bob, version)
    facts = await company.asked(ann, version)
    async with company.store.write(company.id) as unit:
        await unit.invitations.answer(scored(facts, 9))
        routes = await unit.people.routes_of([ann.id, bob.id, 9_999])
        await unit.commit()
    assert {person: [route.user for route in found] for person, found in routes.items()} == {
        ann.id: ["U1"],
        bob.id: ["U2"],
        9_999: [],
    }
