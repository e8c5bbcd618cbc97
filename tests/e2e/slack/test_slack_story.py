"""The story in Slack: what a person does goes to `cx run`, signed; what it does then is read from the emulator."""

import time
import urllib.parse
from collections.abc import Callable

import pytest
from emulator import CHANNEL, TOKENS, Json, NotOk
from people import Person, labels, post, shown, signature
from processes import until
from shapes import Shapes
from workspace import Workspace

ENDS = "0 = not at all likely  ·  10 = extremely likely"


def asked(workspace: Workspace, survey: str) -> Json:
    """The lead sends a survey, confirms it, and the contact has it; the message as it arrived."""
    lead, contact = workspace.lead, workspace.contact
    before = len(contact.messages)
    preview = lead.command(f"send {survey} to everyone")
    lead.tap(preview, "Ask 1 person")
    replaced(lead, preview, lambda message: "Ask 1 person" not in labels(message))
    workspace.service.business_hours_begin()
    until(lambda: len(contact.messages) == before + 1, f"{survey} has not arrived.")
    return contact.messages[0]


def replaced(person: Person, message: Json, so: Callable[[Json], bool]) -> Json:
    """The message in its own place, once it is as it should be."""
    until(lambda: so(person.message(message["ts"])), shown(person.message(message["ts"])))
    return person.message(message["ts"])


def test_a_contact_answers_by_one_tap_adds_a_comment_changes_the_answer_and_the_lead_sees_it(
    workspace: Workspace,
) -> None:
    lead, contact = workspace.lead, workspace.contact
    counted = lead.command("nps last-30d")
    message = asked(workspace, "nps")
    assert "How likely are you to recommend us" in shown(message)
    assert ENDS in shown(message)
    assert labels(message)[:11] == [str(number) for number in range(11)]
    assert message["metadata"]["event_type"] == "cx_pulse_delivery"
    assert (message["mrkdwn"], message["parse"], message["link_names"]) == (False, "none", False)

    assert contact.tap(message, "3").text == ""
    tapped = replaced(contact, message, lambda found: "You answered 3" in shown(found))

    # Typed into the message's own field, and sent with its button.
    [question] = [block["label"]["text"] for block in tapped["blocks"] if block["type"] == "input"]
    words = "Labels print at once & <!channel> stays calm"
    contact.tap(tapped, "Send", typed={question: words})
    thanked = replaced(contact, message, lambda found: "Thank you" in shown(found))
    assert words in shown(thanked)
    assert "<!channel>" not in str(thanked["blocks"])

    change = next(label for label in labels(thanked) if label.startswith("Change"))
    contact.tap(thanked, change)
    again = replaced(contact, message, lambda found: "10" in labels(found))
    assert "✓ 3" in labels(again)
    contact.tap(again, "10")
    replaced(contact, message, lambda found: "You answered 10" in shown(found))

    answer = lead.command("nps last-30d")
    assert promoters(answer) == promoters(counted) + 1
    assert len([each for each in contact.messages if each["ts"] == message["ts"]]) == 1


def promoters(answer: Json) -> int:
    line = next(line for line in shown(answer).splitlines() if line.startswith("Promoters"))
    return int(line.split()[2])


def test_a_typed_reply_in_the_direct_message_is_the_answer_and_slacks_retry_is_no_second_one(
    workspace: Workspace,
) -> None:
    contact = workspace.contact
    asked(workspace, "csat")
    before = len(contact.messages)
    assert contact.write("4", event_id="EvTyped").status == 200
    until(lambda: len(contact.messages) > before, "The reply was not answered.")
    said = len(contact.messages)
    assert contact.write("4", event_id="EvTyped", retry=1).status == 200
    assert contact.write("4", event_id="EvTyped", retry=2).status == 200
    # What follows in the same queue has come: nothing came before it.
    published = len(workspace.front.of("views.publish"))
    contact.open_home()
    workspace.front.until("views.publish", published + 1)
    assert len(contact.messages) == said
    assert "n 1\n" in shown(workspace.lead.command("csat last-30d"))


def test_a_form_opens_for_a_live_trigger_and_its_words_arrive(workspace: Workspace) -> None:
    contact, front = workspace.contact, workspace.front
    message = asked(workspace, "start-stop-continue")
    opened = len(front.of("views.open"))

    # A trigger that has expired opens nothing: the person is offered the button again.
    old = contact.trigger()
    # The emulator is on this machine and gave it out before now, so three seconds of its clock are over then.
    expires = time.time() + 3.1
    until(lambda: time.time() > expires, "Three seconds did not pass.")
    before = len(contact.messages)
    assert contact.tap(message, "Write an answer", trigger=old).status == 200
    assert front.until("views.open", opened + 1)[-1].answer["error"] == "expired_trigger_id"
    until(lambda: len(contact.messages) == before + 1, "Nobody was told that the form did not open.")
    offer = contact.messages[0]
    assert "please try again" in shown(offer)

    contact.tap(offer, "Open")
    call = front.until("views.open", opened + 2)[-1]
    assert call.answer["ok"] is True
    view = call.answer["view"]
    assert "One answer is enough" in workspace.emulator.page("views")

    assert contact.submit(view, {}).json["response_action"] == "errors"
    sent = contact.submit(view, {"What should we start doing?": "Warn before certificates expire."})
    assert (sent.status, sent.text) == (200, "")
    until(
        lambda: any("Warn before certificates expire." in shown(each) for each in contact.messages),
        "The message does not show what was sent.",
    )


