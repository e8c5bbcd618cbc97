"""What a store says about answers: groups, pairs of the same person, comments, response rates, the week."""

from datetime import date, timedelta

import pytest

from bot.ports import NewAnswer
from surveys.definitions.model import Metric, Series
from surveys.insight.queries import Dimension, Filter, PairedScore, Period, ScoreRequest, Tally
from surveys.people.model import Role
from surveys.people.records import AccountRecord, ContactRecord
from surveys.sending.model import InvitationFacts
from tests.builders import NOW, TODAY, Company, a_survey, scored

pytestmark = pytest.mark.anyio

LAST_MONTH, THIS_MONTH = (
    Period(start=date(2026, 6, 1), end=date(2026, 7, 1)),
    Period(start=date(2026, 7, 1), end=date(2026, 8, 1)),
)
TECHNICAL = Filter(dimension=Dimension.ROLE, values=("technical",))
CUSTOMERS = Filter(dimension=Dimension.RELATIONSHIP, values=("customer",))
OF_ACME = Filter(dimension=Dimension.ACCOUNT, values=("acme gmbh",))
OF_NPS = Filter(dimension=Dimension.SURVEY, values=("nps",))


def nps(
    period: Period | None = None, *filters: Filter, by: Dimension | None = None, latest: bool = False
) -> ScoreRequest:
    return ScoreRequest(
        metric=Metric.NPS, series=Series.RELATIONSHIP, period=period, filters=filters, by=by, latest=latest
    )


@pytest.fixture
async def story(company: Company) -> Company:
    """Three people of two accounts answered in June and in July; Ann changed her mind, Cleo gave no reason."""
    async with company.store.write(company.id) as unit:
        await unit.accounts.upsert(AccountRecord(name="Acme GmbH", segment="Large", tier="Gold"), at=NOW)
        await unit.commit()
    version = await company.publish()
    await company.publish(a_survey("other"))
    who = (("ann", "Acme GmbH", Role.TECHNICAL), ("bob", "Acme GmbH", Role.FINANCE), ("cleo", "Żabka", Role.TECHNICAL))
    for month, scores in ((-1, (3, 7, 10)), (0, (9, 7, 6))):
        at = NOW + timedelta(days=30 * month)
        for (name, account, role), score in zip(who, scores, strict=True):
            person = await company.contact(
                ContactRecord(email=f"{name}@x.example", account=account, role=role, persona="Planner")
            )
            asked = await company.asked(person, version, at=at)
            await said(company, asked, score, None if name == "cleo" else f"{name} in month {month}")
            if name == "ann":
                async with company.store.write(company.id) as unit:
                    await unit.invitations.answer(scored(asked, score + 1, at=at + timedelta(minutes=5)))
                    await unit.commit()
    return company


async def said(company: Company, asked: InvitationFacts, score: int, reason: str | None) -> None:
    at = asked.created_at + timedelta(minutes=1)
    async with company.store.write(company.id) as unit:
        await unit.invitations.answer(scored(asked, score, at=at))
        if reason:
            comment = NewAnswer(invitation_id=asked.id, question="reason", at=at, platform="web", text=reason)
            await unit.invitations.answer(comment)
        await unit.commit()


async def counted(company: Company, request: ScoreRequest) -> dict[str | None, dict[int, int]]:
    """By group as people read it; "" is the total."""
    async with company.store.read(company.id) as unit:
        found = await unit.insight.tally(request)
        names = (
            await unit.insight.labels(request.by, [one.key for one in found.groups if one.key]) if request.by else {}
        )
    return {"": found.total.counts} | {names.get(one.key or ""): dict(one.counts) for one in found.groups}


async def test_answers_are_counted_in_their_groups(story: Company) -> None:
    assert await counted(story, nps(THIS_MONTH)) == {"": {10: 1, 7: 1, 6: 1}}
    assert await counted(story, nps(THIS_MONTH, by=Dimension.ACCOUNT)) == {
        "": {10: 1, 7: 1, 6: 1},
        "Acme GmbH": {10: 1, 7: 1},
        "Żabka": {6: 1},
    }
    assert await counted(story, nps(THIS_MONTH, TECHNICAL)) == {"": {10: 1, 6: 1}}
    assert await counted(story, nps(THIS_MONTH, TECHNICAL, by=Dimension.SEGMENT)) == {
        "": {10: 1, 6: 1},
        "Large": {10: 1},
        None: {6: 1},
    }


