"""Slack waits three seconds: whatever is slow, it is answered before, with the waits that are used in production."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.requests.afterwards import Afterwards
from adapters.slack.adapter import SlackAdapter
from adapters.slack.api import SlackApi
from adapters.slack.blocks import Node
from adapters.slack.exchange import Exchange
from adapters.slack.members import Members
from bot.actions import SubmitForm
from bot.events import ActionChosen, CommandInvoked, Event
from bot.messages import Form, Message, Outcome, Paragraph, Reply, TextInput
from tests.unit.adapters.slack.block_kit import shown
from tests.unit.adapters.slack.conftest import FakeCharts, FakeKnown, home
from tests.unit.adapters.slack.fake_slack import a_user
from tests.unit.adapters.slack.payloads import HERE, payload
from tests.virtual_time import in_virtual_time

SLACK_GIVES_UP = 3.0
HANGING = 1_000.0
NOW = Outcome(reply=Reply(message=Message(summary="NPS +31", blocks=(Paragraph(text="NPS +31"),))))
GRANT = {**payload("slash_command"), "text": "grant <@U0ANN> <@U0BOB> <@U0CY>", "channel_id": "D0LEAD"}


class SlowApi(SlackApi):
    """Every call takes so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.calls: list[str] = []

    async def send(self, method: str, body: Node) -> Mapping[str, Any]:
        await asyncio.sleep(self.seconds)
        self.calls.append(method)
        return {"channel": {"id": "D0LEAD"}}

    async def ask(self, method: str, **arguments: str | int | bool) -> Mapping[str, Any]:
        await asyncio.sleep(self.seconds)
        return {"user": a_user(str(arguments["user"]))}

    async def respond(self, response_url: str, body: Node) -> None:
        await self.send("hook", body)


class SlowKnown(FakeKnown):
    def remembers(self, user: str) -> bool:
        return False

    async def knows(self, workspace: str, user: str) -> bool:
        await asyncio.sleep(HANGING)
        return True


@dataclass(slots=True)
class SlowEngine:
    seconds: float
    outcome: Outcome
    event: Event | None = None

    async def handle(self, event: Event) -> Outcome:
        self.event = event
        await asyncio.sleep(self.seconds)
        return self.outcome


def answered(
    request: dict[str, Any], *, api: SlowApi, engine: SlowEngine, known: FakeKnown | None = None
) -> tuple[Node | None, float]:
    """What is returned to Slack, and when; then what follows is done."""

    async def take() -> tuple[Node | None, float]:
        afterwards = Afterwards("slack")
        members = Members(api, HERE)
        exchange = Exchange(
            engine=engine,
            adapter=SlackAdapter(api=api, here=HERE, members=members, charts=FakeCharts()),
            api=api,
            here=HERE,
            members=members,
            known=known or FakeKnown(),
            home=home,
            afterwards=afterwards,
        )
        answer, seconds = await exchange.take(request), asyncio.get_running_loop().time()
        await afterwards.finish(HANGING)
        return answer, seconds

    return in_virtual_time(take())


def test_three_people_named_in_a_command_are_asked_about_at_once() -> None:
    engine = SlowEngine(0.3, NOW)
    answer, seconds = answered(GRANT, api=SlowApi(0.9), engine=engine)
    assert seconds == pytest.approx(1.2)
    assert shown((answer or {})["blocks"]) == "NPS +31"
    assert isinstance(engine.event, CommandInvoked)
    assert engine.event.text == "grant @ann@acme.example @u0bob @u0cy"
    assert engine.event.envelope.sender.email == "lead@halden.example"


@pytest.mark.parametrize("engine", [0.3, 1.8, HANGING])
@pytest.mark.parametrize("api", [0.9, HANGING])
def test_a_command_is_answered_in_time_whatever_is_slow(api: float, engine: float) -> None:
    answer, seconds = answered(GRANT, api=SlowApi(api), engine=SlowEngine(engine, NOW))
    assert answer is not None
    assert seconds < SLACK_GIVES_UP - 0.2


def test_a_store_that_does_not_say_who_it_is_is_not_waited_for() -> None:
    _, seconds = answered(GRANT, api=SlowApi(0.1), engine=SlowEngine(0.3, NOW), known=SlowKnown())
    assert seconds < SLACK_GIVES_UP - 0.2


QUESTION = TextInput(key="start", label="Start?")
FORM = Outcome(form=Form(title="Feedback", blocks=(QUESTION,), submit_label="Send", action=SubmitForm("inv")))


@pytest.mark.parametrize(
    ("slack", "engine", "opens"), [(0.8, 0.3, True), (0.8, 1.0, True), (0.95, 1.0, False), (0.8, 1.8, False)]
)
def test_a_form_opens_while_its_trigger_lives_or_is_offered_again(slack: float, engine: float, opens: bool) -> None:
    api, slow = SlowApi(slack), SlowEngine(engine, FORM)
    _, seconds = answered(payload("tap_on_a_scale"), api=api, engine=slow)
    assert isinstance(slow.event, ActionChosen)
    assert seconds < SLACK_GIVES_UP - 0.2
    assert api.calls == (["views.open"] if opens else ["chat.postMessage"])
