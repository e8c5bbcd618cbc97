"""Where a user named by an import is bound: in a connected workspace, as ours or as another company's."""

import pytest

from surveys.people.records import PlatformUser


@pytest.mark.parametrize(
    ("named", "connected", "place"),
    [
        pytest.param(("", "U1"), ["T1"], ("T1", "U1"), id="of the only workspace"),
        pytest.param(("T2", "U1"), ["T1", "T2"], ("T2", "U1"), id="of a workspace that is named"),
        pytest.param(("", "U1"), [], None, id="nothing connected yet"),
        pytest.param(("T1", "U1"), [], None, id="named, and nothing connected yet"),
        pytest.param(("T9", "U1"), ["T1"], ("T1", "T9:U1"), id="of another company"),
        pytest.param(("T9", "U1"), ["T1", "T2"], None, id="of another company, met who knows where"),
        pytest.param(("T2:T9", "U1"), ["T1", "T2"], ("T2", "T9:U1"), id="of another company, met in our second"),
        pytest.param(("T8:T9", "U1"), ["T1"], None, id="met in a workspace that is not connected"),
    ],
)
def test_a_user_is_bound_where_events_will_name_them(
    named: tuple[str, str], connected: list[str], place: tuple[str, str] | None
) -> None:
    user = PlatformUser(platform="slack", workspace=named[0], user=named[1])
    assert user.place(connected) == place
    assert place is None or place[1] in user.names


def test_in_several_workspaces_somebody_named_without_one_is_nobody() -> None:
    with pytest.raises(ValueError, match="several"):
        PlatformUser(platform="slack", user="U1").place(["T1", "T2"])


def test_elsewhere_than_in_slack_nobody_comes_from_another_company() -> None:
    assert PlatformUser(platform="teams", workspace="other", user="u").place(["tenant"]) is None