@pytest.mark.parametrize(
    ("wanted", "scores"),
    [
        (Filter(dimension=Dimension.ACCOUNT, values=("acme gmbh",)), {10: 1, 7: 1}),
        (Filter(dimension=Dimension.ACCOUNT, values=("żabka",)), {6: 1}),
        (Filter(dimension=Dimension.ACCOUNT, values=("acme gmbh",), negated=True), {6: 1}),
        (Filter(dimension=Dimension.ACCOUNT, values=("nobody",)), {}),
        (Filter(dimension=Dimension.TIER, values=("gold",)), {10: 1, 7: 1}),
        (Filter(dimension=Dimension.TIER, values=("gold",), negated=True), {6: 1}),
        (Filter(dimension=Dimension.PERSONA, values=("planner",)), {10: 1, 7: 1, 6: 1}),
        (Filter(dimension=Dimension.SURVEY, values=("nps",)), {10: 1, 7: 1, 6: 1}),
        (Filter(dimension=Dimension.SURVEY, values=("other",)), {}),
        (Filter(dimension=Dimension.PLATFORM, values=("web",)), {10: 1, 7: 1, 6: 1}),
        (Filter(dimension=Dimension.STAGE, values=("use",)), {}),
        (Filter(dimension=Dimension.STAGE, values=("use",), negated=True), {10: 1, 7: 1, 6: 1}),
    ],
)
async def test_a_filter_keeps_whom_it_names_in_any_case(story: Company, wanted: Filter, scores: dict[int, int]) -> None:
    assert await counted(story, nps(THIS_MONTH, wanted)) == {"": scores}


async def test_people_are_counted_once_and_the_latest_answer_is_the_last(story: Company) -> None:
    async with story.store.read(story.id) as unit:
        every = (await unit.insight.tally(nps())).total
        last = (await unit.insight.tally(nps(latest=True))).total
        first_day = (await unit.insight.tally(nps())).first_day
    assert (every.n, every.people) == (6, 3)
    assert (last.counts, last.people) == ({10: 1, 7: 1, 6: 1}, 3)
    assert first_day == TODAY - timedelta(days=30)


async def test_sums_over_accounts_make_the_interval_of_answers_that_are_alike(story: Company) -> None:
    async with story.store.read(story.id) as unit:
        total: Tally = (await unit.insight.tally(nps(THIS_MONTH))).total
    sums = total.accounts
    assert sums is not None
    # Acme: a promoter and a passive (1 of 2), Żabka: a detractor (−1 of 1).
    assert (sums.accounts, sums.answers, sums.sum_x) == (2, 3, 0)
    assert (sums.sum_ss, sums.sum_sn, sums.sum_nn) == (2, 1, 5)


async def test_the_same_people_are_paired_over_two_periods(story: Company) -> None:
    async with story.store.read(story.id) as unit:
        pairs = await unit.insight.panel(nps(THIS_MONTH), nps(LAST_MONTH))
        technical = await unit.insight.panel(nps(THIS_MONTH, TECHNICAL), nps(LAST_MONTH, TECHNICAL))
        nobody = await unit.insight.panel(nps(THIS_MONTH), nps(Period(start=date(2025, 1, 1), end=date(2025, 2, 1))))
    assert list(pairs) == [
        PairedScore(before=4, after=10),
        PairedScore(before=7, after=7),
        PairedScore(before=10, after=6),
    ]
    assert len(technical) == 2
    assert list(nobody) == []


async def test_comments_come_newest_first_with_the_score_beside_them(story: Company) -> None:
    async with story.store.read(story.id) as unit:
        every = await unit.insight.comments(nps(), 10)
        first = await unit.insight.comments(nps(), 1)
        technical = await unit.insight.comments(nps(None, TECHNICAL), 10)
        latest = await unit.insight.comments(nps(latest=True), 10)
    assert [(one.text, one.score, one.role, one.account) for one in every] == [
        ("bob in month 0", 7, "finance", "Acme GmbH"),
        ("ann in month 0", 10, "technical", "Acme GmbH"),
        ("bob in month -1", 7, "finance", "Acme GmbH"),
        ("ann in month -1", 4, "technical", "Acme GmbH"),
    ]
    assert list(first) == list(every[:1])
    assert [one.text for one in technical] == ["ann in month 0", "ann in month -1"]
    assert [one.text for one in latest] == ["bob in month 0", "ann in month 0"]


