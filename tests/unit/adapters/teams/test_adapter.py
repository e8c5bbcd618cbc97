"""Posting to Teams: once, to the right place, and every refusal is something the delivery loop understands."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from aiohttp import web

from adapters.requests.afterwards import ATTEMPTS
from adapters.teams.connector import Connector
from adapters.teams.credentials import EARLY_SECONDS, Credentials
from adapters.teams.errors import code_in, seconds_in
from adapters.teams.service_urls import EVERYWHERE, HOSTS, is_trusted
from bot.events import Address
from bot.messages import Chart, Message
from bot.ports import Call, KeepsBudgets
from surveys.errors import DeliveryError, Undeliverable
from tests.unit.adapters.teams.conftest import Scene, card_in, says, shown
from tests.unit.adapters.teams.fake_teams import APP, BOT, SERVICE, TENANT
from tests.unit.adapters.teams.payloads import ANN, payload

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 7, 6, 7, 0, tzinfo=UTC)


def connector(scene: Scene) -> Connector:
    credentials = Credentials(scene.parts.session, app_id=APP, password="s", tenant=TENANT)
    return Connector(scene.parts.session, credentials)


async def refused(scene: Scene, address: Address | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await scene.parts.adapter.post(address or scene.address(), says("Hello"), delivery="d1")
    return caught.value


async def test_a_direct_conversation_is_opened_in_the_tenant_for_the_person(scene: Scene) -> None:
    address = await scene.parts.adapter.open_direct(TENANT, ANN)
    assert (address.conversation, address.direct, address.workspace) == (f"a:{ANN}", True, TENANT)
    [asked] = scene.teams.of("create")
    assert asked == {
        "bot": {"id": BOT}, "isGroup": False, "members": [{"id": ANN}], "tenantId": TENANT,
        "channelData": {"tenant": {"id": TENANT}},
    }  # fmt: skip
    await scene.parts.adapter.post(address, says("Hello"), delivery="d1")
    assert [call.path.split("/")[1] for call in scene.teams.calls if call.what in ("create", "send")] == ["teams"] * 2


async def test_after_a_request_people_are_reached_where_it_came_from(scene: Scene) -> None:
    await scene.sends(payload("mention_in_a_channel"))
    await scene.parts.adapter.open_direct(TENANT, ANN)
    [call] = [call for call in scene.teams.calls if call.what == "create"]
    assert call.path == "/emea/v3/conversations"


async def test_another_tenant_is_not_written_to(scene: Scene) -> None:
    with pytest.raises(DeliveryError) as caught:
        await scene.parts.adapter.open_direct("another", ANN)
    assert not caught.value.permanent
    assert scene.teams.calls == []


async def test_a_message_is_posted_with_the_bots_token_and_its_id_is_kept(scene: Scene) -> None:
    assert await scene.parts.adapter.post(scene.address(), says("Hello"), delivery="d1") == "m1"
    [call] = [call for call in scene.teams.calls if call.what == "send"]
    assert (call.authorization, call.path) == ("Bearer token-1", "/emea/v3/conversations/a:ann/activities")
    assert "Hello" in shown(card_in(call.body))
    [asked] = scene.teams.of("token")
    assert (asked["client_id"], asked["scope"]) == (APP, "https://api.botframework.com/.default")


async def test_an_update_replaces_the_message_that_was_posted(scene: Scene) -> None:
    posted = await scene.parts.adapter.post(scene.address(), says("Hello"), delivery="d1")
    await scene.parts.adapter.update(scene.address(), posted, says("Again"))
    [call] = [call for call in scene.teams.calls if call.what == "update"]
    assert call.path == "/emea/v3/conversations/a:ann/activities/m1"


async def test_a_message_that_is_gone_is_not_changed_again(scene: Scene) -> None:
    with pytest.raises(DeliveryError) as caught:
        await scene.parts.adapter.update(scene.address(), "m1", says("Again"))
    assert (caught.value.permanent, caught.value.reason) == (True, Undeliverable.GONE)


async def a_week_is_posted(scene: Scene, *titles: str) -> None:
    """With pictures that find no place in its card; whatever follows is done."""
    scene.charts.size = 40_000
    charts = [Chart(title=title, alt_text="From 20 to 31", spec=f'"{title}"') for title in titles or ("Trend",)]
    message = Message(summary="Week", blocks=tuple(charts))
    assert await scene.parts.adapter.post(scene.address(), message, delivery="d1") == "m1"
    await scene.settled()


async def test_a_message_is_posted_although_its_picture_is_not(scene: Scene) -> None:
    scene.teams.let_through("send")
    scene.teams.refuse("send", "MessageSizeTooBig", status=413)
    await a_week_is_posted(scene)
    assert (len(scene.teams.of("send")), scene.slept.seconds) == (2, [])


async def test_a_picture_that_teams_refuses_does_not_keep_the_next_one_back(scene: Scene) -> None:
    scene.teams.let_through("send")
    scene.teams.refuse("send", "MessageSizeTooBig", status=413)
    await a_week_is_posted(scene, "Trend", "Reasons")
    _, trend, reasons = scene.teams.of("send")
    assert (trend["summary"], reasons["summary"]) == ("Trend", "Reasons")


async def test_a_picture_that_teams_does_not_take_at_once_is_sent_when_teams_says(scene: Scene) -> None:
    scene.teams.let_through("send")
    for seconds in ("7", "1"):
        scene.teams.refuse("send", "TooManyRequests", status=429, Retry_After=seconds)
    await a_week_is_posted(scene)
    words, *pictures = scene.teams.of("send")
    assert "From 20 to 31" in shown(card_in(words))
    assert [sent["attachments"][0]["contentType"] for sent in pictures] == ["image/png"] * 3
    assert {call.path for call in scene.teams.calls if call.what == "send"} == {
        "/emea/v3/conversations/a:ann/activities"
    }
    assert scene.slept.seconds == [7.0, 1.0]


async def test_a_picture_that_teams_never_takes_is_given_up(scene: Scene) -> None:
    scene.teams.let_through("send")
    for _ in range(3 * ATTEMPTS):
        scene.teams.refuse("send", "TooManyRequests", status=429, Retry_After="1")
    await a_week_is_posted(scene)
    assert len(scene.teams.of("send")) == 1 + ATTEMPTS


async def test_a_picture_that_may_have_arrived_is_not_sent_twice(scene: Scene) -> None:
    scene.teams.let_through("send")
    scene.teams.lose_the_answer("send")
    await a_week_is_posted(scene)
    assert len(scene.teams.of("send")) == 2


WANDERING = "../../../teams/x?y=1#z"
"""An id as no platform makes them."""
CALLS: Mapping[str, tuple[Callable[[Connector], Awaitable[object]], str]] = {
    "a message": (lambda to: to.send(SERVICE, WANDERING, {}), "conversations/{}/activities"),
    "an update's conversation": (lambda to: to.update(SERVICE, WANDERING, "m1", {}), "conversations/{}/activities/m1"),
    "an update's message": (lambda to: to.update(SERVICE, "a:ann", WANDERING, {}), "conversations/a:ann/activities/{}"),
    "a person": (lambda to: to.member(SERVICE, "a:ann", WANDERING), "conversations/a:ann/members/{}"),
    "everybody": (lambda to: _all(to.members(SERVICE, WANDERING)), "conversations/{}/pagedmembers"),
    "channels": (lambda to: to.channels(SERVICE, WANDERING), "teams/{}/conversations"),
    "a team": (lambda to: to.team_name(SERVICE, WANDERING), "teams/{}"),
}


async def _all(found: AsyncIterator[object]) -> list[object]:
    return [each async for each in found]


@pytest.mark.parametrize("name", CALLS)
async def test_an_id_cannot_leave_its_place_in_the_address(scene: Scene, name: str) -> None:
    call, path = CALLS[name]
    with suppress(DeliveryError):
        await call(connector(scene))
    [asked] = [call for call in scene.teams.calls if call.what != "token"]
    # As the server reads it: the whole id in one place, and nothing of it is a query.
    assert asked.path == f"/emea/v3/{path.format(WANDERING)}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("what", ["send", "update", "members", "token"])
async def test_nothing_is_sent_to_where_an_answer_redirects(scene: Scene, what: str, status: int) -> None:
    """Neither the bot's token nor its secret."""
    away = web.Response(status=status, headers={"Location": "https://evil.example/v3/conversations"})
    scene.teams.refusals[what].append(away)
    calls = {
        "update": lambda: scene.parts.adapter.update(scene.address(), "m1", says("Again")),
        "members": lambda: scene.parts.adapter.conversation_facts(scene.channel()),
    }
    with pytest.raises(DeliveryError):
        await calls.get(what, lambda: scene.parts.adapter.post(scene.address(), says("Hello"), delivery="d1"))()
    assert "evil.example" not in {call.host for call in scene.teams.calls}


