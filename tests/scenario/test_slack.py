"""The whole story in Slack: real engine, real SQLite, signed requests in, Slack's Web API on this machine."""

import json
from collections.abc import AsyncIterator

import pytest

from storage.unit_of_work import SqlStore
from surveys.importing.model import ImportKind
from tests.integration.importing.imports import bring_in
from tests.scenario.slack_world import SlackWorld, point, slack_world
from tests.unit.adapters.slack.block_kit import buttons, check_blocks, inputs, shown
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.payloads import payload

pytestmark = pytest.mark.anyio

EVE = "eve@other.example"


@pytest.fixture
async def world(sqlite_store: SqlStore, slack: FakeSlack) -> AsyncIterator[SlackWorld]:
    async with slack_world(sqlite_store, slack) as made:
        yield made


async def test_an_imported_contact_is_asked_in_slack_answers_with_one_tap_and_counts(world: SlackWorld) -> None:
    message = await world.asked()
    check_blocks(message["blocks"])
    ts = world.ts
    after = await world.taps(point(message, "9"), "t-nine", ts=ts)
    check_blocks(after["blocks"])
    assert after["replace_original"] is True
    [field] = inputs(after["blocks"])
    [send] = [each for each in buttons(after["blocks"]) if each["action_id"].endswith(".send")]
    typed = {field["block_id"]: {field["element"]["action_id"]: {"value": "Quick & kind <!channel>"}}}
    thanks = await world.taps(send, "t-comment", ts=ts, typed=typed)
    check_blocks(thanks["blocks"])

    answer = await world.command("nps last-30d", "t-nps")
    check_blocks(answer["blocks"])
    assert "100" in shown(answer["blocks"])
    assert "1" in answer["text"]


async def test_somebody_of_another_company_says_their_id_is_imported_by_it_asked_and_answers(world: SlackWorld) -> None:
    eve, own = "U0EVE", "D0EVE"
    said = payload("message_in_the_direct_conversation")
    said["event"] |= {"user": eve, "user_team": "T0OTHER", "channel": own, "text": "hello"}
    await world.happens(said)
    await world.slack.until("chat.postMessage")
    [told] = world.to(own)
    assert "T0OTHER:U0EVE" in told["text"]
    csv = f"email,name,account,role,slack_user\n{EVE},Eve,Acme,technical,T0OTHER:U0EVE\n"
    await bring_in(world.company, ImportKind.CONTACTS, csv)
    await world.asked("csat")
    question = world.to(own)[-1]
    tap = world.tap(point(question, "4"), "t-four", user=eve, ts=str(world.slack.history[own][0]["ts"]))
    tap["user"]["team_id"] = "T0OTHER"
    await world.sends({"payload": json.dumps(tap)})
    [after] = await world.slack.until("hook/t-four")
    assert "You answered 4" in shown(after["blocks"])
    [facts] = await world.invitations(EVE)
    assert [given.score for given in facts.answers] == [4]


async def test_a_tap_delivered_twice_is_one_answer(world: SlackWorld) -> None:
    message = await world.asked()
    ts = world.ts
    await world.taps(point(message, "9"), "t-nine", ts=ts)
    copy = world.tap(point(message, "9"), "t-nine", ts=ts)
    await world.sends({"payload": json.dumps(copy), "again": "1"})
    [facts] = await world.invitations()
    assert [given.version for given in facts.answers] == [1]
    assert len(world.slack.of("hook/t-nine")) == 1


async def test_somebody_elses_button_records_nothing(world: SlackWorld) -> None:
    message = await world.asked()
    request = world.tap(point(message, "9"), "t-guest", user="U0GUEST", ts=world.ts)
    request.pop("response_url")
    request["container"].pop("message_ts")
    request.pop("message", None)
    await world.sends({"payload": json.dumps(request)})
    await world.slack.until("chat.postMessage", len(world.slack.of("chat.postMessage")) + 1)
    [note] = world.to("D0GUEST")
    assert "somebody else" in shown(note["blocks"])
    [facts] = await world.invitations()
    assert facts.answers == ()


async def test_a_posted_invitation_is_found_again_by_its_delivery(world: SlackWorld) -> None:
    first = await world.asked()
    [facts] = await world.invitations()
    async with world.company.store.read(world.company.id) as unit:
        posted = await unit.deliveries.message_of(facts.id)
    assert posted is not None
    address = await world.connection.parts.adapter.open_direct("T0HALDEN", "U0ANN")
    delivery = first["metadata"]["event_payload"]["delivery"]
    assert await world.connection.parts.adapter.find_posted(address, delivery) == posted[1]


async def test_the_home_tab_shows_my_question_and_to_a_lead_the_score(world: SlackWorld) -> None:
    await world.asked()
    for number, user in enumerate(("U0ANN", "U0LEAD"), 1):
        event = payload("home_opened")
        event["event"]["user"], event["event_id"] = user, f"Ev{user}"
        await world.happens(event)
        published = (await world.slack.until("views.publish", number))[-1]
        assert published["user_id"] == user
        if user == "U0ANN":
            assert len(buttons(published["view"]["blocks"])) >= 11
        else:
            assert "NPS" in shown(published["view"]["blocks"])


async def test_somebody_imported_a_minute_ago_who_opens_the_home_tab_first_is_known_there(world: SlackWorld) -> None:
    world.slack.people["U0BEA"] = {"profile": {"email": "bea@acme.example", "real_name": "Bea"}}
    await bring_in(world.company, ImportKind.CONTACTS, "email,name,account\nbea@acme.example,Bea,Acme\n")
    event = payload("home_opened")
    event["event"]["user"] = "U0BEA"
    await world.happens(event)
    [published] = await world.slack.until("views.publish")
    assert "There is no open question for you" in shown(published["view"]["blocks"])


async def test_what_is_answered_on_the_home_tab_is_shown_in_the_direct_message_too(world: SlackWorld) -> None:
    message = await world.asked()
    tap = payload("tap_on_the_home_tab")
    tap["actions"] = [{**point(message, "9"), "block_id": "b"}]
    for _ in range(2):
        await world.sends({"payload": json.dumps(tap)})
    await world.slack.until("views.publish")
    await world.works.clockwork.run_due_now()
    [updated] = world.slack.of("chat.update")
    assert (updated["channel"], updated["ts"]) == ("D0ANN", world.ts)
    assert "You answered 9" in shown(updated["blocks"])


async def test_what_is_answered_on_its_message_is_not_sent_there_again(world: SlackWorld) -> None:
    message = await world.asked()
    await world.taps(point(message, "9"), "t-nine", ts=world.ts)
    await world.works.clockwork.run_due_now()
    assert world.slack.of("chat.update") == []


async def test_on_the_home_tab_where_nobody_else_reads_nothing_is_offered_to_be_posted(world: SlackWorld) -> None:
    message = await world.asked()
    await world.taps(point(message, "9"), "t-nine", ts=world.ts)
    event = payload("home_opened")
    event["event"]["user"] = "U0LEAD"
    await world.happens(event)
    [published] = await world.slack.until("views.publish")
    labels = [each["text"]["text"] for each in buttons(published["view"]["blocks"])]
    assert "Explain" in labels
    assert "Post here" not in labels
