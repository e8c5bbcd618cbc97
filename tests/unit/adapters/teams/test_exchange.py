"""From a verified activity to the engine and back: what is answered at once, what follows, and who sees it."""

import asyncio
from typing import Any

import pytest

from bot.actions import OpenForm, SubmitForm
from bot.events import ActionChosen, BotAdded, CommandInvoked, MessageReceived
from bot.messages import Audience, Chart, Form, Message, Outcome, Paragraph, Reply, TextInput
from tests.unit.adapters.teams.conftest import Scene, card_in, says, shown, soon
from tests.unit.adapters.teams.fake_teams import SERVICE, TENANT
from tests.unit.adapters.teams.payloads import ANN, LEAD, payload

pytestmark = pytest.mark.anyio
CARD = "application/vnd.microsoft.card.adaptive"
WORDS = "application/vnd.microsoft.activity.message"


def replies(text: str, audience: Audience = Audience.SENDER) -> Outcome:
    return Outcome(reply=Reply(message=says(text), audience=audience))


def a_form(title: str = "Feedback") -> Form:
    return Form(
        title=title,
        blocks=(TextInput(key="start", label="Start?"), TextInput(key="stop", label="Stop?")),
        submit_label="Send",
        action=SubmitForm("inv"),
    )


def sent_to(scene: Scene) -> list[str]:
    """The conversations that were written to."""
    return [call.path.split("/")[-2] for call in scene.teams.calls if call.what == "send"]


# ── cards ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_tap_is_answered_with_the_new_card_and_what_is_kept_changes_too(scene: Scene) -> None:
    scene.engine.outcome = replies("You answered 9", Audience.IN_PLACE)
    answer = (await scene.sends(payload("tap_on_a_scale"))).json()
    assert (answer["statusCode"], answer["type"]) == (200, CARD)
    assert "You answered 9" in shown(answer["value"])
    [updated] = await scene.teams.until("update")
    assert card_in(updated) == answer["value"]
    [call] = [call for call in scene.teams.calls if call.what == "update"]
    assert call.path == "/emea/v3/conversations/a:ann/activities/1783321200111"
    assert scene.teams.of("send") == []


async def test_a_private_word_to_a_tap_is_a_message_of_its_own(scene: Scene) -> None:
    scene.engine.outcome = replies("This question was sent to somebody else")
    answer = (await scene.sends(payload("tap_on_a_scale"))).json()
    assert (answer["type"], answer["value"]) == (WORDS, "The answer is below.")
    [sent] = await scene.teams.until("send")
    assert "somebody else" in shown(card_in(sent))
    assert scene.teams.of("update") == []


async def test_a_submit_that_came_twice_is_said_to_have_been_taken_once(scene: Scene) -> None:
    scene.engine.outcomes = [replies("You answered 9", Audience.IN_PLACE), Outcome()]
    await scene.sends(payload("tap_on_a_scale"))
    again = (await scene.sends(payload("tap_on_a_scale"))).json()
    assert (again["type"], "once" in again["value"]) == (WORDS, True)
    first, second = scene.engine.events
    assert first.envelope.event_id == second.envelope.event_id
    await scene.settled()
    assert len(scene.teams.of("update")) == 1


async def test_an_older_client_that_submits_gets_the_card_replaced(scene: Scene) -> None:
    scene.engine.outcome = replies("You answered 9", Audience.IN_PLACE)
    response = await scene.sends(payload("submit_of_an_older_client"))
    assert (response.status_code, response.text) == (200, "")
    [updated] = await scene.teams.until("update")
    assert "You answered 9" in shown(card_in(updated))


async def test_of_two_quick_taps_the_later_one_is_what_stays(scene: Scene) -> None:
    for number in (1, 2, 3):
        scene.engine.outcome = replies(f"You answered {number}", Audience.IN_PLACE)
        await scene.sends({**payload("tap_on_a_scale"), "id": f"f:{number}"})
    kept = await scene.teams.until("update", 3)
    assert [f"You answered {number}" in shown(card_in(each)) for number, each in enumerate(kept, 1)] == [True] * 3


async def test_a_card_that_is_gone_does_not_stop_the_answer(scene: Scene) -> None:
    scene.engine.outcome = replies("You answered 9", Audience.IN_PLACE)
    scene.teams.refuse("update", "ActivityNotFoundInConversation", status=404)
    response = await scene.sends(payload("tap_on_a_scale"))
    await scene.settled()
    assert (response.status_code, response.json()["type"]) == (200, CARD)


