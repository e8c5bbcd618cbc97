"""What the user documentation says can be typed, written in files and set is what the product takes, tried for real.

The worked figures have tests of their own in `test_docs_figures`.
"""

import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from prometheus_client import Counter, Histogram
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli.main import app
from bot.commands.advice import Advice
from bot.commands.filters import FIXED_VALUES
from bot.commands.grammar import parse
from bot.commands.registry import ENTRIES
from bot.commands.sending import AUDIENCE_DIMENSIONS
from bot.observability import (
    COMMAND_SECONDS,
    DELIVERIES,
    EVENTS,
    JOBS,
    OTHER,
    REGISTRY,
    TAPS,
    Labelled,
)
from bot.settings import Settings, variables
from surveys.definitions.check import advice_on
from surveys.definitions.loader import load_definition, load_text, shipped
from surveys.definitions.model import LANGUAGES, Pressure, Series, SurveyVersion
from surveys.errors import Fault, SurveyFileError
from surveys.importing.checking import RowReader, check
from surveys.importing.header import COLUMNS, Header
from surveys.importing.model import FileRefused, ImportKind
from surveys.importing.people import AccountRows, ContactRows, EmployeeRows
from surveys.importing.responses import ResponseContext, ResponseRows
from surveys.insight.period_text import BadPeriod, parse_period
from surveys.insight.periods import previous, resolve
from surveys.insight.queries import FOLDED_DIMENSIONS, Dimension, Period
from surveys.sending.planning import DISTANCE
from tests.counted import counted_outcomes
from tests.documentation import ROOT, blocks, codes, page, rows

QUERIES, IMPORTING, OPERATING, SURVEYS = page("queries"), page("importing"), page("operating"), page("surveys")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
MONDAY = date(2026, 7, 6)


