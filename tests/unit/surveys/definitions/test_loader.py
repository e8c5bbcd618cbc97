"""Reading survey files: what a good one becomes, and what is said about a bad one, with its line and a remedy."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.definitions.loader import load_file, load_text
from surveys.definitions.model import ChoiceQuestion, Metric, ScoreQuestion, Survey, TextQuestion
from surveys.definitions.source import LARGEST
from surveys.errors import Fault, SurveyFileError

GOOD = """\
key: delivery
title:
  en: Delivery
purpose: How deliveries go.
decision: Which depot is visited.
owner: Head of logistics
ends_on: 2027-06-30
pressure: transactional
privacy: named
respondents: contacts
series: relationship
expires_after: 72h
window: 14d
seconds: 30
questions:
  - key: on-time
    type: score
    metric: csat
    text:
      en: How satisfied were you?
      de: Wie zufrieden waren Sie?
    scale:
      low: 1
      high: 5
      low_label:
        en: very dissatisfied
      high_label:
        en: very satisfied
  - key: damaged
    type: choice
    text:
      en: Was anything damaged?
    options:
      "yes":
        en: "Yes"
      "no":
        en: "No"
  - key: why
    type: text
    first_below: 4
    text:
      en: What should we improve?
"""


def faults_of(text: str) -> tuple[Fault, ...]:
    with pytest.raises(SurveyFileError) as caught:
        load_text(text, "delivery.yaml")
    return caught.value.faults


def line_of(piece: str, text: str = GOOD) -> int:
    return text[: text.index(piece)].count("\n") + 1


def test_a_good_file_becomes_a_survey_with_everything_it_says() -> None:
    survey = load_text(GOOD, "delivery.yaml")
    assert (survey.key, survey.ends_on, survey.window, survey.seconds) == (
        "delivery", date(2027, 6, 30), timedelta(days=14), 30,
    )  # fmt: skip
    assert survey.expires_after == timedelta(hours=72)
    score, choice, text = survey.questions
    assert isinstance(score, ScoreQuestion)
    assert score.metric is Metric.CSAT
    assert score.text.in_language("de") == "Wie zufrieden waren Sie?"
    assert score.text.in_language("uk") == "How satisfied were you?"
    assert isinstance(choice, ChoiceQuestion)
    assert [value for value, _ in choice.options] == ["yes", "no"]
    assert isinstance(text, TextQuestion)
    assert text.first_below == 4


def test_an_open_ended_survey_says_never_on_purpose() -> None:
    assert load_text(GOOD.replace("2027-06-30", "never"), "f").ends_on is None


@pytest.mark.parametrize(
    "key", ["purpose", "decision", "owner", "ends_on", "pressure", "expires_after", "privacy", "questions", "key"]
)
def test_a_file_that_does_not_state_it_is_refused_by_name(key: str) -> None:
    lines = GOOD.splitlines(keepends=True)
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{key}:"))
    end = next((n for n in range(start + 1, len(lines)) if not lines[n].startswith(" ")), len(lines))
    faults = faults_of("".join(lines[:start] + lines[end:]))
    assert any(f"`{key}` is missing" in fault.problem for fault in faults)


def test_an_empty_end_date_is_not_the_same_as_never() -> None:
    (fault,) = faults_of(GOOD.replace("ends_on: 2027-06-30", "ends_on:"))
    assert "`ends_on` is empty" in fault.problem
    assert "never" in fault.remedy


WRONG = [
    ("pressure: transactional", "pressure: transactionl", "not a pressure", "transactional"),
    ("metric: csat", "metric: cast", "not a metric", "csat"),
    ("owner: Head", "ownr: Head", "`ownr` is not known", "owner"),
    ("privacy: named", "privacy: secret", "not a privacy", "named, anonymous"),
    ("seconds: 30", "seconds: soon", "`seconds` is “soon”", "5 to 1800"),
    ("seconds: 30", "seconds: 0x1e", "`seconds` is “0x1e”", "5 to 1800"),
    ("seconds: 30", "seconds: 1:30", "`seconds` is “1:30”", "5 to 1800"),
    ("window: 14d", "window: 14", "`window` is “14”", "14d"),
    ("window: 14d", "window: 0d", "`window` is “0d”", "14d"),
    ("window: 14d", "window: 999d", "`window` is “999d”", "400d"),
    ("ends_on: 2027-06-30", "ends_on: 2027-02-30", "`ends_on` is “2027-02-30”", "never"),
    ("key: delivery", "key: Delivery 1", "cannot be a key", "lower-case"),
    ("purpose: How deliveries go.", "purpose: 12", "other than text", '"12"'),
    ("purpose: How deliveries go.", "purpose: [a]", "`purpose` must be text", ""),
    ("purpose: How deliveries go.", f"purpose: {'long ' * 120}", "characters", "500"),
    ("high: 5", "high: 11", "`high` is “11”", "2 to 10"),
    ("high: 5", "high: 7", "csat is asked from 1 to 5, not from 1 to 7", "metric"),
    ("low: 1", "low: -1", "`low` is “-1”", "0 to 1"),
    ("first_below: 4", "first_below: 9", "below 9", "2 to 5"),
    ("type: choice", "type: choise", "not a type", "choice"),
    ("    type: choice\n", "", "`type` is missing", "score"),
    ("      en: Was anything damaged?", "      de: War etwas kaputt?", "no English text", "en:"),
    ("      de: Wie", "      dde: Wie", "not a language", "de"),
    ("      de: Wie zufrieden waren Sie?", "      no: Hei", "not a language", "en"),
    ("      en: Was anything damaged?", '      en: "\\0"', "control character", "Remove"),
    ("      en: Was anything damaged?", '      en: "\\uD800"', "control character", "Remove"),
    (
        "      en: Was anything damaged?",
        "      en: Did {company} damage it?",
        "cannot hold { or }",
        "line of their own",
    ),
    ('      "no":\n', "      na:\n", "“na” is taken", "leave it out"),
    ('      "no":\n', "      No!:\n", "cannot be a value", "lower-case"),
    ("    metric: csat", "    metric: enps", "enps is asked from 0 to 10", ""),
    ("    metric: csat", "    metric: csat\n    direction: lower_is_better", "In csat more is better", "direction"),
    ("privacy: named", "privacy: anonymous", "Only a survey of employees", "employees"),
    ("respondents: contacts", "respondents: employees", "csat is asked of contacts", "contacts"),
    ("  - key: damaged", "  - key: on-time", "“on-time” stands twice, first in line 16", "own key"),
    ("  - key: damaged", "  - key: origin", "“origin” is taken", "another key"),
    ("  - key: damaged\n", "  - key: damaged\n    pulse: 3\n", "Pulse 3 follows pulse 1", "without a gap"),
    ("  - key: damaged\n", "  - [damaged]\n  - key: damaged\n", "question 2 must be a block", "- key:"),
    ("    scale:\n", "    scale: agree\n    x:\n", "no scale “agree”", "scales:"),
]


@pytest.mark.parametrize(("good", "bad", "problem", "remedy"), WRONG, ids=[bad.strip()[:30] for _, bad, _, _ in WRONG])
def test_a_mistake_is_named_with_its_file_and_a_remedy(good: str, bad: str, problem: str, remedy: str) -> None:
    assert good in GOOD
    faults = faults_of(GOOD.replace(good, bad, 1))
    fitting = [fault for fault in faults if problem in fault.problem]
    assert fitting, [str(fault) for fault in faults]
    assert remedy in fitting[0].remedy
    assert str(fitting[0]).startswith(f"delivery.yaml:{fitting[0].line}: ")


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("metric: csat", "metric: cast"),
        ("seconds: 30", "seconds: soon"),
        ("high: 5", "high: 11"),
        ("type: choice", "type: choise"),
        ("      en: Was", "      xx: Was"),
    ],
)
def test_the_line_is_that_of_the_mistake(good: str, bad: str) -> None:
    assert line_of(good) in {fault.line for fault in faults_of(GOOD.replace(good, bad, 1))}


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = GOOD.replace("seconds: 30", "seconds: soon").replace("owner:", "owenr:").replace("metric: csat", "metric: x")
    faults = faults_of(text)
    assert len(faults) == 4
    assert [fault.line for fault in faults] == sorted(fault.line for fault in faults)


def test_one_broken_question_brings_no_false_complaint_about_the_others() -> None:
    faults = faults_of(GOOD.replace("metric: csat", "metric: cast"))
    assert [fault.problem for fault in faults] == ["“cast” is not a metric."]


def test_a_key_that_stands_twice_is_refused() -> None:
    (fault,) = faults_of(GOOD + "seconds: 40\n")
    assert fault.problem == "`seconds` stands twice in the survey, first in line 14."
    assert fault.line == GOOD.count("\n") + 1


def test_two_questions_cannot_feed_one_metric() -> None:
    second = GOOD[GOOD.index("  - key: on-time") : GOOD.index("  - key: damaged")].replace("on-time", "again")
    (fault,) = faults_of(GOOD + second)
    assert fault.problem == "Two questions feed csat, the first in line 16."


def test_enps_is_only_for_anonymous_surveys_of_employees() -> None:
    text = GOOD.replace("csat", "enps").replace("low: 1", "low: 0").replace("high: 5", "high: 10")
    assert any("enps is asked of employees" in fault.problem for fault in faults_of(text))
    kept = text.replace("privacy: named", "privacy: anonymous").replace("contacts", "employees")
    assert load_text(kept, "f").questions[0].key == "on-time"


def test_a_scale_may_be_named_once_and_used_by_name() -> None:
    head, tail = GOOD.split("    scale:\n")
    scale, rest = tail[: tail.index("  - key: damaged")], tail[tail.index("  - key: damaged") :]
    named = "scales:\n  happy:\n" + scale.replace("      ", "    ", 1).replace("\n      ", "\n    ")
    text = f"{head}    scale: happy\n{rest}{named}"
    assert load_text(text, "f") == load_text(GOOD, "f")
    (fault,) = faults_of(text.replace("scale: happy", "scale: hapy"))
    assert fault.remedy == "Did you mean “happy”?"


def bomb() -> str:
    levels = ["a: &a [x, x, x, x, x, x, x, x]"]
    levels += [f"{b}: &{b} [{', '.join(['*' + a] * 8)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    return "\n".join(levels)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a survey"),
        ("just words", "not a survey"),
        ("- a\n- b", "not a survey"),
        ("key: [unclosed", "not YAML"),
        ("key: x\n\tpurpose: y", "not YAML"),
        ("key: x\x07", "control character"),
        (bomb(), "Anchors and aliases"),
        ("key: *nobody", "Anchors and aliases"),
        ("key: !!python/object/apply:os.system [id]", "The tag"),
        ("key: " + "[" * 5000, "nested deeper"),
        ("a: 1\n---\nb: 2", "second document"),
        ("? [a, b]\n: c", "is not a word"),
        ("#" * (LARGEST + 1), "characters"),
    ],
    ids=range(13),
)
def test_hostile_or_foreign_text_is_refused_with_a_fault(text: str, problem: str) -> None:
    assert any(problem in fault.problem for fault in faults_of(text))


def test_the_line_of_broken_yaml_is_told() -> None:
    assert faults_of(GOOD.replace("seconds: 30", "seconds: '30"))[0].line > line_of("seconds: 30")
    assert faults_of(GOOD.replace("seconds: 30", "seconds: \x07"))[0].line == line_of("seconds: 30")


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    path = tmp_path / "delivery.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_file(path) == load_text(GOOD, "f")


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        (GOOD.replace("Head of", "Köpf").encode("latin-1"), "not UTF-8", 6),
        (b"#" * (4 * LARGEST + 2), "far larger", 1),
        (None, "cannot be read", 1),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault_and_not_a_crash(
    tmp_path: Path, content: bytes | None, problem: str, line: int
) -> None:
    path = tmp_path / "delivery.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SurveyFileError) as caught:
        load_file(path)
    (fault,) = caught.value.faults
    assert problem in fault.problem
    assert (fault.file, fault.line) == (str(path), line)


PIECES = [
    "key: x",
    "questions:",
    "  - key: a",
    "    type: score",
    "  ",
    "en: y",
    "&a",
    "*a",
    "{",
    "]",
    '"',
    "\n",
    "\t",
    ": ",
    "- ",
    "# ",
]


@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from([*PIECES, *GOOD.splitlines(True)])).map("".join)))
def test_whatever_stands_in_a_file_the_answer_is_a_survey_or_its_faults(text: str) -> None:
    outcome: Survey | tuple[Fault, ...]
    try:
        outcome = load_text(text, "f")
    except SurveyFileError as error:
        outcome = error.faults
    match outcome:
        case Survey():
            assert load_text(text, "f") == outcome
        case faults:
            assert faults
            # YAML counts every line end there is, as splitlines does; a fault may stand behind the last one.
            assert all(1 <= fault.line <= len(text.splitlines()) + 1 for fault in faults)
            assert all(fault.problem for fault in faults)


@given(st.integers(0, len(GOOD.splitlines()) - 1))
def test_no_line_of_a_good_file_can_be_lost_unnoticed_but_the_optional_ones(number: int) -> None:
    lines = GOOD.splitlines(keepends=True)
    optional = ("    metric:", "    first_below:", "      de:")
    try:
        load_text("".join(lines[:number] + lines[number + 1 :]), "f")
    except SurveyFileError:
        assert not lines[number].startswith(optional)
    else:
        assert lines[number].startswith(optional)