async def test_a_token_is_renewed_some_minutes_before_its_end(scene: Scene) -> None:
    now = 0.0
    credentials = Credentials(scene.parts.session, app_id=APP, password="s", tenant=TENANT, clock=lambda: now)
    assert await credentials.token() == "token-1"
    now = scene.teams.token_seconds - EARLY_SECONDS - 1
    assert await credentials.token() == "token-1"
    now = scene.teams.token_seconds - EARLY_SECONDS + 1
    assert await credentials.token() == "token-2"


async def test_a_token_of_a_few_minutes_is_used_for_half_of_them(scene: Scene) -> None:
    now, scene.teams.token_seconds = 0.0, 200
    credentials = Credentials(scene.parts.session, app_id=APP, password="s", tenant=TENANT, clock=lambda: now)
    await credentials.token()
    now = 99.0
    assert await credentials.token() == "token-1"
    now = 101.0
    assert await credentials.token() == "token-2"


async def test_the_adapter_says_how_fast_it_may_be_called(scene: Scene) -> None:
    adapter: object = scene.parts.adapter
    assert isinstance(adapter, KeepsBudgets)
    assert adapter.budgets(Call.POST, scene.address())


# ── refusals ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (403, "ConversationBlockedByUser", Undeliverable.BLOCKED),
        (403, "MessageWritesBlocked", Undeliverable.BLOCKED),
        (403, "BotDisabledByAdmin", Undeliverable.BLOCKED),
        (403, "BotNotInConversationRoster", Undeliverable.GONE),
        (403, "ForbiddenOperationException", Undeliverable.NOT_INSTALLED),
        (404, "ConversationNotFound", Undeliverable.GONE),
        (404, "ActivityNotFoundInConversation", Undeliverable.GONE),
        (413, "MessageSizeTooBig", Undeliverable.REFUSED),
        (400, "BadArgument", Undeliverable.REFUSED),
    ],
)
async def test_who_left_or_blocked_the_bot_is_not_tried_again(
    scene: Scene, status: int, code: str, reason: Undeliverable
) -> None:
    scene.teams.refuse("send", code, status=status)
    error = await refused(scene)
    assert (error.permanent, error.reason, str(error)) == (True, reason, f"Teams: {code}")
    assert len(scene.teams.of("send")) == 1


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
async def test_when_teams_asks_to_wait_it_is_tried_again_as_late_as_it_says_and_not_here(
    scene: Scene, status: int
) -> None:
    scene.teams.refuse("send", "Throttled", status=status, Retry_After="17")
    error = await refused(scene)
    assert (error.retry_after, error.permanent, error.uncertain) == (17.0, False, False)
    assert error.throttled is (status == 429)
    assert len(scene.teams.of("send")) == 1


