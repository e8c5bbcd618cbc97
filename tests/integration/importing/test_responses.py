"""Responses that come in by a file, on both databases."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage.imports.exclusive import only_import
from storage.imports.job import Ending, Phase
from storage.tables import response
from storage.unit_of_work import SqlStore
from surveys.errors import Refused
from surveys.importing.model import FileRefused, ImportKind
from surveys.people.model import Role
from surveys.people.records import ContactRecord
from tests.builders import a_contact, scored
from tests.integration.importing.imports import (
    AT,
    Operator,
    a_company_with_surveys,
    bring_in,
    left_hidden,
    responses,
    visible,
)

pytestmark = pytest.mark.anyio

THREE = responses(
    '9,ann@x.com,Acme,technical,"Good,\nreally",a1', "3,bob@y.com,Bolt,operations,,a2", "7,ann@x.com,ACME,technical,,a3"
)


async def test_scores_people_accounts_and_comments_come_in(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    outcome = await bring_in(company, ImportKind.RESPONSES, THREE)
    seen = await visible(company)
    assert (outcome.ending, outcome.created, outcome.new_accounts, outcome.new_people) == (Ending.DONE, 3, 2, 2)
    assert (seen.scores, seen.people) == ({3: 1, 7: 1, 9: 1}, 2)
    assert seen.by_account == {"Acme": {7: 1, 9: 1}, "Bolt": {3: 1}}
    assert seen.by_role == {"technical": {7: 1, 9: 1}, "operations": {3: 1}}
    assert seen.comments == ["Good,\nreally"]
    assert seen.contacts == [("ann@x.com", "Acme", "technical"), ("bob@y.com", "Bolt", "operations")]
    assert await left_hidden(company) == 0


async def test_days_of_a_time_zone_that_was_changed_meanwhile_are_not_written(sqlite_store: SqlStore) -> None:
    company = await a_company_with_surveys(sqlite_store)

    class Mover(Operator):
        """Whoever changes the zone while the file is checked."""

        def progress(self, phase: Phase, done: int, total: int) -> None:
            with sqlite3.connect(str(sqlite_store.database.file)) as other:
                other.execute("UPDATE tenant SET timezone = 'Pacific/Honolulu'")
            sqlite_store.forget_tenants()

    with pytest.raises(Refused, match="time zone"):
        await bring_in(company, ImportKind.RESPONSES, THREE, operator=Mover())
    assert (await visible(company)).scores == {}


async def test_the_same_file_again_changes_nothing(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, THREE)
    before = await visible(company)
    outcome = await bring_in(company, ImportKind.RESPONSES, THREE)
    assert outcome.ending is Ending.KNOWN
    assert outcome.known_since is not None
    assert await visible(company) == before


async def test_rows_that_are_there_already_change_nothing_in_a_larger_file(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, THREE)
    outcome = await bring_in(company, ImportKind.RESPONSES, THREE + f"nps,{AT},0,cat@z.com,Cord,finance,,a4\n")
    assert (outcome.created, outcome.updated, outcome.unchanged) == (1, 0, 3)
    assert (await visible(company)).scores == {0: 1, 3: 1, 7: 1, 9: 1}


async def test_equal_rows_without_an_id_are_answers_of_their_own_and_known_again(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    text = responses("9", "9", "9", header="survey,answered_at,score")
    await bring_in(company, ImportKind.RESPONSES, text)
    outcome = await bring_in(company, ImportKind.RESPONSES, text + f"nps,{AT},9\n")
    assert (outcome.created, outcome.unchanged) == (1, 3)
    assert (await visible(company)).scores == {9: 4}


async def test_the_same_id_with_other_content_is_a_correction(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, THREE)
    changed = responses("1,ann@x.com,Bolt,technical,Not at all,a1")
    outcome = await bring_in(company, ImportKind.RESPONSES, changed)
    seen = await visible(company)
    assert (outcome.created, outcome.updated) == (0, 1)
    assert seen.scores == {1: 1, 3: 1, 7: 1}
    assert seen.by_account == {"Acme": {7: 1}, "Bolt": {1: 1, 3: 1}}
    assert seen.comments == ["Not at all"]


async def test_a_correction_can_be_corrected_and_a_comment_taken_back(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    for score, comment in ((9, "One"), (5, "Two"), (8, "")):
        await bring_in(company, ImportKind.RESPONSES, responses(f"{score},ann@x.com,Acme,technical,{comment},a1"))
    seen = await visible(company)
    assert (seen.scores, seen.comments, seen.people) == ({8: 1}, [], 1)


async def test_a_correction_may_belong_to_somebody_else(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, responses("9,ann@x.com,Acme,technical,,a1"))
    await bring_in(company, ImportKind.RESPONSES, responses("9,bob@y.com,Bolt,finance,,a1"))
    seen = await visible(company)
    assert (seen.people, seen.by_account) == (1, {"Bolt": {9: 1}})


async def test_one_bad_row_keeps_everything_out_and_is_told_with_its_line(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    operator = Operator()
    text = responses("9,ann@x.com,Acme,technical,,a1", "11,bob@y.com,Bolt,operations,,a2")
    outcome = await bring_in(company, ImportKind.RESPONSES, text, operator=operator)
    assert outcome.ending is Ending.BAD_ROWS
    assert operator.lines == ["file.csv:3: score 11 is outside 0 to 10"]
    assert (await visible(company)).scores == {}


async def test_bad_rows_may_be_left_out_and_come_in_later_with_the_same_file(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    text = responses("9,ann@x.com,Acme,technical,,a1", "3,bob@y.com,Bolt,operations,,a2").replace(
        "nps,2026-03-01T10:00:00+01:00,3", "nps,2026-07-09T10:00:00+01:00,3"
    )
    first = await bring_in(company, ImportKind.RESPONSES, text, skip_bad=True)
    assert (first.ending, first.created, first.bad) == (Ending.DONE, 1, 1)
    from tests.builders import NOW

    later = await bring_in(company, ImportKind.RESPONSES, text, at=NOW + timedelta(days=5))
    assert (later.ending, later.created, later.unchanged) == (Ending.DONE, 1, 1)


async def test_a_dry_run_writes_nothing(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    outcome = await bring_in(company, ImportKind.RESPONSES, THREE, dry_run=True)
    assert (outcome.ending, outcome.rows) == (Ending.CHECKED, 3)
    seen = await visible(company)
    assert (seen.scores, seen.contacts) == ({}, [])


async def test_a_file_in_another_encoding_is_refused_as_a_whole(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    with pytest.raises(FileRefused, match=r"file\.csv:1: .*NUL|UTF-16"):
        await bring_in(company, ImportKind.RESPONSES, THREE.replace("survey", "sur\x00vey"))


async def test_what_a_file_does_not_tell_is_taken_from_the_contact(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await company.contact(a_contact("ann@x.com", account="Acme", role=Role.FINANCE))
    text = responses("9,Ann@X.com", "8,new@x.com", header="survey,answered_at,score,respondent")
    await bring_in(company, ImportKind.RESPONSES, text)
    seen = await visible(company)
    assert seen.by_role == {"finance": {9: 1}, None: {8: 1}}
    assert seen.by_account == {"Acme": {9: 1}, None: {8: 1}}


async def test_an_empty_cell_is_told_as_empty_and_not_filled_in(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await company.contact(a_contact("ann@x.com", account="Acme", role=Role.FINANCE))
    text = responses("9,ann@x.com,,", header="survey,answered_at,score,respondent,account,role")
    await bring_in(company, ImportKind.RESPONSES, text)
    seen = await visible(company)
    assert (seen.by_role, seen.by_account) == ({None: {9: 1}}, {None: {9: 1}})


async def test_a_known_contact_stays_as_it_is(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await company.contact(ContactRecord(email="ann@x.com", name="Ann", account="Acme", role=Role.FINANCE))
    await bring_in(company, ImportKind.RESPONSES, responses("9,ann@x.com,Bolt,technical,,a1"))
    seen = await visible(company)
    assert seen.contacts == [("ann@x.com", "Acme", "finance")]
    assert seen.by_role == {"technical": {9: 1}}


async def test_spelling_is_kept_and_case_does_not_make_a_second_account(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    rows = ("9,a@x.com,Straße GmbH,other,,a1", "9,b@x.com,STRASSE  GMBH,other,,a2")
    outcome = await bring_in(company, ImportKind.RESPONSES, responses(*rows))
    assert outcome.new_accounts == 1
    assert set((await visible(company)).by_account) == {"Straße GmbH"}


async def test_scores_at_a_touchpoint_are_kept_apart_from_the_relationship(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    text = responses("9,invoice", "3,", header="survey,answered_at,score,touchpoint")
    await bring_in(company, ImportKind.RESPONSES, text)
    async with store.read(company.id) as unit:
        from surveys.definitions.model import Metric, Series
        from surveys.insight.queries import ScoreRequest

        found = {
            series: (await unit.insight.tally(ScoreRequest(metric=Metric.NPS, series=series, period=None))).total.counts
            for series in (Series.RELATIONSHIP, Series.EVENT)
        }
    assert found == {Series.RELATIONSHIP: {3: 1}, Series.EVENT: {9: 1}}


async def test_only_one_import_runs_at_a_time(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    async with only_import(store.database, company.id) as alone:
        assert alone
        with pytest.raises(Refused, match="Another import is running"):
            await bring_in(company, ImportKind.RESPONSES, THREE)
    assert (await bring_in(company, ImportKind.RESPONSES, THREE)).ending is Ending.DONE


async def test_answers_in_chat_go_on_while_a_file_comes_in_and_none_is_lost(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    person = await company.contact(a_contact("tap@x.com"))
    async with store.read(company.id) as unit:
        version = await unit.surveys.latest("nps")
    assert version is not None
    invitation = await company.asked(person, version)
    text = responses(*(f"9,p{number}@x.com,Acme,technical,,a{number}" for number in range(60)))

    async def tap() -> list[dict[int, int]]:
        """Changes the answer again and again; what anybody could see in between."""
        seen = []
        for score in range(8):
            async with store.write(company.id) as unit:
                await unit.invitations.answer(scored(invitation, score))
                await unit.commit()
            seen.append((await visible(company)).scores)
        return seen

    _, between = await asyncio.gather(bring_in(company, ImportKind.RESPONSES, text), tap())
    assert (await visible(company)).scores == {7: 1, 9: 60}
    assert {scores.get(9, 0) for scores in between} <= {0, 60}


async def test_a_corrected_response_is_of_the_person_and_time_that_its_correction_says(store: SqlStore) -> None:
    company = await a_company_with_surveys(store)
    await bring_in(company, ImportKind.RESPONSES, responses("9,ann@x.com,Acme,technical,,a1"))
    moved = responses("8,bob@y.com,Acme,technical,,a1").replace("2026-03-01", "2026-03-05")
    await bring_in(company, ImportKind.RESPONSES, moved)
    async with store.read(company.id) as unit:
        (row,) = (await unit.scope.connection.execute(select(response.c.person_id, response.c.submitted_at))).all()
        person = await unit.people.by_id(row.person_id)
    assert (person.email, row.submitted_at) == ("bob@y.com", datetime(2026, 3, 5, 9, tzinfo=UTC))
