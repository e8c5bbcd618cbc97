"""From a signed request to the engine and back: what is returned at once, what follows, what is refused."""

import asyncio
import logging

import pytest

from adapters.slack.http import PATH
from bot.actions import OpenForm, SubmitForm, unpack
from bot.events import ActionChosen, BotAdded, CommandInvoked, MessageReceived
from bot.messages import Audience, Chart, Form, Message, Outcome, Reply, TextInput
from tests.unit.adapters.slack.block_kit import buttons, check_blocks, check_view, shown
from tests.unit.adapters.slack.conftest import Scene, hooked, says
from tests.unit.adapters.slack.payloads import NAMES, payload

pytestmark = pytest.mark.anyio
WORD = "sesame-and-lilies"


def a_form() -> Form:
    return Form(
        title="Feedback",
        blocks=(TextInput(key="start", label="Start?"),),
        submit_label="Send",
        action=SubmitForm("inv"),
    )


async def test_a_command_is_answered_privately_in_the_same_request(scene: Scene) -> None:
    scene.engine.outcome = says("NPS +31")
    answer = (await scene.sends(payload("slash_command"))).json()
    check_blocks(answer["blocks"])
    assert (answer["response_type"], shown(answer["blocks"])) == ("ephemeral", "NPS +31")
    [event] = scene.engine.events
    assert isinstance(event, CommandInvoked)
    assert (event.text, event.envelope.address.direct) == ("nps last-30d", False)


async def test_a_command_between_two_people_is_private_although_slack_calls_it_a_direct_message(scene: Scene) -> None:
    scene.engine.outcome = says("NPS +31")
    answer = (await scene.sends({**payload("slash_command"), "channel_id": "D0TWO"})).json()
    assert answer["response_type"] == "ephemeral"
    assert not scene.engine.events[0].envelope.address.direct


async def test_a_command_in_the_bots_own_conversation_stays_there(scene: Scene) -> None:
    scene.engine.outcome = says("NPS +31")
    answer = (await scene.sends({**payload("slash_command"), "channel_id": "D0LEAD"})).json()
    assert answer["response_type"] == "in_channel"
    assert scene.engine.events[0].envelope.address.direct


async def test_an_answer_for_everyone_is_kept_from_a_channel_with_outsiders(scene: Scene) -> None:
    scene.engine.outcome = says(f"NPS +31 {WORD}", Audience.EVERYONE)
    scene.slack.channels["C0VOICE"] = {"is_ext_shared": True}
    tap = hooked(scene, "tap_on_an_ephemeral_answer")
    await scene.sends(tap)
    [sent] = await scene.slack.until("hook/1")
    assert sent["response_type"] == "ephemeral"
    assert "outside" in shown(sent["blocks"])
    assert WORD not in str(scene.slack.calls)


async def test_an_answer_for_everyone_is_posted_where_only_the_company_is(scene: Scene) -> None:
    scene.engine.outcome = says("NPS +31", Audience.EVERYONE)
    await scene.sends(hooked(scene, "tap_on_an_ephemeral_answer"))
    [posted] = await scene.slack.until("chat.postMessage")
    assert (posted["channel"], shown(posted["blocks"])) == ("C0VOICE", "NPS +31")


async def test_a_tap_is_acknowledged_and_its_message_replaced_in_place(scene: Scene) -> None:
    scene.engine.outcome = says("You answered 9", Audience.IN_PLACE)
    response = await scene.sends(hooked(scene, "tap_on_a_scale"))
    assert (response.status_code, response.text) == (200, "")
    [replaced] = await scene.slack.until("hook/1")
    assert replaced["replace_original"] is True
    assert shown(replaced["blocks"]) == "You answered 9"
    [event] = scene.engine.events
    assert isinstance(event, ActionChosen)
    assert event.envelope.address.direct


async def test_once_the_response_url_is_used_up_the_message_itself_is_updated(scene: Scene) -> None:
    scene.engine.outcome = says("You answered 9", Audience.IN_PLACE)
    scene.slack.refuse("hook/1", "used_url", status=404)
    await scene.sends(hooked(scene, "tap_on_a_scale"))
    [updated] = await scene.slack.until("chat.update")
    assert (updated["channel"], updated["ts"]) == ("D0ANN", "1783321200.000200")


async def test_what_everybody_in_a_channel_sees_is_not_replaced_for_one_of_them(scene: Scene) -> None:
    scene.engine.outcome = says("Only for you", Audience.IN_PLACE)
    await scene.sends({**hooked(scene, "tap_of_a_stranger")})
    [sent] = await scene.slack.until("hook/1")
    assert (sent["replace_original"], sent["response_type"]) == (False, "ephemeral")


async def test_a_form_opens_while_its_trigger_lives(scene: Scene) -> None:
    scene.engine.outcome = Outcome(form=a_form())
    await scene.sends(hooked(scene, "tap_on_a_scale"))
    [opened] = scene.slack.of("views.open")
    check_view(opened["view"])
    assert opened["trigger_id"] == payload("tap_on_a_scale")["trigger_id"]


