"""Whatever happens, in whatever order, the real store and the fake one tell the same story."""

import asyncio
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from bot.events import Address, Sender
from bot.ports import NewAnswer
from storage.session import open_database
from storage.unit_of_work import SqlStore
from surveys.definitions.model import Metric, Series
from surveys.errors import CxError
from surveys.insight.queries import Dimension, Filter, Period, ScoreRequest
from surveys.people.model import Role
from surveys.people.records import ContactRecord, PlatformUser
from surveys.sending.model import InvitationFacts
from surveys.sending.planning import plan_wave
from tests.builders import NOW, WARSAW, Company, a_company, a_survey, scored
from tests.fake_store.store import FakeStore, open_books

PEOPLE = ("ann", "bob", "cleo", "dan")
NAMES = ("nps", "other")

LOOK_EVERY = 12
"""Steps after which everything is looked at: it takes longer than a step."""

people, surveys, days = st.sampled_from(PEOPLE), st.sampled_from(NAMES), st.integers(0, 40)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("contact"), people, st.sampled_from(("Acme", "Żabka", None)), st.sampled_from((*Role, None))),
        st.tuples(st.just("publish"), surveys, st.sampled_from(("To know.", "To know more."))),
        st.tuples(st.just("ask"), people, surveys, st.sampled_from((None, "support"))),
        st.tuples(st.just("score"), people, st.integers(-1, 11)),
        st.tuples(st.just("change the oldest"), people, st.integers(0, 10)),
        st.tuples(st.just("comment"), people, st.sampled_from(("Fast", "Slow\x00", "<b>"))),
        st.tuples(st.just("skip"), people),
        st.tuples(st.just("not applicable"), people),
        st.tuples(st.just("send"), surveys),
        st.tuples(st.just("cancel"), st.integers(0, 2)),
        st.tuples(st.just("deliver"), st.sampled_from(("sent", "retry", "failed", "dropped"))),
        st.tuples(st.just("close")),
        st.tuples(st.just("opt out"), people),
        st.tuples(st.just("opt in"), people),
        st.tuples(st.just("snooze"), people, days),
        st.tuples(st.just("pass"), st.integers(1, 12)),
        st.tuples(st.just("fold")),
        st.tuples(st.just("think better of it"), people, surveys),
    ),
    min_size=5,
    max_size=30,
)


