"""`cx doctor` for Teams: what is missing is named, and nothing is changed."""

import pytest

from adapters.teams.examination import Examined, examine_teams
from tests.unit.adapters.teams.fake_teams import APP, TENANT, FakeTeams

pytestmark = pytest.mark.anyio
URL = "https://pulse.example.com/"


async def examined(teams: FakeTeams, public_url: str = URL) -> list[Examined]:
    return await examine_teams(app_id=APP, password="s", tenant=TENANT, public_url=public_url, session=teams.session())


async def test_with_everything_in_place_the_messaging_endpoint_is_said(teams: FakeTeams) -> None:
    found = await examined(teams)
    assert all(each.fine for each in found)
    assert "https://pulse.example.com/api/messages" in found[-1].detail
    assert [call.what for call in teams.calls] == ["token", "openid", "keys"]


async def test_a_secret_that_does_not_work_is_named(teams: FakeTeams) -> None:
    teams.refuse("token", "invalid_client", status=401)
    secret, *others = await examined(teams)
    assert (secret.fine, "TEAMS_APP_PASSWORD" in secret.detail) == (False, True)
    assert all(each.fine for each in others)


@pytest.mark.parametrize("public_url", ["", "http://pulse.example.com"])
async def test_an_address_that_teams_cannot_reach_is_named(teams: FakeTeams, public_url: str) -> None:
    found = await examined(teams, public_url)
    assert (found[-1].fine, "CX_PUBLIC_URL" in found[-1].detail) == (False, True)


async def test_keys_that_cannot_be_had_are_named(teams: FakeTeams) -> None:
    teams.refuse("openid", "down", status=500)
    found = await examined(teams)
    assert [each.fine for each in found] == [True, False, True]
