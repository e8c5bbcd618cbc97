"""`kill -9` between any two steps: nobody is asked twice, no answer is lost, none is counted twice."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = "24"
"""Points of the story, evenly spread, in an ordinary run; without this argument the program tries every statement."""
EVERYTHING = {
    "asked": {"olena": 1, "marta": 1, "jonas": 1},
    "summaries": 1,
    "scores": {"9": 2},
    "people": 2,
    "comments": 1,
}


@pytest.fixture(scope="module")
def left(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What was left after a kill before each statement of the story."""
    file = tmp_path_factory.mktemp("killing") / "template" / "cx.db"
    file.parent.mkdir()
    shutil.copy(migrated_file, file)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.integration.engine.killing", str(file), KILLS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2_000:]
    found: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_the_story_without_a_kill_asks_three_people_and_counts_two_answers(left: dict[str, object]) -> None:
    assert left["undisturbed"] == EVERYTHING


def test_killed_before_any_statement_and_started_again_everything_is_there_once(left: dict[str, object]) -> None:
    killed = left["killed"]
    assert isinstance(killed, dict)
    assert len(killed) == int(KILLS)
    wrong = {number: each for number, each in killed.items() if each["left"] != EVERYTHING}
    assert wrong == {}


def test_every_kill_was_a_kill(left: dict[str, object]) -> None:
    killed = left["killed"]
    assert isinstance(killed, dict)
    survived = [number for number, each in killed.items() if not each["killed"]]
    assert survived == []