def test_a_response_url_that_is_used_up_still_leaves_the_message_up_to_date(workspace: Workspace) -> None:
    contact, front = workspace.contact, workspace.front
    message = asked(workspace, "ces")
    used = front.response_url(contact.direct, contact.user, message["ts"])
    front.use_up(used)
    label = next(label for label in labels(message) if label[0] == "6")
    contact.tap(message, label, response_url=used)
    replaced(contact, message, lambda found: "You answered" in shown(found))
    assert front.of("response_url")[-1].answer == {"error": "used_url"}
    assert front.of("chat.update")[-1].answer["ok"] is True


def test_the_weekly_summary_is_posted_in_the_channel_with_a_chart_that_has_words(workspace: Workspace) -> None:
    lead, emulator, front = workspace.lead, workspace.emulator, workspace.front
    channel = emulator.channel()
    command = f"summary weekly <#{channel}|{CHANNEL}> mon 09:00"
    assert "Invite me" in shown(lead.command(command))
    assert lead.invite(channel).status == 200
    assert "Monday" in shown(lead.command(command))

    posted = len(emulator.history(channel, TOKENS[lead.name]))
    workspace.service.monday_comes()
    front.until("files.completeUploadExternal")
    until(lambda: len(emulator.history(channel, TOKENS[lead.name])) >= posted + 2, "No summary, or no picture.")
    picture, summary, *_ = emulator.history(channel, TOKENS[lead.name])
    assert "NPS" in shown(summary)
    assert "90 days" in shown(summary)

    [file] = picture["files"]
    assert emulator.file(file["url_private"], TOKENS[lead.name]).startswith(b"\x89PNG\r\n\x1a\n")
    # Slack names it alt_txt (docs.slack.dev/reference/methods/files.getUploadURLExternal), and keeps 1,000 characters.
    words = front.of("files.getUploadURLExternal")[-1].arguments["alt_txt"]
    assert 20 < len(words) <= 1_000
    assert words[:200] in shown(summary)


def test_the_home_tab_shows_open_questions_and_to_a_lead_the_score(workspace: Workspace) -> None:
    front = workspace.front
    for person, words in ((workspace.contact, "You answered"), (workspace.lead, "NPS")):
        published = len(front.of("views.publish"))
        assert person.open_home().status == 200
        call = front.until("views.publish", published + 1)[-1]
        assert call.answer["ok"] is True
        assert call.arguments["user_id"] == person.user
        assert words in shown(call.answer["view"])
    assert "NPS" in workspace.emulator.page("views")


def test_a_private_answer_in_a_channel_is_posted_only_by_its_button(workspace: Workspace) -> None:
    lead, emulator = workspace.lead, workspace.emulator
    channel = emulator.channel()
    before = len(emulator.history(channel, TOKENS[lead.name]))
    answer = lead.command("nps last-30d", channel)
    assert answer["response_type"] == "ephemeral"
    assert len(emulator.history(channel, TOKENS[lead.name])) == before
    lead.tap(answer, "Post here", channel=channel)
    until(lambda: len(emulator.history(channel, TOKENS[lead.name])) == before + 1, "It was not posted.")
    assert "NPS" in shown(emulator.history(channel, TOKENS[lead.name])[0])


def test_a_stranger_is_told_so_and_sees_no_figure(workspace: Workspace) -> None:
    answer = workspace.stranger.command("nps last-30d")
    assert "is for CX leads" in shown(answer)
    assert "%" not in shown(answer)


def test_a_forged_an_old_and_a_copied_request_change_nothing(workspace: Workspace) -> None:
    lead = workspace.lead
    fields = {"command": "/cx", "text": "nps last-30d", "team_id": "T000000001", "user_id": lead.user}
    body = urllib.parse.urlencode({**fields, "channel_id": lead.direct, "trigger_id": lead.trigger()}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    now = str(int(time.time()))
    calls = len(workspace.front.calls)
    assert post(lead.events, body, {**kind, **signature(body, now, "another secret")}).status == 401
    assert post(lead.events, body, {**kind, **signature(body, str(int(time.time()) - 301))}).status == 401
    assert post(lead.events, body, kind).status == 401
    assert len(workspace.front.calls) == calls
    headers = {**kind, **signature(body, now)}
    assert "NPS" in post(lead.events, body, headers).text
    assert post(lead.events, body, headers).text == ""


def test_the_scopes_of_the_manifest_are_enough_and_no_token_without_them_would_do(workspace: Workspace) -> None:
    """The emulator refuses a call whose scope the installation has not got; none of the product's was."""
    refused = [call for call in workspace.front.calls if call.answer.get("error") == "missing_scope"]
    assert refused == []
    with pytest.raises(NotOk, match="missing_scope"):
        workspace.emulator.call("pins.list", workspace.front.token, channel=workspace.emulator.channel())


def test_whatever_was_sent_has_the_shape_of_slacks_types(workspace: Workspace, shapes: Shapes) -> None:
    sent = [
        {"type": "message", "text": call.arguments["text"], "blocks": call.arguments["blocks"]}
        for call in workspace.front.calls
        if isinstance(call.arguments.get("blocks"), list)
    ]
    views = [call.arguments["view"] for call in workspace.front.calls if "view" in call.arguments]
    assert sent
    assert shapes.faults_of([*sent, *views]) == ""


def test_doctor_finds_nothing_missing(workspace: Workspace) -> None:
    said = workspace.service.cx("doctor")
    assert "connected to Halden Systems" in said
    assert "missing scopes" not in said
