"""`cx import` as an operator meets it: exit codes, what goes where, and a file that somebody else's program wrote."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

CODE = "from bot.cli import main; main()"
PAST = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database after `cx migrate`, to be copied."""
    folder = tmp_path_factory.mktemp("ready")
    assert cx(folder, "migrate").returncode == 0
    return folder / "cx.db"


@pytest.fixture
def folder(ready: Path, tmp_path: Path) -> Path:
    (tmp_path / "cx.db").write_bytes(ready.read_bytes())
    return tmp_path


def cx(folder: Path, *arguments: str, code: str = CODE) -> subprocess.CompletedProcess[str]:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CX_")},
        "CX_DATABASE_URL": f"sqlite:///{folder / 'cx.db'}",
        "CX_TIMEZONE": "Europe/Warsaw",
        "CX_COMPANY": "Halden Systems",
        "PYTHONPATH": os.getcwd(),
    }
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=env, cwd=folder, check=False
    )


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def asked(folder: Path, query: str) -> dict[str, object]:
    done = cx(folder, "ask", query, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


GOOD = "survey,answered_at,score\nnps,2026-03-01T10:00:00Z,9\n"
BAD = GOOD + "nps,2026-03-01T10:00:00Z,11\nnps,2026-03-01,7\n"


def test_a_good_file_is_imported_and_asked_about(folder: Path) -> None:
    done = cx(folder, "import", "responses", write(folder, "a.csv", GOOD))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Imported 1 response: 1 new" in done.stdout
    assert asked(folder, "nps all")["n"] == 1


def test_bad_rows_go_to_stderr_by_file_and_line_and_nothing_comes_in(folder: Path) -> None:
    done = cx(folder, "import", "responses", write(folder, "a.csv", BAD))
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "a.csv:3: score 11 is outside 0 to 10"
    assert lines[1].startswith("a.csv:4: answered_at “2026-03-01” has no offset")
    assert lines[2] == "2 rows do not fit, so nothing was imported. Correct the file, or add --skip-bad."
    assert asked(folder, "nps all")["n"] == 0


def test_bad_rows_may_be_left_out(folder: Path) -> None:
    done = cx(folder, "import", "responses", write(folder, "a.csv", BAD), "--skip-bad")
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 2
    assert asked(folder, "nps all")["n"] == 1


def test_into_a_pipe_goes_every_bad_row_however_many(folder: Path) -> None:
    text = "survey,answered_at,score\n" + "nps,2026-03-01T10:00:00Z,11\n" * 300
    done = cx(folder, "import", "responses", write(folder, "a.csv", text))
    assert sum(line.startswith("a.csv:") for line in done.stderr.splitlines()) == 300


def test_a_dry_run_with_bad_rows_fails_like_the_import_would(folder: Path) -> None:
    assert cx(folder, "import", "responses", write(folder, "a.csv", BAD), "--dry-run").returncode == 1
    assert cx(folder, "import", "responses", write(folder, "b.csv", GOOD), "--dry-run").returncode == 0
    assert asked(folder, "nps all")["n"] == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n".encode("utf-16"), "a.csv:1: the file is UTF-16. Save the file as “CSV UTF-8” and import it again."),
        (b"", "a.csv:1: the file is empty."),
        (GOOD.replace(",", ";").encode(), "a.csv:1: the cells are separated by “;”."),
        (b"survey,score\n", "a.csv:1: the column “answered_at” is missing."),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(folder: Path, content: bytes, said: str) -> None:
    (folder / "a.csv").write_bytes(content)
    done = cx(folder, "import", "responses", "a.csv")
    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert done.stderr.splitlines()[-1] == "Nothing was imported."


def test_wrong_usage_is_told_apart_from_a_failure(folder: Path) -> None:
    assert cx(folder, "import", "answers", "a.csv").returncode == 2
    assert cx(folder, "import", "responses").returncode == 2
    assert cx(folder, "import", "responses", write(folder, "a.csv", GOOD), "--colour").returncode == 2
    missing = cx(folder, "import", "responses", "missing.csv")
    assert (missing.returncode, missing.stderr) == (1, "missing.csv: there is no such file.\n")


def test_an_unmigrated_database_is_named_with_the_remedy(tmp_path: Path) -> None:
    done = cx(tmp_path, "import", "responses", write(tmp_path, "a.csv", GOOD))
    assert done.returncode == 1
    assert "cx migrate" in done.stderr


def test_a_change_of_group_needs_yes_when_nobody_can_be_asked(folder: Path) -> None:
    cx(folder, "import", "contacts", write(folder, "a.csv", "email,role\nann@x.com,technical\n"))
    changed = write(folder, "b.csv", "email,role\nann@x.com,finance\n")
    refused = cx(folder, "import", "contacts", changed)
    assert refused.returncode == 1
    assert "line 2, ann@x.com: role: technical → finance" in refused.stdout
    assert "--yes" in refused.stderr
    assert cx(folder, "import", "contacts", changed, "--yes").returncode == 0


def test_an_import_starts_without_server_platform_or_migration_tool(folder: Path) -> None:
    code = (
        "import sys\nfrom bot.cli import main\n"
        "try:\n    main()\nfinally:\n"
        "    heavy = {'starlette', 'uvicorn', 'alembic', 'slack_bolt', 'slack_sdk', 'botbuilder', 'apscheduler',"
        " 'vl_convert', 'jinja2'}\n"
        "    print('loaded:', sorted(heavy & set(sys.modules)))\n"
    )
    done = cx(folder, "import", "responses", write(folder, "a.csv", GOOD), code=code)
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_a_file_that_another_program_wrote_comes_in_and_is_asked_about(folder: Path) -> None:
    """A byte-order mark, Windows line ends, times of Auckland, thousands of rows, columns of its own, quoted lines."""
    rows, zone = 4_000, timezone(timedelta(hours=13))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["Ticket", "Survey", "Answered_At", "SCORE", "Respondent", "Account", "Role", "Comment", "Colour"])
    for number in range(rows):
        at = (PAST + timedelta(minutes=7 * number)).astimezone(zone)
        writer.writerow([
            f"T-{number}", "NPS", at.isoformat(sep=" ", timespec="seconds"), f"{number % 11}.0",
            f"Person{number % 500}@Example.COM", f"Kunde {number % 40} GmbH & Co. KG", "Decision Maker",
            f"Zeile 1;\r\n„Zeile 2“ {number} 🙂" if number % 9 == 0 else "", "red",
        ])  # fmt: skip
    (folder / "export.csv").write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())

    refused = cx(folder, "import", "responses", "export.csv")
    assert refused.returncode == 1
    assert "unknown column “ticket”" in refused.stderr
    done = cx(folder, "import", "responses", "export.csv", "--ignore-unknown")
    assert done.returncode == 0, done.stderr
    found = asked(folder, "nps all")
    assert (found["n"], found["people"]) == (rows, 500)
    assert found["period"] == {
        "start": "2026-03-01",
        "end": asked(folder, "nps all")["period"]["end"],  # type: ignore[index]
        "timezone": "Europe/Warsaw",
    }
    by_account = asked(folder, "nps all by account")
    assert len(by_account["groups"]) == 40  # type: ignore[arg-type]
    again = cx(folder, "import", "responses", "export.csv", "--ignore-unknown")
    assert (again.returncode, "Nothing to do." in again.stdout) == (0, True)


def test_answers_of_employees_come_out_as_a_released_month_only(folder: Path) -> None:
    rows = "".join(f"enps,2026-03-10T10:00:00Z,{number},e{number}@x.com,Secret\n" for number in range(6))
    done = cx(
        folder, "import", "responses", write(folder, "a.csv", f"survey,answered_at,score,respondent,comment\n{rows}")
    )
    assert done.returncode == 0, done.stderr
    assert "1 month released" in done.stdout
    assert "Their comments were left out" in done.stdout
    assert asked(folder, "enps 2026-03")["n"] == 6
    everything = (folder / "cx.db").read_bytes() + b"".join(path.read_bytes() for path in folder.glob("cx.db-*"))
    assert b"Secret" not in everything
    assert b"e1@x.com" not in everything
