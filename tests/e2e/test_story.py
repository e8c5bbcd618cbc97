"""The main job, at a desk and with a phone: answer, ask, send, and let Monday nine o'clock come."""

import re

from demo_server import DemoServer
from playwright.sync_api import Locator, expect
from visitor import DECISION_MAKER, FINANCE, LEAD, SUPPORT, TECHNICAL, Visitor

SEND = "/cx send nps to role:technical account:Acme"


def test_one_tap_is_a_complete_answer_and_a_comment_may_follow(visitor: Visitor) -> None:
    visitor.become(TECHNICAL)
    visitor.sees_no_sideways_scrolling()
    question = visitor.newest.get_by_role("group", name=re.compile("recommend"))
    expect(question.get_by_role("button")).to_have_count(12)  # 0 to 10, and "Does not apply"
    expect(question.get_by_role("button", name="0, not at all likely")).to_be_visible()
    expect(question.get_by_role("button", name="10, extremely likely")).to_be_visible()
    expect(visitor.newest).to_contain_text("Seen by")
    visitor.press("9")
    expect(visitor.newest).to_contain_text("You answered 9")
    expect(visitor.newest).to_contain_text("recommend us")
    expect(visitor.from_bot).to_have_count(1)
    comment = visitor.newest.get_by_role("textbox")
    comment.fill("Печать этикеток стала быстрой. <b>Thank you</b> @everyone")
    visitor.press("Send")
    expect(visitor.newest).to_contain_text("Thank you")
    expect(visitor.newest).to_contain_text("Печать этикеток стала быстрой. <b>Thank you</b> @everyone")
    visitor.sees_no_sideways_scrolling()


def test_an_answer_can_be_changed_and_the_message_always_says_which_one_counts(visitor: Visitor) -> None:
    visitor.become(DECISION_MAKER)
    visitor.press("2")
    expect(visitor.newest).to_contain_text("You answered 2")
    visitor.press("Change my score")
    chosen = visitor.newest.get_by_role("button", name="2, your answer")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    visitor.press("3")
    expect(visitor.newest).to_contain_text("You answered 3")
    visitor.page.reload()
    expect(visitor.newest).to_contain_text("You answered 3")
    expect(visitor.from_bot).to_have_count(1)


def test_what_was_answered_counts_in_the_next_figure(visitor: Visitor) -> None:
    visitor.become(LEAD)
    before = count_of(visitor.ask("/cx nps today"))
    visitor.become(TECHNICAL)
    visitor.press("9")
    expect(visitor.newest).to_contain_text("You answered 9")
    visitor.become(LEAD)
    assert count_of(visitor.ask("/cx nps today")) == before + 1


def test_the_cx_lead_asks_for_a_figure_its_groups_and_why(visitor: Visitor) -> None:
    visitor.become(LEAD)
    figure = visitor.ask("/cx nps last-30d")
    for part in ("NPS", "95 % interval", "Detractors", "Promoters", "Response rate"):
        expect(figure).to_contain_text(part)
    visitor.press("By role")
    expect(visitor.from_bot).to_have_count(2)
    expect(visitor.newest.get_by_role("rowheader", name="technical contacts")).to_be_visible()
    groups = visitor.ask("/cx nps by role last-quarter")
    expect(groups.get_by_role("row")).to_have_count(7)
    why = visitor.ask("/cx why nps last-quarter")
    expect(why).to_contain_text("−28")
    expect(why).to_contain_text("No role became unhappier")
    expect(why.get_by_role("rowheader", name="decision makers")).to_be_visible()
    visitor.sees_no_sideways_scrolling()


def test_a_new_answer_is_read_from_its_beginning(visitor: Visitor) -> None:
    visitor.become(LEAD)
    for question in ("/cx nps last-quarter", "/cx why nps last-quarter", "/cx trend nps last-12mo"):
        answer = visitor.ask(question)
        visitor.page.wait_for_timeout(400)
        place = visitor.page.get_by_role("log").bounding_box()
        box = answer.bounding_box()
        assert place is not None
        assert box is not None
        assert place["y"] <= box["y"] <= place["y"] + place["height"], question
        asked = visitor.page.locator("article.mine").last
        expect(asked).to_be_in_viewport()


def test_a_mistake_gets_the_nearest_valid_form_and_one_tap_asks_it(visitor: Visitor) -> None:
    visitor.become(LEAD)
    advice = visitor.ask("/cx nsp last-30d")
    expect(advice).to_contain_text("nps last-30d")
    visitor.press("nps last-30d")
    expect(visitor.newest).to_contain_text("95 % interval")
    advice = visitor.ask("/cx nps last-3m")
    expect(advice).to_contain_text("last-3mo")


def test_commands_are_offered_while_one_types(visitor: Visitor) -> None:
    visitor.become(LEAD)
    visitor.box.fill("/cx trend")
    option = visitor.page.get_by_role("option").filter(has_text="trend nps last-12mo").first
    expect(option).to_be_visible()
    visitor.sees_no_sideways_scrolling()
    option.click()
    expect(visitor.box).to_have_value("/cx trend nps last-12mo")
    expect(visitor.page.get_by_role("listbox")).to_be_hidden()


