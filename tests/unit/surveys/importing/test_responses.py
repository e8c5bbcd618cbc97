"""What a row of responses becomes, and every way in which one does not fit."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.definitions.model import Metric, Series
from surveys.importing.model import COMMENT_LIMIT, EmployeeAnswer, ResponseRecord
from tests.unit.surveys.importing.files import faults_of, named, read_responses

SHORT = "survey,answered_at,score"
AT = "2026-03-01T10:00:00+01:00"


def one(header: str, row: str) -> ResponseRecord:
    (record,) = named(f"{header}\n{row}\n")
    return record


def fault(header: str, row: str) -> str:
    (found,) = faults_of(f"{header}\n{row}\n")
    return found.removeprefix("r.csv:2: ")


def test_the_shortest_row_is_an_answer_to_the_surveys_primary_score() -> None:
    record = one(SHORT, f"nps,{AT},9")
    assert (record.target.question, record.target.metric, record.score) == ("recommend", Metric.NPS, 9)
    assert record.answered_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert record.respondent is None
    assert set(record.dimensions) == {None}


@pytest.mark.parametrize("score", ["11", "-1", "7.5", "", "nine", "1e1", "٩", "9.0.0", "99999999999999999999", "NaN"])
def test_a_score_that_is_not_on_the_scale_is_refused(score: str) -> None:
    assert fault(SHORT, f"nps,{AT},{score}").startswith("score ")


@pytest.mark.parametrize("score", ["9", "9.0", "09", "+9", " 9 "])
def test_a_whole_number_may_come_as_a_spreadsheet_writes_it(score: str) -> None:
    assert one(SHORT, f"nps,{AT},{score}").score == 9


def test_the_scale_is_the_questions_own() -> None:
    assert fault(SHORT, f"csat,{AT},6") == "score 6 is outside 1 to 5"
    assert fault(SHORT, f"ces,{AT},0") == "score 0 is outside 1 to 7"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("2026-03-01T10:00:00", "has no offset"),
        ("2026-03-01", "has no offset"),
        ("2026-02-30T10:00:00Z", "is not a date and time"),
        ("01.03.2026 10:00", "is not a date and time"),
        ("2026-03-01T25:00:00Z", "is not a date and time"),
        ("1767225600", "is not a date and time"),
        ("2026-07-07T07:00:01Z", "is more than a day ahead"),
        ("9999-12-31T23:59:59-12:00", "is outside the calendar"),
        ("0001-01-01T00:00:00+12:00", "is outside the calendar"),
        ("1900-01-01T00:00:00Z", "is before 1970"),
        ("", "answered_at is empty"),
    ],
)
def test_a_time_that_cannot_be_right_is_refused(time: str, said: str) -> None:
    assert said in fault(SHORT, f"nps,{time},9")


def test_a_time_up_to_a_day_ahead_is_a_clock_that_is_wrong_and_taken() -> None:
    assert one(SHORT, "nps,2026-07-07T07:00:00Z,9").score == 9


def test_the_day_of_an_answer_is_local_to_the_tenant() -> None:
    assert one(SHORT, "nps,2026-03-01T23:30:00Z,9").local_day == date(2026, 3, 2)
    assert one(SHORT, "nps,2026-03-02T08:30:00+09:00,9").local_day == date(2026, 3, 2)
    assert one(SHORT, "nps,2026-03-02T08:30:00+14:00,9").local_day == date(2026, 3, 1)


def test_a_misspelt_survey_role_or_stage_names_the_nearest_one() -> None:
    header = f"{SHORT},role,stage"
    assert fault(header, f"npss,{AT},9,,") == "survey “npss” is unknown. Did you mean “nps”?"
    assert fault(header, f"nps,{AT},9,tecnical,") == "role “tecnical” is unknown. Did you mean “technical”?"
    assert fault(header, f"nps,{AT},9,-technical,") == "role “-technical” is unknown. Did you mean “technical”?"
    assert fault(header, f"nps,{AT},9,,suport") == "stage “suport” is unknown. Did you mean “support”?"


def test_a_row_tells_all_that_is_wrong_with_it_at_once() -> None:
    said = fault(f"{SHORT},role,mode", "nps,yesterday,11,boss,robot")
    assert all(f"{column} " in said for column in ("answered_at", "score", "role", "mode"))


def test_words_of_the_product_may_be_written_as_people_write_them() -> None:
    assert one(f"{SHORT},role", f"NPS,{AT},9,Decision maker").dimensions.role == "decision_maker"


def test_spelling_of_names_is_kept() -> None:
    record = one(f"{SHORT},account,touchpoint", f"nps,{AT},9,ACME Gmbh & Co,First Invoice")
    assert (record.dimensions.account, record.dimensions.touchpoint) == ("ACME Gmbh & Co", "First Invoice")


def test_a_question_may_be_named_and_must_ask_for_a_score() -> None:
    header = f"{SHORT},question"
    assert one(header, f"nps,{AT},9,recommend").target.question == "recommend"
    assert fault(header, f"nps,{AT},9,recomend").endswith("Did you mean “recommend”?")
    assert fault(header, f"nps,{AT},9,reason") == "“reason” asks for no score; only scores can be imported"
    assert fault(SHORT, f"feedback,{AT},1") == "“feedback” asks for no score; only scores can be imported"


def test_nps_belongs_to_the_relationship_series_unless_a_touchpoint_is_given() -> None:
    header = f"{SHORT},touchpoint"
    assert one(header, f"nps,{AT},9,").series is Series.RELATIONSHIP
    assert one(header, f"nps,{AT},9,invoice").series is Series.EVENT


def test_a_comment_belongs_to_the_question_that_somebody_with_this_score_is_asked_first() -> None:
    header = f"{SHORT},comment"
    assert one(header, f"nps,{AT},9,Fine").comment_question == "reason"
    assert one(header, f"csat,{AT},5,Fine").comment_question == "went-well"
    assert one(header, f"csat,{AT},2,Not fine").comment_question == "improve"
    assert one(header, f"nps,{AT},9,").comment_question is None


def test_a_comment_keeps_its_scripts_and_lines_and_loses_control_characters() -> None:
    header = f"{SHORT},comment"
    said = one(header, f'nps,{AT},9,"Дуже добре 👍\n<!channel> =SUM(A1)\x07 *ok*"').comment
    assert said == "Дуже добре 👍\n<!channel> =SUM(A1) *ok*"


def test_a_comment_has_the_same_bound_as_in_chat() -> None:
    header = f"{SHORT},comment"
    assert len(one(header, f"nps,{AT},9,{'x' * COMMENT_LIMIT}").comment or "") == COMMENT_LIMIT
    assert fault(header, f"nps,{AT},9,{'x' * (COMMENT_LIMIT + 1)}").startswith("comment has 10,001 characters")


@pytest.mark.parametrize(
    ("column", "limit"), [("account", 300), ("touchpoint", 100), ("segment", 100), ("team", 100), ("channel", 60)]
)
def test_a_name_that_no_column_can_hold_is_refused(column: str, limit: int) -> None:
    header = f"{SHORT},{column}"
    assert named(f"{header}\nnps,{AT},9,{'x' * limit}\n")
    assert fault(header, f"nps,{AT},9,{'x' * (limit + 1)}") == (
        f"{column} has {limit + 1} characters, at most {limit} are allowed"
    )


def test_a_name_over_two_lines_is_refused() -> None:
    (found,) = faults_of(f'{SHORT},account\nnps,{AT},9,"Ac\nme"\nnps,{AT},9,Acme\n')
    assert found == "r.csv:2: account “Ac?me” holds a line end or a control character"


def test_a_row_with_too_few_or_too_many_cells_is_refused() -> None:
    assert fault(SHORT, f"nps,{AT}") == "the row has 2 cells, the header has 3"
    assert fault(SHORT, f"nps,{AT},9,x") == "the row has 4 cells, the header has 3"


# ── identity ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_external_id_twice_in_one_file_is_an_error_that_names_the_first() -> None:
    (found,) = faults_of(f"{SHORT},external_id\nnps,{AT},9,a\nnps,{AT},8,b\nnps,{AT},7,a\n")
    assert found == "r.csv:4: external_id “a” is already in line 2"


def test_two_equal_rows_are_two_answers_and_the_same_file_gives_the_same_identities() -> None:
    text = f"{SHORT}\nnps,{AT},9\nnps,{AT},9\nnps,{AT},8\n"
    first, again = named(text), named(text)
    assert len({record.identity for record in first}) == 3
    assert [record.identity for record in first] == [record.identity for record in again]


def test_an_identity_does_not_depend_on_columns_order_or_on_how_the_time_is_written() -> None:
    (plain,) = named(f"{SHORT},role\nnps,2026-03-01T10:00:00+01:00,9,technical\n")
    (turned,) = named("role,score,survey,answered_at,account\nTechnical,9.0,NPS,2026-03-01T09:00:00Z,\n")
    assert plain.identity == turned.identity


def test_a_given_identity_stays_while_the_content_changes() -> None:
    (before,) = named(f"{SHORT},external_id\nnps,{AT},9,a\n")
    (after,) = named(f"{SHORT},external_id\nnps,{AT},3,a\n")
    assert before.identity == after.identity
    assert before.digest != after.digest


def test_a_given_identity_is_never_taken_for_one_made_from_content() -> None:
    (made,) = named(f"{SHORT}\nnps,{AT},9\n")
    (given_one,) = named(f"{SHORT},external_id\nnps,{AT},9,{made.identity}\n")
    assert given_one.identity != made.identity


@pytest.mark.parametrize("changed", ["score", "respondent", "account", "role", "comment", "mode"])
def test_every_column_is_part_of_the_content(changed: str) -> None:
    cells = {"respondent": "a@b.com", "account": "Acme", "role": "other", "comment": "So", "mode": "self", "score": "9"}
    other = {"respondent": "c@b.com", "account": "Bcme", "role": "finance", "comment": "No", "mode": "interviewer"}
    header = f"survey,answered_at,{','.join(cells)}"
    changed_cells = {**cells, changed: {**other, "score": "3"}[changed]}
    (before,) = named(f"{header}\nnps,{AT},{','.join(cells.values())}\n")
    (after,) = named(f"{header}\nnps,{AT},{','.join(changed_cells.values())}\n")
    assert before.digest != after.digest


# ── employees ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_of_an_employee_survey_is_counted_by_month_and_never_a_response() -> None:
    records, faults = read_responses(f"{SHORT},respondent,comment,team\nenps,{AT},9,e@x.com,Long,Support\n")
    assert faults == []
    (answer,) = records
    assert isinstance(answer, EmployeeAnswer)
    assert (answer.target.survey, answer.metric, answer.month, answer.commented) == (
        "employee-pulse", Metric.ENPS, date(2026, 3, 1), True,
    )  # fmt: skip


def test_a_month_that_is_not_over_takes_no_rows() -> None:
    assert fault(SHORT, "enps,2026-07-01T10:00:00Z,9") == (
        "2026-07 is not over; answers of employees are taken by whole past months"
    )
    # 23:30 in London on the last of June is July in Warsaw.
    assert "2026-07 is not over" in fault(SHORT, "enps,2026-06-30T22:30:00Z,9")


def test_a_released_month_takes_no_more_rows() -> None:
    released = frozenset({("employee-pulse", "recommend", date(2026, 3, 1))})
    records, faults = read_responses(f"{SHORT}\nenps,{AT},9\nenps,2026-04-01T10:00:00Z,9\n", released=released)
    assert len(records) == 1
    assert faults == ["r.csv:2: employee-pulse of 2026-03 is released and takes no more rows"]


def test_a_question_of_employees_that_feeds_no_metric_is_refused() -> None:
    assert "feeds no metric" in fault(f"{SHORT},question", f"employee-pulse,{AT},4,tools")


def test_an_employees_answer_to_a_customer_survey_is_refused() -> None:
    _, faults = read_responses(f"{SHORT},respondent\nnps,{AT},9,Eve@X.com\n", employees=frozenset({"eve@x.com"}))
    assert faults[0].startswith("r.csv:2: the respondent is an employee")


# ── anything at all ────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=5, max_size=5))
def test_any_cells_are_a_record_or_a_fault_and_a_score_is_always_on_its_scale(cells: list[str]) -> None:
    row = ",".join('"' + cell.replace('"', '""').replace("\r", "") + '"' for cell in cells)
    records, faults = read_responses(f"survey,answered_at,score,respondent,account\n{row}\n")
    assert len(records) + len(faults) <= 1 + any(not cell.strip() for cell in cells)
    for record in records:
        assert record.target.low <= record.score <= record.target.high


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_any_text_for_a_score_is_on_the_scale_or_refused(cell: str) -> None:
    text = '"' + cell.replace('"', '""').replace("\r", "").replace("\x00", "").replace("\n", "") + '"'
    records, faults = read_responses(f"{SHORT}\nnps,{AT},{text}\n")
    assert len(records) + len(faults) == 1
    assert all(0 <= record.score <= 10 for record in records)
