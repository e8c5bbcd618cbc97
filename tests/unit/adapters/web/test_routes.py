"""The pages of the workspace, also without a script: what is shown to whom, the clock, charts, what goes wrong."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from bot.messages import Audience, Chart, Message, Paragraph
from surveys.errors import StorageUnavailable
from tests.unit.adapters.web.asked import ASKED, FEEDBACK
from tests.unit.adapters.web.conftest import Workplace
from tests.unit.adapters.web.fakes import HALDEN, START

# ── pages ──


def test_the_start_page_is_served_at_once_and_shows_who_one_can_be(workplace: Workplace) -> None:
    answer = workplace.bare.get("/")
    assert answer.status_code == 200
    for text in ("Halden Systems", "Marta Zielińska", "Decision maker", "CX lead", "Unhappy about an invoice."):
        assert text in answer.text


@pytest.mark.parametrize("path", ["/", "/as/marta", "/as/hanna/channel/cx-weekly", "/as/nobody", "/nothing"])
def test_every_page_says_that_the_data_is_a_sample(workplace: Workplace, path: str) -> None:
    assert "Sample data" in workplace.bare.get(path).text


@pytest.mark.parametrize("path", ["/", "/as/marta", "/as/hanna/channel/cx-weekly"])
def test_every_page_shows_the_demos_clock_and_where_it_can_go(workplace: Workplace, path: str) -> None:
    page = workplace.bare.get(path).text
    assert "Monday, 6 July 2026, 08:55" in page
    assert "To Monday 09:00" in page
    assert "To next Monday 09:00 (13 July)" in page


def test_searching_lists_whoever_matches(workplace: Workplace) -> None:
    part = workplace.bare.get("/?q=zielinska&part=people").text
    assert "Marta" in part
    assert "Ingrid" not in part
    assert "<html" not in part


def test_a_search_is_shown_as_text(workplace: Workplace) -> None:
    page = workplace.bare.get("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in page


def test_outside_a_demo_there_is_no_workspace(workplace: Workplace) -> None:
    workplace.directory.company = replace(HALDEN, demo=False)
    for path in ("/", "/as/hanna", "/as/hanna/messages", "/as/hanna/events"):
        assert workplace.browser.get(path).status_code == 404
    assert workplace.write("/as/hanna", "/cx help").status_code == 404
    assert workplace.browser.post("/demo/clock", {"preset": "1d"}).status_code == 404
    assert workplace.engine.events == []
    assert workplace.clock.now() == START


@pytest.mark.parametrize(
    "path",
    ["/as/nobody", "/as/hanna/channel/unknown", "/as/marta/channel/cx-weekly", "/as/marta/channel/cx-weekly/messages"],
)
def test_who_or_what_is_not_there_is_a_friendly_page(workplace: Workplace, path: str) -> None:
    answer = workplace.bare.get(path)
    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert "To the start page" in answer.text


def test_customers_contacts_are_shown_no_channels(workplace: Workplace) -> None:
    assert "cx-weekly" not in workplace.bare.get("/as/marta").text
    assert "cx-weekly" in workplace.bare.get("/as/hanna").text


def test_a_conversation_shows_its_last_fifty_messages_and_leads_to_the_others(workplace: Workplace) -> None:
    for number in range(60):
        workplace.post("dm:marta", Message(summary=f"Message {number}."))
    page = workplace.bare.get("/as/marta").text
    assert page.count('<article class="message from-bot') == 50
    assert "Message 10." in page
    assert "Message 9." not in page
    earlier = workplace.bare.get(f"/as/marta/messages?before={workplace.log.messages[10].public_id}").text
    assert "Message 9." in earlier
    assert "Message 10." not in earlier
    assert "Show earlier messages" not in earlier


def test_a_message_of_another_version_does_not_take_the_conversation_away(workplace: Workplace) -> None:
    workplace.post("dm:marta", Message(summary="Readable."))
    workplace.log.messages.append(replace(workplace.log.messages[0], public_id="odd", body='[99,"x",[]]'))
    page = workplace.bare.get("/as/marta")
    assert page.status_code == 200
    assert "Readable." in page.text
    assert "cannot be shown" in page.text


# ── without a script ──


def test_everything_works_as_plain_forms(workplace: Workplace) -> None:
    question = workplace.post("dm:marta", ASKED)
    data = {"action": '["a","inv","score","9"]', "message": question, "event_id": str(uuid4())}
    workplace.engine.will_say("You answered 9.", Audience.IN_PLACE)
    tapped = workplace.without_script.post("/as/marta/action", data)
    assert (tapped.status_code, tapped.headers["location"]) == (303, f"/as/marta#m-{question}")
    said = workplace.without_script.post("/as/marta/message", {"text": "Hello", "event_id": str(uuid4())})
    assert said.status_code == 303
    workplace.engine.will_open(FEEDBACK)
    page = workplace.without_script.post("/as/marta/action", {**data, "event_id": str(uuid4())})
    assert page.status_code == 200
    assert "Your &lt;feedback&gt;" in page.text
    assert "Sample data" in page.text


@pytest.mark.parametrize(
    ("back", "location"),
    [
        ("/as/hanna", "/as/hanna"),
        ("/as/hanna/channel/cx-weekly", "/as/hanna/channel/cx-weekly"),
        ("/as/marta/channel/cx-weekly", "/"),
        ("//evil.example", "/"),
        ("https://evil.example/as/hanna", "/"),
        ("", "/"),
    ],
)
def test_after_moving_the_clock_one_is_back_where_one_was(workplace: Workplace, back: str, location: str) -> None:
    answer = workplace.without_script.post("/demo/clock", {"preset": "10m", "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, location)


# ── clock ──


def test_the_clock_moves_to_monday_nine(workplace: Workplace) -> None:
    answer = workplace.browser.post("/demo/clock", {"preset": "opening"}).json()
    assert workplace.clock.now() == START + timedelta(minutes=5)
    assert answer["clock"]["label"] == "Monday, 6 July 2026, 09:00"
    assert answer["clock"]["opening"] == "To Tuesday 09:00"


def test_the_clock_never_goes_back(workplace: Workplace) -> None:
    answer = workplace.browser.post("/demo/clock", {"to": "2026-07-01T09:00"})
    assert answer.status_code == 400
    assert "only goes forward" in answer.json()["error"]
    assert workplace.clock.now() == START


# ── charts ──

CHART = Message(
    summary="s", blocks=(Paragraph(text="x"), Chart(title="NPS", alt_text="Falls.", spec='{"mark":"line"}'))
)


def test_a_chart_is_drawn_once_and_only_for_who_sees_its_message(workplace: Workplace) -> None:
    message = workplace.post("dm:hanna", CHART)
    path = f"/as/hanna/message/{message}/chart/1.png"
    assert path in workplace.bare.get("/as/hanna").text
    for _ in range(2):
        picture = workplace.bare.get(path)
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
    assert workplace.charts.drawn == ['{"mark":"line"}']
    assert workplace.bare.get(f"/as/marta/message/{message}/chart/1.png").status_code == 404


@pytest.mark.parametrize("index", [0, 2, 99])
def test_where_there_is_no_chart_there_is_no_picture(workplace: Workplace, index: int) -> None:
    message = workplace.post("dm:hanna", CHART)
    assert workplace.bare.get(f"/as/hanna/message/{message}/chart/{index}.png").status_code == 404


def test_a_picture_that_cannot_be_drawn_leaves_its_words(workplace: Workplace) -> None:
    workplace.post("dm:hanna", CHART)
    workplace.charts.trouble = RuntimeError("no renderer")
    page = workplace.bare.get("/as/hanna")
    assert page.status_code == 200
    assert 'alt="Falls."' in page.text


# ── when something is wrong ──


def test_a_failure_tells_a_reference_and_nothing_of_itself(workplace: Workplace) -> None:
    workplace.engine.trouble = RuntimeError("password=hunter2")
    with capture_logs() as logs:
        answer = workplace.write("/as/hanna", "my private comment")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    (entry,) = logs
    assert entry["reference"] == answer.json()["reference"]
    assert "my private comment" not in str(entry)
    assert "hanna" not in str(entry)
    page = workplace.without_script.post("/as/hanna/message", {"text": "x", "event_id": str(uuid4())}).text
    assert "Something went wrong" in page
    assert "hunter2" not in page


def test_a_database_that_is_away_is_told_as_such(workplace: Workplace) -> None:
    workplace.log.trouble = StorageUnavailable()
    answer = workplace.write("/as/hanna", "hello")
    assert answer.status_code == 503
    assert "try again" in answer.json()["error"]
    assert workplace.engine.events == []


def test_the_page_knows_the_log_as_it_was_read(workplace: Workplace) -> None:
    """What is posted between reading the page and opening its stream makes the stream say: read again."""
    page = workplace.bare.get("/as/marta").text
    cursor = page.split('data-cursor="')[1].split('"')[0]
    workplace.post("dm:marta", Message(summary="Meanwhile"))
    workplace.parts.live.end()
    stream = workplace.browser.get(f"/as/marta/events?since={cursor}").text
    assert "event: refresh" in stream


def test_unread_marks_know_the_newest_message_of_each_conversation(workplace: Workplace) -> None:
    newest = workplace.post("channel:support", Message(summary="New"))
    assert f'data-conversation="channel:support" data-latest="{newest}"' in workplace.bare.get("/as/hanna").text