@soon
async def test_a_slow_answer_to_a_tap_says_that_it_is_worked_on_and_comes_then(scene: Scene) -> None:
    scene.engine.outcome, scene.engine.free = replies("You answered 9", Audience.IN_PLACE), asyncio.Event()
    answer = (await scene.sends(payload("tap_on_a_scale"))).json()
    assert (answer["type"], answer["value"]) == (WORDS, "Working on it …")
    scene.engine.free.set()
    [updated] = await scene.teams.until("update")
    assert "You answered 9" in shown(card_in(updated))


# ── messages ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_message_is_answered_in_the_chat_as_one_activity_with_a_card(scene: Scene) -> None:
    scene.engine.outcome = replies("Thank you")
    response = await scene.sends(payload("message_in_the_personal_chat"))
    assert (response.status_code, response.text) == (200, "")
    [sent] = await scene.teams.until("send")
    assert (sent["type"], sent["summary"], "text" in sent) == ("message", "Thank you", False)
    assert "Thank you" in shown(card_in(sent))
    assert sent_to(scene) == ["a:ann"]
    [event] = scene.engine.events
    assert isinstance(event, MessageReceived)
    assert (event.envelope.address.workspace, event.envelope.address.direct) == (TENANT, True)


@soon
async def test_a_slow_answer_shows_first_that_somebody_types_then_that_it_is_worked_on(scene: Scene) -> None:
    scene.engine.outcome, scene.engine.free = replies("NPS +31"), asyncio.Event()
    await scene.sends(payload("command_in_the_personal_chat"))
    typing, working = await scene.teams.until("send", 2)
    assert typing == {"type": "typing"}
    assert (working["text"], working["textFormat"]) == ("Working on it …", "plain")
    scene.engine.free.set()
    answer = (await scene.teams.until("send", 3))[2]
    assert "NPS +31" in shown(card_in(answer))


async def test_a_form_that_words_ask_for_is_offered_as_a_button(scene: Scene) -> None:
    scene.engine.outcome = Outcome(form=a_form())
    await scene.sends(payload("message_in_the_personal_chat"))
    [sent] = await scene.teams.until("send")
    assert "task/fetch" in str(card_in(sent))
    assert '[\\"f\\",\\"inv\\"]' in str(card_in(sent)).replace('"', '\\"')


async def test_a_chart_is_in_the_card_and_one_too_large_follows_as_a_picture(scene: Scene) -> None:
    chart = Chart(title="Trend", alt_text="From 20 to 31", spec="{}")
    scene.engine.outcome = Outcome(reply=Reply(message=Message(summary="Trend", blocks=(chart,))))
    await scene.sends(payload("message_in_the_personal_chat"))
    [sent] = await scene.teams.until("send")
    assert "data:image/png;base64" in str(card_in(sent))
    scene.charts.size = 40_000
    await scene.sends({**payload("message_in_the_personal_chat"), "id": "2"})
    words, picture = (await scene.teams.until("send", 3))[1:]
    assert "From 20 to 31" in shown(card_in(words))
    assert picture["attachments"][0]["contentUrl"].startswith("data:image/png;base64,")
    scene.charts.size = 90_000
    await scene.sends({**payload("message_in_the_personal_chat"), "id": "3"})
    await scene.teams.until("send", 4)
    await scene.settled()
    assert len(scene.teams.of("send")) == 4


# ── dialogs ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_form_opens_as_a_dialog_in_the_same_request(scene: Scene) -> None:
    scene.engine.outcome = Outcome(form=a_form())
    answer = (await scene.sends(payload("form_opened"))).json()
    assert answer["task"]["type"] == "continue"
    value = answer["task"]["value"]
    assert (value["title"], value["card"]["contentType"]) == ("Feedback", CARD)
    assert "1783321200111" in str(value["card"]["content"])


async def test_a_form_that_was_sent_closes_and_brings_its_message_up_to_date(scene: Scene) -> None:
    scene.engine.outcome = replies("Thank you", Audience.IN_PLACE)
    response = await scene.sends(payload("form_submitted"))
    assert (response.status_code, response.text) == (200, "")
    [updated] = await scene.teams.until("update")
    assert "Thank you" in shown(card_in(updated))
    [event] = scene.engine.events
    assert isinstance(event, ActionChosen)
    assert event.values == {"start": "Answer sooner", "stop": ""}


