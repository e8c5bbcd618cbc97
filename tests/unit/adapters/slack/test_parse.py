"""What Slack sends means something, or nothing: recorded payloads become neutral events."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.heard import (
    Command,
    HomeOpened,
    Installation,
    Joined,
    Left,
    Origin,
    Said,
    Submitted,
    Tapped,
    metadata_of,
)
from adapters.slack.parse import hear, neutral
from bot.actions import Answer, PostHere, SendText, SubmitForm, Unreadable, pack
from bot.events import ActionChosen, Address, BotAdded, BotRemoved, CommandInvoked, MessageReceived, Sender
from tests.unit.adapters.slack.payloads import HERE, NAMES, payload

PLACE = Address(platform="slack", workspace="T0HALDEN", conversation="C1", direct=False)
ANN = Sender(user="U0ANN")


def heard(name: str) -> Any:
    found = hear(payload(name), HERE)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "name",
    [
        "own_message",
        "message_changed",
        "message_of_another_bot",
        "message_in_a_channel",
        "messages_tab_opened",
        "somebody_joined_a_channel",
        "event_of_another_workspace",
        "form_closed",
        "url_verification",
    ],
)
def test_what_is_not_said_to_the_bot_is_not_heard(name: str) -> None:
    assert hear(payload(name), HERE) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("slash_command", CommandInvoked),
        ("message_shortcut", CommandInvoked),
        ("tap_on_a_scale", ActionChosen),
        ("form_submitted", ActionChosen),
        ("message_in_the_direct_conversation", MessageReceived),
        ("mention_in_a_channel", MessageReceived),
        ("bot_joined_a_channel", BotAdded),
        ("bot_left_a_channel", BotRemoved),
    ],
)
def test_a_request_becomes_a_neutral_event_with_the_id_that_a_copy_of_it_has(name: str, kind: type) -> None:
    event = neutral(heard(name), PLACE, ANN, {})
    assert event is not None
    assert isinstance(event, kind)
    assert event == neutral(heard(name), PLACE, ANN, {})
    assert 1 <= len(event.envelope.event_id) <= 255


def test_every_recorded_request_has_an_event_id_of_its_own() -> None:
    ids = [found.event_id for name in NAMES if (found := hear(payload(name), HERE))]
    assert len(set(ids)) == len(ids) > 10


def test_a_command_is_heard_with_where_to_answer_and_what_opens_a_form() -> None:
    command = heard("slash_command")
    assert command.what == Command(text="nps last-30d")
    assert (command.user, command.channel, command.workspace) == ("U0LEAD", "C0VOICE", "T0HALDEN")
    assert command.response_url.startswith("https://hooks.slack.com/")
    assert command.trigger


def test_a_command_of_another_workspace_is_not_taken_for_one_of_ours() -> None:
    command = heard("slash_command_of_another_workspace")
    assert (command.workspace, command.team) == ("T0OTHER", "T0OTHER")


def test_a_tap_carries_its_answer_its_message_and_that_it_is_in_the_bots_own_conversation() -> None:
    tap = heard("tap_on_a_scale")
    assert tap.what == Tapped(action=Answer("inv", "recommend", "9"), values={})
    assert (tap.message, tap.own_direct, tap.ephemeral) == ("1783321200.000200", True, False)


def test_a_typed_text_is_that_of_the_button_that_sends_it() -> None:
    assert heard("tap_with_a_typed_text").what == Tapped(
        action=SendText("inv", "reason"), values={"reason": "Because of R&D <3"}
    )


def test_an_ephemeral_answer_in_a_channel_is_known_as_one() -> None:
    tap = heard("tap_on_an_ephemeral_answer")
    assert tap.what.action == PostHere("nps last-30d")
    assert (tap.ephemeral, tap.channel, tap.own_direct) == (True, "C0VOICE", None)


def test_a_button_of_an_older_version_is_a_value_and_no_exception() -> None:
    assert isinstance(heard("tap_of_an_older_version").what.action, Unreadable)


@pytest.mark.parametrize("name", ["tap_of_a_stranger", "mention_by_a_stranger"])
def test_somebody_of_another_company_keeps_their_own_team(name: str) -> None:
    found = heard(name)
    assert (found.team, found.workspace, found.user) == ("T0OTHER", "T0HALDEN", "U0EVE")


def test_a_tap_on_the_home_tab_belongs_to_no_message() -> None:
    tap = heard("tap_on_the_home_tab")
    assert (tap.home, tap.channel, tap.message) == (True, "", "")


@pytest.mark.parametrize(
    ("name", "elsewhere"),
    [("tap_on_the_home_tab", True), ("tap_on_a_scale", False), ("form_submitted", False), ("slash_command", False)],
)
def test_what_is_answered_on_the_home_tab_is_known_to_be_answered_elsewhere(name: str, elsewhere: bool) -> None:
    event: Any = neutral(heard(name), PLACE, ANN, {})
    assert event.envelope.elsewhere is elsewhere


def test_so_is_a_form_that_was_opened_on_the_home_tab() -> None:
    origin = Origin(action=SubmitForm("x"), channel="D0ANN", message="", direct=True)
    request = payload("form_submitted")
    request["view"]["private_metadata"] = metadata_of(origin)
    event: Any = neutral(hear(request, HERE), PLACE, ANN, {})  # type: ignore[arg-type]
    assert event.envelope.elsewhere


@pytest.mark.parametrize("subtype", ["", "file_share", "me_message", "thread_broadcast"])
def test_whatever_way_a_person_says_something_it_is_heard(subtype: str) -> None:
    said = payload("message_in_the_direct_conversation")
    said["event"]["subtype"] = subtype
    assert hear(said, HERE) is not None


def test_what_another_app_says_in_somebodys_name_is_not_answered() -> None:
    said = payload("message_in_the_direct_conversation")
    assert hear(said, HERE) is not None
    said["event"]["app_id"] = "A0OTHER"
    assert hear(said, HERE) is None


def test_a_form_that_was_opened_before_an_update_still_knows_its_place() -> None:
    request = payload("form_submitted")
    request["view"]["private_metadata"] = json.dumps([pack(SubmitForm("x")), "D0ANN", "1783321200.000200", True])
    form = hear(request, HERE)
    assert form is not None
    assert (form.channel, form.message, form.own_direct, form.home) == ("D0ANN", "1783321200.000200", True, False)


def test_a_modal_brings_its_inputs_and_remembers_where_it_was_opened() -> None:
    form = heard("form_submitted")
    assert form.what == Submitted(
        action=SubmitForm("inv"), values={"start": "Weekly calls", "stop": ""}, first_input="b0", view="V0FORM"
    )
    assert (form.channel, form.message, form.own_direct) == ("D0ANN", "1783321200.000200", True)


def test_what_a_modal_remembers_comes_back_as_it_was() -> None:
    origin = Origin(action=SubmitForm("x"), channel="C1", message="1.2", direct=False)
    request = payload("form_submitted")
    request["view"]["private_metadata"] = metadata_of(origin)
    form: Any = hear(request, HERE)
    assert (form.what.action, form.channel, form.message, form.own_direct) == (SubmitForm("x"), "C1", "1.2", False)


@pytest.mark.parametrize(
    "metadata", ["", "[", "{}", '["x"]', '["[\\"F\\",\\"i\\"]", "C1", "not a time", 1]', "[" * 5_000]
)
def test_a_modal_with_a_forged_memory_does_nothing(metadata: str) -> None:
    request = payload("form_submitted")
    request["view"]["private_metadata"] = metadata
    form: Any = hear(request, HERE)
    assert isinstance(form.what.action, Unreadable)


def test_words_in_the_direct_conversation_are_read_as_they_were_typed() -> None:
    event: Any = neutral(heard("message_in_the_direct_conversation"), PLACE, ANN, {})
    assert event.text == "9, thanks & see acme.example/x"


def test_a_mention_of_the_bot_is_not_part_of_what_is_asked() -> None:
    assert heard("mention_in_a_channel").what == Said(text="nps last-30d account:<#C0ACME|acme>")
    event: Any = neutral(heard("mention_in_a_channel"), PLACE, ANN, {})
    assert event.text == "nps last-30d account:#acme"


def test_a_person_named_in_a_command_is_the_e_mail_that_slack_knows() -> None:
    request = {**payload("slash_command"), "text": "why <@U0BOB|bob> &amp; co"}
    found: Any = hear(request, HERE)
    assert found.mentions == ("U0BOB",)
    event: Any = neutral(found, PLACE, ANN, {"U0BOB": "bob@halden.example"})
    assert event.text == "why @bob@halden.example & co"


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("<https://acme.example/x|acme.example/x>", "acme.example/x"),
        ("<https://acme.example/|acme.example>", "acme.example"),
        ("<https://acme.example>", "https://acme.example"),
        ("<https://acme.example/x|the report>", "the report (https://acme.example/x)"),
        ("<mailto:bob@acme.example|bob@acme.example>", "bob@acme.example"),
        ("<mailto:bob@acme.example|Bob>", "Bob (bob@acme.example)"),
        ("<#C0VOICE|voice> <#C0QUIET|> <#C0QUIET> <#C0LOST>", "#voice #quiet #quiet #C0LOST"),
    ],
)
def test_a_link_keeps_its_address_and_a_channel_has_its_name(sent: str, typed: str) -> None:
    request = payload("message_in_the_direct_conversation")
    request["event"]["text"] = sent
    event: Any = neutral(hear(request, HERE), PLACE, ANN, {"C0QUIET": "quiet", "C0LOST": ""})  # type: ignore[arg-type]
    assert event.text == typed


def test_the_shortcut_on_a_message_takes_not_a_word_of_it() -> None:
    shortcut = heard("message_shortcut")
    assert shortcut.what == Command(text="feedback", shown=False)
    assert "Bob" not in repr(shortcut)


def test_the_bots_comings_and_goings_are_heard() -> None:
    assert isinstance(heard("bot_joined_a_channel").what, Joined)
    assert heard("bot_joined_a_channel").user == "U0LEAD"
    assert isinstance(heard("bot_left_a_channel").what, Left)
    assert isinstance(heard("home_opened").what, HomeOpened)


GRID = Installation(team="T0HALDEN", enterprise="E0GRID", bot_user="U0BOT", bot_id="B0CX", name="Halden")


def in_a_second_workspace(name: str, enterprise: str) -> dict[str, Any]:
    """As somebody there does it."""
    request = payload(name)
    match request.get("type"):
        case "event_callback":
            request |= {"team_id": "T0SECOND", "enterprise_id": enterprise}
            request["event"]["team"] = "T0SECOND"
        case None:
            request |= {"team_id": "T0SECOND", "enterprise_id": enterprise}
        case _:
            request["user"]["team_id"] = "T0SECOND"
            request["team"] = {"id": "T0SECOND", "enterprise_id": enterprise}
    return request


@pytest.mark.parametrize(
    "name", ["slash_command", "tap_on_a_scale", "form_submitted", "message_shortcut", "mention_in_a_channel"]
)
def test_all_workspaces_of_one_enterprise_are_one_company(name: str) -> None:
    colleague: Any = hear(in_a_second_workspace(name, "E0GRID"), GRID)
    assert (colleague.workspace, colleague.team) == ("T0HALDEN", "T0HALDEN")
    stranger: Any = hear(in_a_second_workspace(name, "E0OTHER"), GRID)
    assert stranger.team == "T0SECOND"
    nowhere: Any = hear(in_a_second_workspace(name, ""), HERE)
    assert nowhere.team == "T0SECOND"


def test_a_stranger_is_none_of_the_enterprise_in_whose_channel_they_are() -> None:
    tap = payload("tap_of_a_stranger")
    tap["team"]["enterprise_id"] = "E0GRID"
    mention = {**payload("mention_by_a_stranger"), "enterprise_id": "E0GRID"}
    for request in (tap, mention):
        found: Any = hear(request, GRID)
        assert found.team == "T0OTHER"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from(NAMES), st.data())
def test_no_shape_of_a_payload_raises(name: str, data: st.DataObject) -> None:
    request = payload(name)
    for key in data.draw(st.lists(st.sampled_from(sorted(request)), max_size=4)):
        request[key] = data.draw(json_values)
    found = hear(request, HERE)
    if found is not None:
        neutral(found, PLACE, ANN, {})


@given(json_values)
def test_anything_at_all_is_heard_or_not(value: Any) -> None:
    assert hear(value if isinstance(value, dict) else {"event": value, "type": "event_callback"}, HERE) is None
