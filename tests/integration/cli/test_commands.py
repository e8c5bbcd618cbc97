"""The `cx` command as scripts and operators rely on it: what it prints, where, and how it exits."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app, main
from bot.cli.migrating import count_anew
from bot.settings import load_settings

Cx = Callable[..., Result]

HISTORY = """survey,answered_at,score,respondent,account,role,touchpoint,comment
nps,2026-04-10T10:00:00+02:00,9,olena@acme.example,Acme,technical,,Always there
nps,2026-04-11T10:00:00+02:00,10,marta@nordhavn.example,Nordhavn Tools,finance,,
nps,2026-05-12T10:00:00+02:00,7,jonas@acme.example,Acme,technical,,
nps,2026-06-13T10:00:00+02:00,2,ingrid@meridian.example,Meridian Freight,decision_maker,,Nobody answers
nps,2026-02-13T10:00:00+01:00,8,jonas@acme.example,Acme,technical,,
nps,2026-06-13T10:00:00+02:00,0,olena@acme.example,Acme,technical,support,
csat,2026-06-14T10:00:00+02:00,4,olena@acme.example,Acme,technical,support,
"""
NOW = ("--now", "2026-07-06T09:00:00+02:00")
SCORE_KEYS = [
    "metric", "series", "period", "score", "n", "people", "interval", "interval_accounts", "mean", "distribution",
    "low_n", "previous", "change", "response_rate",
]  # fmt: skip


async def nobody_else_is_there(_seconds: float) -> None:
    """No other process has to learn of a new time zone."""


@pytest.fixture
def cx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_file: Path) -> Cx:
    """The command in an empty folder, with a migrated database of a company in Warsaw."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "CX_DATABASE_URL": f"sqlite:///{tmp_path}/cx.db",
        "CX_COMPANY": "Halden Systems",
        "CX_TIMEZONE": "Europe/Warsaw",
        "CX_ADMINS": "hanna@halden.example",
    }.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, standalone_mode=True)

    assert run("migrate").exit_code == 0
    return run


@pytest.fixture
def with_history(cx: Cx, tmp_path: Path) -> Cx:
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    assert cx("import", "responses", "history.csv").exit_code == 0
    return cx


