"""The app package: Teams takes it as it is, it asks for what is used, and its commands can be typed."""

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import vl_convert
from jsonschema import Draft4Validator

from adapters.teams.manifest import ICONS, NOT_ASKED, PERMISSIONS, SCOPES, manifest, package
from bot.cli.manifest import ALONE, LISTED, teams_commands
from bot.commands.advice import Advice
from bot.commands.grammar import parse

SCHEMA = Path(__file__).parents[3] / "schemas" / "teams-manifest-1.19.json"
APP = "11111111-2222-3333-4444-555555555555"
ADDRESS = "https://pulse.example.com"
COMMANDS = {scope: teams_commands(LISTED) for scope in SCOPES}


def written(**more: Any) -> Any:
    given = {"app_id": APP, "company": "Halden Systems", "url": ADDRESS, "commands": COMMANDS, **more}
    return manifest(**given)


def cx(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "manifest", "teams", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(Path(__file__).parents[4]), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_manifest_is_one_by_the_official_schema() -> None:
    validator = Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    long_name = "A company whose name is far longer than thirty-two letters"
    variants: Sequence[dict[str, Any]] = ({}, {"company": long_name}, {"commands": {}})
    for more in variants:
        assert [error.message for error in validator.iter_errors(json.loads(json.dumps(written(**more))))] == []


def test_the_bot_can_be_added_for_oneself_to_a_team_and_to_a_group_chat() -> None:
    [bot] = written()["bots"]
    assert bot["botId"] == APP
    assert bot["scopes"] == ["personal", "team", "groupChat"]
    assert written()["validDomains"] == ["pulse.example.com"]


def test_every_command_of_the_lists_can_be_typed_as_it_stands() -> None:
    lists = written()["bots"][0]["commandLists"]
    assert [each["scopes"] for each in lists] == [["personal"], ["team"], ["groupChat"]]
    for each in lists:
        assert 1 <= len(each["commands"]) <= 10
        for command in each["commands"]:
            assert not isinstance(parse(command["title"]), Advice), command["title"]
            assert command["description"]


def test_every_subject_of_the_list_fits_into_it() -> None:
    assert len(written()["bots"][0]["commandLists"][0]["commands"]) == len(LISTED)
    assert set(LISTED) >= ALONE


def test_nothing_is_asked_for_that_is_not_used() -> None:
    asked = written()
    assert asked["permissions"] == list(PERMISSIONS)
    assert all(PERMISSIONS.values())
    for part in ("authorization", "webApplicationInfo", "supportedChannelTypes", "devicePermissions"):
        assert part not in asked
    assert not any(name in json.dumps(asked) for name in NOT_ASKED)


def test_the_package_holds_the_manifest_and_both_icons_and_is_the_same_every_time() -> None:
    first = package(app_id=APP, company="Halden", url=ADDRESS, commands=COMMANDS)
    assert first == package(app_id=APP, company="Halden", url=ADDRESS, commands=COMMANDS)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["manifest.json", "color.png", "outline.png"]
        icons = json.loads(archive.read("manifest.json"))["icons"]
        assert {archive.read(icons[kind])[:8] for kind in ("color", "outline")} == {b"\x89PNG\r\n\x1a\n"}


@pytest.mark.parametrize(("name", "side"), [("color", 192), ("outline", 32)])
def test_an_icon_has_the_size_that_teams_wants_and_is_its_drawing(name: str, side: int) -> None:
    picture = (ICONS / f"{name}.png").read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (side, side)
    drawing = (ICONS / f"{name}.svg").read_text(encoding="utf-8")
    assert struct.unpack(">II", vl_convert.svg_to_png(drawing, scale=1, ppi=72)[16:24]) == (side, side)


def test_the_outline_is_white_on_nothing() -> None:
    drawing = (ICONS / "outline.svg").read_text(encoding="utf-8")
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawing)) == {"none", "#fff"}


def test_the_command_writes_a_package_that_can_be_uploaded(tmp_path: Path) -> None:
    done = cx(tmp_path, "--app-id", APP, "--url", ADDRESS, "--out", "cx-pulse-teams.zip", CX_COMPANY="Halden Systems")
    assert (done.returncode, done.stderr) == (0, "")
    assert "cx-pulse-teams.zip" in done.stdout
    with zipfile.ZipFile(tmp_path / "cx-pulse-teams.zip") as archive:
        node = json.loads(archive.read("manifest.json"))
    assert (node["id"], node["developer"]["name"]) == (APP, "Halden Systems")
    assert [len(each["commands"]) for each in node["bots"][0]["commandLists"]] == [10, 9, 9]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--url", ADDRESS], "--app-id"),
        (["--app-id", "not-a-guid", "--url", ADDRESS], "--app-id"),
        (["--app-id", APP], "CX_PUBLIC_URL"),
        (["--app-id", APP, "--url", "http://pulse.example.com"], "https://"),
        (["--app-id", APP, "--url", ADDRESS, "--privacy-url", "javascript:alert(1)"], "https://"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_written(tmp_path: Path, arguments: list[str], named: str) -> None:
    refused = cx(tmp_path, *arguments, "--out", "x.zip")
    assert refused.returncode == 1
    assert named in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    refused = cx(tmp_path, "--app-id", APP, "--url", ADDRESS, "--out", "nowhere/x.zip")
    assert refused.returncode == 1
    assert "nowhere/x.zip cannot be written" in refused.stderr
