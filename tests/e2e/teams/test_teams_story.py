"""The story in Teams, at the Agents Playground: what a person sees and taps there is what is asserted."""

import re

from company import Company
from playground import CHANNEL
from playwright.sync_api import expect

WORDS = "Labels print at once & <at>everybody</at> [stays](http://evil.example) *calm*"


def test_the_bot_is_installed_and_says_what_it_is(company: Company) -> None:
    for window in (company.lead, company.contact):
        expect(window.messages.first).to_contain_text("Hello, this is CX Pulse, a bot.")


def test_a_contact_answers_by_one_tap_adds_a_comment_changes_the_answer_and_the_lead_sees_it(
    company: Company,
) -> None:
    contact, before = company.contact, company.promoters()
    message = company.asked("nps")
    expect(message).to_contain_text("How likely are you to recommend us")
    points = message.get_by_role("button", name=re.compile(r"^\d+(,|$)"))
    expect(points).to_have_count(11)

    contact.tap("3", within=message)
    expect(message).to_contain_text("You answered 3")

    message.get_by_role("textbox").fill(WORDS)
    contact.tap("Send", within=message)
    expect(message).to_contain_text("Thank you")
    expect(message).to_contain_text(WORDS)
    expect(message.get_by_role("link")).to_have_count(0)

    contact.tap("Change my score", within=message)
    expect(points).to_have_count(11)
    contact.tap("10, extremely likely", within=message)
    expect(message).to_contain_text("You answered 10")
    assert company.promoters() == before + 1


def test_a_typed_reply_in_the_chat_is_the_answer(company: Company) -> None:
    message = company.asked("csat")
    company.contact.say("4")
    expect(company.contact.page.locator("body")).to_contain_text("You answered 4")
    expect(message).to_be_visible()
    expect(company.lead.say("csat last-30d")).to_contain_text("n 1")


def test_the_words_of_a_form_arrive(company: Company) -> None:
    """The playground opens no dialog, so its two requests are sent as Teams sends them."""
    playground = company.contact.playground
    expect(company.asked("start-stop-continue")).to_contain_text("Write an answer")
    data, message = playground.button("Write an answer")
    dialog = playground.invoke("task/fetch", {"data": data}, reply_to=message)["task"]
    assert dialog["type"] == "continue"
    card = dialog["value"]["card"]["content"]
    fields = [element["id"] for element in card["body"] if element["type"] == "Input.Text"]
    assert len(fields) == 3
    [send] = [action for action in card["actions"] if action["type"] == "Action.Submit"]

    nothing = playground.invoke("task/submit", {"data": send["data"]})
    assert nothing["task"]["type"] == "continue"
    playground.invoke("task/submit", {"data": {**send["data"], fields[0]: "Warn before certificates expire."}})
    expect(company.contact.page.locator("body")).to_contain_text("Warn before certificates expire.")


def test_a_mention_in_a_channel_is_answered_to_whoever_asked_alone(company: Company) -> None:
    lead = company.lead
    before = lead.messages.count()
    lead.enter_channel()
    thread = lead.post("nps last-30d")
    expect(thread).to_contain_text("I sent you the answer in our chat")
    expect(thread).not_to_contain_text("95 %")
    lead.enter_personal_chat()
    expect(lead.messages).to_have_count(before + 1)
    expect(lead.newest).to_contain_text("95 %")


def test_the_weekly_summary_is_posted_in_the_channel_with_its_chart(company: Company) -> None:
    lead = company.lead
    lead.enter_channel()
    threads = lead.threads.count()
    expect(lead.say("summary weekly #Customer-experience mon 09:00")).to_contain_text("Monday, 09:00")
    company.service.monday_comes()
    lead.enter_channel()
    expect(lead.threads).to_have_count(threads + 2)
    summary = lead.threads.filter(has_text="The week with our customers")
    # The picture is a message of its own. This client names its kind, and cannot draw it; Teams can.
    expect(lead.threads.filter(has_text="image/png")).to_have_count(1)
    expect(summary).to_contain_text("The week with our customers")
    expect(summary).to_contain_text("NPS, last 90 days, week by week")


def test_a_channel_that_the_bot_does_not_know_is_named(company: Company) -> None:
    expect(company.lead.say(f"summary weekly #not-{CHANNEL} mon 09:00")).to_contain_text("I am not in")


def test_a_mistake_gets_the_nearest_form_and_it_can_be_tapped(company: Company) -> None:
    lead = company.lead
    expect(lead.say("/cx nsp last-30d")).to_contain_text("nps last-30d")
    before = lead.messages.count()
    lead.tap("nps last-30d")
    expect(lead.messages).to_have_count(before + 1)
    expect(lead.newest).to_contain_text("Promoters")


def test_a_contact_sees_no_figure(company: Company) -> None:
    answer = company.contact.say("/cx nps last-30d")
    expect(answer).to_contain_text("is for CX leads")
    expect(answer).not_to_contain_text("%")
