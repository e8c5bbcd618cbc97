"""The way in: one call for every kind of file."""

from datetime import datetime

from storage.imports.job import Job, Options, Outcome, Phase, Watcher
from storage.imports.people_import import import_people
from storage.imports.response_import import import_responses
from storage.imports.source import Source
from storage.unit_of_work import SqlStore
from surveys.errors import Fault
from surveys.importing.difference import Difference
from surveys.importing.model import ImportKind


class Quiet:
    """A watcher for rows that the program made itself: nobody looks, everything is confirmed, a fault is kept."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, fault: Fault) -> None:
        self.faults.append(fault)

    def progress(self, phase: Phase, done: int, total: int) -> None:
        pass

    def confirm(self, difference: Difference) -> bool:
        return True


async def import_records(
    store: SqlStore,
    tenant_id: int,
    kind: ImportKind,
    source: Source,
    *,
    now: datetime,
    options: Options | None = None,
    watcher: Watcher | None = None,
    actor: str = "cx import",
) -> Outcome:
    """Imports a file, or says why not. `now`: the product's time, aware.

    Raises FileRefused where the file as a whole cannot be read, Refused where another import is running or the file
    changed meanwhile, StorageUnavailable where the database is away: the next start takes the import up again.
    """
    job = Job(
        store=store,
        tenant_id=tenant_id,
        kind=kind,
        source=source,
        now=now,
        watcher=watcher or Quiet(),
        options=options or Options(),
        actor=actor,
    )
    if kind is ImportKind.RESPONSES:
        return await import_responses(job)
    return await import_people(job)
