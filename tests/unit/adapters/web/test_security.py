"""Threat 8: nobody acts here from a page elsewhere or through another name, and nothing changes by looking."""

import pytest

from adapters.web.security import loopback_hosts
from bot.events import CommandInvoked
from bot.messages import Message
from tests.unit.adapters.web.conftest import ORIGIN, Workplace

SAID = {"text": "/cx help", "event_id": "5f0c9b3e-6a3f-4a53-9d43-0d4b0f0f7a11"}
PAGES = ["/", "/as/marta", "/as/hanna/channel/cx-weekly", "/as/marta/messages", "/static/base.css", "/nothing"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:9999", "localhost.evil.example:8080", ""])
def test_another_name_for_this_address_is_refused(workplace: Workplace, path: str, host: str) -> None:
    assert workplace.browser.get(path, host=host).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"])
def test_every_name_of_this_computer_is_served(workplace: Workplace, host: str) -> None:
    assert workplace.bare.get("/", host=host).status_code == 200


def test_port_80_needs_no_number() -> None:
    assert {"localhost", "localhost:80"} <= loopback_hosts(80)
    assert "localhost" not in loopback_hosts(8080)


POSTS = ["/as/hanna/message", "/as/hanna/action", "/as/hanna/channel/support/message", "/demo/clock"]
FOREIGN = [
    {"origin": "http://evil.example"},
    {"origin": "http://evil.example:8080", "sec_fetch_site": "same-origin"},
    {"origin": "http://localhost:8080"},
    {"origin": "https://127.0.0.1:8080"},
    {"origin": "null"},
    {"origin": "null", "sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "none"},
    {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate"},
    {},
]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_elsewhere_changes_nothing(workplace: Workplace, path: str, headers: dict[str, str]) -> None:
    before = workplace.clock.now()
    answer = workplace.bare.post(path, {**SAID, "preset": "1d"}, **headers)
    assert answer.status_code == 403
    assert workplace.engine.events == []
    assert workplace.log.messages == []
    assert workplace.clock.now() == before


@pytest.mark.parametrize(
    "headers",
    [{"origin": ORIGIN}, {"sec_fetch_site": "same-origin"}, {"origin": "null", "sec_fetch_site": "same-origin"}],
)
def test_the_workspaces_own_page_acts(workplace: Workplace, headers: dict[str, str]) -> None:
    workplace.bare.post("/as/hanna/message", SAID, **headers)
    (event,) = workplace.engine.events
    assert isinstance(event, CommandInvoked)


@pytest.mark.parametrize("path", ["/as/hanna/events", "/as/hanna/channel/support/events"])
@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_elsewhere_hears_nothing(workplace: Workplace, path: str, headers: dict[str, str]) -> None:
    answer = workplace.bare.get(path, **headers)
    assert answer.status_code == 403
    assert workplace.parts.live.listeners == 0


@pytest.mark.parametrize("headers", [{"origin": ORIGIN}, {"sec_fetch_site": "same-origin"}])
def test_the_workspaces_own_page_hears(workplace: Workplace, headers: dict[str, str]) -> None:
    workplace.parts.live.end()
    answer = workplace.bare.get("/as/hanna/events", **headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_page_elsewhere_embeds_nothing_but_may_link_here(workplace: Workplace) -> None:
    embedded = workplace.bare.get("/as/hanna", sec_fetch_site="cross-site", sec_fetch_mode="no-cors")
    linked = workplace.bare.get("/as/hanna", sec_fetch_site="cross-site", sec_fetch_mode="navigate")
    assert (embedded.status_code, linked.status_code) == (403, 200)


@pytest.mark.parametrize("path", [*PAGES, "/as/nobody"])
def test_every_answer_carries_the_security_headers(workplace: Workplace, path: str) -> None:
    headers = workplace.browser.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_also_a_refusal_and_a_failure_carry_them(workplace: Workplace) -> None:
    workplace.engine.trouble = RuntimeError("no")
    for answer in (workplace.bare.get("/", host="evil"), workplace.write("/as/hanna", "/cx help")):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/as/marta", "/as/hanna/channel/cx-weekly"])
def test_no_page_has_a_script_or_style_inside_or_anything_from_elsewhere(workplace: Workplace, path: str) -> None:
    workplace.post("dm:marta", Message(summary="Hello"))
    page = workplace.browser.get(path).text
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<script>" not in page
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "path",
    [*PAGES, "/?q=marta", "/demo/clock", "/demo/clock?preset=1d", "/as/marta/action", "/as/marta/message?text=9"],
)
def test_looking_changes_nothing(workplace: Workplace, method: str, path: str) -> None:
    reference = workplace.post("dm:marta", Message(summary="Hello"))
    kept, moment = list(workplace.log.messages), workplace.clock.now()
    for _ in range(3):
        workplace.browser.request(method, path, headers={})
        workplace.browser.request(method, f"/as/marta/message/{reference}/chart/0.png", headers={})
    assert workplace.log.messages == kept
    assert workplace.clock.now() == moment
    assert workplace.engine.events == []


def test_a_large_body_is_refused_before_it_is_read(workplace: Workplace) -> None:
    answer = workplace.write("/as/marta", "x" * 70_000)
    assert answer.status_code == 413
    assert workplace.engine.events == []


def test_a_body_that_hides_its_size_is_refused_too(workplace: Workplace) -> None:
    form = {"content-type": "application/x-www-form-urlencoded", "transfer-encoding": "chunked", "content-length": "5"}
    answer = workplace.browser.request(
        "POST", "/as/marta/message", headers=form, content=b"text=" + b"x" * 70_000
    )  # fmt: skip
    assert answer.status_code == 413
    assert workplace.engine.events == []


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_only_forms_are_read(workplace: Workplace, kind: str) -> None:
    answer = workplace.browser.request(
        "POST", "/as/marta/message", headers={"content-type": kind}, content=b'{"text":"9"}'
    )
    assert answer.status_code == 415
    assert workplace.engine.events == []
