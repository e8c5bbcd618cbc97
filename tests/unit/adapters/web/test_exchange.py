"""What people do in the workspace: they write, tap and send forms, and see what comes of it."""

from uuid import uuid4

from adapters.web.codec import decode
from bot.actions import Answer, OpenForm, SendText, SubmitForm
from bot.events import ActionChosen, CommandInvoked, MessageReceived
from bot.messages import Audience
from tests.unit.adapters.web.asked import ASKED, FEEDBACK, NINE
from tests.unit.adapters.web.conftest import Workplace

# ── writing ──


def test_a_command_and_its_answer_are_both_in_the_conversation(workplace: Workplace) -> None:
    workplace.engine.will_say("NPS +3")
    answer = workplace.write("/as/hanna", "/cx nps last-30d").json()
    (event,) = workplace.engine.events
    assert isinstance(event, CommandInvoked)
    assert event.text == "nps last-30d"
    assert workplace.summaries("dm:hanna") == ["/cx nps last-30d", "NPS +3"]
    assert len(answer["messages"]) == 2
    assert "NPS +3" in workplace.bare.get("/as/hanna").text


def test_sending_again_after_a_lost_answer_says_it_once(workplace: Workplace) -> None:
    again = str(uuid4())
    workplace.engine.will_say("Noted.")
    workplace.write("/as/marta", "9", again)
    workplace.write("/as/marta", "9", again)
    assert workplace.summaries("dm:marta") == ["9", "Noted."]
    assert len(workplace.engine.events) == 1


def test_what_a_person_wrote_is_shown_as_text(workplace: Workplace) -> None:
    workplace.write("/as/marta", "<script>alert(1)</script> <!channel>")
    page = workplace.bare.get("/as/marta").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;!channel&gt;" in page


def test_ten_thousand_characters_of_any_script_arrive_whole(workplace: Workplace) -> None:
    long = "发票与订单不符。" * 1250
    form = {"text": long, "event_id": str(uuid4())}
    boundary = b"".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in form.items()
    )
    answer = workplace.browser.request(
        "POST", "/as/marta/message", headers={"content-type": "multipart/form-data; boundary=b"},
        content=boundary + b"--b--\r\n",
    )  # fmt: skip
    assert answer.status_code == 200
    (event,) = workplace.engine.events
    assert isinstance(event, MessageReceived)
    assert event.text == long


def test_too_long_a_text_is_refused_in_words_and_not_half_sent(workplace: Workplace) -> None:
    answer = workplace.write("/as/marta", "x" * 10_001)
    assert answer.status_code == 400
    assert "10,001 characters" in answer.json()["error"]
    assert workplace.log.messages == []


def test_in_a_channel_a_question_and_its_answer_are_between_the_asker_and_the_bot(workplace: Workplace) -> None:
    workplace.engine.will_say("NPS +3")
    workplace.write("/as/hanna/channel/cx-weekly", "/cx nps")
    mine = workplace.bare.get("/as/hanna/channel/cx-weekly").text
    assert "NPS +3" in mine
    assert mine.count("Only visible to you") == 2
    others = workplace.bare.get("/as/jonas/channel/cx-weekly").text
    assert "NPS +3" not in others
    assert "/cx nps</p>" not in others


def test_what_is_posted_on_purpose_everybody_in_the_channel_sees(workplace: Workplace) -> None:
    workplace.engine.will_say("NPS +3", Audience.EVERYONE)
    workplace.write("/as/hanna/channel/cx-weekly", "/cx nps")
    assert "NPS +3" in workplace.bare.get("/as/jonas/channel/cx-weekly").text


def test_a_word_to_the_others_in_a_channel_does_not_reach_the_bot(workplace: Workplace) -> None:
    workplace.write("/as/hanna/channel/support", "Good morning")
    assert workplace.engine.events == []
    page = workplace.bare.get("/as/jonas/channel/support").text
    assert "Good morning" in page
    assert "Hanna Brandt" in page


# ── tapping ──


