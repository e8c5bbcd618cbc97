"""`cx import`: accounts, contacts, employees and responses from CSV files.

On a terminal a bar shows how far it is; into a file or a pipe go plain lines, and every bad row.
"""

import asyncio
import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.settings import load_settings
from surveys.errors import Fault, InvalidInput
from surveys.importing.difference import Difference, RecordChange
from surveys.importing.model import FileRefused, ImportKind

if TYPE_CHECKING:
    from rich.progress import Progress

    from storage.imports.job import Options, Outcome, Phase

importing = typer.Typer(help="Import accounts, contacts, employees or responses from a CSV file.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8 with a header line.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check the file and say what would happen; write nothing.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave bad rows out instead of importing nothing.")]
IgnoreUnknown = Annotated[bool, typer.Option("--ignore-unknown", help="Leave out columns that are not known.")]
Yes = Annotated[
    bool, typer.Option("--yes", help="Confirm that people change group or platform users change hands, if any do.")
]

FAULTS_ON_SCREEN = 50
CHANGES_SHOWN = 20


@importing.command()
def accounts(
    file: File,
    dry_run: DryRun = False,
    skip_bad: SkipBad = False,
    ignore_unknown: IgnoreUnknown = False,
    yes: Yes = False,
) -> None:
    """Columns: account; tier, revenue, owner_email, segment, renewal_on."""
    _run(ImportKind.ACCOUNTS, file, dry_run=dry_run, skip_bad=skip_bad, ignore_unknown=ignore_unknown, yes=yes)


@importing.command()
def contacts(
    file: File,
    dry_run: DryRun = False,
    skip_bad: SkipBad = False,
    ignore_unknown: IgnoreUnknown = False,
    yes: Yes = False,
) -> None:
    """Columns: email; name, account, role, priority, language, timezone, slack_user, teams_user, relationship,
    persona."""
    _run(ImportKind.CONTACTS, file, dry_run=dry_run, skip_bad=skip_bad, ignore_unknown=ignore_unknown, yes=yes)


@importing.command()
def employees(
    file: File,
    dry_run: DryRun = False,
    skip_bad: SkipBad = False,
    ignore_unknown: IgnoreUnknown = False,
    yes: Yes = False,
) -> None:
    """Columns: email; name, kind, team, level, language, timezone, slack_user, teams_user."""
    _run(ImportKind.EMPLOYEES, file, dry_run=dry_run, skip_bad=skip_bad, ignore_unknown=ignore_unknown, yes=yes)


@importing.command()
def responses(
    file: File, dry_run: DryRun = False, skip_bad: SkipBad = False, ignore_unknown: IgnoreUnknown = False
) -> None:
    """Columns: survey, answered_at, score; question, respondent, account, role, stage, touchpoint, segment, team,
    language, comment, external_id, channel, mode."""
    _run(ImportKind.RESPONSES, file, dry_run=dry_run, skip_bad=skip_bad, ignore_unknown=ignore_unknown, yes=False)


def _run(kind: ImportKind, file: Path, *, dry_run: bool, skip_bad: bool, ignore_unknown: bool, yes: bool) -> None:
    from storage.imports.job import Options

    if not file.is_file():
        raise InvalidInput(f"{file}: there is no such file.")
    options = Options(dry_run=dry_run, skip_bad=skip_bad, ignore_unknown=ignore_unknown)
    screen = Screen(kind, options, yes=yes)
    with screen.shown(), _no_search_for_circles():
        try:
            outcome = asyncio.run(_import(kind, file, options, screen))
        except OSError as error:
            raise InvalidInput(f"{file}: {error.strerror or 'cannot be read'}.") from error
        except FileRefused as error:
            for fault in error.faults:
                screen.fault(fault)
            screen.error("Nothing was imported.")
            raise typer.Exit(1) from None
    screen.tell(outcome)
    if screen.failed(outcome):
        raise typer.Exit(1)


