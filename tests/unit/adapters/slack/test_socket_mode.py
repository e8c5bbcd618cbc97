"""Socket Mode: the same requests over a connection that we open mean the same, and are answered the same."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from adapters.slack.app import SlackParts, SlackService, connect, serve
from bot.actions import SubmitForm
from bot.events import Event
from bot.messages import Audience, Form, Outcome, TextInput
from surveys.errors import Refused
from tests.unit.adapters.slack.block_kit import check_blocks, check_view, shown
from tests.unit.adapters.slack.conftest import SOON, FakeCharts, FakeEngine, FakeKnown, Scene, home, says
from tests.unit.adapters.slack.fake_slack import MEMBERS, FakeSlack
from tests.unit.adapters.slack.fake_socket import FakeSocket
from tests.unit.adapters.slack.payloads import NAMES, payload

pytestmark = pytest.mark.anyio

OVER_A_CONNECTION = [name for name in NAMES if name != "url_verification"]
"""Slack asks for the challenge of a request URL alone."""


@dataclass(slots=True)
class Line:
    """Connected by Socket Mode, with no request URL."""

    slack: FakeSlack
    socket: FakeSocket
    engine: FakeEngine
    known: FakeKnown
    parts: SlackParts
    service: SlackService


@pytest.fixture
async def line(anyio_backend: str) -> AsyncIterator[Line]:
    slack = FakeSlack()
    await slack.start()
    socket = FakeSocket(slack)
    await socket.start()
    socket.allow(3)
    parts = await connect(token="xoxb-1", base_url=slack.url, charts=FakeCharts())
    engine, known = FakeEngine(), FakeKnown()
    service = serve(parts, engine=engine, known=known, home=home, app_token="xapp-1", waits=SOON)
    await service.start()
    await socket.connected()
    yield Line(slack, socket, engine, known, parts, service)
    await service.stop()
    await parts.api.close()
    await socket.stop()
    await slack.stop()


def without_reference(event: Event) -> Event:
    return replace(event, envelope=replace(event.envelope, address=replace(event.envelope.address, reference="")))


def test_there_is_no_request_url_to_attack(line: Line) -> None:
    assert line.service.routes == []


async def test_the_connection_is_opened_with_the_app_token_alone(line: Line) -> None:
    assert len(line.slack.of("apps.connections.open")) == 1
    assert line.service.socket is not None
    assert line.service.socket.client.app_token == "xapp-1"


@pytest.mark.parametrize("name", OVER_A_CONNECTION)
async def test_a_request_means_the_same_over_the_connection_as_at_the_request_url(
    line: Line, scene: Scene, name: str
) -> None:
    line.engine.outcome = scene.engine.outcome = says("NPS +31")
    for known, parts in ((line.known, line.parts), (scene.known, scene.parts)):
        # Slack is not asked, so that how long it takes makes no difference.
        known.users |= set(MEMBERS)
        for user in MEMBERS:
            await parts.adapter.direct_with(user)
    by_url = await scene.sends(payload(name))
    over_line = await line.socket.asks(payload(name))
    assert [without_reference(event) for event in line.engine.events] == [
        without_reference(event) for event in scene.engine.events
    ]
    assert (over_line or {}) == (by_url.json() if by_url.text else {})


async def test_a_command_is_answered_in_its_acknowledgement(line: Line) -> None:
    line.engine.outcome = says("NPS +31")
    answer = await line.socket.asks(payload("slash_command"))
    assert answer is not None
    check_blocks(answer["blocks"])
    assert (answer["response_type"], shown(answer["blocks"])) == ("ephemeral", "NPS +31")


async def test_a_tap_is_acknowledged_empty_and_its_message_replaced(line: Line) -> None:
    line.engine.outcome = says("You answered 9", Audience.IN_PLACE)
    assert not await line.socket.asks({**payload("tap_on_a_scale"), "response_url": line.slack.hook()})
    [replaced] = await line.slack.until("hook/1")
    assert shown(replaced["blocks"]) == "You answered 9"


async def test_a_form_opens_before_the_tap_is_acknowledged(line: Line) -> None:
    form = Form(title="F", blocks=(TextInput(key="a", label="A"),), submit_label="Send", action=SubmitForm("inv"))
    line.engine.outcome = Outcome(form=form)
    await line.socket.asks(payload("tap_on_a_scale"))
    [opened] = line.slack.of("views.open")
    check_view(opened["view"])


async def test_a_mistake_in_a_form_is_answered_to_the_form(line: Line) -> None:
    line.engine.outcome = says("There were no words in it.")
    answer = await line.socket.asks(payload("form_submitted"))
    assert answer == {"response_action": "errors", "errors": {"b0": "There were no words in it."}}


async def test_an_answer_that_takes_long_is_acknowledged_in_time_and_follows(line: Line) -> None:
    line.engine.outcome, line.engine.free = says("NPS +31"), asyncio.Event()
    answer = await line.socket.asks({**payload("slash_command"), "response_url": line.slack.hook()})
    assert answer is not None
    assert "Working on it" in shown(answer["blocks"])
    line.engine.free.set()
    [sent] = await line.slack.until("hook/1")
    assert shown(sent["blocks"]) == "NPS +31"


async def test_an_envelope_delivered_twice_is_acknowledged_twice_and_has_the_id_of_the_first(line: Line) -> None:
    await line.socket.sends(payload("message_in_the_direct_conversation"), envelope="e1")
    await line.socket.answered("e1")
    again = {"retry_attempt": 1, "retry_reason": "timeout"}
    await line.socket.sends(payload("message_in_the_direct_conversation"), envelope="e1", **again)
    await line.socket.answered("e1", times=2)
    first, second = line.engine.events
    assert first.envelope.event_id == second.envelope.event_id


async def test_slack_may_end_the_connection_and_the_next_request_arrives_over_the_new_one(line: Line) -> None:
    link = await line.socket.connected(1)
    await link.send_json({"type": "disconnect", "reason": "refresh_requested"})
    await line.socket.connected(2)
    await line.socket.asks(payload("slash_command"))
    assert len(line.engine.events) == 1


async def test_a_connection_that_breaks_is_made_again(line: Line) -> None:
    link = await line.socket.connected(1)
    await link.close()
    await line.socket.connected(2)
    await line.socket.asks(payload("slash_command"))
    assert len(line.engine.events) == 1


async def test_what_nobody_has_heard_of_is_acknowledged_and_the_connection_stays(line: Line) -> None:
    strange: dict[str, Any] = {"type": "block_suggestion", "action_id": "x", "value": "y", "user": {"id": "U1"}}
    await line.socket.asks({**strange, "team": {"id": "T0HALDEN"}})
    await line.socket.links[-1].send_str("not json")
    await line.socket.links[-1].send_json({"type": "some_new_kind"})
    await line.socket.asks(payload("slash_command"))
    assert len(line.engine.events) == 1
    assert len(line.socket.links) == 1


async def test_at_a_stop_what_was_acknowledged_is_still_answered(line: Line) -> None:
    line.engine.outcome, line.engine.free = says("NPS +31"), asyncio.Event()
    await line.socket.asks({**payload("slash_command"), "response_url": line.slack.hook()})
    stopping = asyncio.create_task(line.service.stop())
    line.engine.free.set()
    await stopping
    assert shown(line.slack.of("hook/1")[0]["blocks"]) == "NPS +31"


async def test_an_app_token_that_does_not_work_stops_the_start_with_its_name(slack: FakeSlack) -> None:
    for _ in range(4):
        slack.refuse("apps.connections.open", "invalid_auth")
    parts = await connect(token="xoxb-1", base_url=slack.url, charts=FakeCharts())
    service = serve(parts, engine=FakeEngine(), known=FakeKnown(), home=home, app_token="xapp-wrong")
    try:
        with pytest.raises(Refused, match="SLACK_APP_TOKEN"):
            await service.start()
    finally:
        await service.stop()
        await parts.api.close()
