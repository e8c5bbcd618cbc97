"""Who is in a channel (threat 4), and whose e-mail counts (threat 3): whatever Teams does not say counts against it."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.teams.connector import MOST_PAGES
from adapters.teams.members import KEPT_SECONDS, Members, member_of
from adapters.teams.reference import read_reference
from surveys.errors import DeliveryError
from tests.unit.adapters.teams.conftest import Scene
from tests.unit.adapters.teams.fake_teams import TENANT, somebody
from tests.unit.adapters.teams.test_adapter import connector

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("inside", "shared", "guests"),
    [(["29:ann", "29:lead"], False, False), (["29:ann", "29:guest"], False, True), (["29:eve"], True, True)],
)
async def test_people_from_outside_are_seen(scene: Scene, inside: list[str], shared: bool, guests: bool) -> None:
    scene.teams.inside["19:voice@thread.tacv2"] = inside
    facts = await scene.parts.adapter.conversation_facts(scene.channel())
    assert (facts.shared_outside, facts.has_guests) == (shared, guests)


async def test_a_shared_channel_is_known_as_one_whoever_is_in_it(scene: Scene) -> None:
    scene.teams.channels = [{"id": "19:voice@thread.tacv2", "type": "shared"}]
    assert (await scene.parts.adapter.conversation_facts(scene.channel())).shared_outside


async def test_an_outsider_on_a_later_page_is_seen(scene: Scene) -> None:
    scene.teams.people_on_a_page = 2
    scene.teams.inside["19:voice@thread.tacv2"] = ["29:ann", "29:lead", "29:bob", "29:emma", "29:guest"]
    facts = await scene.parts.adapter.conversation_facts(scene.channel())
    assert (facts.has_guests, len(scene.teams.of("members"))) == (True, 3)


async def test_a_team_too_large_to_be_looked_through_cannot_be_judged(scene: Scene) -> None:
    scene.teams.people_on_a_page = 1
    scene.teams.inside["19:voice@thread.tacv2"] = ["29:ann"] * (MOST_PAGES + 1)
    with pytest.raises(DeliveryError):
        await scene.parts.adapter.conversation_facts(scene.channel())


async def test_a_channel_is_looked_at_every_time(scene: Scene) -> None:
    for _ in range(2):
        await scene.parts.adapter.conversation_facts(scene.channel())
    assert len(scene.teams.of("members")) == 2


async def test_what_cannot_be_seen_cannot_be_judged(scene: Scene) -> None:
    scene.teams.refuse("members", "BotNotInConversationRoster", status=403)
    with pytest.raises(DeliveryError):
        await scene.parts.adapter.conversation_facts(scene.channel())


@pytest.mark.parametrize(
    ("change", "full"),
    [
        ({}, True),
        ({"tenantId": TENANT.upper()}, True),
        ({"tenantId": "another"}, False),
        ({"tenantId": None}, False),
        ({"userRole": "guest"}, False),
        ({"userRole": "anonymous"}, False),
        ({"userRole": None}, False),
        ({"userPrincipalName": "ann_acme.example#EXT#@halden.example"}, False),
        ({"aadObjectId": None}, False),
        ({"email": None}, True),
        ({"email": 5, "userPrincipalName": 5}, True),
    ],
)
def test_whatever_teams_does_not_say_counts_against_an_e_mail(change: dict[str, Any], full: bool) -> None:
    member = member_of({**somebody("29:ann"), **change}, TENANT)
    assert member.full is full
    assert full or member.sender().email is None


async def test_teams_is_asked_once_in_ten_minutes_who_somebody_is(scene: Scene) -> None:
    now = 0.0
    members, place = Members(connector(scene), clock=lambda: now), read_reference(scene.address().reference)
    await members.member(place, "29:ann")
    now = KEPT_SECONDS - 1
    assert (await members.member(place, "29:ann")).full
    assert len(scene.teams.of("member")) == 1
    now = KEPT_SECONDS + 1
    await members.member(place, "29:ann")
    assert len(scene.teams.of("member")) == 2


async def test_what_is_kept_of_somebody_counts_in_one_tenant_alone(scene: Scene) -> None:
    members, place = Members(connector(scene)), read_reference(scene.address().reference)
    assert (await members.member(place, "29:ann")).full
    assert not (await members.member(replace(place, tenant="another"), "29:ann")).full