async def test_a_mistake_in_a_form_is_shown_in_it_and_nothing_typed_is_lost(scene: Scene) -> None:
    scene.engine.outcomes = [replies("There were no words in it."), Outcome(form=a_form())]
    answer = (await scene.sends(payload("form_submitted"))).json()
    assert answer["task"]["type"] == "continue"
    card = answer["task"]["value"]["card"]["content"]
    assert "There were no words in it." in shown(card)
    assert "Answer sooner" in str(card)
    sent, opened = scene.engine.events
    assert isinstance(opened, ActionChosen)
    assert opened.action == OpenForm("inv")
    assert sent.envelope.event_id != opened.envelope.event_id


@soon
async def test_words_that_could_not_be_saved_come_back_where_the_answer_is_late(scene: Scene) -> None:
    scene.engine.outcome, scene.engine.free = replies("There were no words in it."), asyncio.Event()
    answer = (await scene.sends(payload("form_submitted"))).json()
    assert answer == {"task": {"type": "message", "value": "Working on it …"}}
    scene.engine.free.set()
    [sent] = await scene.teams.until("send")
    assert "There were no words in it." in shown(card_in(sent))
    assert "Answer sooner" in shown(card_in(sent))


async def test_words_that_could_not_be_saved_come_back_where_the_form_does_not_open_again(scene: Scene) -> None:
    scene.engine.outcomes = [replies("The database cannot be reached."), replies("The database cannot be reached.")]
    answer = (await scene.sends(payload("form_submitted"))).json()
    assert answer["task"] == {"type": "message", "value": "The database cannot be reached."}
    [sent] = await scene.teams.until("send")
    assert "Answer sooner" in shown(card_in(sent))


async def test_a_form_that_is_no_longer_open_says_so_in_the_dialog(scene: Scene) -> None:
    scene.engine.outcome = replies("This question is closed.", Audience.IN_PLACE)
    answer = (await scene.sends(payload("form_opened"))).json()
    assert answer == {"task": {"type": "message", "value": "This question is closed."}}


@soon
async def test_a_slow_form_says_that_it_is_worked_on_and_is_offered_then(scene: Scene) -> None:
    scene.engine.outcome, scene.engine.free = Outcome(form=a_form()), asyncio.Event()
    answer = (await scene.sends(payload("form_opened"))).json()
    assert answer == {"task": {"type": "message", "value": "Working on it …"}}
    scene.engine.free.set()
    [sent] = await scene.teams.until("send")
    assert "task/fetch" in str(card_in(sent))


async def test_feedback_on_a_message_opens_the_form_wherever_it_is_used(scene: Scene) -> None:
    scene.engine.outcome = Outcome(form=a_form())
    answer = (await scene.sends(payload("feedback_on_a_message"))).json()
    assert answer["task"]["value"]["title"] == "Feedback"
    [event] = scene.engine.events
    assert isinstance(event, CommandInvoked)
    assert (event.text, event.envelope.address.direct) == ("feedback", False)
    scene.engine.outcome = replies("Thank you", Audience.IN_PLACE)
    sent = (await scene.sends(payload("feedback_sent"))).json()
    assert sent == {"task": {"type": "message", "value": "Thank you"}}
    await scene.settled()
    assert (scene.known.directs, scene.teams.of("update")) == ({}, [])


# ── coming and going ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_person_who_installs_the_bot_is_greeted_once_and_kept(scene: Scene) -> None:
    scene.engine.outcome = replies("Hello")
    await scene.sends(payload("installed_for_a_person"))
    await scene.sends(payload("bot_added_to_the_personal_chat"))
    await scene.settled()
    assert len(scene.teams.of("send")) == 1
    assert scene.known.directs[ANN].conversation == "a:ann"
    assert [type(event) for event in scene.engine.events] == [BotAdded, BotAdded]


async def test_in_a_team_the_bot_keeps_its_channels_and_people_and_says_nothing(scene: Scene) -> None:
    scene.engine.outcome = replies("Hello")
    scene.teams.people_on_a_page = 1
    scene.teams.inside["19:team@thread.tacv2"] = ["29:ann", "29:lead", "29:guest"]
    await scene.sends(payload("installed_in_a_team"))
    await scene.settled()
    assert scene.known.channels == {
        "19:team@thread.tacv2": "Customer-experience",
        "19:voice@thread.tacv2": "Voice-of-us",
    }
    people = {sender.name: sender.email for sender in scene.known.people}
    assert people == {"Ann": "ann@acme.example", "Lead": "lead@halden.example", "Guest": None}
    assert scene.teams.of("send") == []