def asked(cx: Cx, *words: str) -> dict[str, object]:
    result = cx("ask", *words, *NOW, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_a_score_as_json_has_exactly_the_agreed_keys_and_full_precision(with_history: Cx) -> None:
    found = asked(with_history, "nps last-quarter")
    assert list(found) == SCORE_KEYS
    assert found["series"] == "relationship"
    assert found["period"] == {"start": "2026-04-01", "end": "2026-06-30", "timezone": "Europe/Warsaw"}
    assert (found["score"], found["n"], found["people"]) == (25.0, 4, 4)
    assert found["distribution"] == {str(score): int(score in (2, 7, 9, 10)) for score in range(11)}
    assert found["low_n"] is True
    previous = found["previous"]
    assert isinstance(previous, dict)
    assert list(previous) == ["period", "score", "n", "interval"]
    change = found["change"]
    assert isinstance(change, dict)
    assert change["delta"] == 25.0
    assert list(change) == ["delta", "real", "basis"]


def test_the_reference_interval_comes_out_of_the_command(cx: Cx, tmp_path: Path) -> None:
    scores = [0] + [7] * 2 + [9] * 3
    rows = [f"nps,2026-06-0{day}T10:00:00+02:00,{score}" for day, score in enumerate(scores, 1)]
    (tmp_path / "six.csv").write_text("\n".join(["survey,answered_at,score", *rows]), encoding="utf-8")
    cx("import", "responses", "six.csv")
    found = asked(cx, "nps 2026-06")
    interval = found["interval"]
    assert isinstance(interval, list)
    assert [round(bound, 2) for bound in interval] == [-26.74, 71.19]


def test_groups_carry_the_same_keys_and_an_account_is_called_by_its_name(with_history: Cx) -> None:
    groups = asked(with_history, "nps by account last-quarter")["groups"]
    assert isinstance(groups, list)
    assert {group["key"] for group in groups} == {"Acme", "Nordhavn Tools", "Meridian Freight"}
    assert all(list(group) == ["key", *SCORE_KEYS] for group in groups)


def test_no_answers_are_no_score_and_no_failure(cx: Cx) -> None:
    found = asked(cx, "nps last-30d")
    assert (found["score"], found["n"], found["low_n"], found["previous"], found["change"]) == (
        None, 0, True, None, None,
    )  # fmt: skip


def test_event_nps_is_never_mixed_into_the_relationship_unless_asked(with_history: Cx) -> None:
    assert asked(with_history, "nps last-quarter series:event")["n"] == 1
    assert asked(with_history, "nps last-quarter series:any")["n"] == 5


def test_all_begins_with_the_first_answer_and_ends_today(with_history: Cx) -> None:
    found = asked(with_history, "nps all")
    assert found["period"] == {"start": "2026-02-13", "end": "2026-07-06", "timezone": "Europe/Warsaw"}
    assert (found["previous"], found["change"]) == (None, None)


def test_later_rows_of_the_same_day_are_not_hidden_by_now(with_history: Cx) -> None:
    result = with_history("ask", "nps today", "--now", "2026-06-13T00:05:00+02:00", "--json")
    assert json.loads(result.stdout)["n"] == 1


def test_a_time_without_an_offset_is_one_of_the_companys_own_clock(with_history: Cx) -> None:
    """In UTC it would be the next day in Warsaw already."""
    result = with_history("ask", "nps today", "--now", "2026-07-06T23:30", "--json")
    assert json.loads(result.stdout)["period"]["start"] == "2026-07-06"


def test_what_is_withheld_says_why_and_has_no_figure(cx: Cx) -> None:
    found = asked(cx, "enps by team")
    assert found["withheld"]
    assert (found["score"], found["n"], found["interval"]) == (None, None, None)


def test_a_query_that_is_not_understood_exits_1_with_the_advice_on_stderr(cx: Cx) -> None:
    result = cx("ask", "npz last-30m", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "nps last-30mo" in result.stderr


def test_a_bare_explain_has_no_figure_before_it_in_a_shell(cx: Cx) -> None:
    for arguments in (("ask", "explain"), ("ask", "explain", "--json")):
        result = cx(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "explain nps last-30d" in result.stderr


def test_asking_as_somebody_who_is_no_cx_lead_is_refused(with_history: Cx) -> None:
    for form in ((), ("--json",)):
        refused = with_history("ask", "nps all", "--as", "olena@acme.example", *form)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "Only a CX lead" in str(refused.exception)  # `main` writes it to stderr
    allowed = with_history("ask", "nps all", "--as", "hanna@halden.example")
    assert allowed.exit_code == 0
    assert "NPS" in allowed.stdout


def test_the_shell_answers_what_the_chat_answers(with_history: Cx) -> None:
    said = with_history("ask", "why nps last-quarter", *NOW)
    assert said.exit_code == 0
    assert "Opinion" in said.stdout


@pytest.mark.parametrize("command", ["send nps to everyone", "summary weekly #voice mon 09:00", "grant @x cx_lead"])
def test_asking_changes_nothing(cx: Cx, command: str) -> None:
    result = cx("ask", command)
    assert result.exit_code == 1


@pytest.mark.parametrize("arguments", [["bogus"], ["ask"], ["import", "responses"], ["ask", "nps", "--nonsense"]])
def test_wrong_usage_exits_2(cx: Cx, arguments: list[str]) -> None:
    assert cx(*arguments).exit_code == 2


def test_an_export_can_be_imported_again_and_changes_nothing(with_history: Cx, tmp_path: Path) -> None:
    assert with_history("export", "out.csv", "--query", "nps all series:any").exit_code == 0
    assert with_history("import", "responses", "out.csv").exit_code == 0
    assert asked(with_history, "nps all series:any")["n"] == 6
    again = with_history("export", "out.csv")
    assert again.exit_code == 1


def test_migrating_twice_is_harmless(cx: Cx) -> None:
    assert cx("migrate").exit_code == 0


def test_the_doctor_finds_nothing_wrong_in_a_fresh_installation(cx: Cx) -> None:
    result = cx("doctor")
    assert result.exit_code == 0
    assert "cx leads" in result.stdout


@pytest.mark.parametrize("written_in", ["the environment", ".env"])
def test_the_doctor_names_a_misspelt_setting(
    cx: Cx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written_in: str
) -> None:
    if written_in == ".env":
        (tmp_path / ".env").write_text("CX_TIMEZNE=Europe/Kyiv\n", encoding="utf-8")
    else:
        monkeypatch.setenv("CX_TIMEZNE", "Europe/Kyiv")
    result = cx("doctor")
    assert result.exit_code == 1
    assert "CX_TIMEZONE" in result.stdout


def test_the_doctor_names_a_database_that_cannot_be_opened(cx: Cx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_DATABASE_URL", "sqlite:///:memory:")
    result = cx("doctor")
    assert result.exit_code == 1
    assert "CX_DATABASE_URL" in result.stdout


def test_shipped_surveys_are_in_order_and_listed(cx: Cx) -> None:
    assert cx("survey", "check").exit_code == 0
    listed = cx("survey", "list")
    assert all(
        key in listed.stdout for key in ("nps", "csat", "ces", "start-stop-continue", "feedback", "employee-pulse")
    )


def test_a_faulty_survey_file_is_named_with_its_line(cx: Cx, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("key: mine\ntitle: {en: Mine}\n", encoding="utf-8")
    result = cx("survey", "check", "mine.yaml")
    assert result.exit_code == 1
    assert "mine.yaml:" in result.stderr


@pytest.mark.parametrize("command", [["run"], ["ask", "nps"], ["import", "responses", "x.csv"], ["wave", "list"]])
def test_an_unmigrated_database_is_refused_with_the_command_that_mends_it(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CX_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    (tmp_path / "x.csv").write_text("survey,answered_at,score\n")
    monkeypatch.setattr("sys.argv", ["cx", *command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "cx migrate" in capsys.readouterr().err


def test_a_changed_time_zone_moves_every_answer_to_its_new_day(
    with_history: Cx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_TIMEZONE", "Pacific/Auckland")
    asyncio.run(count_anew(load_settings(), pause=nobody_else_is_there))
    found = json.loads(with_history("ask", "nps all", *NOW, "--json").stdout)
    assert found["period"]["timezone"] == "Pacific/Auckland"
    assert found["n"] == 5
