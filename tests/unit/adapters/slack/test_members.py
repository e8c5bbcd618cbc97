"""Who is in a channel (threat 4) and in the workspace, by Slack's word, and how Slack is asked in a large one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from adapters.slack.api import SlackApi
from adapters.slack.members import ASKED, KEPT_SECONDS, LISTING_SECONDS, Members
from surveys.errors import DeliveryError
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.payloads import HERE

pytestmark = pytest.mark.anyio

CHANNEL = "C0VOICE"


@dataclass(slots=True)
class Workspace:
    """`waits`: how long Slack was waited for; after each wait it takes twenty more calls."""

    slack: FakeSlack
    members: Members
    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.slack.allowed = dict.fromkeys(self.slack.allowed, 20)

    async def look(self) -> list[str]:
        return [member.user async for member in self.members.all()]

    def joins(self, user: str, **mark: Any) -> None:
        self.slack.people[user] = {"profile": {}, **mark}
        self.slack.inside[CHANNEL] = [*self.slack.inside.get(CHANNEL, ["U0ANN", "U0BOT"]), user]

    def asked(self, method: str) -> int:
        return len(self.slack.of(method))


@pytest.fixture
async def workspace(slack: FakeSlack) -> AsyncIterator[Workspace]:
    api = SlackApi(token="xoxb-1", base_url=slack.url)
    found: list[Workspace] = []
    members = Members(api, HERE, clock=lambda: found[0].now, sleep=lambda seconds: found[0].sleep(seconds))
    found.append(Workspace(slack, members))
    yield found[0]
    await api.close()


@pytest.mark.parametrize(
    "mark",
    [{"is_restricted": True}, {"is_ultra_restricted": True}, {"is_stranger": True}, {"team_id": "T0OTHER"}],
)
async def test_an_outsider_who_came_since_everybody_was_listed_is_seen(
    workspace: Workspace, mark: dict[str, Any]
) -> None:
    await workspace.look()
    assert not await workspace.members.any_outsider_in(CHANNEL)
    workspace.joins("U0NEW", **mark)
    assert await workspace.members.any_outsider_in(CHANNEL)


async def test_a_colleague_who_came_since_is_none_and_is_asked_about_once(workspace: Workspace) -> None:
    await workspace.look()
    workspace.joins("U0NEW")
    for _ in range(2):
        assert not await workspace.members.any_outsider_in(CHANNEL)
    assert workspace.asked("users.info") == 1


async def test_whom_slack_does_not_know_is_an_outsider(workspace: Workspace) -> None:
    await workspace.look()
    workspace.slack.inside[CHANNEL] = ["U0ANN", "U0NOBODY"]
    workspace.slack.refuse("users.info", "user_not_found")
    assert await workspace.members.any_outsider_in(CHANNEL)


async def test_while_slack_does_not_say_who_somebody_is_a_channel_is_not_judged(workspace: Workspace) -> None:
    await workspace.look()
    workspace.joins("U0NEW")
    workspace.slack.refuse("users.info", "ratelimited", status=429)
    with pytest.raises(DeliveryError):
        await workspace.members.any_outsider_in(CHANNEL)


async def test_what_is_known_of_somebody_is_asked_again_after_some_minutes(workspace: Workspace) -> None:
    await workspace.look()
    workspace.slack.people["U0ANN"] = {"profile": {}, "is_restricted": True}
    assert not await workspace.members.any_outsider_in(CHANNEL)
    workspace.now = KEPT_SECONDS
    assert await workspace.members.any_outsider_in(CHANNEL)


async def test_somebody_who_left_reads_nothing_but_may_come_back_as_a_guest(workspace: Workspace) -> None:
    await workspace.look()
    workspace.joins("U0NEW", deleted=True)
    assert not await workspace.members.any_outsider_in(CHANNEL)
    workspace.slack.people["U0NEW"] = {"profile": {}, "is_restricted": True}
    assert await workspace.members.any_outsider_in(CHANNEL)


async def test_where_many_are_unknown_everybody_is_listed_instead_of_asked_about(workspace: Workspace) -> None:
    for number in range(2 * ASKED):
        workspace.joins(f"U0N{number}")
    assert not await workspace.members.any_outsider_in(CHANNEL)
    assert (workspace.asked("users.list"), workspace.asked("users.info")) == (1, 0)


async def test_many_whom_no_list_names_are_asked_about_a_few_at_a_time_and_nothing_is_posted_meanwhile(
    workspace: Workspace,
) -> None:
    await workspace.look()
    workspace.slack.inside[CHANNEL] = [f"U0N{number}" for number in range(2 * ASKED)]
    with pytest.raises(DeliveryError) as caught:
        await workspace.members.any_outsider_in(CHANNEL)
    assert (caught.value.permanent, workspace.asked("users.info")) == (False, ASKED)
    assert not await workspace.members.any_outsider_in(CHANNEL)


# ── a large workspace ──────────────────────────────────────────────────────────────────────────────────────────


def of_many(workspace: Workspace, pages: int) -> None:
    """So many pages of one person each, of which Slack gives twenty before it asks to wait."""
    workspace.slack.people = {f"U0N{number}": {"profile": {}} for number in range(pages)}
    workspace.slack.users_on_a_page, workspace.slack.allowed = 1, {"users.list": 20}


async def test_a_listing_waits_when_slack_asks_it_to_and_goes_on_at_the_same_page(workspace: Workspace) -> None:
    of_many(workspace, 50)
    assert len(set(await workspace.look())) == 50
    assert workspace.waits == [30.0, 30.0]
    assert workspace.asked("users.list") == 50 + 2


async def test_a_listing_does_not_wait_for_ever(workspace: Workspace) -> None:
    of_many(workspace, 2_000)
    with pytest.raises(DeliveryError) as caught:
        await workspace.look()
    assert caught.value.throttled
    assert sum(workspace.waits) == LISTING_SECONDS


async def test_a_message_that_waits_for_a_listing_is_postponed_rather_than_held(workspace: Workspace) -> None:
    of_many(workspace, 50)
    workspace.slack.inside[CHANNEL] = list(workspace.slack.people)
    with pytest.raises(DeliveryError) as caught:
        await workspace.members.any_outsider_in(CHANNEL)
    assert (caught.value.retry_after, workspace.waits) == (30.0, [])


async def test_nor_is_it_held_for_a_channels_members(workspace: Workspace) -> None:
    workspace.slack.allowed = {"conversations.members": 0}
    with pytest.raises(DeliveryError):
        await workspace.members.any_outsider_in(CHANNEL)
    assert workspace.waits == []


async def test_a_page_is_as_large_as_slack_lets_it_be(workspace: Workspace) -> None:
    await workspace.look()
    await workspace.members.any_outsider_in(CHANNEL)
    asked = workspace.slack.of("users.list") + workspace.slack.of("conversations.members")
    assert {each["limit"] for each in asked} == {"999"}
