"""Checked rows come back as they went in, in the order of days, and leave nothing behind."""

import resource
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.imports.spool import Spool
from surveys.definitions.model import Metric, Series
from surveys.errors import Refused
from surveys.importing.model import ResponseRecord, RowDimensions, ScoreTarget

TARGET = ScoreTarget(version_id=1, survey="nps", question="recommend", metric=Metric.NPS, low=0, high=10)
OTHER = ScoreTarget(version_id=2, survey="csat", question="satisfied", metric=None, low=1, high=5)
NOWHERE = RowDimensions(*[None] * len(RowDimensions._fields))


def a_record(line: int = 2, **values: Any) -> ResponseRecord:
    row: dict[str, Any] = {
        "line": line,
        "identity": f"={line}",
        "digest": bytes(16),
        "target": TARGET,
        "series": Series.RELATIONSHIP,
        "score": 9,
        "answered_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "local_day": date(2026, 3, 1),
        "respondent": "ann@example.com",
        "dimensions": NOWHERE,
        "comment": None,
        "comment_question": None,
    }
    return ResponseRecord(**row | values)


texts = st.none() | st.text(max_size=40)
records = st.builds(
    a_record,
    line=st.integers(2, 5_000_000),
    identity=st.text(max_size=60),
    digest=st.binary(min_size=16, max_size=16),
    target=st.sampled_from((TARGET, OTHER)),
    series=st.sampled_from(Series),
    score=st.integers(-1, 10),
    answered_at=st.datetimes(
        min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis asks for naive bounds
        max_value=datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from((UTC, timezone(timedelta(hours=-7, minutes=-30)))),
    ),
    local_day=st.dates(),
    respondent=texts,
    dimensions=st.sampled_from((NOWHERE, NOWHERE._replace(account="Łódź Works", language="pl"))),
    comment=texts,
    comment_question=texts,
)


@given(st.lists(records, max_size=20))
def test_every_row_comes_back_as_it_was_by_day_and_then_in_the_order_of_the_file(rows: list[ResponseRecord]) -> None:
    with Spool() as spool:
        for row in rows:
            spool.add(row)
        assert len(spool) == len(rows)
        assert list(spool.in_order()) == sorted(rows, key=lambda row: row.local_day)


def test_a_comment_of_any_length_and_script_is_kept_whole() -> None:
    row = a_record(comment="“так” \n 👩‍👩‍👧 \x00" * 2_000, comment_question="reason")
    with Spool() as spool:
        spool.add(row)
        assert list(spool.in_order()) == [row]


def test_rows_can_be_read_again_as_when_a_chunk_is_tried_anew() -> None:
    with Spool() as spool:
        spool.add(a_record(3, local_day=date(2026, 3, 2)))
        spool.add(a_record(2))
        assert [row.line for row in spool.in_order()] == [row.line for row in spool.in_order()] == [2, 3]


def test_a_file_without_rows_is_no_rows() -> None:
    with Spool() as spool:
        assert list(spool.in_order()) == []


def test_without_room_for_the_rows_it_says_where_and_what_to_do() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Spool() as spool:
        spool.add(a_record())
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
        try:
            with pytest.raises(Refused, match=r"no room .* TMPDIR"):
                list(spool.in_order())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_leaving_in_the_middle_of_reading_frees_the_file() -> None:
    with Spool() as spool:
        spool.add(a_record())
        reading = spool.in_order()
        assert next(reading).line == 2
    reading.close()
