"""Posting to Slack: once, to the right place, and every refusal is something the delivery loop understands."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.slack.members import member_of
from bot.events import Address
from bot.messages import Chart, Message, Paragraph
from surveys.errors import DeliveryError
from tests.unit.adapters.slack.block_kit import check_blocks
from tests.unit.adapters.slack.conftest import Scene
from tests.unit.adapters.slack.fake_slack import a_user
from tests.unit.adapters.slack.payloads import HERE

pytestmark = pytest.mark.anyio

DIRECT = Address(platform="slack", workspace="T0HALDEN", conversation="D0ANN")
CHANNEL = Address(platform="slack", workspace="T0HALDEN", conversation="C0VOICE", direct=False)
HELLO = Message(summary="Hello", blocks=(Paragraph(text="Hello <!channel>"),))


async def refused(scene: Scene, address: Address = DIRECT) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await scene.parts.adapter.post(address, HELLO, delivery="d1")
    return caught.value


async def test_a_direct_conversation_is_opened_once(scene: Scene) -> None:
    for _ in range(2):
        assert await scene.parts.adapter.open_direct("T0HALDEN", "U0ANN") == DIRECT
    assert len(scene.slack.of("conversations.open")) == 1


async def test_another_workspace_is_not_written_to(scene: Scene) -> None:
    with pytest.raises(DeliveryError) as caught:
        await scene.parts.adapter.open_direct("T0OTHER", "U0ANN")
    assert caught.value.permanent


async def test_a_message_carries_its_delivery_and_nothing_in_it_calls_anybody(scene: Scene) -> None:
    reference = await scene.parts.adapter.post(DIRECT, HELLO, delivery="d1")
    [sent] = scene.slack.of("chat.postMessage")
    check_blocks(sent["blocks"])
    assert sent["metadata"]["event_payload"] == {"delivery": "d1"}
    assert (sent["mrkdwn"], sent["parse"], sent["link_names"], sent["unfurl_links"]) == (False, "none", False, False)
    assert await scene.parts.adapter.find_posted(DIRECT, "d1") == reference
    assert await scene.parts.adapter.find_posted(DIRECT, "d2") is None


async def test_an_update_replaces_the_message_that_was_posted(scene: Scene) -> None:
    await scene.parts.adapter.update(DIRECT, "1.2", HELLO)
    [sent] = scene.slack.of("chat.update")
    assert (sent["channel"], sent["ts"]) == ("D0ANN", "1.2")


async def test_a_chart_follows_as_a_file_with_its_words(scene: Scene) -> None:
    chart = Chart(title="Trend", alt_text="From 20 to 31", spec="{}")
    await scene.parts.adapter.post(CHANNEL, Message(summary="Week", blocks=(chart,)), delivery="d1")
    assert scene.slack.of("files.getUploadURLExternal")[0]["alt_txt"] == "From 20 to 31"
    assert scene.slack.of("files.completeUploadExternal")[0]["channel_id"] == "C0VOICE"


async def test_a_message_is_posted_although_its_picture_is_not(scene: Scene) -> None:
    scene.slack.refuse("files.getUploadURLExternal", "missing_scope")
    chart = Chart(title="Trend", alt_text="From 20 to 31", spec="{}")
    assert await scene.parts.adapter.post(CHANNEL, Message(summary="Week", blocks=(chart,)), delivery="d1")


async def test_a_picture_that_slack_does_not_take_at_once_is_sent_when_it_says(scene: Scene) -> None:
    scene.slack.refuse("files.getUploadURLExternal", "ratelimited", status=429, Retry_After="10")
    chart = Chart(title="Trend", alt_text="From 20 to 31", spec="{}")
    await scene.parts.adapter.post(CHANNEL, Message(summary="Week", blocks=(chart,)), delivery="d1")
    assert len(scene.slack.pictures) == 1


async def test_a_message_does_not_wait_for_ever_for_its_picture(scene: Scene) -> None:
    for _ in range(9):
        scene.slack.refuse("files.getUploadURLExternal", "ratelimited", status=429, Retry_After="10")
    chart = Chart(title="Trend", alt_text="From 20 to 31", spec="{}")
    assert await scene.parts.adapter.post(CHANNEL, Message(summary="Week", blocks=(chart,)), delivery="d1")
    assert len(scene.slack.of("files.getUploadURLExternal")) == 3
    assert scene.slack.pictures == []


# ── refusals ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_too_many_requests_wait_as_long_as_slack_says_and_are_not_repeated_here(scene: Scene) -> None:
    scene.slack.refuse("chat.postMessage", "ratelimited", status=429, Retry_After="17")
    error = await refused(scene)
    assert (error.retry_after, error.permanent, error.uncertain) == (17.0, False, False)
    assert len(scene.slack.of("chat.postMessage")) == 1


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "user_disabled", "not_in_channel"])
async def test_who_left_or_a_channel_that_is_gone_is_not_tried_again(scene: Scene, code: str) -> None:
    scene.slack.refuse("chat.postMessage", code)
    error = await refused(scene)
    assert (error.permanent, str(error)) == (True, f"Slack: {code}")


@pytest.mark.parametrize("code", ["token_revoked", "invalid_auth", "account_inactive", "missing_scope"])
async def test_a_broken_installation_delays_and_loses_nothing(scene: Scene, code: str) -> None:
    scene.slack.refuse("chat.postMessage", code)
    error = await refused(scene)
    assert not error.permanent
    assert error.retry_after


async def test_a_message_whose_answer_was_lost_is_found_and_not_posted_again(scene: Scene) -> None:
    scene.slack.lose_the_answer("chat.postMessage")
    reference = await scene.parts.adapter.post(DIRECT, HELLO, delivery="d1")
    assert reference == scene.slack.history["D0ANN"][0]["ts"]
    assert len(scene.slack.of("chat.postMessage")) == 1


async def test_a_message_that_slack_failed_on_and_does_not_have_is_tried_again_later(scene: Scene) -> None:
    scene.slack.refuse("chat.postMessage", "internal_error", status=500)
    error = await refused(scene)
    assert (error.uncertain, error.permanent) == (False, False)
    assert error.retry_after


@pytest.mark.parametrize(("refusal", "status"), [("ratelimited", 429), ("missing_scope", 200)])
async def test_where_slack_does_not_say_whether_a_message_arrived_it_is_looked_for_again_before_it_is_posted_again(
    scene: Scene, refusal: str, status: int
) -> None:
    scene.slack.lose_the_answer("chat.postMessage")
    scene.slack.refuse("conversations.history", refusal, status=status)
    error = await refused(scene)
    assert (error.doubtful, error.uncertain, error.permanent) == (True, False, False)


async def test_in_a_channel_whose_history_is_not_ours_to_read_it_stays_uncertain(scene: Scene) -> None:
    scene.slack.lose_the_answer("chat.postMessage")
    assert (await refused(scene, CHANNEL)).uncertain
    assert scene.slack.of("conversations.history") == []


async def test_slack_away_is_a_delay(scene: Scene) -> None:
    await scene.slack.stop()
    error = await refused(scene)
    assert (error.permanent, error.uncertain) == (False, False)
    await scene.slack.start()


# ── who is in a channel (threat 4) ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("facts", "shared"),
    [
        ({}, False),
        ({"is_ext_shared": True, "is_shared": True}, True),
        ({"is_pending_ext_shared": True}, True),
        ({"is_shared": True}, True),
        ({"is_shared": True, "is_org_shared": True}, False),
    ],
)
async def test_a_channel_shared_with_another_company_is_known_as_one(
    scene: Scene, facts: dict[str, Any], shared: bool
) -> None:
    scene.slack.channels["C0VOICE"] = facts
    assert (await scene.parts.adapter.conversation_facts(CHANNEL)).shared_outside is shared


async def test_a_guest_in_a_channel_is_seen_at_the_next_post(scene: Scene) -> None:
    assert not (await scene.parts.adapter.conversation_facts(CHANNEL)).has_guests
    scene.slack.inside["C0VOICE"] = ["U0ANN", "U0GUEST"]
    assert (await scene.parts.adapter.conversation_facts(CHANNEL)).has_guests


async def test_an_archived_channel_is_known_as_one(scene: Scene) -> None:
    scene.slack.channels["C0VOICE"] = {"is_archived": True}
    assert (await scene.parts.adapter.conversation_facts(CHANNEL)).archived


async def test_a_channel_that_cannot_be_seen_is_not_judged(scene: Scene) -> None:
    scene.slack.refuse("conversations.info", "channel_not_found")
    with pytest.raises(DeliveryError):
        await scene.parts.adapter.conversation_facts(CHANNEL)


# ── whose e-mail counts (threat 3) ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "mark",
    [
        {"is_restricted": True},
        {"is_ultra_restricted": True},
        {"is_stranger": True},
        {"is_bot": True},
        {"deleted": True},
        {"is_email_confirmed": False},
        {"team_id": "T0OTHER"},
        {"team_id": ""},
    ],
)
def test_the_e_mail_of_anybody_but_a_full_member_counts_for_nothing(mark: dict[str, Any]) -> None:
    sender = member_of({**a_user("U0ANN"), **mark}, HERE).sender()
    assert sender.email is None


@pytest.mark.parametrize(("enterprise", "outsider"), [("E0GRID", False), ("E0OTHER", True), ("", True)])
def test_a_colleague_in_another_workspace_of_the_grid_is_no_outsider_but_has_no_e_mail_here(
    enterprise: str, outsider: bool
) -> None:
    user = {**a_user("U0ANN"), "team_id": "T0SECOND", "enterprise_user": {"enterprise_id": enterprise}}
    member = member_of(user, replace(HERE, enterprise="E0GRID"))
    assert (member.outsider, member.full, member.sender().email) == (outsider, False, None)
    assert member_of(user, HERE).outsider


def test_a_full_member_has_name_and_e_mail() -> None:
    sender = member_of(a_user("U0ANN"), HERE).sender()
    assert (sender.name, sender.email, sender.full_member) == ("Ann", "ann@acme.example", True)


@pytest.mark.parametrize("answer", [None, [], {}, {"profile": 7}, {"id": 3, "profile": {"email": 5}}])
def test_an_answer_of_another_shape_vouches_for_nobody(answer: object) -> None:
    assert not member_of(answer, HERE).full
