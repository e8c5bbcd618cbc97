"""From a form's fields to one neutral event."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.parse import TEXT_LIMIT, log_key, tapped, typed
from bot.actions import Answer, Unreadable, pack
from bot.events import CommandInvoked, MessageReceived
from surveys.errors import InvalidInput
from surveys.words import ENGLISH
from tests.unit.adapters.web.fakes import HANNA, INGRID, MARTA

DM = "dm:marta"
CHANNEL = "channel:cx-weekly"
NINE = pack(Answer("inv", "score", "9"))


def fields(**given: str) -> dict[str, str]:
    return {"event_id": str(uuid4()), **given}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/cx nps last-30d", "nps last-30d"),
        ("/cx", ""),
        ("  /CX   help ", "help"),
        ("/cx\nnps", "nps"),
    ],
)
def test_what_begins_with_cx_is_a_command(text: str, command: str) -> None:
    event = typed(MARTA, DM, fields(text=text), ENGLISH).event
    assert isinstance(event, CommandInvoked)
    assert event.text == command


@pytest.mark.parametrize("text", ["9", "/cxnps", "Hello /cx nps", "/nps", "//cx"])
def test_anything_else_in_the_direct_conversation_is_a_message(text: str) -> None:
    event = typed(MARTA, DM, fields(text=text), ENGLISH).event
    assert isinstance(event, MessageReceived)
    assert event.text == text


def test_in_a_channel_the_bot_hears_only_what_mentions_it() -> None:
    said = typed(HANNA, CHANNEL, fields(text="Good morning"), ENGLISH)
    assert said.event is None
    assert not said.private
    asked = typed(HANNA, CHANNEL, fields(text="@CX Pulse nps today?"), ENGLISH).event
    assert isinstance(asked, MessageReceived)
    assert asked.text == "nps today?"
    assert not asked.envelope.address.direct


def test_a_command_is_private_also_in_a_channel() -> None:
    assert typed(HANNA, CHANNEL, fields(text="/cx nps"), ENGLISH).private


def test_the_sender_is_who_was_picked() -> None:
    event = typed(MARTA, DM, fields(text="hello", user="hanna", author="hanna"), ENGLISH).event
    assert event is not None
    assert event.envelope.sender.user == "marta"
    assert event.envelope.address.conversation == DM


def test_sending_again_with_the_same_id_is_the_same_event() -> None:
    again = fields(text="hello")
    first, second = typed(MARTA, DM, again, ENGLISH), typed(MARTA, DM, again, ENGLISH)
    assert first == second


def test_one_persons_id_never_hides_anothers_event() -> None:
    same = fields(text="hello")
    first, second = typed(MARTA, DM, same, ENGLISH).event, typed(INGRID, "dm:ingrid", same, ENGLISH).event
    assert first is not None
    assert second is not None
    assert first.envelope.event_id != second.envelope.event_id


def test_two_buttons_of_one_plain_form_are_two_events() -> None:
    form = fields(message="m1")
    nine = tapped(MARTA, DM, {**form, "action": NINE}, ENGLISH).event
    ten = tapped(MARTA, DM, {**form, "action": pack(Answer("inv", "score", "10"))}, ENGLISH).event
    assert nine.envelope.event_id != ten.envelope.event_id
    assert nine == tapped(MARTA, DM, {**form, "action": NINE}, ENGLISH).event


def test_a_forged_button_is_an_event_that_says_so() -> None:
    event = tapped(MARTA, DM, fields(message="m1", action='["drop","table"]'), ENGLISH).event
    assert isinstance(event.action, Unreadable)


def test_a_forms_texts_come_by_key_with_one_kind_of_line_end() -> None:
    given_ = fields(message="m1", action=NINE, **{"value.reason": " one\r\ntwo\rthree\x00\x07 ", "other": "x"})
    assert dict(tapped(MARTA, DM, given_, ENGLISH).event.values) == {"reason": "one\ntwo\nthree"}


def test_ten_thousand_characters_fit_in_any_script_and_one_more_does_not() -> None:
    long = "界" * TEXT_LIMIT
    assert typed(MARTA, DM, fields(text=long), ENGLISH).text == long
    with pytest.raises(InvalidInput, match=r"10,001 characters; at most 10,000"):
        typed(MARTA, DM, fields(text=long + "界"), ENGLISH)
    with pytest.raises(InvalidInput, match="at most"):
        tapped(MARTA, DM, fields(message="m1", action=NINE, **{"value.reason": long + "界"}), ENGLISH)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00\x01"])
def test_nothing_is_not_sent(text: str) -> None:
    with pytest.raises(InvalidInput, match="nothing to send"):
        typed(MARTA, DM, fields(text=text), ENGLISH)


@pytest.mark.parametrize("event_id", ["", "1", "not-a-uuid", "'; drop table", "x" * 10_000])
def test_an_event_without_a_proper_id_is_refused(event_id: str) -> None:
    with pytest.raises(InvalidInput, match="reload"):
        typed(MARTA, DM, {"text": "hello", "event_id": event_id}, ENGLISH)


@pytest.mark.parametrize("message", ["", "../etc", "a b", "m" * 23])
def test_a_button_of_no_possible_message_is_refused(message: str) -> None:
    with pytest.raises(InvalidInput, match="reload"):
        tapped(MARTA, DM, fields(message=message, action=NINE), ENGLISH)


@given(st.dictionaries(st.sampled_from(["text", "event_id", "action", "message", "value.a", "value.b"]), st.text()))
def test_whatever_is_sent_is_the_senders_event_or_is_refused(given_: dict[str, str]) -> None:
    for read in (typed, tapped):
        try:
            event = read(MARTA, DM, {"event_id": str(uuid4()), **given_}, ENGLISH).event
        except InvalidInput:
            continue
        assert event is not None
        assert event.envelope.sender.user == "marta"


@given(st.text(), st.text())
def test_the_logs_key_fits_its_column_and_differs_by_part(event_id: str, other: str) -> None:
    assert len(log_key(event_id, "typed")) == 22
    assert log_key(event_id, "typed") != log_key(event_id, "answer")
    assert (log_key(event_id, "typed") == log_key(other, "typed")) == (event_id == other)
