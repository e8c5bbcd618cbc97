"""Kills an import with SIGKILL before its N-th statement, and carries on in a new process in both possible ways.

Run as a program by test_killed_import.py: it loads everything once and forks for each kill, so that one costs little.
Usage: python -m tests.integration.importing.killed_import FOLDER EVERY. Prints a JSON list of what was found.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

from storage.imports.unfinished import undo_unfinished
from storage.session import open_database
from storage.unit_of_work import SqlStore
from surveys.importing.model import ImportKind
from tests.builders import NOW, Company
from tests.integration.importing.imports import a_company_with_surveys, bring_in, left_hidden, responses, visible
from tests.kill import kill_at_or_before, kill_before_statement

BEFORE = responses("9,ann@x.com,Acme,technical,Fine,a1", "8,bob@y.com,Acme,finance,,a2")
NEW = responses(
    "0,ann@x.com,Acme,technical,Broken,a1",
    "8,bob@y.com,Acme,finance,,a2",
    *(f"7,new{number}@z.com,Bolt {number % 2},operations,Same,b{number}" for number in range(8)),
)
PULSE = "".join(f"enps,2026-03-10T10:00:00Z,9,e{number}@x.com,,,,\n" for number in range(6))
FILE = NEW + PULSE
KIND = ImportKind.RESPONSES


def in_a_child(work: Callable[[], object], result: Path) -> int:
    """Runs `work` in a forked process, its result as JSON in a file; its exit status (negative: a signal)."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            result.write_text(json.dumps(work()))
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


async def with_company(file: Path, work: Callable[[Company], Coroutine[Any, Any, Any]]) -> Any:
    store = SqlStore(open_database(f"sqlite:///{file}"))
    try:
        async with store.system() as system:
            (tenant,) = await system.tenants()
            workspace = await system.workspace("web", "local")
        assert workspace is not None
        return await work(Company(store=store, tenant=tenant, workspace=workspace))
    finally:
        await store.dispose()


async def look(company: Company) -> dict[str, Any]:
    return {**json.loads(json.dumps(asdict(await visible(company)), default=str)), "hidden": await left_hidden(company)}


async def prepare(file: Path) -> None:
    store = SqlStore(open_database(f"sqlite:///{file}"))
    company = await a_company_with_surveys(store)
    await bring_in(company, KIND, BEFORE)
    await store.dispose()


async def bring_in_and_look(company: Company) -> dict[str, Any]:
    await bring_in(company, KIND, FILE)
    return await look(company)


async def start_again_and_look(company: Company) -> dict[str, Any]:
    await undo_unfinished(company.store, at=NOW)
    return await look(company)


def killed_at(number: int, template: Path, place: Path) -> dict[str, Any]:
    """What is seen right after the kill, after a new start, and after the same file again (on a copy)."""
    place.mkdir()
    shutil.copy(template, place / "cx.db")
    file = place / "cx.db"

    def first() -> int:
        count = kill_before_statement(number)
        asyncio.run(with_company(file, lambda company: bring_in(company, KIND, FILE)))
        return count()

    found: dict[str, Any] = {"number": number, "status": in_a_child(first, place / "statements")}
    shutil.copytree(place, place.with_suffix(".again"))
    again = place.with_suffix(".again") / "cx.db"
    for name, where, work in (
        ("seen", file, look),
        ("started", file, start_again_and_look),
        ("resumed", again, bring_in_and_look),
    ):
        result = place / name
        status = in_a_child(lambda where=where, work=work: asyncio.run(with_company(where, work)), result)  # type: ignore[misc]
        found[name] = json.loads(result.read_text()) if status == 0 else status
    if found["status"] == 0:
        found["statements"] = json.loads((place / "statements").read_text())
    shutil.rmtree(place)
    shutil.rmtree(place.with_suffix(".again"))
    return found


def main() -> None:
    folder, every = Path(sys.argv[1]), int(sys.argv[2])
    template = folder / "template.db"
    assert in_a_child(lambda: asyncio.run(prepare(template)), folder / "prepared") == 0
    whole = killed_at(0, template, folder / "whole")
    numbers = range(1, whole["statements"] + 1, every)
    kills = [kill_at_or_before(number, lambda at: killed_at(at, template, folder / f"kill-{at}")) for number in numbers]
    print(json.dumps([whole, *kills]))


if __name__ == "__main__":
    main()
