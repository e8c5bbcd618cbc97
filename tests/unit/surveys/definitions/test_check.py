"""`cx survey check`: faults refuse a file, advice does not, and the shipped surveys have neither."""

from datetime import date
from pathlib import Path

from surveys.definitions.check import advice, report
from surveys.definitions.loader import load_file

HEAD = """\
key: pulse
title: {en: Pulse}
purpose: To learn.
decision: What to do.
owner: CX lead
ends_on: 2026-06-30
pressure: relationship
privacy: named
respondents: contacts
series: relationship
expires_after: 14d
window: 14d
seconds: 30
questions:
"""


def texts(*pulses: int) -> str:
    lines = [
        f"  - key: q{number}\n    type: text\n    pulse: {pulse}\n    text: {{en: Why}}\n"
        for number, pulse in enumerate(pulses)
    ]
    return HEAD + "".join(lines)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_surveys_have_no_fault_and_need_no_advice() -> None:
    assert report() == []
    assert advice(today=date(2026, 7, 6)) == []


def test_two_open_questions_in_a_pulse_are_advised_against_and_still_load(tmp_path: Path) -> None:
    path = write(tmp_path, "pulse.yaml", texts(1, 1))
    assert report([path]) == []
    (remark,) = advice([path])
    assert remark.problem == "Pulse 1 has 0 closed and 2 open questions."
    assert remark.line == 15
    assert len(load_file(path).questions) == 2


def test_one_open_question_in_each_of_two_pulses_keeps_the_rule(tmp_path: Path) -> None:
    assert advice([write(tmp_path, "pulse.yaml", texts(1, 2))]) == []


def test_an_author_who_says_why_is_left_in_peace(tmp_path: Path) -> None:
    path = write(tmp_path, "pulse.yaml", "exception: The method has two texts.\n" + texts(1, 1))
    assert advice([path]) == []


def test_what_is_missing_in_a_language_that_was_begun_is_listed(tmp_path: Path) -> None:
    path = write(tmp_path, "pulse.yaml", texts(1).replace("{en: Why}", "{en: Why, uk: Чому}"))
    (remark,) = advice([path])
    assert remark.problem == "`title` has no text in uk."


def test_a_survey_that_has_ended_is_pointed_out_from_the_day_after(tmp_path: Path) -> None:
    path = write(tmp_path, "pulse.yaml", texts(1))
    assert advice([path], today=date(2026, 6, 30)) == []
    assert "ended on 2026-06-30" in advice([path], today=date(2026, 7, 1))[0].problem


def test_faults_of_all_files_are_reported_together(tmp_path: Path) -> None:
    good = write(tmp_path, "good.yaml", texts(1))
    bad = write(tmp_path, "bad.yaml", texts(1).replace("seconds: 30", "seconds: x"))
    faults = report([bad, good, tmp_path / "absent.yaml"])
    assert [Path(fault.file).name for fault in faults] == ["bad.yaml", "absent.yaml"]


def test_two_files_cannot_define_the_same_survey(tmp_path: Path) -> None:
    first, second = write(tmp_path, "a.yaml", texts(1)), write(tmp_path, "b.yaml", texts(1))
    (fault,) = report([first, second])
    assert fault.file == str(second)
    assert fault.problem == f"The survey “pulse” is also in {first}."
