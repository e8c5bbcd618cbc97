"""Threat 1: what Slack did not sign just now is refused before anything reads it."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.verify import BODY_LIMIT, Accepted, CertificateCheck, Refused, examine, signature_of

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # Slack's own example
NOW = 1_783_321_200
BODY = b'{"type":"event_callback","event":{"text":"hello"}}'


def headers(
    body: bytes = BODY, *, at: str = str(NOW), secret: str = SECRET, kind: str = "application/json", **more: str
) -> dict[str, str]:
    signed = {"x-slack-signature": signature_of(body, at, secret), "x-slack-request-timestamp": at}
    return {**signed, "content-type": kind, **{name.replace("_", "-"): value for name, value in more.items()}}


def seen(body: bytes = BODY, given_: dict[str, str] | None = None) -> object:
    return examine(body, given_ if given_ is not None else headers(body), secret=SECRET, now=NOW)


def test_the_signature_is_the_one_of_slacks_documentation() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    assert signature_of(body, "1531420618", SECRET) == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


def test_a_request_signed_just_now_is_accepted() -> None:
    assert seen() == Accepted(body=BODY.decode(), signature=headers()["x-slack-signature"])


@pytest.mark.parametrize(
    "given_",
    [
        {},
        headers(secret="another secret"),
        headers(b'{"type":"tampered"}'),
        headers(x_slack_signature=""),
        headers(x_slack_request_timestamp=""),
        headers(x_slack_signature=headers()["x-slack-signature"].replace("v0=", "v1=")),
        headers(x_slack_signature=headers()["x-slack-signature"].removeprefix("v0=")),
        headers(x_slack_signature=headers()["x-slack-signature"][:-1]),
        headers(x_slack_signature="v0=тест"),
        headers(x_slack_signature="v0=\x00\xff"),
        headers(at=str(NOW - 301)),
        headers(at=str(NOW + 301)),
        headers(at=f"{NOW}.5"),
        headers(at="soon"),
        headers(at=f"-{NOW}"),
        headers(at=f" {NOW}"),
        headers(at="１７８３３２１２００"),
        headers(at="9" * 400),
    ],
)
def test_what_is_wrongly_signed_old_or_from_the_future_is_refused(given_: dict[str, str]) -> None:
    verdict = seen(BODY, given_)
    assert isinstance(verdict, Refused)
    assert verdict.status == 401
    assert "hello" not in verdict.reason


@pytest.mark.parametrize("at", [NOW - 299, NOW + 299])
def test_clocks_a_little_less_than_five_minutes_apart_still_understand_each_other(at: int) -> None:
    assert isinstance(seen(BODY, headers(at=str(at))), Accepted)


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"1", "application/json"),
        (b'"text"', "application/json"),
        (b"{", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"a":' * 100_000, "application/json"),
        (b"\xff\xfe{}", "application/json"),
        (b"payload=", FORM),
        (b"payload=1", FORM),
        (b"payload=[]", FORM),
        (b"payload=%7B", FORM),
        (b"payload=null", FORM),
        (b"nothing=here", FORM),
        (b"command=", FORM),
        (b"hello", "text/plain"),
    ],
)
def test_what_is_signed_and_is_no_object_is_a_bad_request(body: bytes, kind: str) -> None:
    verdict = seen(body, headers(body, kind=kind))
    assert isinstance(verdict, Refused)
    assert verdict.status == 400


def test_a_body_that_is_too_large_is_not_looked_at() -> None:
    body = b"x" * (BODY_LIMIT + 1)
    verdict = seen(body, headers(body))
    assert isinstance(verdict, Refused)
    assert verdict.status == 413


def test_a_command_that_speaks_of_a_payload_is_kept_whole() -> None:
    body = urlencode({"command": "/cx", "text": "feedback the payload was lost"}).encode()
    verdict = seen(body, headers(body, kind=FORM))
    assert isinstance(verdict, Accepted)
    assert json.loads(verdict.body)["text"] == "feedback the payload was lost"


def test_slacks_look_at_the_certificate_needs_no_signature() -> None:
    assert seen(b"ssl_check=1&token=x", {}) == CertificateCheck()


def test_a_certificate_check_carries_nothing_past_the_signature() -> None:
    assert isinstance(seen(b"command=%2Fcx&text=nps&ssl_check=0", {}), Refused)


@given(st.binary(max_size=300), st.dictionaries(st.sampled_from(sorted(headers())), st.text(max_size=90)))
def test_nothing_unsigned_is_ever_accepted_and_nothing_raises(body: bytes, given_: dict[str, str]) -> None:
    assert not isinstance(seen(body, given_), Accepted)
