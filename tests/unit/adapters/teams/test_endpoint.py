"""Who may speak to the bot (threats 2 and 13): every token that is wrong, and every request that is not Teams'."""

import base64
import hashlib
import hmac
import json
import logging
import time
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.teams.http import BODY_LIMIT, TokenCheck
from adapters.teams.keys import KEPT_SECONDS, SigningKeys
from adapters.teams.tokens import Refused, Verified
from bot.messages import Outcome, Reply
from tests.unit.adapters.teams.conftest import Scene, says
from tests.unit.adapters.teams.fake_teams import APP, SERVICE
from tests.unit.adapters.teams.payloads import INVOKES, NAMES, payload
from tests.unit.adapters.teams.signing import claims, private_key, published, signed

pytestmark = pytest.mark.anyio
WORD = "sesame-and-lilies"
NOW = int(time.time())
"""When this file was read, which may be many minutes before a test of it runs."""


def good(**changes: Any) -> dict[str, Any]:
    return claims(app=APP, service=SERVICE) | changes


def tampered() -> str:
    """Signed for another bot, then its payload exchanged."""
    head, _, signature = signed(good(aud="another")).split(".")
    body = base64.urlsafe_b64encode(json.dumps(good()).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


def with_public_key_as_secret() -> str:
    """By hand: the library refuses to make one."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT", "kid": "k1"}, good())]
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    public = private_key("k1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signature = hmac.new(public, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


TOKENS = {
    "none": "",
    "not bearer": f"Basic {signed(good())}",
    "no scheme": signed(good()),
    "bearer alone": "Bearer ",
    "garbage": "Bearer nonsense-and-more",
    "garbage in three parts": "Bearer a.b.c",
    "not ascii": "Bearer e30.é.x",
    "too long": "Bearer " + "x" * 20_000,
    "expired": f"Bearer {signed(good(exp=NOW - 400))}",
    "not yet valid": f"Bearer {signed(good(nbf=NOW + 3_500))}",
    "without an end": f"Bearer {signed(claims(app=APP, service=SERVICE, exp=None))}",
    "an end that is no time": f"Bearer {signed(good(exp=[1]))}",
    "an endless end": f"Bearer {signed(good(exp=float('inf')))}",
    "other key": f"Bearer {signed(good(), key='k2', named='k1')}",
    "unknown key": f"Bearer {signed(good(), key='k2')}",
    "no key named": f"Bearer {jwt.encode(good(), private_key('k1'), algorithm='RS256')}",
    "alg none": f"Bearer {jwt.encode(good(), '', algorithm='none', headers={'kid': 'k1'})}",
    "HS256": f"Bearer {with_public_key_as_secret()}",
    "tampered": f"Bearer {tampered()}",
    "other audience": f"Bearer {signed(good(aud='another'))}",
    "a list of audiences": f"Bearer {signed(good(aud=[APP]))}",
    "other issuer": f"Bearer {signed(good(iss='https://sts.windows.net/evil/'))}",
    "no issuer": f"Bearer {signed(claims(app=APP, service=SERVICE, iss=None))}",
}


@pytest.mark.parametrize("name", TOKENS)
async def test_a_wrong_token_is_refused_does_nothing_and_leaves_no_trace(
    scene: Scene, name: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    body = json.dumps({**payload("message_in_the_personal_chat"), "text": WORD}).encode()
    header = TOKENS[name].encode()
    response = await scene.client.post("/api/messages", content=body, headers={b"authorization": header})
    assert (response.status_code, response.text) == (401, "")
    assert scene.engine.events == []
    assert {call.host for call in scene.teams.calls} <= {"login.botframework.com"}
    printed = capsys.readouterr()
    written = caplog.text + printed.out + printed.err
    assert WORD not in written
    assert not TOKENS[name][7:40] or TOKENS[name][7:40] not in written


FOREIGN: dict[str, dict[str, Any]] = {
    "other service url in the token": {"claims": {"serviceurl": "https://smba.trafficmanager.net/amer/"}},
    "no service url in the token": {"claims": {"serviceurl": None}},
    "other service url in the activity": {"activity": {"serviceUrl": "https://evil.example/"}},
    "missing channel": {"activity": {"channelId": None}},
    "other channel": {"activity": {"channelId": "webchat"}},
    "unendorsed": {"endorsements": ("webchat",)},
    "without endorsements": {"endorsements": ()},
    "other tenant": {"activity": {"channelData": {"tenant": {"id": "ffffffff-0000"}}, "conversation": {"id": "a:1"}}},
    "two tenants": {"activity": {"channelData": {"tenant": {"id": "ffffffff-0000"}}}},
    "no tenant": {"activity": {"channelData": {}, "conversation": {"id": "a:1", "conversationType": "personal"}}},
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_a_good_token_does_not_vouch_for_anything_else(scene: Scene, name: str) -> None:
    case = FOREIGN[name]
    scene.teams.keys = [published("k1", case.get("endorsements", ("msteams",)))]
    activity = {**payload("message_in_the_personal_chat"), **case.get("activity", {})}
    token = signed({k: v for k, v in (good() | case.get("claims", {})).items() if v is not None})
    response = await scene.posts(json.dumps(activity).encode(), authorization=f"Bearer {token}")
    assert (response.status_code, response.text) == (403, "")
    assert scene.engine.events == []
    assert {call.host for call in scene.teams.calls} == {"login.botframework.com"}


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example/smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:8443/emea/",
        "https://smba.trafficmanager.net\\@evil.example/",
        "https://smba.trafficmanager.net/emea/?to=https://evil.example",
        "https://SMBA.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net",
        "http://127.0.0.1:56150/_connector",
        "https://xn--smba-.trafficmanager.net/",
    ],
)
async def test_a_signed_address_that_is_not_teams_is_refused_and_never_called(scene: Scene, address: str) -> None:
    activity = {**payload("message_in_the_personal_chat"), "serviceUrl": address}
    assert (await scene.sends(activity)).status_code == 403
    assert scene.engine.events == []
    assert {call.host for call in scene.teams.calls} == {"login.botframework.com"}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"1", b"null", b"\xff\xfe", b'{"a":', b"[" * 100_000, b'{"a":' * 50_000],
)
async def test_what_is_no_json_object_is_a_bad_request(scene: Scene, body: bytes) -> None:
    assert (await scene.posts(body, authorization=f"Bearer {signed(good())}")).status_code == 400
    assert scene.engine.events == []


@pytest.mark.parametrize("where", [("from", "id"), ("from", "aadObjectId"), ("conversation", "id"), ("text",)])
async def test_half_of_a_surrogate_pair_is_no_text_and_a_bad_request(scene: Scene, where: tuple[str, ...]) -> None:
    activity = payload("message_in_the_personal_chat")
    node = activity
    for name in where[:-1]:
        node = node[name]
    node[where[-1]] = "29:\ud800"
    assert (await scene.sends(activity)).status_code == 400
    assert scene.engine.events == []


async def test_a_whole_surrogate_pair_is_a_character(scene: Scene) -> None:
    assert (await scene.sends({**payload("message_in_the_personal_chat"), "text": "Fine 🙂"})).status_code == 200
    assert len(scene.engine.events) == 1


@pytest.mark.parametrize("kind", [None, 5, "", []])
async def test_what_is_no_activity_is_refused(scene: Scene, kind: object) -> None:
    response = await scene.sends({**payload("message_in_the_personal_chat"), "type": kind})
    assert response.status_code == 400
    assert scene.engine.events == []


@pytest.mark.parametrize("change", [{"from": "x"}, {"conversation": []}, {"recipient": 7}, {"from": {"id": 1}}])
async def test_an_activity_of_nobody_or_nowhere_does_nothing(scene: Scene, change: dict[str, Any]) -> None:
    assert (await scene.sends({**payload("message_in_the_personal_chat"), **change})).status_code == 200
    assert scene.engine.events == []


async def test_a_token_that_was_good_is_refused_once_it_is_over(scene: Scene) -> None:
    now = int(time.time())
    check = TokenCheck(SigningKeys(scene.parts.session), app_id=APP, now=lambda: now)
    headers = {"authorization": f"Bearer {signed(good(exp=now + 3_600))}"}
    assert [type(await check.headers(headers)) for _ in range(2)] == [Verified, Verified]
    now += 4_000
    assert await check.headers(headers) == Refused(status=401, reason="expired")


async def test_a_token_that_was_good_is_refused_once_its_key_is_withdrawn(scene: Scene) -> None:
    now = 0.0
    keys = SigningKeys(scene.parts.session, clock=lambda: now)
    check = TokenCheck(keys, app_id=APP)
    headers = {"authorization": f"Bearer {signed(good())}"}
    assert isinstance(await check.headers(headers), Verified)
    scene.teams.keys = [published("k2")]
    now += KEPT_SECONDS + 1
    assert await check.headers(headers) == Refused(status=401, reason="unknown_key")


async def test_a_body_without_end_is_not_read_to_its_end(scene: Scene) -> None:
    body = b'{"text":"' + b"x" * BODY_LIMIT + b'"}'
    assert (await scene.posts(body, authorization=f"Bearer {signed(good())}")).status_code == 413


async def test_no_body_is_read_for_somebody_without_a_token(scene: Scene) -> None:
    assert (await scene.posts(b"\xff")).status_code == 401


async def test_clocks_five_minutes_apart_are_no_reason_to_refuse(scene: Scene) -> None:
    activity = payload("message_in_the_personal_chat")
    # As it is now: this file may have been read minutes before.
    now = int(time.time())
    assert (await scene.sends(activity, exp=now - 250)).status_code == 200
    assert (await scene.sends({**activity, "id": "2"}, nbf=now + 250)).status_code == 200
    assert len(scene.engine.events) == 2


@pytest.mark.parametrize("name", NAMES)
async def test_every_kind_of_request_is_acknowledged(scene: Scene, name: str) -> None:
    scene.engine.outcome = Outcome(reply=Reply(message=says("Here")))
    response = await scene.sends(payload(name))
    assert response.status_code == 200
    assert bool(response.text) == (name in INVOKES and name != "sign_in_of_nobody")


async def test_what_nobody_has_heard_of_is_acknowledged_too(scene: Scene) -> None:
    for change in ({"type": "somethingNew"}, {"type": "event", "name": "new/event"}, {"type": "trace"}):
        assert (await scene.sends({**payload("typing"), **change})).status_code == 200
    assert scene.engine.events == []


async def test_only_posts_are_served(scene: Scene) -> None:
    assert (await scene.client.get("/api/messages")).status_code == 405


# ── the keys of Microsoft ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_keys_are_fetched_once_for_many_requests(scene: Scene) -> None:
    for _ in range(5):
        await scene.sends(payload("message_in_the_personal_chat"))
    assert (len(scene.teams.of("openid")), len(scene.teams.of("keys"))) == (1, 1)


async def test_many_tokens_with_unknown_keys_cause_no_flood(scene: Scene) -> None:
    await scene.sends(payload("message_in_the_personal_chat"))
    for number in range(5):
        token = signed(good(), key="k2", named=f"made-up-{number}")
        assert (await scene.posts(b"{}", authorization=f"Bearer {token}")).status_code == 401
    assert len(scene.teams.of("keys")) == 1


async def test_while_the_keys_cannot_be_had_a_request_is_to_come_again(scene: Scene) -> None:
    scene.teams.refuse("openid", "down", status=500)
    response = await scene.sends(payload("message_in_the_personal_chat"))
    assert (response.status_code, response.headers["retry-after"]) == (503, "10")
    assert scene.engine.events == []


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/v1/.well-known/keys",
        "http://login.botframework.com/v1/.well-known/keys",
        "https://login.botframework.com@evil.example/v1/.well-known/keys",
        "https://login.botframework.com:8443/v1/.well-known/keys",
        5,
    ],
)
async def test_keys_that_are_said_to_be_elsewhere_are_not_fetched(scene: Scene, where: object) -> None:
    scene.teams.refusals["openid"].append(web.json_response({"jwks_uri": where}))
    response = await scene.sends(payload("message_in_the_personal_chat"))
    assert response.status_code == 503
    assert (scene.engine.events, [call.what for call in scene.teams.calls]) == ([], ["openid"])


@pytest.mark.parametrize("what", ["openid", "keys"])
async def test_keys_are_not_fetched_from_where_an_answer_redirects(scene: Scene, what: str) -> None:
    away = web.Response(status=302, headers={"Location": "https://evil.example/v1/.well-known/keys"})
    scene.teams.refusals[what].append(away)
    assert (await scene.sends(payload("message_in_the_personal_chat"))).status_code == 503
    assert {call.host for call in scene.teams.calls} == {"login.botframework.com"}


async def test_while_the_database_cannot_be_reached_a_request_is_to_come_again(scene: Scene) -> None:
    scene.known.away = True
    for name in ("tap_on_a_scale", "message_in_the_personal_chat"):
        response = await scene.sends(payload(name))
        assert (response.status_code, response.headers["retry-after"]) == (503, "10")


# ── whose company it is ────────────────────────────────────────────────────────────────────────────────────────


async def test_an_administrator_who_writes_first_connects_their_company(scene: Scene) -> None:
    scene.workspaces.tenant, scene.workspaces.admins = None, ("lead@halden.example",)
    assert (await scene.sends(payload("command_in_the_personal_chat"))).status_code == 200
    assert scene.workspaces.tenant == payload("typing")["channelData"]["tenant"]["id"]
    assert (await scene.sends(payload("message_in_the_personal_chat"))).status_code == 200
    assert len(scene.engine.events) == 2


@pytest.mark.parametrize("user", ["29:ann", "29:guest", "29:eve", "29:nobody"])
async def test_nobody_else_connects_a_company(scene: Scene, user: str) -> None:
    """Also not with an administrator's e-mail as a guest, or in a tenant of their own."""
    scene.workspaces.tenant, scene.workspaces.admins = None, ("lead@halden.example",)
    activity = payload("command_in_the_personal_chat")
    activity["from"] = {"id": user, "aadObjectId": f"aaaaaaaa-{user}"}
    assert (await scene.sends(activity)).status_code == 403
    assert scene.workspaces.tenant is None
    assert scene.engine.events == []