def test_a_tap_replaces_the_question_in_place(workplace: Workplace) -> None:
    question = workplace.post("dm:marta", ASKED)
    workplace.engine.will_say("You answered 9.", Audience.IN_PLACE)
    answer = workplace.tap("/as/marta", question, NINE).json()
    (event,) = workplace.engine.events
    assert isinstance(event, ActionChosen)
    assert event.action == NINE
    assert event.envelope.message == question
    assert event.envelope.sender.user == "marta"
    assert workplace.summaries("dm:marta") == ["You answered 9."]
    assert [message["id"] for message in answer["messages"]] == [question]


def test_a_double_click_is_one_event(workplace: Workplace) -> None:
    question = workplace.post("dm:marta", ASKED)
    tap = str(uuid4())
    workplace.engine.will_say("You answered 9.", Audience.IN_PLACE)
    assert workplace.tap("/as/marta", question, NINE, tap).status_code == 200
    assert workplace.tap("/as/marta", question, NINE, tap).json() == {"messages": [], "form": None}
    assert len(workplace.engine.events) == 1


def test_the_texts_typed_beside_a_button_come_with_it(workplace: Workplace) -> None:
    question = workplace.post("dm:marta", ASKED)
    workplace.tap("/as/marta", question, SendText("inv", "why"), why="The invoice.")
    (event,) = workplace.engine.events
    assert isinstance(event, ActionChosen)
    assert dict(event.values) == {"why": "The invoice."}


def test_nobody_taps_a_message_of_anothers_conversation(workplace: Workplace) -> None:
    question = workplace.post("dm:marta", ASKED)
    for path in ("/as/ingrid", "/as/hanna", "/as/hanna/channel/cx-weekly"):
        assert workplace.tap(path, question, NINE).status_code == 404
    assert workplace.engine.events == []
    assert workplace.summaries("dm:marta") == [ASKED.summary]


def test_nobody_taps_what_was_answered_to_another_in_a_channel(workplace: Workplace) -> None:
    workplace.engine.will_say("Preview")
    workplace.write("/as/hanna/channel/support", "/cx send nps to role:technical")
    preview = workplace.log.messages[-1].public_id
    assert workplace.tap("/as/jonas/channel/support", preview, NINE).status_code == 404
    assert len(workplace.engine.events) == 1


def test_a_button_with_anothers_invitation_reaches_the_engine_with_who_really_tapped(workplace: Workplace) -> None:
    mine = workplace.post("dm:ingrid", ASKED)
    workplace.tap("/as/ingrid", mine, Answer("martas-invitation", "score", "0"))
    (event,) = workplace.engine.events
    assert event.envelope.sender.user == "ingrid"


def test_an_answer_for_one_never_replaces_what_a_whole_channel_sees(workplace: Workplace) -> None:
    posted = workplace.post("channel:cx-weekly", ASKED)
    workplace.engine.will_say("You answered 9.", Audience.IN_PLACE)
    workplace.tap("/as/jonas/channel/cx-weekly", posted, NINE)
    assert decode(workplace.log.messages[0].body) == ASKED
    assert workplace.log.messages[1].visible_to == "jonas"
    assert "You answered 9." not in workplace.bare.get("/as/hanna/channel/cx-weekly").text


def test_an_unknown_message_is_not_tapped(workplace: Workplace) -> None:
    assert workplace.tap("/as/marta", "unknown", NINE).status_code == 404
    assert workplace.engine.events == []


# ── forms ──


def test_a_form_opens_over_the_page(workplace: Workplace) -> None:
    question = workplace.post("dm:marta", ASKED)
    workplace.engine.will_open(FEEDBACK)
    form = workplace.tap("/as/marta", question, OpenForm("inv")).json()["form"]
    assert form["title"] == "Your <feedback>"
    assert 'name="value.mind"' in form["html"]
    assert f'value="{question}"' in form["html"]


def test_a_form_opened_by_a_command_can_be_sent(workplace: Workplace) -> None:
    workplace.engine.will_open(FEEDBACK)
    workplace.write("/as/marta", "/cx feedback")
    typed = workplace.log.messages[0].public_id
    workplace.engine.will_say("Thank you.", Audience.IN_PLACE)
    workplace.tap("/as/marta", typed, SubmitForm("inv"), mind="Great people.")
    assert workplace.summaries("dm:marta") == ["/cx feedback", "Thank you."]
