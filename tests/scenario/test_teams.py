"""The whole story in Teams: real engine, real SQLite, signed requests in, Microsoft on this machine."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.teams.reference import read_reference
from adapters.teams.service_urls import EVERYWHERE
from bot.actions import Answer, OpenForm, PostHere, SubmitForm, unpack
from bot.connections.teams import app_of, teams_connected
from storage.tenancy import workspaces_of
from storage.unit_of_work import SqlStore
from surveys.errors import DeliveryError, Refused
from tests.builders import a_company
from tests.scenario.teams_world import TeamsWorld, action, actions, asked, settings_of, teams_world
from tests.unit.adapters.teams.conftest import FakeCharts, card_in, shown
from tests.unit.adapters.teams.fake_teams import BOT, PEOPLE, TENANT, FakeTeams
from tests.unit.adapters.teams.payloads import payload

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world(sqlite_store: SqlStore, teams: FakeTeams) -> AsyncIterator[TeamsWorld]:
    async with teams_world(sqlite_store, teams) as found:
        yield found


async def test_an_imported_contact_is_asked_in_teams_answers_with_one_tap_and_counts(world: TeamsWorld) -> None:
    card, message = await asked(world)
    assert world.teams.of("create") == [], "the conversation is kept since the bot was installed"

    answered = await world.taps(action(card, Answer, "9"), message=message)
    assert answered["type"] == "application/vnd.microsoft.card.adaptive"
    send = next(data for data in actions(answered["value"]) if data["cx"].startswith('["t"'))
    thanks = await world.taps(send, message=message, reason="Quick & kind <at>all</at>")
    assert "Thank you" in shown(thanks["value"])
    assert card_in(world.teams.of("update")[-1]) == thanks["value"], "what is kept is what is seen"

    answer = await world.says("nps last-30d")
    assert "100" in shown(answer)


async def test_a_card_that_teams_did_not_take_for_a_minute_is_brought_up_to_date_by_a_delivery(
    world: TeamsWorld,
) -> None:
    card, message = await asked(world)
    for _ in range(5):
        world.teams.refuse("update", "TooManyRequests", status=429, Retry_After="1")
    await world.taps(action(card, Answer, "9"), message=message)
    refused = len(world.teams.of("update"))
    await world.ticks()
    [repaired] = world.teams.of("update")[refused:]
    assert "You answered 9" in shown(card_in(repaired))


async def test_an_answer_can_be_changed_and_a_number_typed_counts_like_a_tap(world: TeamsWorld) -> None:
    card, message = await asked(world)
    answered = await world.taps(action(card, Answer, "9"), message=message)
    change = next(data for data in actions(answered["value"]) if data["cx"].startswith('["c"'))
    scale = await world.taps(change, message=message)
    await world.taps(action(scale["value"], Answer, "3"), message=message)
    [score] = [given for given in (await world.facts()).answers if given.score is not None]
    assert (score.score, score.version) == (3, 2)
    await world.says("8", user="29:ann")
    await world.ticks()
    [score] = [given for given in (await world.facts()).answers if given.score is not None]
    assert (score.score, score.version) == (8, 3)
    assert "8" in shown(card_in(world.teams.of("update")[-1]))


async def test_a_tap_delivered_twice_is_one_answer(world: TeamsWorld) -> None:
    card, message = await asked(world)
    nine = action(card, Answer, "9")
    await world.taps(nine, message=message, again="f:same")
    second = await world.taps(nine, message=message, again="f:same")
    assert "taken once" in second["value"]
    assert [given.version for given in (await world.facts()).answers] == [1]


async def test_an_old_card_stays_clickable_and_does_no_harm(world: TeamsWorld) -> None:
    card, message = await asked(world)
    world.clock.move(timedelta(days=30))
    late = await world.taps(action(card, Answer, "9"), message=message)
    assert "closed" in shown(late["value"])


@pytest.mark.parametrize("user", ["29:lead", "29:guest", "29:eve"])
async def test_somebody_elses_button_records_nothing(world: TeamsWorld, user: str) -> None:
    card, message = await asked(world)
    before = len(world.teams.of("send"))
    await world.taps(action(card, Answer, "9"), user=user, message=message)
    [note] = world.teams.of("send")[before:]
    assert "somebody else" in shown(card_in(note))
    assert (await world.facts()).answers == ()


@pytest.mark.parametrize("user", ["29:guest", "29:eve"])
async def test_the_leads_e_mail_gives_a_stranger_no_role(world: TeamsWorld, user: str) -> None:
    await world.installs(user)
    answer = await world.says("nps last-30d", user=user)
    assert "100" not in shown(answer)
    assert "do not know you" in shown(answer) or "CX lead" in shown(answer)
    await world.installs("29:lead")
    assert "NPS" in shown(await world.says("nps last-30d"))


async def test_a_text_first_survey_opens_a_dialog_and_its_words_are_kept(world: TeamsWorld) -> None:
    await world.installs("29:ann")
    offered = await world.says("feedback", user="29:ann")
    opened = action(offered, OpenForm)
    fetch = {**payload("form_opened"), "id": "f:fetch", "replyToId": "m2"}
    fetch["value"]["data"] = opened
    dialog = (await world.sends(fetch, user="29:ann")).json()["task"]["value"]["card"]["content"]
    data = action(dialog, SubmitForm)
    key = next(node["id"] for node in inputs(dialog))
    submit = {**payload("form_submitted"), "id": "f:empty"}
    submit["value"]["data"] = {**data, key: "   "}
    wrong = (await world.sends(submit, user="29:ann")).json()
    assert "no words" in shown(wrong["task"]["value"]["card"]["content"])
    submit["id"], submit["value"]["data"] = "f:full", {**data, key: "Answer sooner"}
    assert (await world.sends(submit, user="29:ann")).text == ""
    assert "Answer sooner" in shown(card_in(world.teams.of("update")[-1]))


def inputs(node: Any) -> list[Any]:
    if isinstance(node, dict):
        own = [node] if node.get("type") == "Input.Text" else []
        return own + [each for value in node.values() for each in inputs(value)]
    return [each for value in node for each in inputs(value)] if isinstance(node, list) else []


async def test_a_summary_appears_in_a_channel_until_an_outsider_is_in_it(world: TeamsWorld) -> None:
    await world.installs("29:lead")
    await world.sends(payload("installed_in_a_team"), user="29:lead")
    await world.says("summary weekly #voice-of-us mon 09:00")
    world.clock.move(timedelta(days=7))
    await world.ticks()
    posted = [call for call in world.teams.calls if call.what == "send" and "19:voice" in call.path]
    assert len(posted) == 1
    world.teams.inside["19:voice@thread.tacv2"] = ["29:lead", "29:guest"]
    world.clock.move(timedelta(days=7))
    await world.ticks()
    assert len([call for call in world.teams.calls if call.what == "send" and "19:voice" in call.path]) == 1


async def mentioned(world: TeamsWorld) -> Any:
    """The lead asks in a channel, once somebody has answered: the card in the lead's own chat."""
    question, message = await asked(world)
    await world.taps(action(question, Answer, "9"), message=message)
    await world.sends(payload("installed_in_a_team"), user="29:lead")
    before = len(world.teams.of("send"))
    await world.sends(payload("mention_in_a_channel"), user="29:lead")
    sent = [call for call in world.teams.calls if call.what == "send"][before:]
    own = [call.body for call in sent if "a:29:lead" in call.path and "attachments" in call.body]
    return card_in(own[0])


