"""`cx run` as its own process on loopback, with a database of its own that `cx migrate` and `cx import` made."""

import csv
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from processes import Program, free_port, run

CX = os.environ["CX"]
COMPANY = "Halden Systems"
LEAD_MAIL = "hanna@halden.example"
CONTACT_MAIL = "jonas@acme.example"

PAST_SCORES = (9, 10, 7, 9, 3, 8, 10, 6, 9, 9, 5, 10)
"""Of a quarter, again and again."""
PAST_ANSWERS = 180


@dataclass(slots=True)
class Service:
    """`settings` are those of the platform under test."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _program: Program | None = field(default=None, init=False)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "cx-pulse.db"

    def prepare(
        self,
        *,
        contacts: Sequence[Mapping[str, str]],
        employees: Sequence[Mapping[str, str]],
        answers: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """What an administrator does before the first start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cx("migrate")
        for kind, rows in (("contacts", contacts), ("employees", employees), ("responses", answers)):
            if rows:
                file = self.folder / f"{kind}.csv"
                _write(file, rows)
                self.cx("import", kind, str(file))
        # The first CX leads are known now.
        self.cx("migrate")

    def start(self) -> None:
        """Raises DidNotStart."""
        self._program = Program(
            command=[CX, "run"],
            folder=self.folder,
            name="cx",
            ready=f"{self.origin}/readyz",
            environment=self._environment,
        )
        self._program.start()

    def stop(self) -> None:
        """It ends in order, and no fault of ours is in its log."""
        if self._program is not None:
            assert self._program.stop() == 0, self.output()
            assert "Traceback" not in self.output(), self.output()
            assert "[error" not in self.output(), self.output()

    def cx(self, *words: str) -> str:
        """A command of `cx`; what it prints. Raises DidNotStart where it fails."""
        return run([CX, *words], folder=self.folder, environment=self._environment)

    def output(self) -> str:
        return self._program.output() if self._program is not None else ""

    def business_hours_begin(self) -> None:
        """What waits for somebody's next business day is due, whatever day this is run on."""
        self._change("UPDATE delivery SET due_at = ? WHERE state = 'queued'")

    def monday_comes(self) -> None:
        """The weekly summaries are due."""
        self._change("UPDATE schedule SET next_due_at = ? WHERE stopped_at IS NULL")

    def knows(self, people: int) -> bool:
        """Whether so many people are bound to a user of a platform."""
        with sqlite3.connect(self.database, timeout=30) as connection:
            found = connection.execute("SELECT count(*) FROM identity").fetchone()[0]
        connection.close()
        return bool(found >= people)

    def _change(self, statement: str) -> None:
        moment = (datetime.now(UTC) - timedelta(minutes=1)).replace(tzinfo=None).isoformat(sep=" ")
        with sqlite3.connect(self.database, timeout=30) as connection:
            changed = connection.execute(statement, (moment,)).rowcount
        connection.close()
        assert changed > 0, statement

    @property
    def _environment(self) -> dict[str, str]:
        return {
            "CX_DATABASE_URL": f"sqlite:///{self.database}",
            "CX_PORT": str(self.port),
            "CX_COMPANY": COMPANY,
            "CX_TIMEZONE": "Europe/Warsaw",
            "CX_ADMINS": LEAD_MAIL,
            **self.settings,
        }


def past_answers(now: datetime) -> list[dict[str, str]]:
    """Two answers a day of the last 90 days, from a hundred people of ten accounts."""
    return [
        {
            "survey": "nps",
            "answered_at": (now - timedelta(hours=12 * number + 6)).isoformat(timespec="seconds"),
            "score": str(PAST_SCORES[number % len(PAST_SCORES)]),
            "respondent": f"person{number % 100}@account{number % 10}.example",
            "account": f"Account {number % 10}",
            "role": ("technical", "operations", "finance")[number % 3],
            "comment": "Support answers within the hour." if number % 9 == 0 else "",
        }
        for number in range(PAST_ANSWERS)
    ]


def _write(file: Path, rows: Iterable[Mapping[str, str]]) -> None:
    listed = list(rows)
    with file.open("w", encoding="utf-8", newline="") as written:
        writer = csv.DictWriter(written, fieldnames=list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