async def test_a_form_that_came_too_late_is_offered_again_as_a_button(scene: Scene) -> None:
    scene.engine.outcome = Outcome(form=a_form())
    scene.slack.refuse("views.open", "expired_trigger_id")
    tap = hooked(scene, "tap_on_a_scale")
    tap["actions"][0]["value"] = '["f","inv"]'
    await scene.sends(tap)
    [sent] = await scene.slack.until("chat.postMessage")
    assert [unpack(each["value"]) for each in buttons(sent["blocks"])] == [OpenForm("inv")]


async def test_a_mistake_in_a_form_is_shown_in_it_and_nothing_typed_is_lost(scene: Scene) -> None:
    scene.engine.outcome = says("There were no words in it.")
    answer = (await scene.sends(payload("form_submitted"))).json()
    assert answer == {"response_action": "errors", "errors": {"b0": "There were no words in it."}}


async def test_a_form_that_was_sent_brings_its_message_up_to_date(scene: Scene) -> None:
    scene.engine.outcome = says("Thank you", Audience.IN_PLACE)
    response = await scene.sends(payload("form_submitted"))
    assert (response.status_code, response.text) == (200, "")
    [updated] = await scene.slack.until("chat.update")
    assert (updated["channel"], updated["ts"]) == ("D0ANN", "1783321200.000200")


async def test_words_in_the_direct_conversation_are_answered_there(scene: Scene) -> None:
    scene.engine.outcome = says("Thank you")
    await scene.sends(payload("message_in_the_direct_conversation"))
    [posted] = await scene.slack.until("chat.postMessage")
    assert posted["channel"] == "D0ANN"
    assert isinstance(scene.engine.events[0], MessageReceived)


async def test_a_mention_in_a_channel_is_answered_to_its_writer_alone(scene: Scene) -> None:
    scene.engine.outcome = says("NPS +31")
    await scene.sends(payload("mention_in_a_channel"))
    [posted] = await scene.slack.until("chat.postEphemeral")
    assert (posted["channel"], posted["user"]) == ("C0VOICE", "U0LEAD")


async def test_a_chart_asked_for_in_a_channel_is_seen_by_whoever_asked_alone(scene: Scene) -> None:
    chart = Chart(title="Trend", alt_text="From 20 to 31", spec="{}")
    scene.engine.outcome = Outcome(reply=Reply(message=Message(summary="Trend", blocks=(chart,))))
    answer = (await scene.sends(payload("slash_command"))).json()
    assert "From 20 to 31" in shown(answer["blocks"])
    [done] = await scene.slack.until("files.completeUploadExternal")
    assert done["channel_id"] == "D0LEAD"
    assert scene.slack.of("files.getUploadURLExternal")[0]["alt_txt"] == "From 20 to 31"
    assert len(scene.slack.pictures) == 1


async def test_a_slow_answer_says_that_it_is_being_worked_on_and_comes_then(scene: Scene) -> None:
    scene.engine.outcome, scene.engine.free = says("NPS +31"), asyncio.Event()
    answer = (await scene.sends(hooked(scene, "slash_command"))).json()
    assert "Working on it" in shown(answer["blocks"])
    scene.engine.free.set()
    [sent] = await scene.slack.until("hook/1")
    assert shown(sent["blocks"]) == "NPS +31"


async def test_the_home_tab_is_published_for_whoever_opened_it(scene: Scene) -> None:
    await scene.sends(payload("home_opened"))
    [published] = await scene.slack.until("views.publish")
    check_view(published["view"])
    assert published["user_id"] == "U0ANN"
    assert "ann@acme.example" in shown(published["view"]["blocks"])
    assert scene.engine.events == []


async def test_the_bot_remembers_a_channel_by_its_name_when_it_is_invited(scene: Scene) -> None:
    await scene.sends(payload("bot_joined_a_channel"))
    assert scene.known.channels == {"C0VOICE": "voice"}
    assert isinstance(scene.engine.events[0], BotAdded)


@pytest.mark.parametrize("channel", ["<#C0VOICE|>", "<#C0VOICE>"])
async def test_a_channel_named_by_its_id_is_the_one_that_slack_calls_so(scene: Scene, channel: str) -> None:
    await scene.sends({**payload("slash_command"), "text": f"summary weekly {channel}"})
    [event] = scene.engine.events
    assert isinstance(event, CommandInvoked)
    assert event.text == "summary weekly #voice"


async def test_a_channel_that_slack_does_not_name_stays_what_it_is(scene: Scene) -> None:
    scene.slack.refuse("conversations.info", "channel_not_found")
    await scene.sends({**payload("slash_command"), "text": "summary weekly <#C0VOICE>"})
    [event] = scene.engine.events
    assert isinstance(event, CommandInvoked)
    assert event.text == "summary weekly #C0VOICE"