def in_the_channel(world: TeamsWorld) -> list[Any]:
    """The cards that were posted there."""
    sent = [call for call in world.teams.calls if call.what == "send" and "19:voice" in call.path]
    return [card_in(call.body) for call in sent if "attachments" in call.body]


async def test_an_answer_to_a_mention_is_posted_from_the_own_chat_to_the_channel(world: TeamsWorld) -> None:
    card = await mentioned(world)
    assert in_the_channel(world) == []
    told = await world.taps(action(card, PostHere), user="29:lead", message="m9")
    assert told["value"] == "The answer is below."
    await world.ticks()
    [posted] = in_the_channel(world)
    assert "NPS" in shown(posted)
    assert [data for data in actions(posted) if isinstance(unpack(data["cx"]), PostHere)] == []


async def test_an_answer_is_kept_from_a_channel_with_a_guest_and_the_lead_is_told(world: TeamsWorld) -> None:
    card = await mentioned(world)
    world.teams.inside["19:voice@thread.tacv2"] = ["29:lead", "29:guest"]
    await world.taps(action(card, PostHere), user="29:lead", message="m9")
    await world.ticks()
    await world.ticks()
    assert in_the_channel(world) == []
    assert "people from outside" in shown(card_in(world.teams.of("send")[-1]))


async def test_somebody_else_with_the_leads_button_posts_nothing(world: TeamsWorld) -> None:
    card = await mentioned(world)
    await world.taps(action(card, PostHere), user="29:ann", message="m9")
    await world.ticks()
    assert in_the_channel(world) == []
    assert "CX lead" in shown(card_in(world.teams.of("send")[-1]))


async def test_people_of_a_team_are_matched_and_reached_before_they_install_the_bot(world: TeamsWorld) -> None:
    await world.installs("29:lead")
    await world.sends(payload("installed_in_a_team"), user="29:lead")
    preview = await world.says("send nps to everyone")
    await world.taps(next(data for data in actions(preview) if data["cx"].startswith('["w"')), user="29:lead")
    await world.ticks()
    [opened] = world.teams.of("create")
    assert opened["members"] == [{"id": PEOPLE["29:ann"]["aadObjectId"]}]