@contextmanager
def _no_search_for_circles() -> Iterator[None]:
    """Millions of rows pass through and none refers to itself: to look for such takes an eighth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _import(kind: ImportKind, file: Path, options: "Options", screen: "Screen") -> "Outcome":
    from bot.app import first_tenant, opened_store
    from storage.imports.importing import import_records
    from storage.imports.source import FileSource

    async with opened_store(load_settings()) as store:
        tenant = await first_tenant(store)
        return await import_records(
            store, tenant.id, kind, FileSource(file), now=datetime.now(UTC), options=options, watcher=screen
        )


class Screen:
    """Shows an import to whoever started it, and asks."""

    def __init__(self, kind: ImportKind, options: "Options", *, yes: bool) -> None:
        self._kind = kind
        self._options = options
        self._yes = yes
        self._faults = 0
        self._progress: Progress | None = None
        self._tenths: dict[str, int] = {}

    def shown(self) -> AbstractContextManager[object]:
        """A bar while inside, on a terminal."""
        if not sys.stderr.isatty():
            return nullcontext()
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        return self._progress

    # ── while it runs ──────────────────────────────────────────────────────────────────────────────────────────

    def fault(self, fault: Fault) -> None:
        self._faults += 1
        if not sys.stderr.isatty() or self._faults <= FAULTS_ON_SCREEN:
            self.error(str(fault))

    def error(self, line: str) -> None:
        if self._progress:
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            typer.echo(line, err=True)

    def progress(self, phase: "Phase", done: int, total: int) -> None:
        if self._progress:
            tasks = {task.description: task.id for task in self._progress.tasks}
            known = tasks.get(phase.value)
            task = self._progress.add_task(phase.value, total=total or None) if known is None else known
            self._progress.update(task, completed=done, total=total or None)
            return
        tenth = 10 * done // total if total else 0
        if phase.value == "writing" and tenth > self._tenths.get(phase.value, 0):
            self._tenths[phase.value] = tenth
            typer.echo(f"{phase.value}: {done:,} of {total:,} rows")

    def confirm(self, difference: Difference) -> bool:
        if self._progress:
            self._progress.stop()
        agreed = self._agreed(difference)
        if self._progress:
            self._progress.start()
        return agreed

    def _agreed(self, difference: Difference) -> bool:
        typer.echo(
            f"{difference.created:,} new, {difference.updated:,} changed, {difference.unchanged:,} the same as before."
        )
        careful = difference.to_confirm
        plain = [change for change in difference.changes if change not in careful]
        for change in plain[:CHANGES_SHOWN]:
            typer.echo(_line(change))
        if len(plain) > CHANGES_SHOWN:
            typer.echo(f"  … and {len(plain) - CHANGES_SHOWN:,} more.")
        if not careful:
            return True
        typer.echo(
            f"{len(careful):,} of these rows move somebody to another group, or a platform user to somebody else:"
        )
        for change in careful:
            typer.echo(_line(change))
        return self._yes or self._options.dry_run or self._asked()

    def _asked(self) -> bool:
        return sys.stdin.isatty() and typer.confirm("Is that right?")

    # ── afterwards ─────────────────────────────────────────────────────────────────────────────────────────────

    def failed(self, outcome: "Outcome") -> bool:
        return outcome.ending in ("bad_rows", "declined") or (
            self._options.dry_run and outcome.bad > 0 and not self._options.skip_bad
        )

    def tell(self, outcome: "Outcome") -> None:
        if self._faults > FAULTS_ON_SCREEN and sys.stderr.isatty():
            self.error(f"… {self._faults - FAULTS_ON_SCREEN:,} more bad rows. To see them all: add 2> faults.txt")
        match outcome.ending:
            case "bad_rows":
                self.error(
                    f"{_rows(outcome.bad, 'does', 'do')} not fit, so nothing was imported. "
                    "Correct the file, or add --skip-bad."
                )
            case "declined":
                self.error("Nothing was imported. Add --yes if these changes are right.")
            case "known":
                assert outcome.known_since is not None
                typer.echo(f"This file was imported on {outcome.known_since:%Y-%m-%d %H:%M} UTC. Nothing to do.")
            case "checked":
                typer.echo(
                    f"{_rows(outcome.rows + outcome.employee_answers, 'fits', 'fit')}. Nothing was written (--dry-run)."
                )
            case _:
                for line in self._report(outcome):
                    typer.echo(line)

    def _report(self, outcome: "Outcome") -> Sequence[str]:
        lines = ["Taken up where it was interrupted."] if outcome.resumed else []
        changed = "corrected" if self._kind is ImportKind.RESPONSES else "changed"
        if outcome.rows or not outcome.employee_answers:
            lines.append(
                f"Imported {_count(outcome.rows, self._kind)}: {outcome.created:,} new, {outcome.updated:,} {changed}, "
                f"{outcome.unchanged:,} the same as before."
            )
        if outcome.new_accounts or outcome.new_people:
            lines.append(
                f"New with them: {_count(outcome.new_accounts, 'accounts')}, {_count(outcome.new_people, 'people')}."
            )
        if outcome.employee_answers:
            lines.append(
                f"Answers of employees: {_count(outcome.months_shown, 'months')} released for the whole company, "
                f"{outcome.months_withheld:,} kept nothing (fewer than five people). Nobody's own answer was stored."
            )
        if outcome.dropped_comments:
            lines.append("Their comments were left out: an import keeps no text of an employee.")
        if outcome.bad:
            lines.append(f"{_rows(outcome.bad, 'was', 'were')} left out (--skip-bad).")
        return [*lines, *outcome.notes]


def _count(count: int, things: str) -> str:
    return f"{count:,} {things if count != 1 else {'people': 'person'}.get(things, things.removesuffix('s'))}"


def _rows(count: int, one: str, many: str) -> str:
    return f"{count:,} row {one}" if count == 1 else f"{count:,} rows {many}"


def _line(change: RecordChange) -> str:
    return f"  line {change.line}, {change.who}: {'; '.join(map(str, change.fields))}"