# ── commands ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_command_for_the_chat_is_understood_as_it_stands(path: Path) -> None:
    for typed in re.findall(r"`/cx ([^`…]+)`", path.read_text(encoding="utf-8")):
        assert not isinstance(parse(typed), Advice), typed


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_shell_command_has_its_arguments_and_options(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = re.findall(r"^(?:\.venv/bin/)?cx (.+?)(?:\s+#.*)?$", "".join(blocks(text, "sh")), re.MULTILINE)
    for arguments in map(shlex.split, lines):
        command = get_command(app)
        while commands := getattr(command, "commands", None):
            command = commands[arguments.pop(0)]
        context = command.make_context(command.name, arguments)
        query = context.params.get("query")
        assert query is None or not isinstance(parse(query), Advice), query


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_shell_command_that_is_only_named_exists(path: Path) -> None:
    for named in re.findall(r"`cx ([a-z][a-z ]*)", path.read_text(encoding="utf-8")):
        command = get_command(app)
        for word in named.split():
            commands = getattr(command, "commands", None)
            if not commands:
                break
            assert word in commands, named
            command = commands[word]


def test_all_that_can_be_typed_is_listed() -> None:
    assert blocks(QUERIES, "text")[0].splitlines() == [entry.usage for entry in ENTRIES]


def test_each_mistake_gets_the_advice_that_is_shown() -> None:
    for typed, problem, near, example in rows(QUERIES, "you type", "what is wrong", "nearest", "try"):
        advice = parse(typed.strip("`"))
        assert isinstance(advice, Advice)
        assert problem == advice.problem
        assert codes(near) == ([advice.suggestion] if advice.suggestion != advice.example else [])
        assert codes(example) == [advice.example]


def test_each_period_means_the_days_that_are_shown() -> None:
    def days(period: Period | None) -> str:
        assert period is not None
        return f"{period.start} to {period.last}" if period.days > 1 else str(period.start)

    for typed, meant, compared in rows(QUERIES, "typed", "days", "compared with"):
        spec = parse_period(typed.strip("`"))
        assert spec is not None
        assert not isinstance(spec, BadPeriod)
        period = resolve(spec, MONDAY)
        if typed == "`all`":
            assert previous(spec, period) is None
            assert meant == f"first answer to {period.last}"
            continue
        assert (meant, compared) == (days(period), days(previous(spec, period))), typed


def test_every_filter_is_listed_with_its_values_and_whether_it_groups() -> None:
    listed = rows(QUERIES, "filter", "by", "values")
    assert [name.strip("`:") for name, *_ in listed] == [*Dimension, "series"]
    for name, by, values in listed[:-1]:
        dimension = Dimension(name.strip("`:"))
        assert by == ("yes" if dimension in FOLDED_DIMENSIONS else "no")
        assert dimension not in FIXED_VALUES or codes(values) == list(FIXED_VALUES[dimension])
    assert codes(listed[-1][2]) == [*Series, "any"]


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    records: list[object]
    faults: list[str]


def read_csv(kind: ImportKind, text: str) -> Read:
    """What the import makes of a file, before anything is written."""
    faults: list[Fault] = []
    try:
        records = list(
            check(text.encode().splitlines(keepends=True), kind=kind, file="history.csv",
                  reader=lambda header: reader(kind, header), on_fault=faults.append)
        )  # fmt: skip
    except FileRefused as error:
        return Read(records=[], faults=[str(fault) for fault in error.faults])
    return Read(records=records, faults=[str(fault) for fault in faults])


def reader(kind: ImportKind, header: Header) -> RowReader[object]:
    match kind:
        case ImportKind.ACCOUNTS:
            return AccountRows(header).record
        case ImportKind.CONTACTS:
            return ContactRows(header).record
        case ImportKind.EMPLOYEES:
            return EmployeeRows(header).record
        case ImportKind.RESPONSES:
            return ResponseRows(header, response_context()).record


def response_context() -> ResponseContext:
    surveys = {
        survey.key: SurveyVersion(id=at, public_id=survey.key, number=1, survey=survey)
        for at, survey in enumerate(shipped(), start=1)
    }
    return ResponseContext(surveys=surveys, zone=ZoneInfo("Europe/Warsaw"), now=datetime(2026, 7, 6, 9, tzinfo=UTC))


@pytest.mark.parametrize("kind", ImportKind)
def test_every_column_of_a_file_is_listed_with_whether_it_is_needed(kind: ImportKind) -> None:
    section = IMPORTING.partition(f"\n## {kind.capitalize()}\n")[2].partition("\n## ")[0]
    listed = rows(section, "column", "needed", "what it holds")
    assert [name.strip("`") for name, *_ in listed] == list(COLUMNS[kind].all)
    assert [name.strip("`") for name, needed, _ in listed if needed == "yes"] == list(COLUMNS[kind].required)


@pytest.mark.parametrize("kind", ImportKind)
def test_every_example_of_a_file_is_accepted(kind: ImportKind) -> None:
    examples = blocks(IMPORTING, f"csv {kind}")
    assert examples
    for example in examples:
        found = read_csv(kind, example)
        assert found.faults == []
        assert len(found.records) == len(example.splitlines()) - 1


RESPONSES = "survey,answered_at,score,external_id\n"
GOOD = "nps,2026-03-01T09:30:00Z,9,crm-1001\n"
REFUSED = (
    "survey;answered_at;score\n",
    "survey,answered_at,score,acount\n",
    "survey,answered_at\n",
    RESPONSES + "npss,2026-03-01T09:30:00Z,9,\n",
    "survey,answered_at,score,role\nnps,2026-03-01T09:30:00Z,9,boss\n",
    RESPONSES + "nps,2026-03-01T09:30:00Z,11,\n",
    RESPONSES + "nps,2026-03-01T09:30:00Z,7.5,\n",
    RESPONSES + "nps,2026-03-01T09:30:00,9,\n",
    RESPONSES + "nps,2062-03-01T09:30:00Z,9,\n",
    RESPONSES + GOOD + GOOD,
    "survey,answered_at,score,account,role,stage,team,language,comment\nnps,2026-03-01T09:30:00Z,9,A,,,,\n",
    RESPONSES + 'nps,2026-03-01T09:30:00Z,9,"crm\n',
)
"""One file for each line of the table of refusals, but for the one that is not UTF-8."""


def test_every_refusal_of_a_row_or_a_file_is_told_as_shown() -> None:
    told = [codes(cell)[0] for cell, _remedy in rows(IMPORTING, "you read", "what to do")]
    faults = [fault for text in REFUSED for fault in read_csv(ImportKind.RESPONSES, text).faults]
    assert len(told) == len(REFUSED) + 1
    for message in told[1:]:
        pattern = ".*".join(re.escape(part) for part in message.split("…"))
        assert any(re.search(rf"^history\.csv:\d+: {pattern}$", fault) for fault in faults), message
    with pytest.raises(FileRefused, match="the file is not UTF-8"):
        next(iter(check([b"survey,\xff\n"], kind=ImportKind.RESPONSES, file="f", reader=lambda _: lambda *_: 0,
                        on_fault=lambda _: None)))  # fmt: skip


def example_survey() -> str:
    return blocks(SURVEYS, "yaml")[0]


def faults_of(text: str) -> list[str]:
    with pytest.raises(SurveyFileError) as caught:
        load_text(text, "release-pulse.yaml")
    return [str(fault) for fault in caught.value.faults]


def test_the_example_of_a_survey_is_accepted_without_any_advice() -> None:
    definition = load_definition(example_survey(), "release-pulse.yaml")
    assert advice_on(definition, today=MONDAY) == ()
    assert {"en", "de"} < set(LANGUAGES)
    assert codes(SURVEYS.partition("## Languages\n")[2].partition(" English is")[0]) == list(LANGUAGES)


def test_every_key_of_a_survey_is_listed_with_whether_it_is_needed() -> None:
    listed = rows(SURVEYS, "key", "needed", "what it says")
    [fault] = faults_of(example_survey() + "zzzz: 1\n")
    assert ", ".join(name.strip("`") for name, *_ in listed) == fault.partition("Use one of: ")[2].rstrip(".")
    missing = " ".join(faults_of("scales: {}\n"))
    assert re.findall(r"`(\w+)` is missing in the survey", missing) == [
        name.strip("`") for name, needed, _ in listed if needed == "yes"
    ]


@pytest.mark.parametrize(("column", "kind"), [(1, "score"), (2, "text"), (3, "choice")])
def test_every_key_of_a_question_is_listed_for_its_type(column: int, kind: str) -> None:
    listed = rows(SURVEYS, "key", "score", "text", "choice", "what it says")
    allowed = {row[0].strip("`") for row in listed if row[column] != "no"}
    needed = {row[0].strip("`") for row in listed if row[column] == "yes"}
    lines = example_survey().partition("questions:\n")[0]
    unknown = " ".join(faults_of(f"{lines}questions:\n  - type: {kind}\n    zzzz: 1\n"))
    known = re.search(r"`zzzz` is not known in question 1\. Use one of: ([a-z_, ]+)\.", unknown)
    assert known is not None
    assert set(known[1].split(", ")) == allowed
    assert {*re.findall(r"`(\w+)` is missing in question 1", unknown), "type"} == needed


def test_every_refusal_of_a_survey_is_told_as_shown() -> None:
    wrong = re.sub(r"decision: .*\n", "", example_survey()).replace("transactional", "transaction")
    wrong = wrong.replace("low: 1\n      high: 7", "low: 0\n      high: 10")
    assert faults_of(wrong) == blocks(SURVEYS, "text")[0].splitlines()


def test_how_long_people_are_left_alone_is_right() -> None:
    told = {name.strip("`"): after for name, after in rows(SURVEYS, "`pressure`", "the same survey again after")}
    assert told == {
        pressure: f"{DISTANCE[pressure].days} days" if DISTANCE[pressure] else "at once" for pressure in Pressure
    }
    chosen = SURVEYS.partition("People are chosen by ")[2].partition("\n\n")[0]
    assert codes(chosen) == [f"{dimension}:" for dimension in AUDIENCE_DIMENSIONS]


# ── operating ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_setting_is_listed_with_its_default() -> None:
    listed = rows(OPERATING, "setting", "without it", "what it is")
    assert {name.strip("`") for name, *_ in listed} == set(variables())
    fresh = Settings.model_construct()
    for name, default, _about in listed:
        field = name.strip("`").removeprefix("CX_").lower()
        value = getattr(fresh, field)
        plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        expected = [str(int(plain) if isinstance(plain, bool) else plain)] if plain not in (None, ()) else []
        assert codes(default) == expected, name


def test_every_metric_is_listed() -> None:
    listed = [codes(name)[0] for name, *_ in rows(OPERATING, "metric", "labels", "what it counts")]
    known = {family.name + ("_total" if family.type == "counter" else "") for family in REGISTRY.collect()}
    assert len(listed) == len(set(listed))
    assert set(listed) == known


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("cx_events_total", EVENTS),
        ("cx_taps_total", TAPS),
        ("cx_deliveries_total", DELIVERIES),
        ("cx_command_seconds", COMMAND_SECONDS),
        ("cx_jobs_total", JOBS),
    ],
)
def test_every_label_of_a_metric_is_listed_with_its_outcomes(
    name: str, figure: Labelled[Counter] | Labelled[Histogram]
) -> None:
    [(labels, about)] = [
        (codes(labels), about)
        for listed, labels, about in rows(OPERATING, "metric", "labels", "what it counts")
        if codes(listed) == [name]
    ]
    # Refused by the metric where a label is missing or not its own.
    figure.labels(**dict.fromkeys(labels, OTHER))
    assert all(figure.allows(outcome=outcome) for outcome in codes(about))
    assert bool(codes(about)) is ("outcome" in labels)


