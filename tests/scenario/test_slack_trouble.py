"""Bad luck in Slack: each piece of it ends in a clear word or a later success, and nothing is counted twice."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.app import build_server, build_works
from bot.connections.slack import StoredKnowledge, slack_connected
from bot.platforms import TRY_AGAIN_SECONDS, Platforms
from bot.settings import Settings
from storage.unit_of_work import SqlStore
from surveys.errors import Refused
from surveys.importing.model import ImportKind
from tests.builders import NOW, a_company
from tests.fakes import FakeClock
from tests.integration.importing.imports import bring_in
from tests.patience import Slept
from tests.scenario.slack_world import SlackWorld, point, slack_world
from tests.unit.adapters.slack.block_kit import buttons, inputs, shown
from tests.unit.adapters.slack.conftest import FakeCharts
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.fake_socket import FakeSocket
from tests.unit.adapters.slack.payloads import payload

pytestmark = pytest.mark.anyio

AN_HOUR = timedelta(hours=1)
A_WEEK = timedelta(days=7)
EVE = "eve@other.example"


@pytest.fixture
async def world(sqlite_store: SqlStore, slack: FakeSlack) -> AsyncIterator[SlackWorld]:
    async with slack_world(sqlite_store, slack) as made:
        yield made


def the_settings(slack: FakeSlack) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        SLACK_BOT_TOKEN=SecretStr("xoxb-1"),
        SLACK_SIGNING_SECRET=SecretStr("s"),
        SLACK_API_URL=slack.url,
    )


async def passes(world: SlackWorld, time: timedelta, *, times: int) -> None:
    """The clock goes on so often, and everything that is due happens."""
    for _ in range(times):
        world.clock.move(time)
        await world.works.clockwork.run_due_now()


# ── the same thing twice, and late ─────────────────────────────────────────────────────────────────────────────


async def test_a_typed_answer_that_slack_repeats_counts_once_and_is_answered_once(world: SlackWorld) -> None:
    await world.asked()
    event = payload("message_in_the_direct_conversation")
    event["event"] |= {"text": "9", "channel": "D0ANN", "user": "U0ANN"}
    posted = len(world.to("D0ANN"))
    await world.happens(event)
    for number in (1, 2, 3):
        again = {"x-slack-retry-num": str(number), "x-slack-retry-reason": "http_timeout"}
        await world.happens({**event, "event_context": f"again {number}"}, **again)
    # The Home tab is shown after everything else that Ann is answered.
    opened = payload("home_opened")
    opened["event"]["user"] = "U0ANN"
    await world.happens(opened)
    await world.slack.until("views.publish")
    [facts] = await world.invitations()
    assert [(given.score, given.version) for given in facts.answers] == [(9, 1)]
    assert len(world.to("D0ANN")) == posted + 1


async def test_a_tap_whose_response_url_is_used_up_is_kept_and_shown(world: SlackWorld) -> None:
    message = await world.asked()
    world.slack.refusals["hook/t-nine"].append(web.Response(status=404, text="used_url"))
    await world.taps(point(message, "9"), "t-nine", ts=world.ts)
    [updated] = await world.slack.until("chat.update")
    assert "You answered 9" in shown(updated["blocks"])
    [facts] = await world.invitations()
    assert [given.score for given in facts.answers] == [9]


async def test_a_tap_that_slack_does_not_show_for_a_minute_is_shown_by_a_delivery(world: SlackWorld) -> None:
    message = await world.asked()
    world.slack.refusals["hook/t-nine"].append(web.Response(status=503))
    for _ in range(5):
        world.slack.refuse("chat.update", "ratelimited", status=429, Retry_After="1")
    await world.taps(point(message, "9"), "t-nine", ts=world.ts)
    await world.finished()
    refused = len(world.slack.of("chat.update"))
    await world.works.clockwork.run_due_now()
    [repaired] = world.slack.of("chat.update")[refused:]
    assert "You answered 9" in shown(repaired["blocks"])


async def test_words_whose_answer_slack_does_not_take_at_once_are_answered_when_slack_says(world: SlackWorld) -> None:
    event = payload("message_in_the_direct_conversation")
    event["event"] |= {"text": "nps last-30d", "channel": "D0LEAD", "user": "U0LEAD"}
    world.slack.refuse("chat.postMessage", "ratelimited", status=429, Retry_After="1")
    await world.happens(event)
    await world.finished()
    assert len(world.to("D0LEAD")) == 2
    assert "NPS" in shown(world.to("D0LEAD")[1]["blocks"])


async def test_a_form_whose_trigger_has_expired_is_offered_again_and_its_words_arrive(world: SlackWorld) -> None:
    message = await world.asked("start-stop-continue")
    ts = world.ts
    world.slack.refuse("views.open", "expired_trigger_id")
    posted = len(world.slack.of("chat.postMessage"))
    await world.sends({"payload": json.dumps(world.tap(point(message, "Write an answer"), "t-late", ts=ts))})
    await world.slack.until("chat.postMessage", posted + 1)
    offer = world.to("D0ANN")[-1]
    assert "please try again" in shown(offer["blocks"])

    await world.sends({"payload": json.dumps(world.tap(point(offer, "Open"), "t-live", ts="1783321300.000300"))})
    view = world.slack.of("views.open")[-1]["view"]
    [first, *_] = inputs(view["blocks"])
    submitted = payload("form_submitted")
    submitted["user"]["id"], submitted["trigger_id"] = "U0ANN", "t-sent"
    values = {first["block_id"]: {first["element"]["action_id"]: {"value": "Warn before they expire."}}}
    submitted["view"] |= {"private_metadata": view["private_metadata"], "state": {"values": values}}
    await world.sends({"payload": json.dumps(submitted)})
    [facts] = await world.invitations()
    assert [given.text for given in facts.answers] == ["Warn before they expire."]


async def test_a_typed_comment_that_is_too_long_is_refused_in_words_and_nothing_of_it_is_kept(
    world: SlackWorld,
) -> None:
    message = await world.asked()
    await world.taps(point(message, "9"), "t-nine", ts=world.ts)
    posted = len(world.slack.of("chat.postMessage"))
    event = payload("message_in_the_direct_conversation")
    event["event"] |= {"text": "x" * 10_001, "channel": "D0ANN", "user": "U0ANN"}
    await world.happens(event)
    await world.slack.until("chat.postMessage", posted + 1)
    assert "nothing was cut" in shown(world.to("D0ANN")[-1]["blocks"])
    [facts] = await world.invitations()
    assert [(given.score, given.text) for given in facts.answers] == [(9, None)]


# ── people and channels that are not there any more ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("gone", ["user_not_found", "user_disabled"])
async def test_somebody_who_left_slack_is_not_tried_again_and_is_not_among_the_asked(
    world: SlackWorld, gone: str
) -> None:
    await world.confirmed()
    world.slack.refuse("conversations.open", gone)
    await world.works.clockwork.run_due_now()
    await passes(world, AN_HOUR, times=6)
    assert world.to("D0ANN") == []
    tried = [each for each in world.slack.of("conversations.open") if each["users"] == "U0ANN"]
    assert len(tried) == 1
    assert await world.invitations() == []


async def test_somebody_who_left_after_they_were_asked_once_is_asked_no_more_until_they_are_back(
    world: SlackWorld,
) -> None:
    await world.asked()
    known = StoredKnowledge(world.connection.store, world.connection.tenant, world.connection.workspace)
    ann = world.slack.people["U0ANN"]
    world.slack.people["U0ANN"] = {**ann, "deleted": True}
    await world.connection.look(known)
    preview = await world.command("send csat to everyone", "t-left")
    assert "Nobody may be asked now" in shown(preview["blocks"])
    world.slack.people["U0ANN"] = ann
    await world.connection.look(known)
    preview = await world.command("send csat to everyone", "t-back")
    assert "1 person would be asked" in shown(preview["blocks"])


async def test_somebody_of_another_company_in_no_channel_with_the_bot_is_named_so_and_tried_by_the_next_wave(
    world: SlackWorld,
) -> None:
    csv = f"email,name,account,role,slack_user\n{EVE},Eve,Acme,technical,T0OTHER:U0EVE\n"
    await bring_in(world.company, ImportKind.CONTACTS, csv)
    await world.confirmed("csat")
    world.slack.refuse("conversations.open", "invalid_user_combination")
    world.slack.refuse("conversations.open", "invalid_user_combination")
    await world.works.clockwork.run_due_now()
    assert world.to("D0EVE") == []
    listed = await world.command("waves", "t-waves")
    assert "2 in no channel with me" in shown(listed["blocks"])
    preview = await world.command("send nps to everyone", "t-again")
    await world.taps(buttons(preview["blocks"])[0], "t-confirmed", user="U0LEAD", ts="1.1")
    await world.works.clockwork.run_due_now()
    assert len(world.to("D0EVE")) == 1


@pytest.mark.parametrize("facts", [{"is_archived": True}, {"is_ext_shared": True}, {"is_pending_ext_shared": True}])
async def test_a_channel_that_was_archived_or_shared_since_gets_no_summary(
    world: SlackWorld, facts: dict[str, bool]
) -> None:
    await world.command("summary weekly #voice mon 09:00", "t-weekly")
    await passes(world, A_WEEK, times=1)
    assert len(world.to("C0VOICE")) == 1
    world.slack.channels["C0VOICE"] = dict(facts)
    await passes(world, A_WEEK, times=2)
    assert len(world.to("C0VOICE")) == 1


async def test_a_channel_that_a_guest_came_into_a_minute_ago_gets_no_summary(world: SlackWorld) -> None:
    await world.command("summary weekly #voice mon 09:00", "t-weekly")
    await passes(world, A_WEEK, times=1)
    assert len(world.to("C0VOICE")) == 1
    world.slack.people["U0NEWG"] = {"profile": {}, "is_ultra_restricted": True}
    world.slack.inside["C0VOICE"] = ["U0ANN", "U0BOT", "U0NEWG"]
    await passes(world, A_WEEK, times=2)
    assert len(world.to("C0VOICE")) == 1


# ── Slack itself ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_waits_while_the_token_is_revoked_is_sent_once_it_is_repaired(world: SlackWorld) -> None:
    await world.confirmed()
    for _ in range(2):
        world.slack.refuse("chat.postMessage", "token_revoked")
    with capture_logs() as logged:
        await world.works.clockwork.run_due_now()
    assert [line["state"] for line in logged if line["event"] == "delivery.not_sent"] == ["token_revoked"]
    assert world.slack.history["D0ANN"] == []
    await passes(world, AN_HOUR, times=12)
    assert len(world.slack.history["D0ANN"]) == 1
    assert len(await world.invitations()) == 1


async def test_after_an_hour_without_slack_everybody_is_asked_once(world: SlackWorld) -> None:
    await world.confirmed()
    for _ in range(60):
        world.slack.refuse("chat.postMessage", "service_unavailable", status=503)
    await passes(world, AN_HOUR / 6, times=6)
    assert world.slack.history["D0ANN"] == []
    world.slack.refusals["chat.postMessage"].clear()
    await passes(world, AN_HOUR, times=12)
    assert len(world.slack.history["D0ANN"]) == 1


async def test_a_start_while_slack_is_away_serves_the_others_and_slack_once_it_is_back(
    sqlite_store: SqlStore, slack: FakeSlack
) -> None:
    company = await a_company(sqlite_store)
    for _ in range(4):
        slack.refuse("auth.test", "service_unavailable", status=503)
    works, slept = build_works(sqlite_store, clock=FakeClock(NOW), adapters=()), Slept()
    server = build_server(works, ())
    platforms = Platforms(
        settings=the_settings(slack),
        store=sqlite_store,
        tenant=company.tenant,
        engine=works.engine,
        adapters=works.adapters,
        routes=server.router.routes,
        clock=FakeClock(NOW),
        charts=FakeCharts(),
        sleep=slept,
    )
    async with (
        platforms.joined(),
        httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://cx") as web,
    ):
        assert (await web.post("/slack/events")).status_code == 404
        assert (await web.get("/healthz")).status_code == 200
        await slack.until("users.conversations")
        assert (await web.post("/slack/events")).status_code == 401
        assert list(works.adapters) == ["slack"]
    assert slept.seconds == [TRY_AGAIN_SECONDS] * 4


@pytest.mark.parametrize("fault", ["token_revoked", "invalid_auth", "account_inactive"])
async def test_a_token_that_does_not_work_stops_the_start_and_is_named(
    sqlite_store: SqlStore, slack: FakeSlack, fault: str
) -> None:
    company = await a_company(sqlite_store)
    slack.refuse("auth.test", fault)
    with pytest.raises(Refused, match="SLACK_BOT_TOKEN"):
        async with slack_connected(the_settings(slack), sqlite_store, company.tenant, FakeCharts()):
            pass


# ── over Socket Mode ───────────────────────────────────────────────────────────────────────────────────────────


async def test_an_envelope_delivered_again_over_a_new_connection_is_one_answer(
    sqlite_store: SqlStore, slack: FakeSlack
) -> None:
    socket = FakeSocket(slack)
    await socket.start()
    socket.allow(2)
    async with slack_world(sqlite_store, slack, SLACK_APP_TOKEN=SecretStr("xapp-1")) as world:
        link = await socket.connected()
        preview = await socket.asks({**payload("slash_command"), "text": "send nps to everyone", "trigger_id": "t-1"})
        assert preview is not None
        confirm = world.tap(point(preview, "Ask 1 person"), "t-2", user="U0LEAD", ts="1.1")
        await socket.asks(confirm)
        await slack.until("hook/t-2")
        await world.works.clockwork.run_due_now()
        tap = world.tap(point(world.to("D0ANN")[0], "9"), "t-3", ts=world.ts)

        # The acknowledgement was lost with the connection, so Slack sends the envelope again over the next one.
        await socket.sends(tap, envelope="e-tap")
        await slack.until("hook/t-3")
        await link.close()
        await socket.connected(2)
        await socket.sends(tap, envelope="e-tap", retry_attempt=1)
        await socket.answered("e-tap", times=2)
        [facts] = await world.invitations()
        assert [(given.score, given.version) for given in facts.answers] == [(9, 1)]
        assert len(slack.of("hook/t-3")) == 1
    await socket.stop()