# ── who it is (threat 3) ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_full_member_is_vouched_for_with_an_e_mail(scene: Scene) -> None:
    await scene.sends(payload("tap_on_a_scale"))
    sender = scene.engine.events[0].envelope.sender
    assert (sender.user, sender.email, sender.full_member) == ("U0ANN", "ann@acme.example", True)


async def test_a_guest_is_nobodys_e_mail(scene: Scene) -> None:
    tap = payload("tap_on_a_scale")
    tap["user"]["id"] = "U0GUEST"
    await scene.sends(tap)
    sender = scene.engine.events[0].envelope.sender
    assert (sender.user, sender.email, sender.full_member) == ("U0GUEST", None, False)


async def test_somebody_of_another_company_is_known_by_team_and_user_and_never_asked_about(scene: Scene) -> None:
    await scene.sends(payload("tap_of_a_stranger"))
    sender = scene.engine.events[0].envelope.sender
    assert (sender.user, sender.email, sender.full_member) == ("T0OTHER:U0EVE", None, False)
    assert scene.slack.of("users.info") == []


async def test_slack_is_not_asked_who_somebody_is_that_is_bound_already(scene: Scene) -> None:
    scene.known.users.add("U0ANN")
    await scene.sends(payload("tap_on_a_scale"))
    assert scene.slack.of("users.info") == []


async def test_a_tap_is_recorded_although_slack_does_not_say_who_it_is(scene: Scene) -> None:
    scene.slack.refuse("users.info", "internal_error", status=500)
    assert (await scene.sends(payload("tap_on_a_scale"))).status_code == 200
    assert len(scene.engine.events) == 1


# ── what is refused (threat 1) ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "headers",
    [
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-signature": "v1=" + "0" * 64},
        {"x-slack-request-timestamp": "soon"},
        {"x-slack-request-timestamp": "0"},
        {"x-slack-signature": ""},
    ],
)
async def test_a_forged_request_reaches_nobody_and_nothing_of_it_is_logged(
    scene: Scene, headers: dict[str, str], caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    before = len(scene.slack.calls)
    response = await scene.sends({**payload("slash_command"), "text": WORD}, **headers)
    assert (response.status_code, response.text) == (401, "")
    assert scene.engine.events == []
    assert len(scene.slack.calls) == before
    printed = capsys.readouterr()
    assert WORD not in caplog.text + printed.out + printed.err


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything is logged that can be, before Slack's libraries look how much that is."""
    caplog.set_level(logging.DEBUG)
    return caplog


async def test_slacks_libraries_log_nothing_of_what_they_are_handed(
    loud: pytest.LogCaptureFixture, scene: Scene
) -> None:
    for name in NAMES:
        await scene.sends(payload(name))
    libraries = {each.name for each in loud.records if "slack_bolt" in each.pathname or "slack_sdk" in each.pathname}
    assert libraries == set()


@pytest.mark.parametrize("body", [b"payload=", b"payload=1", b"payload=[]", b"[]", b"\xff", b"{" * 50_000])
async def test_a_malformed_request_is_a_bad_request_and_never_a_fault(scene: Scene, body: bytes) -> None:
    assert (await scene.posts(body)).status_code == 400
    assert scene.engine.events == []


async def test_an_identical_copy_of_a_command_brings_no_answer(scene: Scene) -> None:
    scene.engine.outcome = says(WORD)
    first = await scene.sends(payload("slash_command"))
    copy = await scene.client.post(PATH, content=first.request.content, headers=first.request.headers)
    assert WORD in first.text
    assert (copy.status_code, copy.text) == (200, "")
    assert len(scene.engine.events) == 1


async def test_slacks_retry_has_the_id_of_the_event_that_it_repeats(scene: Scene) -> None:
    request = payload("message_in_the_direct_conversation")
    await scene.sends(request)
    await scene.sends({**request, "event_context": "again"}, **{"x-slack-retry-num": "1"})
    first, second = scene.engine.events
    assert first.envelope.event_id == second.envelope.event_id


@pytest.mark.parametrize("name", NAMES)
async def test_every_kind_of_request_is_acknowledged(scene: Scene, name: str) -> None:
    assert (await scene.sends(payload(name))).status_code == 200


async def test_what_nobody_has_heard_of_is_acknowledged_too(scene: Scene) -> None:
    for request in (
        {"type": "block_suggestion", "action_id": "x", "value": "y", "user": {"id": "U1"}, "team": {"id": "T0HALDEN"}},
        {**payload("message_in_the_direct_conversation"), "event": {"type": "some_new_event"}, "event_id": "EvNew"},
    ):
        assert (await scene.sends(request)).status_code == 200
    assert scene.engine.events == []


async def test_the_challenge_is_given_back(scene: Scene) -> None:
    assert payload("url_verification")["challenge"] in (await scene.sends(payload("url_verification"))).text


async def test_a_look_at_the_certificate_is_answered_without_a_signature(scene: Scene) -> None:
    assert (await scene.client.post(PATH, content=b"ssl_check=1&token=x")).status_code == 200
