"""The manifest asks for what is used and says why; the documentation and the doctor say the same."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from adapters.slack.examination import examine_slack
from adapters.slack.manifest import EVENTS, SCOPES, manifest, missing_scopes
from adapters.slack.parse import FEEDBACK
from tests.unit.adapters.slack.fake_slack import FakeSlack

ROOT = Path(__file__).parents[4]
DOCUMENT = ROOT / "docs" / "slack.md"


DOCUMENTED: Mapping[str, int | type | re.Pattern[str]] = {
    "display_information.name": 35,
    "display_information.description": 140,
    "features.app_home.home_tab_enabled": bool,
    "features.app_home.messages_tab_enabled": bool,
    "features.app_home.messages_tab_read_only_enabled": bool,
    "features.bot_user.display_name": 80,
    "features.bot_user.always_online": bool,
    "features.shortcuts[].name": 24,
    "features.shortcuts[].type": re.compile("message|global"),
    "features.shortcuts[].callback_id": 255,
    "features.shortcuts[].description": 150,
    "features.slash_commands[].command": re.compile("/[a-z0-9_-]{1,31}"),
    "features.slash_commands[].url": re.compile("https://[^ ]+"),
    "features.slash_commands[].description": 2_000,
    "features.slash_commands[].usage_hint": 1_000,
    "features.slash_commands[].should_escape": bool,
    "oauth_config.scopes.bot[]": re.compile("[a-z_]+(:[a-z_.]+)?"),
    "settings.event_subscriptions.request_url": re.compile("https://[^ ]+"),
    "settings.event_subscriptions.bot_events[]": re.compile("[a-z_.]+"),
    "settings.interactivity.is_enabled": bool,
    "settings.interactivity.request_url": re.compile("https://[^ ]+"),
    "settings.org_deploy_enabled": bool,
    "settings.socket_mode_enabled": bool,
    "settings.token_rotation_enabled": bool,
}
"""Of https://docs.slack.dev/reference/app-manifest, what is used here: the most characters, the type, or the form.

Written by hand, and no copy of a schema.
"""
REQUIRED = {
    "display_information.name", "features.bot_user.display_name", "features.shortcuts[].name",
    "features.shortcuts[].callback_id", "features.shortcuts[].description", "features.shortcuts[].type",
    "features.slash_commands[].command", "features.slash_commands[].description", "settings.interactivity.is_enabled",
}  # fmt: skip


def leaves(node: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list):
        for each in node:
            yield from leaves(each, f"{path}[]")
    else:
        yield path, node


@pytest.mark.parametrize("url", ["https://pulse.example.com", ""])
def test_nothing_is_in_the_manifest_that_slack_does_not_document_or_would_find_too_long(url: str) -> None:
    found = list(leaves(yaml.safe_load(manifest(url=url))))
    assert {path for path, _ in found} >= REQUIRED
    for path, value in found:
        match DOCUMENTED[path]:
            case int(most):
                assert isinstance(value, str), path
                assert 0 < len(value) <= most, path
            case re.Pattern() as form:
                assert isinstance(value, str), path
                assert form.fullmatch(value), path
            case kind:
                assert isinstance(value, kind), path


def test_requests_and_interactivity_lead_to_the_one_address() -> None:
    read = yaml.safe_load(manifest(url="https://pulse.example.com/"))
    address = "https://pulse.example.com/slack/events"
    settings = read["settings"]
    assert settings["event_subscriptions"]["request_url"] == address
    assert settings["interactivity"]["request_url"] == address
    [command] = read["features"]["slash_commands"]
    assert (command["url"], command["should_escape"]) == (address, True)
    assert settings["socket_mode_enabled"] is False


def test_socket_mode_needs_no_address() -> None:
    text = manifest()
    assert yaml.safe_load(text)["settings"]["socket_mode_enabled"] is True
    assert "url:" not in text


def test_people_can_write_to_the_bot_and_use_its_shortcut() -> None:
    features = yaml.safe_load(manifest())["features"]
    assert features["app_home"]["messages_tab_enabled"] is True
    assert features["app_home"]["messages_tab_read_only_enabled"] is False
    assert features["shortcuts"][0]["callback_id"] == FEEDBACK


def test_every_scope_has_its_reason_in_the_manifest_and_in_the_documentation() -> None:
    assert yaml.safe_load(manifest())["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    document = DOCUMENT.read_text(encoding="utf-8")
    for scope, why in SCOPES.items():
        assert f"- {scope}  # {why}" in manifest()
        assert f"| `{scope}` | {why} |" in document


NEEDED: Mapping[str, set[str]] = {
    "apps.connections.open": set(),
    "auth.test": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"im:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "files_upload_v2": {"files:write"},
    "users.conversations": {"channels:read", "groups:read"},
    "users.info": {"users:read", "users:read.email"},
    "users.list": {"users:read", "users:read.email"},
    "views.open": set(),
    "views.publish": set(),
    "views.update": set(),
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "channel_left": {"channels:read"},
    "group_left": {"groups:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "message.im": {"im:history"},
}
"""What each method and each event needs where this app uses it: https://docs.slack.dev/reference/scopes."""
CALLED = re.compile(r'"((?:apps|auth|chat|conversations|files|users|views)\.[a-zA-Z.]+)"|\.(files_upload_v2)\(')


def test_no_scope_is_asked_for_that_no_method_event_or_command_needs() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "adapters" / "slack").glob("*.py"))
    called = {one or other for one, other in CALLED.findall(code)}
    assert len(called) > 10
    needed = {scope for name in (*called, *EVENTS) for scope in NEEDED[name]}
    assert set(SCOPES) == needed | {"commands"}


def test_a_missing_scope_is_named() -> None:
    assert missing_scopes([scope for scope in SCOPES if scope != "files:write"]) == ("files:write",)


@pytest.mark.anyio
async def test_the_doctor_names_missing_scopes_and_a_token_that_does_not_work(slack: FakeSlack) -> None:
    connected, scopes = await examine_slack(token="xoxb-1", app_token="", base_url=slack.url)
    assert connected.fine
    assert not scopes.fine
    assert "files:write" in scopes.detail
    slack.refuse("auth.test", "invalid_auth")
    [refused] = await examine_slack(token="xoxb-1", app_token="", base_url=slack.url)
    assert not refused.fine
    assert "invalid_auth" in refused.detail


@pytest.mark.anyio
async def test_the_doctor_finds_nothing_wrong_where_nothing_is_wrong(slack: FakeSlack) -> None:
    slack.scopes = ",".join(SCOPES)
    found = await examine_slack(token="xoxb-1", app_token="xapp-1", base_url=slack.url)
    assert all(each.fine for each in found)