class Telling:
    """Plays steps on one store; what each gave back, or which error, is part of the story."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.now = NOW

    async def play(self, step: tuple[Any, ...]) -> object:
        name, *given = step
        play: Callable[..., Any] = getattr(self, name.replace(" ", "_"))
        try:
            return await play(*given)
        except CxError as error:
            return type(error).__name__

    async def contact(self, person: str, account: str | None, role: Role | None) -> object:
        user = PlatformUser(platform="web", user=person)
        record = ContactRecord(email=f"{person}@x.example", account=account, role=role, users=(user,))
        async with self.company.store.write(self.company.id) as unit:
            told = await unit.accounts.contact(record, at=self.now)
            await unit.commit()
        return told

    async def publish(self, survey: str, purpose: str) -> int:
        async with self.company.store.write(self.company.id) as unit:
            version = await unit.surveys.publish(replace(a_survey(survey), purpose=purpose), self.now)
            await unit.commit()
        return version.number

    async def ask(self, person: str, survey: str, touchpoint: str | None) -> object:
        async with self.company.store.write(self.company.id) as unit:
            found = await unit.people.by_sender(self.company.workspace.id, Sender(user=person))
            version = await unit.surveys.latest(survey)
            if found is None or version is None:
                return None
            facts = await unit.invitations.unprompted(version, found, at=self.now, touchpoint=touchpoint)
            await unit.commit()
        return plain(facts)

    async def score(self, person: str, value: int) -> object:
        return await self._give(person, lambda facts: scored(facts, value, at=self.now))

    async def change_the_oldest(self, person: str, value: int) -> object:
        """Its day stays that of the first submission, so that it is not the latest answer."""
        async with self.company.store.write(self.company.id) as unit:
            oldest = (await self._open(unit, person))[-1:]
            given = [await unit.invitations.answer(scored(facts, value, at=self.now)) for facts in oldest]
            await unit.commit()
        return given

    async def comment(self, person: str, text: str) -> object:
        return await self._give(person, lambda facts: self._new(facts, "reason", text=text))

    async def not_applicable(self, person: str) -> object:
        return await self._give(person, lambda facts: self._new(facts, "recommend", not_applicable=True))

    async def skip(self, person: str) -> object:
        async with self.company.store.write(self.company.id) as unit:
            for facts in (await self._open(unit, person))[:1]:
                await unit.invitations.skip(facts.id, "recommend", self.now)
            await unit.commit()
        return None

    async def send(self, survey: str) -> object:
        async with self.company.store.write(self.company.id) as unit:
            version = await unit.surveys.latest(survey)
            if version is None:
                return None
            candidates = await unit.people.candidates((), survey)
            plan = plan_wave(candidates, version.survey, now=self.now, timezone=WARSAW)
            wave = await unit.waves.draft(version, "everyone", plan, by=None, at=self.now)
            asked = await unit.waves.confirm(wave.id, plan, at=self.now)
            await unit.commit()
        return asked, plain(plan)

    async def cancel(self, which: int) -> object:
        async with self.company.store.write(self.company.id) as unit:
            waves = await unit.waves.recent(3)
            done = [await unit.waves.cancel(wave.id, at=self.now) for wave in waves[which : which + 1]]
            await unit.commit()
        return done

    async def deliver(self, end: str) -> object:
        async with self.company.store.system() as system:
            taken = await system.take_due(now=self.now, limit=2, lease_seconds=3_600, owner="test")
            await system.commit()
        for due in taken:
            async with self.company.store.write(self.company.id) as unit:
                address = Address(platform="web", workspace="local", conversation=f"dm:{due.person_id}")
                place = await unit.conversations.remember(self.company.workspace.id, address, "", due.person_id)
                match end:
                    case "sent":
                        await unit.deliveries.sent(due, reference="m", conversation_id=place.id, at=self.now)
                        await unit.invitations.delivered(due.invitation_id or 0, self.now)
                    case "retry":
                        await unit.deliveries.retry(due, at=self.now + timedelta(days=1), error="429")
                    case "failed":
                        await unit.deliveries.failed(due, error="gone")
                        await unit.invitations.undeliverable(due.invitation_id or 0, self.now)
                    case _:
                        await unit.deliveries.dropped(due, reason="answered")
                await unit.commit()
        return [plain(due) for due in taken]

    async def close(self) -> int:
        async with self.company.store.write(self.company.id) as unit:
            closed = await unit.invitations.close_due(self.now, 3)
            await unit.commit()
        return closed

    async def opt_out(self, person: str) -> object:
        async with self.company.store.write(self.company.id) as unit:
            for found in await unit.people.find(f"{person}@x.example"):
                await unit.people.opt_out(found.id, self.now)
                await unit.invitations.cancel_queued(found.id, self.now)
            await unit.commit()
        return None

    async def opt_in(self, person: str) -> object:
        async with self.company.store.write(self.company.id) as unit:
            for found in await unit.people.find(f"{person}@x.example"):
                await unit.people.opt_in(found.id, self.now)
            await unit.commit()
        return None

    async def snooze(self, person: str, days: int) -> object:
        async with self.company.store.write(self.company.id) as unit:
            for found in await unit.people.find(f"{person}@x.example"):
                await unit.people.snooze(found.id, self.now + timedelta(days=days))
            await unit.commit()
        return None

    async def think_better_of_it(self, person: str, survey: str) -> None:
        """Everything of a unit that is left without a commit is as if it had not been."""
        async with self.company.store.write(self.company.id) as unit:
            await unit.surveys.publish(replace(a_survey(survey), purpose="Never."), self.now)
            for facts in (await self._open(unit, person))[:1]:
                await unit.invitations.answer(scored(facts, 0, at=self.now))

    async def fold(self) -> int:
        return await self.company.store.fold(limit=1_000)

    async def _give(self, person: str, answer: Callable[[InvitationFacts], NewAnswer]) -> object:
        async with self.company.store.write(self.company.id) as unit:
            given = [await unit.invitations.answer(answer(facts)) for facts in (await self._open(unit, person))[:1]]
            await unit.commit()
        return given

    def _new(self, facts: InvitationFacts, question: str, **values: Any) -> NewAnswer:
        return NewAnswer(invitation_id=facts.id, question=question, at=self.now, platform="web", **values)

    async def _open(self, unit: Any, person: str) -> list[InvitationFacts]:
        found = await unit.people.find(f"{person}@x.example")
        return [facts for one in found for facts in await unit.invitations.open_of(one.id)]

    def pass_(self, days: int) -> None:
        self.now += timedelta(days=days, hours=5)

    async def view(self) -> object:
        """Everything that can be asked."""
        week = Period(start=self.now.date() - timedelta(days=7), end=self.now.date() + timedelta(days=1))
        requests = [
            ScoreRequest(metric=Metric.NPS, series=series, period=period, filters=filters, by=by, latest=latest)
            for series in (None, Series.RELATIONSHIP)
            for period in (None, week)
            for filters in ((), (Filter(dimension=Dimension.ROLE, values=("technical",), negated=True),))
            for by in (None, Dimension.ACCOUNT, Dimension.TOUCHPOINT)
            for latest in (False, True)
        ]
        always = Period(start=date(2026, 1, 1), end=date(2027, 12, 31))
        async with self.company.store.read(self.company.id) as unit:
            insight = unit.insight
            tallies = [replace(await insight.tally(request), first_day=None) for request in requests]
            return {
                "tallies": tallies,
                "panel": list(await insight.panel(requests[0], requests[12])),
                "comments": [await insight.comments(request, 3) for request in requests[:4]],
                "responses": await insight.responses(NAMES, always, ()),
                "week": await insight.week(week),
                "candidates": [plain(one) for one in await unit.people.candidates((), "nps")],
                "waves": [plain(wave) for wave in await unit.waves.recent(10)],
                "open": [plain(facts) for person in PEOPLE for facts in await self._open(unit, person)],
                "surveys": [(one.number, one.survey) for one in await unit.surveys.all_latest()],
                "accounts": await unit.people.known_values(Dimension.ACCOUNT),
            }


def plain(value: object) -> str:
    """The value without the random ids, which differ from store to store."""
    return re.sub(r"'[A-Za-z0-9_-]{22}'", "'…'", repr(value))


async def told(company: Company, story: list[tuple[Any, ...]]) -> list[object]:
    telling = Telling(company)
    lines: list[object] = []
    for number, step in enumerate(story, start=1):
        if step[0] == "pass":
            telling.pass_(step[1])
        else:
            lines.append((step, await telling.play(step)))
        if number % LOOK_EVERY == 0:
            lines.append(await telling.view())
    return [*lines, await telling.view()]


BEGINNING: list[tuple[Any, ...]] = [
    ("publish", "nps", "To know."),
    ("publish", "other", "To know."),
    ("contact", "ann", "Acme", Role.TECHNICAL),
    ("contact", "bob", "Acme", Role.FINANCE),
    ("contact", "cleo", "Żabka", None),
    ("ask", "ann", "nps", None),
    ("score", "ann", 3),
    ("send", "other"),
    ("deliver", "sent"),
]
"""Most steps need people, surveys and something that was asked."""
LONG_STORY: list[tuple[Any, ...]] = [
    ("score", "ann", 9), ("ask", "ann", "nps", "support"), ("score", "ann", 7), ("comment", "ann", "Slow\x00"),
    ("score", "ann", 8), ("contact", "ann", "Żabka", Role.OTHER), ("score", "ann", 6),
    ("think better of it", "ann", "nps"),
    ("opt out", "cleo"), ("deliver", "sent"), ("pass", 3), ("score", "bob", 10), ("comment", "bob", "Fast"), ("fold",),
    ("ask", "ann", "other", None), ("score", "ann", 10), ("change the oldest", "ann", 2), ("not applicable", "ann"),
    ("ask", "ann", "nps", None), ("score", "ann", 4), ("change the oldest", "ann", 1),
    ("ask", "bob", "nps", None),
    ("skip", "bob"), ("score", "bob", 0), ("contact", "dan", None, Role.TECHNICAL), ("send", "nps"),
    ("deliver", "retry"),
    ("opt in", "cleo"), ("snooze", "dan", 5), ("pass", 2), ("send", "nps"), ("deliver", "sent"), ("deliver", "failed"),
    ("cancel", 0), ("deliver", "dropped"), ("opt out", "dan"), ("opt out", "dan"), ("publish", "nps", "To know more."),
    ("ask", "ann", "nps", None), ("pass", 12), ("close",), ("close",), ("close",), ("fold",), ("pass", 9), ("close",),
    ("score", "ann", 5), ("ask", "ann", "nps", None), ("score", "ann", 5), ("score", "ann", 11), ("close",), ("fold",),
]  # fmt: skip


@settings(
    max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
@example(story=LONG_STORY)
@given(story=steps)
def test_the_same_story_is_told_by_both(
    migrated_file: Path, tmp_path_factory: Any, story: list[tuple[Any, ...]]
) -> None:
    async def by_the_real_one() -> list[object]:
        file = tmp_path_factory.mktemp("story") / "cx.db"
        shutil.copy(migrated_file, file)
        store = SqlStore(open_database(f"sqlite:///{file}"))
        try:
            return await told(await a_company(store), story)
        finally:
            await store.dispose()

    async def by_the_fake() -> list[object]:
        store = FakeStore()
        tenant, workspace = open_books(store, "Halden Systems", timezone=WARSAW)
        return await told(Company(store=cast(SqlStore, store), tenant=tenant, workspace=workspace), story)

    story = [*BEGINNING, *story]
    real, fake = asyncio.run(by_the_real_one()), asyncio.run(by_the_fake())
    for one, other in zip(real, fake, strict=True):
        assert one == other