async def test_a_renamed_channel_is_kept_by_its_new_name(scene: Scene) -> None:
    await scene.sends(payload("channel_renamed"))
    await scene.settled()
    assert scene.known.channels["19:voice@thread.tacv2"] == "Voice-of-us"
    assert scene.engine.events == []


async def test_a_conversation_that_moved_is_answered_at_its_new_address(scene: Scene) -> None:
    scene.engine.outcome = replies("Thank you")
    activity = {**payload("message_in_the_personal_chat"), "serviceUrl": SERVICE.replace("emea", "amer")}
    await scene.sends(activity)
    await scene.settled()
    [call] = [call for call in scene.teams.calls if call.what == "send"]
    assert call.path.startswith("/amer/v3/")
    assert "/amer/" in scene.known.directs[ANN].reference


@pytest.mark.parametrize(
    "name", ["tap_on_a_scale", "mention_in_a_channel", "tap_in_a_channel", "channel_renamed", "installed_in_a_team"]
)
async def test_whatever_a_request_leads_to_goes_to_the_address_that_it_names(scene: Scene, name: str) -> None:
    scene.engine.outcome = replies("Thank you", Audience.EVERYONE if name == "tap_in_a_channel" else Audience.IN_PLACE)
    await scene.sends({**payload(name), "serviceUrl": SERVICE.replace("emea", "amer")})
    await scene.settled()
    assert {call.path.split("/")[1] for call in scene.teams.calls if call.host in SERVICE} == {"amer"}


# ── who it is (threat 3) ───────────────────────────────────────────────────────────────────────────────────────


async def sender_of(scene: Scene, user: str, aad: str) -> Any:
    activity = payload("tap_on_a_scale")
    activity["from"] = {"id": user, "aadObjectId": aad, "name": "Whoever"}
    await scene.sends(activity)
    return scene.engine.events[-1].envelope.sender


async def test_a_full_member_is_vouched_for_with_an_e_mail(scene: Scene) -> None:
    sender = await sender_of(scene, "29:ann", ANN)
    assert (sender.user, sender.email, sender.full_member) == (ANN, "ann@acme.example", True)


@pytest.mark.parametrize(("user", "number"), [("29:guest", 3), ("29:eve", 4)])
async def test_the_e_mail_of_a_guest_or_of_another_tenant_is_nobodys(scene: Scene, user: str, number: int) -> None:
    sender = await sender_of(scene, user, f"aaaaaaaa-0000-4000-8000-00000000000{number}")
    assert (sender.email, sender.full_member) == (None, False)


async def test_whoever_teams_does_not_know_is_known_by_their_id_alone(scene: Scene) -> None:
    sender = await sender_of(scene, "29:nobody", "aaaaaaaa-9")
    assert (sender.user, sender.email) == ("aaaaaaaa-9", None)


async def test_an_e_mail_counts_only_for_the_account_that_teams_answers_for(scene: Scene) -> None:
    sender = await sender_of(scene, "29:ann", LEAD)
    assert (sender.user, sender.email) == (LEAD, None)


async def test_teams_is_not_asked_who_somebody_is_that_is_bound_already(scene: Scene) -> None:
    scene.known.users.add(ANN)
    await scene.sends(payload("tap_on_a_scale"))
    assert scene.teams.of("member") == []


async def test_a_mentioned_person_is_looked_up_by_the_e_mail_of_a_full_member(scene: Scene) -> None:
    await scene.sends(payload("mention_of_somebody_else_too"))
    [event] = scene.engine.events
    assert isinstance(event, MessageReceived)
    assert event.text == "why @ann@acme.example"


async def test_text_that_a_person_wrote_is_shown_as_text_alone(scene: Scene) -> None:
    hostile = "<at>everyone</at> [pay](https://evil.example) **now** <script>"
    scene.engine.outcome = Outcome(reply=Reply(message=Message(summary=hostile, blocks=(Paragraph(text=hostile),))))
    await scene.sends(payload("message_in_the_personal_chat"))
    [sent] = await scene.teams.until("send")
    assert ("entities" in sent, "text" in sent) == (False, False)
    assert '"TextBlock"' not in str(card_in(sent)).replace("'", '"')
