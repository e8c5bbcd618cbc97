"""Answers of employees: closed months, and nothing that anybody could be found by."""

import pytest
from sqlalchemy import func, select

from storage.imports.job import Ending
from storage.tables import answer, person, released_figure, response
from storage.unit_of_work import SqlStore
from surveys.definitions.model import Metric
from surveys.importing.model import ImportKind
from tests.builders import Company
from tests.integration.importing.imports import Operator, a_company_with_surveys, bring_in, visible

pytestmark = pytest.mark.anyio

HEADER = "survey,answered_at,score,respondent,comment"


def months(**people: int) -> str:
    """`march=6`: six people who answered in March."""
    numbers = {"march": "03", "april": "04", "may": "05"}
    rows = [
        f"enps,2026-{numbers[month]}-10T10:00:00+02:00,{9 if one % 3 else 4},e{one}@x.com,Only for you"
        for month, count in people.items()
        for one in range(count)
    ]
    return "\n".join([HEADER, *rows]) + "\n"


async def rows_of(company: Company) -> dict[str, int]:
    async with company.store.read(company.id) as unit:
        return {
            table.name: await unit.scope.connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (response, answer, person)
        }


async def test_a_month_is_released_for_the_whole_company_and_nobody_is_stored(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    outcome = await bring_in(company, ImportKind.RESPONSES, months(march=6, april=4))
    assert (outcome.ending, outcome.months_shown, outcome.months_withheld) == (Ending.DONE, 1, 1)
    assert (outcome.employee_answers, outcome.dropped_comments) == (10, 10)
    assert await rows_of(company) == {"response": 0, "answer": 0, "person": 0}
    async with store.read(company.id) as unit:
        (wave,) = await unit.insight.released(Metric.ENPS, None)
    assert (wave.n, wave.month.isoformat()) == (6, "2026-03-01")


async def test_of_a_month_with_fewer_than_five_people_not_even_the_number_is_kept(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, months(april=4))
    async with store.read(company.id) as unit:
        rows = (await unit.scope.connection.execute(select(released_figure.c.n, released_figure.c.shown))).all()
    assert [tuple(row) for row in rows] == [(None, None)]


async def test_the_same_file_again_has_nothing_to_do(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, months(march=6, april=4))
    operator = Operator()
    outcome = await bring_in(company, ImportKind.RESPONSES, months(march=6, april=4), operator=operator)
    assert (outcome.ending, operator.lines) == (Ending.KNOWN, [])


async def test_a_released_month_takes_no_more_rows_from_another_file(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, months(march=6, april=4))
    operator = Operator()
    outcome = await bring_in(company, ImportKind.RESPONSES, months(april=1, may=5), operator=operator)
    assert outcome.ending is Ending.BAD_ROWS
    assert operator.lines == ["file.csv:2: employee-pulse of 2026-04 is released and takes no more rows"]


async def test_rows_of_customers_and_employees_may_come_in_one_file(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    text = months(march=6) + "nps,2026-03-10T10:00:00+02:00,9,ann@x.com,Good\n"
    outcome = await bring_in(company, ImportKind.RESPONSES, text)
    seen = await visible(company)
    assert (outcome.created, outcome.months_shown) == (1, 1)
    assert (seen.scores, seen.comments, seen.released) == ({9: 1}, ["Good"], 1)


async def test_thirty_answers_keep_their_distribution(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, months(march=30))
    async with store.read(company.id) as unit:
        (wave,) = await unit.insight.released(Metric.ENPS, None)
    assert wave.totals is not None
    assert {score: n for score, n in wave.totals.items() if n} == {4: 10, 9: 20}


async def test_an_employee_who_is_known_answers_no_customer_survey(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await company.employee()
    operator = Operator()
    text = f"{HEADER}\nnps,2026-03-10T10:00:00+02:00,9,LEAD@halden.example,x\n"
    outcome = await bring_in(company, ImportKind.RESPONSES, text, operator=operator)
    assert outcome.ending is Ending.BAD_ROWS
    assert "the respondent is an employee" in operator.lines[0]
