"""The app's manifest has the shape of Slack's own types, and names only scopes and events that they know."""

import copy
import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from shapes import Shapes

Manifest = dict[str, Any]
URL = "https://pulse.example.com"


def written(*options: str) -> Manifest:
    """What `cx manifest slack` prints, read from its YAML."""
    printed = subprocess.run([os.environ["CX"], "manifest", "slack", *options], check=True, capture_output=True)
    reading = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin.buffer), sys.stdout)"
    read = subprocess.run([os.environ["PYTHON"], "-c", reading], check=True, capture_output=True, input=printed.stdout)
    return {"type": "manifest", **json.loads(read.stdout)}


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return written("--url", URL)


def test_the_manifest_has_the_shape_of_slacks_types(shapes: Shapes, manifest: Manifest) -> None:
    socket_mode = written("--socket-mode")
    assert socket_mode["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert shapes.faults_of([manifest, socket_mode]) == ""


WRONG: dict[str, Callable[[Manifest], object]] = {
    "a scope that Slack does not know": lambda made: made["oauth_config"]["scopes"]["bot"].append("results:read"),
    "an event that Slack does not know": lambda made: made["settings"]["event_subscriptions"]["bot_events"].append("x"),
    "a setting of ours": lambda made: made["settings"].update(quiet=True),
    "a section of ours": lambda made: made.update(surveys=[]),
    "a command without a description": lambda made: made["features"]["slash_commands"][0].pop("description"),
    "another kind of shortcut": lambda made: made["features"]["shortcuts"][0].update(type="channel"),
    "no name": lambda made: made["display_information"].pop("name"),
}


@pytest.mark.parametrize("spoil", WRONG.values(), ids=WRONG.keys())
def test_the_types_refuse_another_manifest(
    shapes: Shapes, manifest: Manifest, spoil: Callable[[Manifest], object]
) -> None:
    spoiled = copy.deepcopy(manifest)
    spoil(spoiled)
    assert shapes.faults_of([spoiled]) != ""
