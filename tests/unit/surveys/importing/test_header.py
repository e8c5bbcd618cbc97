"""The header is checked by name before any row."""

import pytest

from surveys.importing.header import COLUMNS
from surveys.importing.model import FileRefused, ImportKind
from tests.unit.surveys.importing.files import named, read_responses

ROW = "nps,2026-03-01T10:00:00Z,9"


def refusal_of(text: str) -> list[str]:
    with pytest.raises(FileRefused) as refused:
        read_responses(text)
    return [str(fault) for fault in refused.value.faults]


def test_a_missing_column_is_named_with_all_that_there_are() -> None:
    (fault,) = refusal_of("survey,score\n")
    assert fault.startswith("r.csv:1: the column “answered_at” is missing. Columns of responses: survey, answered_at,")


def test_an_unknown_column_is_refused_with_the_nearest_one_that_is_not_there() -> None:
    fault, missing = refusal_of("survey,answerd_at,score\n")
    assert fault == "r.csv:1: unknown column “answerd_at”. Did you mean “answered_at”? --ignore-unknown leaves it out."
    assert "missing" in missing


def test_a_column_without_a_name_is_refused() -> None:
    assert refusal_of("survey,answered_at,score,\n") == [
        "r.csv:1: unknown column “”. Name it or remove it. --ignore-unknown leaves it out."
    ]


def test_a_column_that_is_there_twice_is_refused() -> None:
    assert refusal_of("survey,answered_at,score,Score\n") == ["r.csv:1: the column “score” is there 2 times."]


def test_unknown_columns_may_be_ignored() -> None:
    records = named(f"survey,colour,answered_at,score,\n{ROW.replace(',', ',red,', 1)},x\n", ignore_unknown=True)
    assert [record.score for record in records] == [9]


def test_names_may_be_written_in_any_case_and_with_blanks_around() -> None:
    assert len(named(f"Survey, ANSWERED_AT ,score\n{ROW}\n")) == 1


@pytest.mark.parametrize(("mark", "shown"), [(";", "“;”"), ("\t", "a tab")])
def test_another_separator_is_recognised(mark: str, shown: str) -> None:
    (fault,) = refusal_of(mark.join(("survey", "answered_at", "score")) + "\n")
    assert f"separated by {shown}" in fault


def test_an_empty_file_says_what_is_expected() -> None:
    assert refusal_of("") == ["r.csv:1: the file is empty. Its first line names the columns."]


def test_the_columns_are_those_that_operators_were_promised() -> None:
    assert {kind: set(columns.all) for kind, columns in COLUMNS.items()} == {
        ImportKind.ACCOUNTS: {"account", "tier", "revenue", "owner_email", "segment", "renewal_on"},
        ImportKind.CONTACTS: {
            "email", "name", "account", "role", "priority", "language", "timezone", "slack_user", "teams_user",
            "relationship", "persona",
        },
        ImportKind.EMPLOYEES: {
            "email", "name", "kind", "team", "level", "language", "timezone", "slack_user", "teams_user",
        },
        ImportKind.RESPONSES: {
            "survey", "answered_at", "score", "question", "respondent", "account", "role", "stage", "touchpoint",
            "segment", "team", "language", "comment", "external_id", "channel", "mode",
        },
    }  # fmt: skip