async def test_response_rates_are_of_closed_invitations_and_open_ones_are_apart(story: Company) -> None:
    silent = await story.contact(ContactRecord(email="silent@x.example", account="Żabka", role=Role.TECHNICAL))
    await story.asked(silent, await story.publish(), at=NOW - timedelta(days=30))
    async with story.store.write(story.id) as unit:
        await unit.invitations.close_due(NOW, 100)
        await unit.commit()
    june = Period(start=date(2026, 6, 1), end=date(2026, 7, 1))
    async with story.store.read(story.id) as unit:
        closed = await unit.insight.responses(["nps"], june, ())
        opened = await unit.insight.responses(["nps"], THIS_MONTH, ())
        technical = await unit.insight.responses(["nps"], june, (TECHNICAL,))
        other = await unit.insight.responses(["other"], june, ())
        by_platform = Filter(dimension=Dimension.PLATFORM, values=("web",))
        unknowable = await unit.insight.responses(["nps"], june, (by_platform,))
    assert (closed.delivered, closed.answered, closed.still_open) == (4, 3, 0)
    assert (opened.delivered, opened.answered, opened.still_open) == (0, 0, 3)
    assert (technical.delivered, technical.answered) == (3, 2)
    assert (other.delivered, other.answered) == (0, 0)
    assert unknowable.rate is None


@pytest.mark.parametrize(
    ("filters", "by_present", "open_by_present"),
    [
        ((), (), ()),
        ((TECHNICAL,), (), (Dimension.ROLE,)),
        ((CUSTOMERS,), (Dimension.RELATIONSHIP,), (Dimension.RELATIONSHIP,)),
        ((TECHNICAL, OF_ACME), (Dimension.ROLE, Dimension.ACCOUNT), (Dimension.ROLE, Dimension.ACCOUNT)),
        ((TECHNICAL, OF_NPS), (), (Dimension.ROLE,)),
        ((CUSTOMERS, OF_NPS), (Dimension.RELATIONSHIP,), (Dimension.RELATIONSHIP,)),
    ],
)
async def test_a_response_rate_names_what_it_went_by_as_it_is_today(
    story: Company,
    filters: tuple[Filter, ...],
    by_present: tuple[Dimension, ...],
    open_by_present: tuple[Dimension, ...],
) -> None:
    async with story.store.read(story.id) as unit:
        counts = await unit.insight.responses(["nps"], THIS_MONTH, filters)
    assert (counts.by_present, counts.open_by_present) == (by_present, open_by_present)


async def test_the_week_tells_what_happened_in_it(story: Company) -> None:
    async with story.store.write(story.id) as unit:
        [ann] = await unit.people.find("ann@x.example")
        await unit.people.opt_out(ann.id, NOW)
        await unit.people.opt_in(ann.id, NOW)
        await unit.people.opt_out(ann.id, NOW + timedelta(hours=1))
        await unit.commit()
    async with story.store.read(story.id) as unit:
        week = await unit.insight.week(Period(start=TODAY, end=TODAY + timedelta(days=7)))
        before = await unit.insight.week(Period(start=TODAY - timedelta(days=7), end=TODAY))
    assert (week.answers, week.people, week.comments, week.delivered, week.opted_out) == (3, 3, 2, 3, 1)
    assert (before.answers, before.people, before.comments, before.delivered, before.opted_out) == (0, 0, 0, 0, 0)


async def test_folding_changes_none_of_it(story: Company) -> None:
    requests = [nps(), nps(THIS_MONTH), nps(by=Dimension.ROLE), nps(LAST_MONTH, TECHNICAL), nps(by=Dimension.ACCOUNT)]
    async with story.store.read(story.id) as unit:
        before = [await unit.insight.tally(request) for request in requests]
    assert await story.store.fold(limit=1_000) > 0
    async with story.store.read(story.id) as unit:
        assert [await unit.insight.tally(request) for request in requests] == before


async def test_a_label_is_what_people_read_for_a_key(story: Company) -> None:
    async with story.store.read(story.id) as unit:
        assert await unit.insight.labels(Dimension.ROLE, ["technical"]) == {"technical": "technical"}
        assert await unit.insight.labels(Dimension.ACCOUNT, ["4711"]) == {}
