"""An import that is killed with SIGKILL counts whole or not at all, is undone by a start and taken up by its file."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EVERY = 13
"""A kill before every so many statements: a prime number, so that it falls on another step of each chunk."""


@pytest.fixture(scope="module")
def kills(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What was found after each kill; the first entry was not killed."""
    folder = tmp_path_factory.mktemp("killed")
    shutil.copy(migrated_file, folder / "template.db")
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.importing.killed_import", str(folder), str(EVERY)],
        capture_output=True,
        text=True,
        env=dict(os.environ),
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def test_most_kills_hit_the_import_while_it_was_running(kills: list[dict[str, Any]]) -> None:
    assert [kill["status"] for kill in kills[1:]] == [-9] * (len(kills) - 1)
    assert len(kills) > 10


def test_right_after_a_kill_everything_counts_or_nothing(kills: list[dict[str, Any]]) -> None:
    whole, nothing = kills[0]["seen"], kills[1]["seen"]
    assert whole["scores"] != nothing["scores"]
    for kill in kills[1:]:
        seen = {key: value for key, value in kill["seen"].items() if key not in ("hidden", "contacts")}
        assert seen in ({key: side[key] for key in seen} for side in (whole, nothing)), kill["number"]
        assert kill["seen"]["contacts"] in (nothing["contacts"], whole["contacts"]) or seen["scores"] == whole["scores"]


def test_the_next_start_leaves_everything_or_nothing_and_nothing_hidden(kills: list[dict[str, Any]]) -> None:
    whole, nothing = kills[0]["seen"], kills[1]["seen"]
    for kill in kills[1:]:
        assert kill["started"] in (whole, nothing), kill["number"]
    assert {json.dumps(kill["started"]) for kill in kills} == {json.dumps(whole), json.dumps(nothing)}


def test_the_same_file_again_brings_the_import_to_its_end_whenever_it_was_killed(kills: list[dict[str, Any]]) -> None:
    for kill in kills[1:]:
        assert kill["resumed"] == kills[0]["seen"], kill["number"]
