"""Kills a process with SIGKILL before its N-th SQL statement, for every N, and looks at what is left each time.

Run as a program by test_killed.py: it loads everything once and forks for each N, so that a kill costs little. The
story: a lead confirms a wave of three people, it is delivered, two answer (one with a comment, one changes the
answer), and a summary falls due. After the kill a new process carries on, as after a restart: the same buttons are
pressed again by people who saw no reply, and the clock ticks.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from bot.actions import Answer
from bot.app import build_works
from bot.messages import Scale
from bot.ports import Tenant, Workspace
from storage.session import open_database
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from tests.builders import NOW, Company, a_company
from tests.fakes import FakeClock
from tests.kill import kill_at_or_before, kill_before_statement
from tests.scenario.conftest import World, button, message_of, scale
from tests.sturdy_platform import SturdyPlatform

PEOPLE = ("olena", "marta", "jonas")


async def prepare(file: Path) -> tuple[Tenant, Workspace]:
    store = SqlStore(open_database(f"sqlite:///{file}"))
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    world = world_of(store, company.tenant, company.workspace, file)
    await world.employee("lead", lead=True)
    for person in PEOPLE:
        await world.contact(person)
    await world.channel("voice")
    await world.ask("lead", "summary weekly #voice tue 09:00")
    preview = message_of(await world.command("lead", "send nps to everyone"))
    action = button(preview, "Ask").action
    (file.parent / "wave.json").write_text(json.dumps([action.wave]))  # type: ignore[union-attr]
    await store.dispose()
    return company.tenant, company.workspace


def world_of(store: SqlStore, tenant: Tenant, workspace: Workspace, file: Path) -> World:
    clock = FakeClock(NOW + timedelta(minutes=1))
    platform = SturdyPlatform(file.parent / "platform")
    works = build_works(store, clock=clock, adapters=[platform])
    return World(Company(store=store, tenant=tenant, workspace=workspace), works, platform, clock)


async def story(file: Path, tenant: Tenant, workspace: Workspace) -> World:
    """Everything that happens; run again from its beginning it must change nothing that was done before."""
    store = SqlStore(open_database(f"sqlite:///{file}"))
    world = world_of(store, tenant, workspace, file)
    from bot.actions import ConfirmWave

    (wave,) = json.loads((file.parent / "wave.json").read_text())
    await world.uses("lead", ConfirmWave(wave), event="confirm")
    await world.uses("lead", ConfirmWave(wave), event="confirm-again")
    await world.clock_ticks()
    for person, score in (("olena", "9"), ("marta", "1"), ("marta", "9")):
        cards = world.platform.seen_by(person)
        if not cards or not any(isinstance(block, Scale) for block in cards[0].blocks):
            continue  # not asked yet, or answered before the kill: the card shows the answer by now
        template = scale(cards[0]).template
        await world.uses(person, Answer(template.invitation, template.question, score), event=f"{person}-{score}")
    await world.says("olena", "Always there when it matters.", event="olena-comment")
    world.clock.move(timedelta(days=1, minutes=1))
    await world.clock_ticks()
    return world


async def outcome(world: World) -> dict[str, object]:
    """What people and the lead see in the end."""
    async with world.company.store.read(world.company.id) as unit:
        from surveys.definitions.model import Metric
        from surveys.insight.queries import ScoreRequest

        request = ScoreRequest(metric=Metric.NPS, series=None, period=None)
        counted = await unit.insight.tally(request)
        comments = await unit.insight.comments(request, 10)
    return {
        "asked": {person: len(world.platform.seen_by(person)) for person in PEOPLE},
        "summaries": len(world.platform.seen_in("channel:voice")),
        "scores": dict(sorted(counted.total.counts.items())),
        "people": counted.total.people,
        "comments": len(comments),
    }


def in_a_child(work: Callable[[], None]) -> int:
    """Runs `work` in a forked process; its exit status (negative: the signal that ended it)."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    _, result = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(result)


def killed_at(number: int, template: Path, place: Path) -> dict[str, object]:
    """Kills the story before statement `number`, carries on in a new process, and returns what is left."""
    shutil.copytree(template, place)
    file, found = place / "cx.db", place / "found.json"
    tenant, workspace = _read(place)

    def first() -> None:
        count = kill_before_statement(number)
        asyncio.run(_run_and_close(file, tenant, workspace))
        (place / "statements").write_text(str(count()))

    def second() -> None:
        found.write_text(json.dumps(asyncio.run(_finish(file, tenant, workspace))))

    status = in_a_child(first)
    carried_on = in_a_child(second)
    left = json.loads(found.read_text()) if carried_on == 0 else {"carried_on": carried_on}
    statements = place / "statements"
    ended = {
        "killed": status == -signal.SIGKILL,
        "statements": int(statements.read_text()) if statements.exists() else 0,
    }
    shutil.rmtree(place)
    return {**ended, "left": left}


async def _run_and_close(file: Path, tenant: Tenant, workspace: Workspace) -> None:
    world = await story(file, tenant, workspace)
    await world.company.store.dispose()


async def _finish(file: Path, tenant: Tenant, workspace: Workspace) -> dict[str, object]:
    """After a restart leases of the dead process have run out, people press again, and the clock ticks."""
    store = SqlStore(open_database(f"sqlite:///{file}"))
    async with store.database.system() as transaction:
        from sqlalchemy import text

        await transaction.connection.execute(text("UPDATE delivery SET lease_until = '2000-01-01 00:00:00.000000'"))
        await transaction.commit()
    await store.dispose()
    world = await story(file, tenant, workspace)
    left = await outcome(world)
    await world.company.store.dispose()
    return left


def _read(place: Path) -> tuple[Tenant, Workspace]:
    found = json.loads((place / "tenant.json").read_text())
    return Tenant(**found["tenant"]), Workspace(**found["workspace"])


def points(total: int, most: int) -> list[int]:
    """At most `most` of the statements 1 … total, evenly spread, the first and the last among them."""
    return (
        sorted({1 + round(index * (total - 1) / (most - 1)) for index in range(most)})
        if most < total
        else [*range(1, total + 1)]
    )


def main(file: str, most: str = "1000000") -> None:
    """`file`: a migrated, empty SQLite file in a folder of its own; kills at `most` statements.

    Prints one JSON object with what was left.
    """
    template = Path(file).parent

    def prepared() -> None:
        tenant, workspace = asyncio.run(prepare(Path(file)))
        as_dict = {
            "tenant": {name: getattr(tenant, name) for name in Tenant.__slots__},
            "workspace": {name: getattr(workspace, name) for name in Workspace.__slots__},
        }
        (template / "tenant.json").write_text(json.dumps(as_dict))

    assert in_a_child(prepared) == 0
    place = template.parent / "killed"
    undisturbed = killed_at(0, template, place)
    total = int(str(undisturbed["statements"]))
    results = {
        number: kill_at_or_before(number, lambda at: killed_at(at, template, place))
        for number in points(total, int(most))
    }
    print(json.dumps({"undisturbed": undisturbed["left"], "statements": total, "killed": results}))


if __name__ == "__main__":
    main(*sys.argv[1:])
