"""Threat 13 on the platforms: an answer that was taken and could not be shown leaves its words in no log line."""

import io
from collections.abc import Iterator

import pytest
from aiohttp import web

from bot.actions import Answer
from storage.unit_of_work import SqlStore
from tests.loud_log import loud_log
from tests.scenario.slack_world import point, slack_world
from tests.scenario.teams_world import action, actions, asked, teams_world
from tests.unit.adapters.slack.block_kit import buttons, inputs
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.payloads import payload
from tests.unit.adapters.teams.fake_teams import FakeTeams
from tests.unit.adapters.teams.payloads import payload as payload_of_teams

pytestmark = pytest.mark.anyio

CANARY = "canary-4711 the invoice was wrong"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    with loud_log() as stream:
        yield stream


async def test_a_comment_in_slack_that_slack_does_not_show_is_in_no_log(
    sqlite_store: SqlStore, slack: FakeSlack, log: io.StringIO
) -> None:
    async with slack_world(sqlite_store, slack) as world:
        after = await world.taps(point(await world.asked(), "9"), "t-nine", ts=world.ts)
        [field] = inputs(after["blocks"])
        [send] = [each for each in buttons(after["blocks"]) if each["action_id"].endswith(".send")]
        # Slack repeats in its refusals what it was sent, as a library's exception may.
        for _ in range(9):
            slack.refusals["hook/t-comment"].append(web.Response(status=500, text=CANARY))
            slack.refuse("chat.update", CANARY, status=500)
            slack.refuse("chat.postMessage", CANARY, status=500)
        typed = {field["block_id"]: {field["element"]["action_id"]: {"value": CANARY}}}
        await world.taps(send, "t-comment", ts=world.ts, typed=typed)
        said = payload("message_in_the_direct_conversation")
        said["event"] |= {"text": f"nps {CANARY}", "channel": "D0ANN", "user": "U0ANN"}
        await world.happens(said)
        await world.finished()
        [facts] = await world.invitations()
    assert CANARY in [given.text for given in facts.answers]
    assert '"event": "answer.not_sent"' in log.getvalue()
    assert "canary" not in log.getvalue()


async def test_a_comment_in_teams_that_teams_does_not_show_is_in_no_log(
    sqlite_store: SqlStore, teams: FakeTeams, log: io.StringIO
) -> None:
    async with teams_world(sqlite_store, teams) as world:
        card, message = await asked(world)
        answered = await world.taps(action(card, Answer, "9"), message=message)
        send = next(data for data in actions(answered["value"]) if data["cx"].startswith('["t"'))
        for _ in range(9):
            teams.refuse("update", "Canary4711", status=500)
        await world.taps(send, message=message, reason=CANARY)
        for _ in range(9):
            teams.refuse("send", "Canary4711", status=500)
        said = {**payload_of_teams("message_in_the_personal_chat"), "text": f"nps {CANARY}", "id": "m-canary"}
        await world.sends(said, user="29:ann")
        facts = await world.facts()
    assert CANARY in [given.text for given in facts.answers]
    assert '"event": "answer.not_sent"' in log.getvalue()
    assert CANARY not in log.getvalue()
    assert "the invoice" not in log.getvalue()
