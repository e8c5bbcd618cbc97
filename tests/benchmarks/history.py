"""Three years of answers of a made-up tenant, written the fast way: executemany on SQLite, COPY on PostgreSQL.

500 accounts, 60,000 people, eight roles; the same for every size, so that only the number of responses differs.
"""

import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from typing import Any

import asyncpg
from sqlalchemy import make_url

from storage.tables import metadata
from surveys.people.model import Role, Stage

ACCOUNTS, PEOPLE, DAYS = 500, 60_000, 3 * 365
TODAY = date(2026, 6, 18)
TENANT = 1
TIMEZONE = "Europe/Warsaw"

_AT = datetime(2023, 6, 1, 12, tzinfo=UTC)
_BLOCK = 50_000
_ROLES, _STAGES = tuple(Role), tuple(Stage)
_LANGUAGES = ("en", "de", "pl", "uk", "fr")
_NPS = (0, 2, 4, 5, 6, 7, 7, 8, 8, 8, 9, 9, 9, 9, 10, 10)
_ANSWER = (
    "tenant_id", "id", "response_id", "person_id", "survey_key", "question", "version", "current", "metric", "series",
    "score", "text", "recorded_at", "local_day", "account_id", "role", "stage", "touchpoint", "segment", "team",
    "language",
)  # fmt: skip
_RESPONSE = ("tenant_id", "id", "survey_version_id", "privacy", "person_id", "submitted_at")


@dataclass(frozen=True, slots=True)
class Block:
    responses: list[tuple[Any, ...]]
    answers: list[tuple[Any, ...]]