async def test_without_a_time_to_wait_the_delivery_loop_chooses_one(scene: Scene) -> None:
    scene.teams.refuse("send", "PreconditionFailed", status=412)
    assert (await refused(scene)).retry_after is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        (format_datetime(NOW.replace(minute=1), usegmt=True), 60.0),
        (format_datetime(NOW.replace(hour=1), usegmt=True), 1.0),
        ("0", 1.0),
        ("999999", 3_600.0),
        ("", None),
        ("soon", None),
        ("nan", None),
    ],
)
def test_a_time_to_wait_is_a_number_of_seconds_or_a_date(header: str, seconds: float | None) -> None:
    assert seconds_in(header, NOW) == seconds


async def test_a_token_that_is_refused_is_renewed_once(scene: Scene) -> None:
    scene.teams.refuse("send", "Unauthorized", status=401)
    assert await scene.parts.adapter.post(scene.address(), says("Hello"), delivery="d1")
    assert [call.authorization for call in scene.teams.calls if call.what == "send"] == [
        "Bearer token-1",
        "Bearer token-2",
    ]


async def test_a_bot_that_is_not_let_in_delays_and_loses_nothing(scene: Scene) -> None:
    for _ in range(2):
        scene.teams.refuse("send", "BotNotRegistered", status=401)
    error = await refused(scene)
    assert (error.permanent, bool(error.retry_after), len(scene.teams.of("send"))) == (False, True, 2)


