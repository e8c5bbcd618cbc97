"""A signed `/cx nps last-30d` answered by `cx run`, against a bolt application that only acknowledges it.

    python -m tests.benchmarks.slack_queries --database sqlite|postgresql --responses 1000000 --queries 400 --rounds 5

The product is `cx run` in a process of its own over three years of answers that end today; the load is made here, as
in `slack_taps`. The floor is slack-bolt in the same server, given the same bodies. Rounds of both take turns. Then
questions at a steady beat. All of it once more while answers come in: what the product keeps between questions is only
good until the next answer.

Aims (issue: figures): an eighth of the floor; at 20 a second p95 under 50 ms with 1,000,000 responses.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.ports import NewAnswer
from storage.folding.rebuild import rebuild
from storage.migrate import upgrade
from storage.session import open_database
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from tests import postgres
from tests.benchmarks.figures import Figure, at_least, table
from tests.benchmarks.history import PEOPLE, TENANT, fill_postgresql, fill_sqlite
from tests.benchmarks.http_load import CONNECTIONS, Compared, Load, at_once, at_rate, compared, repeated
from tests.benchmarks.slack_world import (
    Ports,
    administer,
    bare_bolt,
    commands,
    cx_run,
    environment_for,
    events_url,
    make_lead,
    web_api,
)

QUESTION = "nps last-30d"
RESPONSES = 1_000_000
LIMIT = 1 / 8
P95_LIMIT = 0.05
RATE = 20
STEADY_SECONDS = 15
FLOOR_TIMES = 4
LEAD_PERSON = 1
ANSWERS = 10
"""Recorded a second, where answers come in."""

_NEXT_IDS = "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
"""History brings its own ids; what is added after it must not take them again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`steady`: the questions at a beat. `failed`: answers that were none, of all rounds. `answered`: meanwhile."""

    rounds: Compared
    steady: Load
    failed: int
    answered: int


async def measure(
    cluster: postgres.Cluster | None, *, responses: int, queries: int, rounds: int
) -> tuple[Found, Found]:
    """While nothing changes, and while answers come in."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cx-pulse-slack-"))
        ports = Ports()
        url = await stack.enter_async_context(filled(cluster, folder, responses))
        environment = environment_for(url, ports)
        for server in (web_api, bare_bolt, cx_run):
            stack.enter_context(server(ports, environment, folder))
        quiet = await asked(ports, queries, rounds)
        async with answers_come_in(url) as answered:
            busy = await asked(ports, queries, rounds, answered)
    return quiet, busy


async def asked(ports: Ports, queries: int, rounds: int, answered: Sequence[int] = ()) -> Found:
    mine, bare = [], []
    for _ in range(rounds + 1):
        posts = commands(QUESTION, queries, ports.response_url)
        bare.append(await at_once(events_url(ports.floor), repeated(posts, FLOOR_TIMES)))
        mine.append(await at_once(events_url(ports.product), posts))
    beats = commands(QUESTION, min(RATE * STEADY_SECONDS, queries), ports.response_url)
    steady = await at_rate(events_url(ports.product), beats, per_second=RATE)
    return Found(
        rounds=compared(mine, bare),
        steady=steady,
        failed=sum(one.failed for one in (*mine, *bare, steady)),
        answered=len(answered),
    )


@asynccontextmanager
async def answers_come_in(url: str) -> AsyncIterator[Sequence[int]]:
    """People answer at a steady beat, in a commit each; gives who did so far."""
    store, stopped = SqlStore(open_database(url)), asyncio.Event()
    answered: list[int] = []

    async def work() -> None:
        while not stopped.is_set():
            person_id = LEAD_PERSON + 1 + len(answered) % (PEOPLE - 1)
            await answer_once(store, person_id)
            answered.append(person_id)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), 1 / ANSWERS)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(work())
            yield answered
            stopped.set()
    finally:
        await store.dispose()


async def answer_once(store: SqlStore, person_id: int) -> None:
    now = datetime.now(UTC)
    async with store.write(TENANT) as unit:
        version = await unit.surveys.latest("nps")
        assert version is not None
        facts = await unit.invitations.unprompted(version, await unit.people.by_id(person_id), at=now)
        question = version.survey.questions[0].key
        given = NewAnswer(invitation_id=facts.id, question=question, at=now, platform="slack", score=person_id % 11)
        await unit.invitations.answer(given)
        await unit.commit()


@asynccontextmanager
async def filled(cluster: postgres.Cluster | None, folder: str, responses: int) -> AsyncIterator[str]:
    """A database with years of answers, and a CX lead whom Slack knows."""
    today = datetime.now(UTC).date()
    if cluster is None:
        file = Path(folder) / "slack.db"
        await upgrade(f"sqlite:///{file}")
        await asyncio.to_thread(fill_sqlite, str(file), responses, today)
        await ready_to_ask(f"sqlite:///{file}")
        yield f"sqlite:///{file}"
        return
    urls = await cluster.copy()
    try:
        await fill_postgresql(urls.admin, responses, today)
        for name in ("survey", "survey_version", "response", "answer"):
            await administer(urls.admin, _NEXT_IDS.format(table=name))
        await ready_to_ask(urls.application)
        # What the server does by itself in the minutes after a million rows, beside whatever is measured then.
        for upkeep in ("VACUUM (ANALYZE)", "CHECKPOINT"):
            await administer(urls.admin, upkeep)
        yield urls.application
    finally:
        await cluster.drop(urls)


async def ready_to_ask(url: str) -> None:
    """Cells for every answer, surveys that can be read, and a lead."""
    store = SqlStore(open_database(url))
    try:
        await rebuild(store.database, TENANT)
        await publish_surveys(store, TENANT, shipped(), at=datetime.now(UTC))
        await make_lead(store, TENANT, LEAD_PERSON)
    finally:
        await store.dispose()


def figures(kind: str, cluster: postgres.Cluster | None, *, responses: int, queries: int, rounds: int) -> list[Figure]:
    quiet, busy = asyncio.run(measure(cluster, responses=responses, queries=queries, rounds=rounds))
    return [
        *_figures(f"{kind}: /cx {QUESTION}, {responses:,} responses", quiet),
        *_figures(f"{kind}: the same, while {busy.answered:,} answers come in, {ANSWERS} a second", busy),
    ]


def _figures(name: str, found: Found) -> list[Figure]:
    p50, p95 = (found.steady.percentile(share) for share in (0.5, 0.95))
    return [
        at_least(
            f"{name}, {CONNECTIONS} connections",
            f"{found.rounds.product:,.0f}/s",
            f"{found.rounds.floor:,.0f}/s, bare bolt",
            found.rounds.ratio,
            LIMIT,
        ),
        Figure(
            name=f"{name}, p95 at {RATE} a second",
            measured=f"{p95 * 1e3:.0f} ms, p50 {p50 * 1e3:.0f} ms, {found.failed} errors",
            target=f"< {P95_LIMIT * 1e3:.0f} ms, no error",
            met=p95 < P95_LIMIT and not found.failed,
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--responses", type=int, default=RESPONSES)
    parser.add_argument("--queries", type=int, default=400, help="in a round")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for kind in options.database or ("sqlite", "postgresql"):
        cluster, server = postgres.start() if kind == "postgresql" else (None, None)
        try:
            found = figures(
                kind, cluster, responses=options.responses, queries=options.queries, rounds=options.rounds
            )  # fmt: skip
            print(table(found), flush=True)
        finally:
            if cluster is not None:
                postgres.stop(cluster, server)


if __name__ == "__main__":
    main()