def blocks(responses: int, *, as_text: bool) -> Iterator[Block]:
    """Answers in the order of time; one in ten with a comment, one in seven at a touchpoint.

    `as_text`: times and days as SQLite keeps them.
    """
    chance = random.Random(7)
    answer_id = 0
    who = [_about(person) for person in range(PEOPLE)]
    events = [(_STAGES[number % 9], f"touchpoint-{number % 12}", f"team-{number % 10}") for number in range(180)]
    block = Block([], [])
    for number in range(responses):
        if number % max(responses // DAYS, 1) == 0:
            at, day = _when(min(number * DAYS // responses, DAYS - 1), as_text=as_text)
        person, account, role, segment, language = who[int(chance.random() * PEOPLE)]
        stage, touchpoint, team = events[number % 180] if number % 7 == 0 else (None, None, None)
        dimensions = (account, role, stage, touchpoint, segment, team, language)
        if number % 5:
            metric, score, series = "nps", _NPS[int(chance.random() * 16)], "event" if stage else "relationship"
        else:
            metric, score, series = "csat", 1 + int(chance.random() * 5), "event"
        block.responses.append((TENANT, number + 1, 1, "named", person, at))
        answer_id += 1
        block.answers.append(
            (TENANT, answer_id, number + 1, person, metric, "score", 1, True, metric, series, score, None, at, day,
             *dimensions)
        )  # fmt: skip
        if number % 10 == 1:
            answer_id += 1
            block.answers.append(
                (TENANT, answer_id, number + 1, person, metric, "reason", 1, True, None, None, None,
                 "The support was quick.", at, day, *dimensions)
            )  # fmt: skip
        if len(block.responses) == _BLOCK:
            yield block
            block = Block([], [])
    yield block


def _about(number: int) -> tuple[int, int, str, str, str]:
    """A person, with account, role, segment and language."""
    account = 1 + number % ACCOUNTS
    return number + 1, account, _ROLES[number % 8], f"segment-{account % 4}", _LANGUAGES[account % 5]


def _when(day: int, *, as_text: bool) -> tuple[Any, Any]:
    at, local_day = _AT + timedelta(days=day), TODAY - timedelta(days=DAYS - 1 - day)
    return (at.strftime("%Y-%m-%d %H:%M:%S.%f"), local_day.isoformat()) if as_text else (at, local_day)


def people() -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """(table, columns, rows) of everything that answers point at."""
    yield (
        "tenant",
        ("id", "public_id", "name", "timezone", "week_start", "demo", "created_at"),
        [(TENANT, token_hex(11), "Bench", TIMEZONE, 0, False, _AT)],
    )
    yield (
        "account",
        ("tenant_id", "id", "public_id", "name", "name_key", "created_at"),
        [
            (TENANT, number, token_hex(11), f"Account {number}", f"account {number}", _AT)
            for number in range(1, ACCOUNTS + 1)
        ],
    )
    yield (
        "person",
        ("tenant_id", "id", "public_id", "kind", "name", "handle", "language", "created_at"),
        [
            (TENANT, number, token_hex(11), "contact", f"Person {number}", f"p{number}", "en", _AT)
            for number in range(1, PEOPLE + 1)
        ],
    )
    yield "survey", ("tenant_id", "id", "key"), [(TENANT, 1, "nps")]
    yield (
        "survey_version",
        ("tenant_id", "id", "public_id", "survey_id", "number", "privacy", "definition", "digest", "published_at"),
        [(TENANT, 1, token_hex(11), 1, 1, "named", "{}", "d", _AT)],
    )


def invitations(responses: int) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """Closed ones as the deltas they leave, summed up by day; open ones, as many as a hundredth of the responses."""
    shares = (responses // DAYS // 4, responses // DAYS)
    yield "score_delta", (
        "tenant_id", "metric", "series", "survey_key", "local_day", "score", "n"
    ), [
        (TENANT, "response", "", "nps", TODAY - timedelta(days=day), score, min(max(share, 1), 30_000))
        for day in range(DAYS)
        for score, share in enumerate(reversed(shares))
    ]  # fmt: skip
    sent = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(days=3)
    yield "invitation", (
        "tenant_id", "public_id", "survey_version_id", "privacy", "person_id", "survey_key", "state", "context",
        "created_at", "delivered_at", "closes_at",
    ), [
        (TENANT, token_hex(11), 1, "named", 1 + number % PEOPLE, "nps", "delivered", "", sent, sent,
         sent + timedelta(days=14))
        for number in range(responses // 100)
    ]  # fmt: skip


def fill_sqlite(file: str, responses: int) -> None:
    """Into a migrated file. Indexes are taken off meanwhile, as anybody would who loads ten million rows."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("synchronous=OFF", "journal_mode=OFF", "foreign_keys=OFF", "cache_size=-500000"):
        connection.execute(f"PRAGMA {pragma}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type='index' AND tbl_name='answer' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("BEGIN")
    for table, columns, rows in (*people(), *invitations(responses)):
        connection.executemany(_insert(table, columns), [_for_sqlite(row) for row in rows])
    for block in blocks(responses, as_text=True):
        connection.executemany(_insert("response", _RESPONSE), block.responses)
        connection.executemany(_insert("answer", _ANSWER), block.answers)
    connection.execute("COMMIT")
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


def _insert(table: str, columns: tuple[str, ...]) -> str:
    assert table in metadata.tables
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _for_sqlite(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        value.strftime("%Y-%m-%d %H:%M:%S.%f")
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for value in row
    )


async def fill_postgresql(admin_url: str, responses: int) -> None:
    """Into a migrated database, as a superuser: COPY does not go through row-level security."""
    url = make_url(admin_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        indexes = await connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'answer' AND indexname LIKE 'ix_%'"
        )
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['indexname']}")
        for table, columns, rows in (*people(), *invitations(responses)):
            await connection.copy_records_to_table(table, records=rows, columns=columns)
        for block in blocks(responses, as_text=False):
            await connection.copy_records_to_table("response", records=block.responses, columns=_RESPONSE)
            await connection.copy_records_to_table("answer", records=block.answers, columns=_ANSWER)
        await connection.execute("SET maintenance_work_mem = '512MB'")
        for index in indexes:
            await connection.execute(index["indexdef"])
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()
