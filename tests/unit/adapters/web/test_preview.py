"""“as Slack” and “as Teams”: the very message, as the platforms' own renderers make it, for whoever may see it."""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

import adapters.web
from adapters.web.app import create_web_app
from adapters.web.preview import shown_text
from bot.actions import OpenForm, SubmitForm, pack
from bot.connections.previews import previews
from bot.messages import Button, Buttons, Chart, Form, Message, Paragraph, TextInput
from bot.ports import ChartRenderer
from surveys.words import ENGLISH
from tests.threats.hostile import ANYTHING, Page
from tests.threats.test_hostile_text import PLAIN, every_block
from tests.unit.adapters.web.conftest import PORT, Browser, Workplace, suggestions
from tests.unit.adapters.web.fakes import HALDEN

ASKED = Message(summary="In one line", blocks=(Paragraph(text="How are we doing?"),))
OPENING = Message(
    summary="A form", blocks=(Buttons(buttons=(Button(label="Write an answer", action=OpenForm("inv")),)),)
)
FORM = Form(
    title="Start & stop",
    blocks=(TextInput(key="start", label="Start?"),),
    submit_label="Send",
    action=SubmitForm("inv"),
)
PLATFORMS = ("slack", "teams")
STORABLE = {name: text for name, text in ANYTHING.items() if name != "half of a surrogate pair"}
"""A log holds UTF-8."""
EVENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def shop(workplace: Workplace) -> Workplace:
    """The workspace with the renderers of both platforms."""
    charts: ChartRenderer = workplace.charts
    app = create_web_app(
        workplace.parts, engine=workplace.engine, charts=charts, suggestions=suggestions, port=PORT, previews=previews()
    )
    for name in ("browser", "without_script", "bare"):
        setattr(workplace, name, Browser(app, getattr(workplace, name).headers))
    return workplace


def address(shop: Workplace, message: Message, platform: str) -> str:
    return f"/as/marta/message/{shop.post('dm:marta', message)}/as/{platform}"


def sent(answer: Response) -> Any:
    """The JSON that the page shows."""
    found = re.search(r"data-source>(.*?)</pre>", answer.text, re.DOTALL)
    assert found
    return json.loads(Page(found[0]).text.removeprefix("data-source>"))


def test_every_message_of_the_bot_leads_to_both_views_and_nobody_elses_does(shop: Workplace) -> None:
    message = shop.post("dm:marta", ASKED)
    shop.write("/as/marta", "Good morning")
    page = shop.bare.get("/as/marta").text
    links = re.findall(r'href="([^"]*/as/(?:slack|teams))"', page)
    assert links == [f"/as/marta/message/{message}/as/{platform}" for platform in PLATFORMS]
    assert all(shop.bare.get(link).status_code == 200 for link in links)


def test_without_renderers_there_is_no_view(workplace: Workplace) -> None:
    message = workplace.post("dm:marta", ASKED)
    assert "/as/teams" not in workplace.bare.get("/as/marta").text
    assert workplace.bare.get(f"/as/marta/message/{message}/as/teams").status_code == 404


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_page_shows_what_the_platforms_own_renderer_makes(shop: Workplace, platform: str) -> None:
    message = Message(summary="All", blocks=every_block(PLAIN))
    answer = shop.bare.get(address(shop, message, platform))
    assert sent(answer) == json.loads(json.dumps(previews()[platform].message(message, ENGLISH)))


def test_the_card_in_the_page_is_the_card_that_is_sent(shop: Workplace) -> None:
    text = '</script><script>alert(1)</script> & "more" \u2028'
    answer = shop.bare.get(address(shop, Message(summary="x", blocks=(Paragraph(text=text),)), "teams"))
    found = re.search(r'<script type="application/json" data-card-json>(.*?)</script>', answer.text, re.DOTALL)
    assert found
    assert json.loads(found[1]) == sent(answer)
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_form_is_looked_at_as_it_is_opened(shop: Workplace, platform: str) -> None:
    path = address(shop, OPENING, platform)
    page = shop.bare.get(path).text
    assert "Show the form behind “Write an answer”" in page
    shop.engine.will_open(FORM)
    message = path.split("/")[4]
    tap = {"event_id": EVENT, "message": message, "action": pack(OpenForm("inv"))}
    answer = shop.without_script.post(path, tap)
    assert answer.status_code == 200
    assert "Start &amp; stop" in answer.text
    assert "Start?" in answer.text
    assert len(shop.engine.events) == 1


