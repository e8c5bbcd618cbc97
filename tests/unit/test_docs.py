"""The documentation is true: its links lead somewhere, and what it names exists."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from bot.settings import variables

ROOT = Path(__file__).parents[2]
DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
PATH = re.compile(r"`((?:bot|adapters|surveys|storage|tests|docs|\.ci)/[A-Za-z0-9_./-]+)`")
TARGET = re.compile(r"^([a-z0-9]+):.*?## ", re.MULTILINE)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def section(heading: str) -> str:
    """A section of the page for contributors."""
    return read("CONTRIBUTING.md").partition(f"## {heading}\n")[2].partition("\n## ")[0]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    for path in PATH.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_and_setting_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(TARGET.findall(read("Makefile")))
    assert set(re.findall(r"`make ([a-z0-9]+)", text)) <= targets
    known = {*variables(), "CX_TEST_POSTGRES_URL"}
    assert set(re.findall(r"\b(?:CX|SLACK|TEAMS)_[A-Z_]*[A-Z]\b", text)) <= known


def test_every_make_target_is_explained_to_contributors() -> None:
    explained = set(re.findall(r"^\| `make ([a-z0-9]+)`", read("CONTRIBUTING.md"), re.MULTILINE))
    assert explained == set(TARGET.findall(read("Makefile"))) - {"help"}


def test_contributors_are_told_how_to_add_a_question_type_a_command_and_a_platform() -> None:
    for heading in ("Add a question type", "Add a command", "Add a platform"):
        assert len(PATH.findall(section(heading))) >= 3, heading


@pytest.mark.parametrize(
    ("heading", "kind", "family"),
    [("Add a question type", "ChoiceQuestion", ""), ("Add a command", "GrantCommand", "access")],
)
def test_the_list_for_an_addition_names_every_file_that_knows_one_of_the_kind(
    heading: str, kind: str, family: str
) -> None:
    rooms = (ROOT / room for room in ("bot", "adapters", "surveys", "storage"))
    knowing = [path for room in rooms for path in room.rglob("*.py") if kind in path.read_text(encoding="utf-8")]
    assert knowing
    for path in knowing:
        named = path.with_stem("<family>") if path.stem == family else path
        assert f"`{named.relative_to(ROOT)}`" in section(heading)


@pytest.mark.parametrize("page", sorted(DECISIONS.glob("0*.md")), ids=lambda page: page.stem)
def test_a_decision_says_what_was_rejected_and_is_in_the_list(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    number = page.name[:4]
    assert text.startswith(f"# {number} ")
    for part in ("**Decision.**", "**Why.**", "**Rejected"):
        assert part in text, part
    assert f"[{number}]({page.name})" in (DECISIONS / "README.md").read_text(encoding="utf-8")


def test_the_changelog_begins_with_what_is_not_released_or_with_this_version() -> None:
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    first = re.search(r"^## \[(.+?)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert first is not None
    assert first[1] in ("Unreleased", version)


def test_the_lock_holds_hashes_and_no_address() -> None:
    lock = read("requirements.lock")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:", lock)
    pinned = re.findall(r"^[A-Za-z0-9][^\n]*==[^\n]*(?:\n {4}--hash=sha256:[0-9a-f]{64}[^\n]*)+", lock, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[A-Za-z0-9]", lock, re.MULTILINE))


def test_every_direct_dependency_is_in_the_lock() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=~!; ]", requirement)[0].lower() for requirement in wanted}
    assert names <= set(re.findall(r"^([a-z0-9._-]+)==", read("requirements.lock"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_yaml_in_the_documentation_can_be_read(page: Path) -> None:
    for block in re.findall(r"```ya?ml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        assert yaml.safe_load(block) is not None
