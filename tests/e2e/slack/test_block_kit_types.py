"""Whatever the bot can say has the shape of Slack's own types, to the last property. (Limits: the unit tests.)"""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from shapes import Shapes

ROOT = Path(__file__).parents[3]
AT_LEAST = 2_000


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def a_button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": "a", "text": plain("9"), "value": "v", **more}


def a_message(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "text": "In one line", "blocks": list(blocks)}


RIGHT = a_message({"type": "actions", "elements": [a_button(style="primary")]}, {"type": "divider"})
WRONG = {
    "a property of ours": a_message({"type": "section", "text": plain("x"), "tone": "muted"}),
    "a style of ours": a_message({"type": "actions", "elements": [a_button(style="warning")]}),
    "formatted text on a button": a_message(
        {"type": "actions", "elements": [a_button(text={"type": "mrkdwn", "text": "x"})]}
    ),
    "a block of ours": a_message({"type": "scale", "low": 0, "high": 10}),
    "a button where a text belongs": a_message({"type": "header", "text": a_button()}),
    "a modal without a title": {"type": "modal", "blocks": []},
}


def test_every_view_with_every_text_has_the_shape_of_slacks_types(shapes: Shapes, tmp_path: Path) -> None:
    everything = tmp_path / "everything.jsonl"
    with everything.open("wb") as written:
        subprocess.run(
            [os.environ["PYTHON"], "-m", "tests.every_view"],
            cwd=ROOT,
            check=True,
            stdout=written,
            timeout=300,
        )
    with everything.open("rb") as lines:
        assert sum(1 for _ in lines) > AT_LEAST
    assert shapes.faults_in(everything) == ""


def test_the_types_accept_what_is_right(shapes: Shapes) -> None:
    assert shapes.faults_of([RIGHT]) == ""


@pytest.mark.parametrize("node", WRONG.values(), ids=WRONG.keys())
def test_the_types_refuse_what_slack_would(shapes: Shapes, node: dict[str, Any]) -> None:
    assert shapes.faults_of([node]) != ""