@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_a_secret_that_is_over_delays_and_loses_nothing(scene: Scene, status: int) -> None:
    scene.teams.refuse("token", "invalid_client", status=status)
    error = await refused(scene)
    assert (error.permanent, error.uncertain, bool(error.retry_after)) == (False, False, True)
    assert scene.teams.of("send") == []


async def test_a_message_whose_answer_was_lost_is_uncertain_and_not_posted_again(scene: Scene) -> None:
    scene.teams.lose_the_answer("send")
    error = await refused(scene)
    assert (error.uncertain, error.permanent) == (True, False)
    assert len(scene.teams.of("send")) == 1


async def test_a_fault_of_teams_own_is_uncertain(scene: Scene) -> None:
    scene.teams.refuse("send", "ServiceError", status=500)
    assert (await refused(scene)).uncertain


async def test_an_update_that_may_have_happened_can_be_made_again(scene: Scene) -> None:
    scene.teams.refuse("update", "ServiceError", status=500)
    with pytest.raises(DeliveryError) as caught:
        await scene.parts.adapter.update(scene.address(), "m1", says("Again"))
    assert (caught.value.uncertain, caught.value.permanent) == (False, False)


async def test_teams_away_is_a_delay(scene: Scene) -> None:
    await scene.parts.adapter.post(scene.address(), says("Hello"), delivery="d1")
    await scene.teams.stop()
    error = await refused(scene)
    assert (error.permanent, error.uncertain) == (False, False)
    await scene.teams.start()


async def test_a_kept_address_that_is_not_teams_gets_no_token(scene: Scene) -> None:
    address = scene.address()
    foreign = Address(
        platform="teams",
        workspace=TENANT,
        conversation="a:ann",
        reference=address.reference.replace("smba.trafficmanager.net", "evil.example"),
    )
    assert (await refused(scene, foreign)).permanent
    assert scene.teams.calls == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error":{"code":"ConversationNotFound","message":"x"}}', "ConversationNotFound"),
        (b'{"errorCode":209,"message":"{\\r\\n \\"subCode\\": \\"MessageWritesBlocked\\"}"}', "MessageWritesBlocked"),
        (b'{"error":{"code":"Forbidden","message":"x"},"subCode":"BotDisabledByAdmin"}', "BotDisabledByAdmin"),
        (b"<html>", ""),
        (b"[]", ""),
        (b'{"error":{"code":"what a person said"}}', ""),
        (b'{"message":"{{{"}', ""),
    ],
)
def test_the_name_of_a_fault_is_found_wherever_teams_puts_it(body: bytes, code: str) -> None:
    assert code_in(body) == code


def test_every_host_of_the_list_is_trusted_over_tls_alone() -> None:
    assert is_trusted(EVERYWHERE)
    for host in HOSTS:
        assert is_trusted(f"https://{host}/emea/0f9d2f4a-7a4e/")
        assert not is_trusted(f"http://{host}/emea/")
        assert not is_trusted(f"https://{host}/emea/", local=True)
    assert is_trusted("http://127.0.0.1:56150/_connector", local=True)
    assert not is_trusted("http://127.0.0.1:56150/_connector")
