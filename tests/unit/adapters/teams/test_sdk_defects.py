"""Seven faults of botbuilder-core 4.17.1, each shown as it is in the plain SDK, and that it is not in ours.

The first half of each test fails when the SDK is repaired: then the handling can go (docs/decisions/0014).
"""

import asyncio
import inspect
import json
import time
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from botbuilder.core import ActivityHandler  # type: ignore[import-untyped]
from botbuilder.schema import Activity, AdaptiveCardInvokeResponse  # type: ignore[import-untyped]
from botframework.connector.auth import (  # type: ignore[import-untyped]
    BotFrameworkAuthenticationFactory,
    EndorsementsValidator,
    MicrosoftAppCredentials,
    PasswordServiceClientCredentialFactory,
)
from botframework.connector.auth.jwt_token_extractor import _OpenIdMetadata  # type: ignore[import-untyped]

from adapters.teams.app import connect
from adapters.teams.keys import AGAIN_SECONDS, SigningKeys
from bot.messages import Audience, Outcome, Reply
from surveys.errors import Refused
from tests.unit.adapters.teams.conftest import FakeCharts, Scene, says
from tests.unit.adapters.teams.fake_teams import APP, SERVICE, FakeTeams
from tests.unit.adapters.teams.payloads import payload
from tests.unit.adapters.teams.signing import claims, published, signed

pytestmark = pytest.mark.anyio


def plain_sdk(app_id: str = APP) -> Any:
    factory = PasswordServiceClientCredentialFactory(app_id, "the secret")
    return BotFrameworkAuthenticationFactory.create(credential_factory=factory)


async def test_1_an_answer_with_a_body_is_serialised_once(scene: Scene) -> None:
    """Plain: the handler makes a dict of it, and whoever writes the response serialises that again, which is a 500."""
    body = AdaptiveCardInvokeResponse(status_code=200, type="card", value={"type": "AdaptiveCard"})
    made = ActivityHandler._create_invoke_response(body)
    assert isinstance(made.body, dict)
    with pytest.raises(AttributeError):
        ActivityHandler._create_invoke_response(made.body)
    scene.engine.outcome = Outcome(reply=Reply(message=says("You answered 9"), audience=Audience.IN_PLACE))
    response = await scene.sends(payload("tap_on_a_scale"))
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json()["value"]["type"] == "AdaptiveCard"


async def test_2_the_action_of_a_tap_is_read_as_the_dict_that_it_is(scene: Scene) -> None:
    """Plain: `invoke_value.action` is said to be an AdaptiveCardInvokeAction and is a dict, so that `.data` raises."""
    value = ActivityHandler()._get_adaptive_card_invoke_value(Activity.deserialize(payload("tap_on_a_scale")))
    with pytest.raises(AttributeError):
        _ = value.action.data
    await scene.sends(payload("tap_on_a_scale"))
    [event] = scene.engine.events
    assert str(getattr(event, "action", None)) == "Answer(invitation='inv', question='recommend', value='9')"


async def test_3_many_messages_at_once_cost_one_token_and_hold_nobody_up(scene: Scene) -> None:
    """Plain: credentials are made anew for each turn, and get their token by a call that blocks the event loop."""
    factory = PasswordServiceClientCredentialFactory(APP, "the secret")
    arguments = (APP, "https://api.botframework.com", "https://login.microsoftonline.com/botframework.com", True)
    assert await factory.create_credentials(*arguments) is not await factory.create_credentials(*arguments)
    assert not inspect.iscoroutinefunction(MicrosoftAppCredentials.get_access_token)

    scene.teams.hold["token"] = asyncio.Event()
    adapter = scene.parts.adapter
    posts = [asyncio.ensure_future(adapter.post(scene.address(), says("Hi"), delivery=str(n))) for n in range(5)]
    await scene.teams.until("token")
    # The loop is free while the sign-in takes its time: a request is answered meanwhile.
    assert (await scene.sends(payload("typing"))).status_code == 200
    scene.teams.hold["token"].set()
    await asyncio.gather(*posts)
    await adapter.post(scene.address(), says("Hi"), delivery="6")
    assert (len(scene.teams.of("token")), len(scene.teams.of("send"))) == (1, 6)


async def test_4_a_new_key_is_fetched_when_a_token_names_it(teams: FakeTeams) -> None:
    """Plain: an unknown key raises before the refresh, which would be a blocking call without a time limit."""
    plain = _OpenIdMetadata("https://login.botframework.com/v1/.well-known/openidconfiguration")
    plain.keys, plain.last_updated = [published("k1")], datetime.now() - timedelta(hours=2)  # noqa: DTZ005
    with pytest.raises(IndexError):
        await plain.get("k2")
    assert "requests.get" in inspect.getsource(_OpenIdMetadata._refresh)

    now = 0.0
    async with teams.session() as session:
        keys = SigningKeys(session, clock=lambda: now)
        assert await keys.key("k1") is not None
        teams.keys = [published("k2")]
        assert await keys.key("k2") is None, "so soon after the last look, nobody is asked"
        now = AGAIN_SECONDS + 1
        assert await keys.key("k2") is not None
        assert await keys.key("k1") is None, "what was withdrawn is not trusted any more"
    assert len(teams.of("keys")) == 2


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "expired", "unknown issuer"])
async def test_5_a_bad_token_is_a_401(scene: Scene, token: str) -> None:
    """Plain: it raises what only a PermissionError may be, and the answer is a 500."""
    given = claims(app=APP, service=SERVICE)
    tokens = {
        "expired": signed(given | {"exp": int(time.time()) - 900}),
        "unknown issuer": signed(given | {"iss": "https://evil.example"}),
    }
    header = f"Bearer {tokens.get(token, token)}"
    activity = Activity.deserialize(payload("message_in_the_personal_chat"))
    if token in ("garbage", "a.b.c"):
        with pytest.raises(jwt.DecodeError):
            await plain_sdk().authenticate_request(activity, header)
    body = json.dumps(payload("message_in_the_personal_chat")).encode()
    assert (await scene.posts(body, authorization=header)).status_code == 401
    assert scene.engine.events == []


async def test_5_without_a_channel_nothing_is_endorsed(scene: Scene) -> None:
    """Plain: a missing `channelId` passes the check of endorsements."""
    assert EndorsementsValidator.validate(None, [])
    activity = {name: value for name, value in payload("tap_on_a_scale").items() if name != "channelId"}
    assert (await scene.sends(activity)).status_code == 403
    assert scene.engine.events == []


async def test_6_an_answer_in_words_is_text(scene: Scene) -> None:
    """Plain: `AdaptiveCardInvokeResponse.value` takes an object only, and raises for the words that the schema has."""
    words = AdaptiveCardInvokeResponse(status_code=200, type="application/vnd.microsoft.activity.message", value="Hi")
    with pytest.raises(Exception, match="cannot be serialized"):
        ActivityHandler._create_invoke_response(words)
    answer = (await scene.sends(payload("tap_on_a_scale"))).json()
    assert answer["type"] == "application/vnd.microsoft.activity.message"
    assert isinstance(answer["value"], str)


async def test_7_without_an_app_nothing_starts_where_others_can_reach_it() -> None:
    """Plain: with no app id every request is taken for a true one."""
    forged = Activity.deserialize(payload("message_in_the_personal_chat"))
    believed = await plain_sdk(app_id="").authenticate_request(forged, None)
    assert believed.claims_identity.is_authenticated
    for host in ("0.0.0.0", "::", "192.168.1.7", "cx.example"):
        with pytest.raises(Refused, match="CX_TEAMS_LOCAL"):
            connect(None, host=host, charts=FakeCharts())