def test_a_form_that_does_not_open_leads_back_to_the_message(shop: Workplace) -> None:
    path = address(shop, OPENING, "teams")
    message = path.split("/")[4]
    tap = {"event_id": EVENT, "message": message, "action": pack(OpenForm("inv"))}
    answer = shop.without_script.post(path, tap)
    assert (answer.status_code, answer.headers["location"]) == (303, path)


def test_looking_changes_nothing(shop: Workplace) -> None:
    path = address(shop, OPENING, "slack")
    before = [each.body for each in shop.log.messages]
    for _ in range(3):
        assert shop.bare.get(path).status_code == 200
    assert [each.body for each in shop.log.messages] == before
    assert shop.engine.events == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_charts_follow_as_pictures_with_their_words(shop: Workplace, platform: str) -> None:
    chart = Chart(title="NPS by month", alt_text="From 20 to 31", spec='{"width": 400, "height": 300}')
    page = shop.bare.get(address(shop, Message(summary="Trend", blocks=(chart,)), platform)).text
    [picture] = re.findall(r'<img src="([^"]+)" alt="From 20 to 31" width="400" height="300">', page)
    assert shop.bare.get(picture).headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    "path", ["/as/ingrid/message/{}/as/slack", "/as/marta/message/{}/as/sms", "/as/marta/message/none/as/slack"]
)
def test_what_a_person_may_not_see_or_what_there_is_not_is_not_shown(shop: Workplace, path: str) -> None:
    assert shop.bare.get(path.format(shop.post("dm:marta", ASKED))).status_code == 404


def test_what_a_person_wrote_has_no_view(shop: Workplace) -> None:
    shop.write("/as/marta", "Good morning")
    own = shop.log.messages[0].public_id
    assert shop.bare.get(f"/as/marta/message/{own}/as/slack").status_code == 404


def test_outside_a_demo_there_is_no_view(shop: Workplace) -> None:
    path = address(shop, ASKED, "slack")
    shop.directory.company = replace(HALDEN, demo=False)
    assert shop.bare.get(path).status_code == 404


@pytest.mark.parametrize("text", STORABLE.values(), ids=STORABLE.keys())
@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_view_has_the_same_elements_and_addresses_whatever_the_text(
    shop: Workplace, platform: str, text: str
) -> None:
    quiet, loud = (
        Page(shop.bare.get(address(shop, Message(summary="One", blocks=(block,)), platform)).text)
        for block in (Paragraph(text=PLAIN), Paragraph(text=text))
    )
    assert loud.elements == quiet.elements
    assert [each.rpartition("/message/")[0] for each in loud.addresses] == [
        each.rpartition("/message/")[0] for each in quiet.addresses
    ]


@pytest.mark.parametrize("text", STORABLE.values(), ids=STORABLE.keys())
def test_every_block_with_any_text_can_be_looked_at(shop: Workplace, text: str) -> None:
    for platform in PLATFORMS:
        answer = shop.bare.get(address(shop, Message(summary=text, blocks=every_block(text)), platform))
        assert answer.status_code == 200
        assert "A block of the kind" not in answer.text


@pytest.mark.parametrize(
    ("node", "html"),
    [
        ({"type": "plain_text", "text": "a &lt;b&gt; &amp; *c*"}, "a &lt;b&gt; &amp; *c*"),
        ({"type": "plain_text", "text": "&quot;&#60;"}, "&amp;quot;&amp;#60;"),
        ({"type": "mrkdwn", "text": "```\n&lt;b&gt;  1\n```"}, "&lt;b&gt;  1"),
    ],
)
def test_a_text_of_slacks_is_read_as_slack_reads_it(node: dict[str, str], html: str) -> None:
    assert html in shown_text(node)
    assert ("<pre" in shown_text(node)) is (node["type"] == "mrkdwn")


def test_the_renderer_is_the_published_one_with_its_licence() -> None:
    folder = Path(adapters.web.__file__).parent / "static" / "vendor" / "adaptivecards"
    comment, _, program = (folder / "adaptivecards.min.js").read_bytes().partition(b" */\n")
    assert b"MIT License" in comment
    assert b"adaptivecards 3.0.6" in comment
    assert hashlib.sha256(program).hexdigest() == "5e7c13f3300ae7b89b34703501e08d709fbb6635f1c6755b92495577a77344f2"
    assert "MIT License" in (folder / "LICENSE.txt").read_text(encoding="utf-8")


def test_nothing_of_the_view_comes_from_elsewhere(shop: Workplace) -> None:
    for platform in PLATFORMS:
        answer = shop.bare.get(address(shop, ASKED, platform))
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")
        assert all(each.startswith(("/", "#")) for each in Page(answer.text).addresses)
        assert "style=" not in answer.text