async def test_whoever_removes_the_bot_is_not_counted_as_reachable_until_it_is_installed_again(
    world: TeamsWorld,
) -> None:
    await world.installs("29:ann")
    await world.installs("29:lead")
    assert "Ask 1 person" in titles(await world.says("/cx send nps to everyone"))
    await world.sends(payload("removed_for_a_person"), user="29:ann")
    preview = await world.says("/cx send nps to everyone")
    assert "Ask 1 person" not in titles(preview)
    assert "on no connected platform 1" in shown(preview)
    await world.installs("29:ann")
    assert "Ask 1 person" in titles(await world.says("/cx send nps to everyone"))


def titles(node: Any) -> list[str]:
    """What the buttons of a card say."""
    if isinstance(node, dict):
        own = [node["title"]] if isinstance(node.get("title"), str) else []
        return own + [each for value in node.values() for each in titles(value)]
    return [each for value in node for each in titles(value)] if isinstance(node, list) else []


async def test_teams_down_for_an_hour_delays_and_asks_once(world: TeamsWorld) -> None:
    await world.installs("29:ann")
    await world.installs("29:lead")
    preview = await world.says("send nps to everyone")
    await world.taps(next(data for data in actions(preview) if data["cx"].startswith('["w"')), user="29:lead")
    before = len(world.teams.of("send"))
    for _ in range(2):
        world.teams.refuse("send", "ServiceUnavailable", status=503)
    await world.ticks()
    world.clock.move(timedelta(hours=1))
    await world.ticks()
    assert len(world.teams.of("send")) == before + 3
    assert (await world.facts()).answers == ()


async def test_a_message_that_may_have_arrived_is_not_sent_twice(world: TeamsWorld) -> None:
    await world.installs("29:ann")
    await world.installs("29:lead")
    preview = await world.says("send nps to everyone")
    await world.taps(next(data for data in actions(preview) if data["cx"].startswith('["w"')), user="29:lead")
    before = len(world.teams.of("send"))
    world.teams.lose_the_answer("send")
    for _ in range(3):
        await world.ticks()
        world.clock.move(timedelta(hours=1))
    assert len(world.teams.of("send")) == before + 1


# ── connecting ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_local_mode_and_an_app_exclude_each_other() -> None:
    with pytest.raises(Refused, match="CX_TEAMS_LOCAL"):
        app_of(settings_of(CX_TEAMS_LOCAL=True))


async def test_without_a_tenant_the_first_administrator_who_writes_connects_theirs(
    sqlite_store: SqlStore, teams: FakeTeams
) -> None:
    company = await a_company(sqlite_store)
    settings = settings_of(TEAMS_TENANT_ID=None, CX_ADMINS="lead@halden.example")
    async with teams_connected(
        settings, sqlite_store, company.tenant, FakeCharts(), session=teams.session()
    ) as connection:
        assert await connection.workspaces.connected() is None
        with pytest.raises(DeliveryError):
            await connection.parts.adapter.open_direct(TENANT, "29:ann")
        assert not await connection.workspaces.connect(TENANT, "ann@acme.example")
        assert await connection.workspaces.connect(TENANT, "Lead@halden.example")
    async with teams_connected(
        settings, sqlite_store, company.tenant, FakeCharts(), session=teams.session()
    ) as connection:
        assert await connection.workspaces.connected() == TENANT
    [workspace] = await workspaces_of(sqlite_store, company.id, "teams")
    assert workspace.external_id == TENANT


async def test_people_of_the_connected_tenant_are_written_to_after_a_restart_before_anybody_writes(
    sqlite_store: SqlStore, teams: FakeTeams
) -> None:
    company = await a_company(sqlite_store)
    settings = settings_of(TEAMS_TENANT_ID=None, CX_ADMINS="lead@halden.example")
    async with teams_connected(
        settings, sqlite_store, company.tenant, FakeCharts(), session=teams.session()
    ) as connection:
        await connection.workspaces.connect(TENANT, "lead@halden.example")
    async with teams_connected(
        settings, sqlite_store, company.tenant, FakeCharts(), session=teams.session()
    ) as connection:
        address = await connection.parts.adapter.open_direct(TENANT, "29:ann")
        with pytest.raises(DeliveryError):
            await connection.parts.adapter.open_direct("another", "29:ann")
    assert (address.workspace, read_reference(address.reference).service_url) == (TENANT, EVERYWHERE)
    [call] = [call for call in teams.calls if call.what == "create"]
    assert (call.host, call.path) == ("smba.trafficmanager.net", "/teams/v3/conversations")
    assert (call.body["bot"], call.body["tenantId"]) == ({"id": BOT}, TENANT)