def test_nothing_leaves_before_the_preview_is_confirmed_and_nobody_is_asked_twice(visitor: Visitor) -> None:
    visitor.become(LEAD)
    preview = visitor.ask(SEND)
    expect(preview).to_contain_text("would be asked")
    expect(preview).to_contain_text("Not asked now")
    chosen = first_name_in(preview)
    visitor.become(chosen)
    expect(visitor.page.get_by_text("Nothing is waiting for you")).to_be_visible()

    visitor.become(LEAD)
    confirm = visitor.newest.get_by_role("button", name=re.compile(r"^Ask \d+ pe"))
    confirm.dblclick()
    expect(visitor.newest).not_to_contain_text("Do not send")
    again = visitor.ask(SEND)
    expect(again).to_contain_text("Nobody may be asked now")

    visitor.move_clock("+1 hour")
    visitor.move_clock("+1 hour")
    visitor.become(chosen)
    expect(visitor.from_bot).to_have_count(1)
    visitor.press("10, extremely likely")
    expect(visitor.newest).to_contain_text("You answered 10")


def test_at_monday_nine_the_weekly_summary_is_posted_once_with_its_chart(visitor: Visitor) -> None:
    visitor.become(LEAD)
    expect(visitor.clock).to_contain_text("08:5")
    visitor.move_clock("To Monday 09:00")
    expect(visitor.clock).to_contain_text("09:00")
    visitor.enter("customer-voice")
    summary = visitor.newest
    for part in ("n ", "95 % interval", "Response rate", "Liked", "To improve"):
        expect(summary).to_contain_text(part)
    chart = summary.get_by_role("img")
    chart.scroll_into_view_if_needed()
    visitor.page.wait_for_function("image => image.complete && image.naturalWidth > 300", arg=chart.element_handle())
    assert re.search(r"NPS.*\d", chart.get_attribute("alt") or "")
    visitor.sees_no_sideways_scrolling()
    posted = visitor.from_bot.count()
    visitor.move_clock("+1 hour")
    visitor.page.reload()
    expect(visitor.from_bot).to_have_count(posted)


def test_marta_is_asked_ten_minutes_later_and_answers_in_her_own_words(visitor: Visitor) -> None:
    visitor.become(FINANCE)
    expect(visitor.page.get_by_text("Nothing is waiting for you")).to_be_visible()
    visitor.move_clock("+10 minutes")
    expect(visitor.from_bot).to_have_count(1)
    visitor.press("2")
    expect(visitor.newest).to_contain_text("You answered 2")
    said = "Trzeci miesiąc z rzędu faktura nie zgadza się z zamówieniem."
    visitor.box.fill(said)
    visitor.box.press("Enter")
    expect(visitor.from_bot.first).to_contain_text(said)


def test_whoever_may_not_ask_gets_a_friendly_refusal(visitor: Visitor) -> None:
    visitor.become(SUPPORT)
    refusal = visitor.ask("/cx nps last-30d")
    expect(refusal).to_contain_text("CX lead")
    expect(refusal).not_to_contain_text("95 %")
    visitor.become(TECHNICAL)
    expect(visitor.page.get_by_role("link", name="customer-voice")).to_have_count(0)


def test_a_message_of_ones_own_opens_as_a_form_and_is_thanked_for(visitor: Visitor) -> None:
    visitor.become(SUPPORT)
    visitor.box.fill("/cx feedback")
    visitor.page.get_by_role("button", name="Send").last.click()
    dialog = visitor.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    visitor.sees_no_sideways_scrolling()
    dialog.get_by_role("textbox").first.fill("The new scanner holster is excellent.")
    visitor.press("Send", within=dialog)
    expect(dialog).to_be_hidden()
    expect(visitor.newest).to_contain_text("The new scanner holster is excellent.")
    visitor.press("Something else")
    expect(visitor.newest).to_contain_text("You answered: Something else")
    expect(visitor.newest).to_contain_text("How do you feel about it?")
    visitor.press("Skip")
    expect(visitor.newest).to_contain_text("Would you like a reply?")
    visitor.press("No")
    expect(visitor.newest).to_contain_text("Thank you")


def count_of(figure: Locator) -> int:
    """n of a figure; none where there are no responses yet."""
    found = re.search(r"\bn (\d+)\b", figure.inner_text())
    return int(found[1]) if found else 0


def first_name_in(preview: Locator) -> str:
    who = preview.locator(".fact").filter(has=preview.page.get_by_text("Who", exact=True)).locator("dd").inner_text()
    return who.split(" (")[0]


def test_the_demo_says_on_every_page_that_it_is_a_demo(visitor: Visitor, demo: DemoServer) -> None:
    for path in ("/", "/?group=finance"):
        visitor.page.goto(demo.origin + path)
        expect(visitor.page.get_by_text("Sample data", exact=True)).to_be_visible()
    visitor.become(LEAD)
    expect(visitor.page.get_by_text("Sample data", exact=True)).to_be_visible()
