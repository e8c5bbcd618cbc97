"""What a button carries survives the round trip, and what does not fit is a value, not an exception."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import actions
from bot.actions import Unreadable, pack, unpack
from bot.commands.tokens import LONGEST_TEXT

TEXT = st.text(max_size=80)
ACTIONS = st.one_of(
    st.builds(actions.Answer, TEXT, TEXT, TEXT),
    st.builds(actions.ChangeAnswer, TEXT, TEXT),
    st.builds(actions.SendText, TEXT, TEXT),
    st.builds(actions.SkipQuestion, TEXT, TEXT),
    st.builds(actions.OpenForm, TEXT),
    st.builds(actions.SubmitForm, TEXT),
    st.builds(actions.Snooze, TEXT, st.integers()),
    st.builds(actions.StopAsking, TEXT),
    st.builds(actions.AskAgain, TEXT),
    st.builds(actions.TalkToPerson, TEXT),
    st.builds(actions.ConfirmWave, TEXT),
    st.builds(actions.CancelWave, TEXT),
    st.builds(actions.RunCommand, TEXT),
    st.builds(actions.PostHere, TEXT),
    st.builds(actions.PostHere, TEXT, TEXT),
    st.builds(actions.StopSummary, TEXT),
)


@given(ACTIONS)
def test_every_action_comes_back_as_it_was_packed(action: actions.Action) -> None:
    assert unpack(pack(action)) == action


@given(st.text(max_size=300))
def test_any_text_is_an_action_or_unreadable_and_never_an_exception(text: str) -> None:
    assert unpack(text) is not None


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "null",
        "[]",
        "{}",
        '["?"]',
        '["a"]',
        '["a", "invitation", "score", 9]',
        '["a", "invitation", "score", "9", "more"]',
        '["z", "invitation", true]',
        '["z", "invitation", "3"]',
        '["P"]',
        '["P", "nps", 12]',
        '["P", "nps", "12", "more"]',
        '["a", "invitation", "score"]',
        "[" * 5_000,
        "x" * 10_000,
    ],
)
def test_a_forged_or_broken_button_is_unreadable(forged: str) -> None:
    assert isinstance(unpack(forged), Unreadable)


def test_a_button_of_a_former_version_that_named_no_channel_is_still_read() -> None:
    assert unpack('["P","nps last-30d"]') == actions.PostHere("nps last-30d", channel="")


def test_the_longest_command_fits_beside_the_longest_channel() -> None:
    assert unpack(pack(actions.PostHere("x" * LONGEST_TEXT, "9" * 18))) == actions.PostHere(
        "x" * LONGEST_TEXT, "9" * 18
    )


def test_an_action_too_long_for_a_button_is_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pack(actions.RunCommand("x" * 2_000))


def test_what_is_packed_is_plain_json_that_any_platform_can_carry() -> None:
    assert json.loads(pack(actions.Answer("i", "score", "9"))) == ["a", "i", "score", "9"]