@pytest.mark.parametrize(
    ("name", "figure"),
    [("cx_events_total", "EVENTS"), ("cx_taps_total", "TAPS"), ("cx_deliveries_total", "DELIVERIES")],
)
def test_every_outcome_in_the_list_is_counted_somewhere(name: str, figure: str) -> None:
    [listed] = [
        codes(about)
        for metric, _, about in rows(OPERATING, "metric", "labels", "what it counts")
        if codes(metric) == [name]
    ]
    assert set(listed) == counted_outcomes()[figure]


def test_the_backup_can_be_taken_while_somebody_writes_and_holds_everything(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "backups").mkdir()
    open_database = sqlite3.connect(tmp_path / "data" / "cx-pulse.db", isolation_level=None)
    open_database.executescript("PRAGMA journal_mode=WAL; CREATE TABLE answer (score); INSERT INTO answer VALUES (9)")
    open_database.execute("BEGIN IMMEDIATE")
    open_database.execute("INSERT INTO answer VALUES (1)")
    [script] = re.findall(r'python -c "\n(.*?)"\n', OPERATING, re.DOTALL)
    done = run_python(script, tmp_path)
    open_database.rollback()
    copied = sqlite3.connect(tmp_path / "backups" / "cx-pulse.db").execute("SELECT score FROM answer").fetchall()
    assert (done, copied) == (0, [(9,)])


def run_python(script: str, folder: Path) -> int:
    return subprocess.run([sys.executable, "-c", script], cwd=folder, check=False).returncode


def test_doctor_says_of_a_fresh_set_up_what_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    environment = {
        "CX_COMPANY": "Halden Systems",
        "CX_TIMEZONE": "Europe/Warsaw",
        "CX_ADMINS": "ana@halden.example, li@halden.example",
    }
    lines = run_cx(["migrate"], environment), run_cx(["doctor"], environment)
    version = re.compile(r"(python +)\S+")
    assert version.sub(r"\1", lines[1]) == version.sub(r"\1", blocks(OPERATING, "text")[0])


def run_cx(arguments: Sequence[str], environment: dict[str, str]) -> str:
    result = CliRunner().invoke(app, list(arguments), env=environment)
    assert result.exit_code == 0, result.output
    return result.stdout
