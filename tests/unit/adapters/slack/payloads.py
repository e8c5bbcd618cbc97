"""Requests in the shapes that Slack documents (docs.slack.dev), one file each in tests/payloads/slack."""

import json
from pathlib import Path
from typing import Any

from adapters.slack.heard import Installation

FOLDER = Path(__file__).parents[3] / "payloads" / "slack"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
HERE = Installation(team="T0HALDEN", enterprise="", bot_user="U0BOT", bot_id="B0CX", name="Halden Systems")


def payload(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read
