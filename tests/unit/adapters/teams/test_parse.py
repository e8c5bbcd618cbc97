"""What Teams sends means something, or nothing: recorded activities become neutral events."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.teams.mentions import command_in
from adapters.teams.parse import (
    Added,
    ChannelNamed,
    Command,
    Heard,
    Removed,
    Said,
    Tapped,
    Way,
    event_id_of,
    hear,
    neutral,
    tenants_of,
)
from adapters.teams.reference import read_reference
from bot.actions import Answer, OpenForm, PostHere, SendText, SubmitForm, Unreadable
from bot.events import ActionChosen, BotAdded, BotRemoved, CommandInvoked, MessageReceived, Sender
from bot.views.invitation import COMMENT_LIMIT
from surveys.errors import DeliveryError
from tests.unit.adapters.teams.fake_teams import BOT, SERVICE, TENANT
from tests.unit.adapters.teams.payloads import ANN, NAMES, payload

SOMEBODY = Sender(user=ANN)


def heard(name: str, **changes: Any) -> Heard:
    found = hear({**payload(name), **changes})
    assert found is not None
    return found


def event(name: str, people: dict[str, str] | None = None) -> Any:
    found = heard(name)
    return neutral(found, found.address(TENANT), SOMEBODY, people or {})


@pytest.mark.parametrize(
    "name",
    [
        "own_message",
        "message_of_another_bot",
        "message_in_a_channel",
        "message_without_words",
        "message_edited",
        "message_reaction",
        "typing",
        "sign_in_of_nobody",
        "somebody_joined_a_team",
    ],
)
def test_what_is_not_said_to_the_bot_is_not_heard(name: str) -> None:
    assert hear(payload(name)) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("message_in_the_personal_chat", MessageReceived),
        ("mention_in_a_channel", MessageReceived),
        ("command_in_the_personal_chat", CommandInvoked),
        ("feedback_on_a_message", CommandInvoked),
        ("tap_on_a_scale", ActionChosen),
        ("submit_of_an_older_client", ActionChosen),
        ("form_opened", ActionChosen),
        ("form_submitted", ActionChosen),
        ("installed_for_a_person", BotAdded),
        ("bot_added_to_a_team", BotAdded),
        ("removed_for_a_person", BotRemoved),
        ("bot_removed_from_a_team", BotRemoved),
    ],
)
def test_each_kind_of_activity_becomes_the_event_that_it_means(name: str, kind: type) -> None:
    assert isinstance(event(name), kind)


@pytest.mark.parametrize("text", ["/cx nps", "cx nps", "  /CX   nps "])
def test_a_command_may_begin_as_in_other_chats(text: str) -> None:
    found = heard("message_in_the_personal_chat", text=text)
    said = neutral(found, found.address(TENANT), SOMEBODY, {})
    assert isinstance(said, CommandInvoked)
    assert said.text == "nps"


@pytest.mark.parametrize("text", ["cxo is happy", "nps", "a /cx nps", "/cxnps"])
def test_a_word_that_only_looks_like_it_is_no_command(text: str) -> None:
    assert command_in(text) is None


def test_words_arrive_as_they_were_typed() -> None:
    assert event("message_in_the_personal_chat").text == "Quick & kind people"


def test_the_bots_own_mention_is_not_a_part_of_what_was_said() -> None:
    assert event("mention_in_a_channel").text == "nps last-30d"


@pytest.mark.parametrize(
    "text",
    [
        '<at id="0">CX Pulse</at> nps last-30d',
        "<at>cx&nbsp;pulse</at>&nbsp;nps last-30d",
        "CX Pulse nps last-30d",
        "@CX  Pulse nps last-30d",
    ],
)
def test_a_mention_that_a_client_writes_in_its_own_way_leaves_no_word_of_the_bots_name(text: str) -> None:
    found = heard("mention_in_a_channel", text=text)
    said = neutral(found, found.address(TENANT), SOMEBODY, {})
    assert isinstance(said, MessageReceived), "the bot's name begins with CX, and is no command"
    assert said.text == "nps last-30d"


def test_the_bots_name_in_a_longer_word_is_a_part_of_what_was_said() -> None:
    found = heard("mention_in_a_channel", text="CX Pulses nps")
    assert found.what == Said(text="CX Pulses nps")


def test_somebody_whose_mention_is_numbered_can_be_looked_up_too() -> None:
    text = payload("mention_of_somebody_else_too")["text"].replace("<at>Ann</at>", '<at id="1">Ann</at>')
    found = heard("mention_of_somebody_else_too", text=text)
    said = neutral(found, found.address(TENANT), SOMEBODY, {"29:ann": "ann@acme.example"})
    assert isinstance(said, MessageReceived)
    assert said.text == "why @ann@acme.example"


@pytest.mark.parametrize(
    "attached",
    [
        {"contentType": "image/*", "contentUrl": "https://smba.trafficmanager.net/x"},
        {"contentType": "application/vnd.microsoft.teams.file.download.info", "name": "score.png"},
        {"contentType": "text/html", "content": '<div><img src="https://x/y"></div>'},
    ],
)
def test_a_picture_without_words_is_heard(attached: dict[str, str]) -> None:
    assert heard("message_without_words", attachments=[attached]).what == Said(text="")


def test_a_comment_far_above_what_is_kept_arrives_whole_and_is_not_cut() -> None:
    long = "я" * (COMMENT_LIMIT + 1)
    found = heard("message_in_the_personal_chat", text=long)
    said = neutral(found, found.address(TENANT), SOMEBODY, {})
    assert isinstance(said, MessageReceived)
    assert said.text == long
    typed = payload("tap_with_a_typed_text")
    typed["value"]["action"]["data"]["reason"] = long
    assert heard("tap_with_a_typed_text", value=typed["value"]).what == Tapped(
        action=SendText("inv", "reason"), values={"reason": long}
    )


def test_a_person_who_is_mentioned_can_be_looked_up() -> None:
    assert event("mention_of_somebody_else_too", {"29:ann": "ann@acme.example"}).text == "why @ann@acme.example"
    assert event("mention_of_somebody_else_too").text == "why @Ann"


def test_a_name_in_a_mention_writes_no_markup() -> None:
    found = hear(
        {
            **payload("mention_of_somebody_else_too"),
            "entities": [
                {"type": "mention", "mentioned": {"id": BOT}, "text": "<at>CX Pulse</at>"},
                {"type": "mention", "mentioned": {"id": "29:x", "name": "&lt;b&gt;"}, "text": "<at>Ann</at>"},
            ],
        }
    )
    assert found is not None
    said = neutral(found, found.address(TENANT), SOMEBODY, {})
    assert isinstance(said, MessageReceived)
    assert said.text == "why @&lt;b&gt;"


def test_a_tap_names_its_action_its_message_and_who_tapped() -> None:
    found = heard("tap_on_a_scale")
    assert found.what == Tapped(action=Answer("inv", "recommend", "9"), values={})
    assert (found.way, found.message, found.user, found.direct) == (Way.CARD, "1783321200111", ANN, True)
    assert event("tap_on_a_scale").envelope.message == "1783321200111"


def test_what_is_typed_in_a_card_comes_by_its_key() -> None:
    assert heard("tap_with_a_typed_text").what == Tapped(
        action=SendText("inv", "reason"), values={"reason": "Quick & kind"}
    )


def test_a_client_that_knows_no_execute_submits_the_same() -> None:
    found = heard("submit_of_an_older_client")
    assert found.what == Tapped(action=Answer("inv", "recommend", "9"), values={})
    assert (found.way, found.message) == (Way.CHAT, "1783321200111")


def test_a_forged_or_old_button_is_a_value() -> None:
    for data in ({"cx": '["zz",1]'}, {"cx": 5}, {}, None, "x", {"cx": "[" * 5_000}):
        found = heard("tap_on_a_scale", value={"action": {"data": data}})
        assert isinstance(found.what, Tapped)
        assert isinstance(found.what.action, Unreadable)


def test_a_form_is_opened_and_sent_with_the_message_it_came_from() -> None:
    opened, sent = heard("form_opened"), heard("form_submitted")
    assert (opened.what, opened.way) == (Tapped(action=OpenForm("inv"), values={}), Way.DIALOG)
    assert sent.what == Tapped(action=SubmitForm("inv"), values={"start": "Answer sooner", "stop": ""}, submitted=True)
    assert opened.message == sent.message == "1783321200111"


def test_of_a_message_that_is_commented_on_no_word_and_no_place_is_taken() -> None:
    for name in ("feedback_on_a_message", "feedback_sent"):
        found = heard(name)
        assert "Private words" not in repr(found)
        assert (found.direct, found.reference.conversation) == (False, f"feedback:{ANN}")
    assert heard("feedback_on_a_message").what == Command(text="feedback")


def test_a_button_in_a_channel_belongs_to_the_channel_and_is_answered_in_its_thread() -> None:
    found = heard("tap_in_a_channel")
    assert isinstance(found.what, Tapped)
    assert found.what.action == PostHere("nps last-30d")
    assert found.thread == "19:voice@thread.tacv2;messageid=1783321200000"
    assert (found.reference.conversation, found.direct) == ("19:voice@thread.tacv2", False)


def test_an_installation_is_greeted_once_although_teams_says_it_twice() -> None:
    assert heard("installed_for_a_person").what == Added(first_word=True)
    assert heard("bot_added_to_the_personal_chat").what == Added(first_word=False)
    assert heard("app_upgraded").what == Added(first_word=False)
    assert heard("removed_for_a_person").what == Removed()


def test_a_channel_that_is_renamed_is_known_by_its_new_name() -> None:
    found = heard("channel_renamed")
    assert (found.what, found.reference.conversation) == (ChannelNamed(name="Voice of us"), "19:voice@thread.tacv2")
    assert event("channel_renamed") is None


def test_an_address_keeps_what_is_needed_to_write_there_later() -> None:
    address = heard("mention_in_a_channel").address(TENANT)
    kept = read_reference(address.reference)
    assert (kept.service_url, kept.conversation, kept.bot, kept.tenant, kept.team) == (
        SERVICE, "19:voice@thread.tacv2", BOT, TENANT, "19:team@thread.tacv2"
    )  # fmt: skip
    assert (address.conversation, address.direct) == ("19:voice@thread.tacv2", False)


@pytest.mark.parametrize("text", ["", "{}", "[]", "1", "null", '{"service_url":"x","more":1}', "nonsense"])
def test_an_address_of_which_nothing_is_kept_cannot_be_written_to(text: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        read_reference(text)
    assert caught.value.permanent


def test_a_moved_conversation_keeps_its_name_and_has_a_new_reference() -> None:
    before = heard("message_in_the_personal_chat").address(TENANT)
    moved = heard("message_in_the_personal_chat", serviceUrl="https://smba.trafficmanager.net/amer/").address(TENANT)
    assert (before.conversation, before.reference) != (moved.conversation, moved.reference)
    assert before.conversation == moved.conversation


def test_a_request_that_comes_twice_has_one_id_and_two_messages_have_two() -> None:
    tap = payload("tap_on_a_scale")
    assert event_id_of(tap) == event_id_of({**tap, "localTimestamp": "later"})
    elsewhere = {**tap, "conversation": {**tap["conversation"], "id": "a:other"}}
    assert event_id_of(tap) != event_id_of(elsewhere)
    without = {name: value for name, value in tap.items() if name != "id"}
    assert event_id_of(without) == event_id_of(json.loads(json.dumps(without)))
    assert max(len(event_id_of({**tap, "id": "x" * 9_000})), len(event_id_of(without))) <= 255


def test_somebody_without_an_account_is_nobody() -> None:
    assert hear({**payload("tap_on_a_scale"), "from": {"id": "29:anonymous", "name": "A"}}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(NAMES), key=st.text(max_size=10), value=JSON, data=st.data())
def test_no_shape_of_an_activity_raises(name: str, key: str, value: Any, data: st.DataObject) -> None:
    activity = payload(name)
    key = data.draw(st.sampled_from([*activity, key]))
    activity[key] = value
    found = hear(activity)
    tenants_of(activity)
    event_id_of(activity)
    if found is not None:
        neutral(found, found.address(TENANT), SOMEBODY, {"29:ann": "<at>x</at>"})
