"""Logs and figures: useful to an operator, and no place where anything that a person typed can come out."""

import ast
import asyncio
import io
import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import observability
from bot.observability import (
    COMMAND_SECONDS,
    DELIVERIES,
    EVENTS,
    JOBS,
    TAPS,
    configure_logging,
    metrics_page,
    reference,
)
from bot.redaction import MASK, NEVER, SHOWN, code_of, redact_path
from surveys.errors import DeliveryError, InvalidInput
from tests.counted import counted_outcomes

ROOT = Path(__file__).parents[3]
CANARY = "canary-3f1 <b>Zażółć</b> secret"
TOKEN = "xoxb-canary-token-1234567890"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The set-up is the process's own; what other tests see is put back."""
    root = logging.getLogger()
    names = ["uvicorn", "uvicorn.error", "uvicorn.access", *observability._QUIET]
    before = (
        root.handlers[:],
        root.level,
        {name: logging.getLogger(name).level for name in names},
        logging.raiseExceptions,
    )
    yield
    root.handlers[:], level, levels, logging.raiseExceptions = before
    root.setLevel(level)
    for name, value in levels.items():
        logging.getLogger(name).setLevel(value)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture(params=[True, False], ids=["json", "readable"])
def out(request: pytest.FixtureRequest) -> io.StringIO:
    stream = io.StringIO()
    configure_logging(json=request.param, level="DEBUG", stream=stream)
    return stream


@pytest.fixture
def lines() -> io.StringIO:
    stream = io.StringIO()
    configure_logging(json=True, level="DEBUG", stream=stream)
    return stream


def last(stream: io.StringIO) -> dict[str, object]:
    line = json.loads(stream.getvalue().splitlines()[-1])
    assert isinstance(line, dict)
    return line


class Leaky:
    def __repr__(self) -> str:
        return CANARY


# ── a canary in every kind of input ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "key", sorted(NEVER | SHOWN | {"anything", "account", "authorization", "headers", "query", "url"})
)
def test_a_canary_under_any_key_and_of_any_type_is_masked(out: io.StringIO, key: str) -> None:
    secrets = [
        CANARY,
        [CANARY],
        {"text": CANARY},
        (CANARY,),
        Leaky(),
        CANARY.encode(),
        ValueError(CANARY),
        f"a\n{CANARY}",
    ]
    for value in secrets:
        structlog.get_logger("bot.x").info("something.happened", **{key: value})
    assert out.getvalue().count("something.happened") == len(secrets)
    assert "canary" not in out.getvalue()
    assert "Zażółć" not in out.getvalue()


@pytest.mark.parametrize("key", sorted(NEVER))
def test_a_score_or_a_person_is_masked_even_as_a_number(lines: io.StringIO, key: str) -> None:
    structlog.get_logger("bot.x").info("something.happened", **{key: 2})
    assert last(lines)[key] == MASK


def test_context_that_was_bound_earlier_is_masked_too(out: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(comment=CANARY, kind=CANARY):
        structlog.get_logger("bot.x").info("something.happened")
    assert "canary" not in out.getvalue()


def fail(error: BaseException) -> None:
    comment = CANARY
    assert comment
    raise error


def errors() -> list[BaseException]:
    caused = InvalidInput(CANARY)
    caused.__cause__ = ValueError(CANARY)
    caused.add_note(CANARY)
    driver = RuntimeError(f"duplicate key\nDETAIL:  Key (email)=({CANARY}) already exists.")
    driver.sqlstate, driver.constraint_name, driver.detail = "23505", "uq_person_email", CANARY  # type: ignore[attr-defined]
    wrapped = RuntimeError(f"[SQL: INSERT …] [parameters: ('{CANARY}',)]")
    wrapped.orig = driver  # type: ignore[attr-defined]
    lying = RuntimeError(CANARY)
    lying.sqlstate = CANARY  # type: ignore[attr-defined]
    return [
        ValueError(CANARY), KeyError(CANARY), caused, wrapped, lying, OSError(13, CANARY, CANARY),
        ExceptionGroup(CANARY, [ValueError(CANARY)]), UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
    ]  # fmt: skip


@pytest.mark.parametrize("error", errors(), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("logger", ["ours", "theirs"])
def test_an_exception_is_told_without_its_message_or_its_locals(
    out: io.StringIO, error: BaseException, logger: str
) -> None:
    try:
        fail(error)
    except BaseException:
        if logger == "ours":
            structlog.get_logger("bot.x").exception("event.failed", reference="7KQ2-M4XT")
        else:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    text = out.getvalue()
    assert type(error).__name__ in text
    assert "test_observability.py" in text
    assert " fail" in text
    assert "canary" not in text


def test_the_codes_of_the_database_are_told(lines: io.StringIO) -> None:
    try:
        fail(errors()[3])
    except RuntimeError:
        structlog.get_logger("bot.x").exception("event.failed", reference="7KQ2-M4XT")
    assert last(lines)["error"] == "RuntimeError ← RuntimeError (23505 uq_person_email)"
    assert last(lines)["reference"] == "7KQ2-M4XT"


def test_a_full_disk_is_told_by_the_name_that_sqlite_gives_it(lines: io.StringIO) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE person (email TEXT UNIQUE)")
    connection.execute("INSERT INTO person VALUES (?)", (CANARY,))
    try:
        connection.execute("INSERT INTO person VALUES (?)", (CANARY,))
    except sqlite3.IntegrityError:
        structlog.get_logger("bot.x").exception("event.failed")
    finally:
        connection.close()
    assert last(lines)["error"] == "sqlite3.IntegrityError (SQLITE_CONSTRAINT_UNIQUE)"


def test_a_refusal_of_a_platform_is_told_by_the_name_that_the_platform_gives_it(lines: io.StringIO) -> None:
    refusal = DeliveryError(CANARY, platform_code="missing_scope")
    structlog.get_logger("bot.x").warning("delivery.not_sent", state=code_of(refusal))
    assert last(lines)["state"] == "missing_scope"
    assert code_of(DeliveryError(CANARY, platform_code=f"{CANARY} with words")) == ""
    assert code_of(DeliveryError(CANARY)) == ""


def log_as_a_library(name: str) -> None:
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    logger.info("Request body: %s", CANARY)
    logger.warning("parameters %(p)s", {"p": CANARY})
    logger.info(f"Invalid signature of {CANARY}")
    logger.error(CANARY + "\n" + "x" * 300)
    logger.error(ValueError(CANARY))
    logger.error({"body": CANARY})
    logger.error("%d", CANARY)
    logger.debug(CANARY, extra={"comment": CANARY}, stack_info=True)


@pytest.mark.parametrize(
    "name",
    [
        "slack_bolt.AsyncApp",
        "botbuilder",
        "sqlalchemy.engine.Engine",
        "asyncio",
        "asyncpg",
        "bot.x",
        "root",
        "py.warnings",
    ],
)
def test_what_another_library_logs_comes_without_its_values(out: io.StringIO, name: str) -> None:
    log_as_a_library(name)
    text = out.getvalue()
    assert "Request body: %s" in text
    assert "test_observability:" in text
    assert "canary" not in text


def test_a_warning_and_a_forgotten_task_do_not_leak(out: io.StringIO) -> None:
    logging.getLogger("py.warnings").warning("%s", CANARY)

    async def forget() -> None:
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": CANARY, "exception": ValueError(CANARY), "task": CANARY})

    asyncio.run(forget())
    assert "canary" not in out.getvalue()
    assert "ValueError" in out.getvalue()


def test_the_access_line_holds_neither_the_client_nor_the_query_nor_a_token(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "203.0.113.9:51234", "GET", f"/i/{TOKEN}/open?q={TOKEN}", "1.1", 200
    )
    line = last(lines)
    assert (line["event"], line["method"], line["path"], line["status"]) == ("http.request", "GET", "/i/*/open", 200)
    assert "203.0.113.9" not in lines.getvalue()
    assert "canary" not in lines.getvalue()


@given(st.text())
def test_a_path_never_keeps_its_query_or_a_long_part(path: str) -> None:
    shown = redact_path(f"{path}?{CANARY}")
    assert "canary" not in shown or "canary" in path
    assert all(len(part) <= 15 for part in shown.split("/"))


def test_what_an_operator_wants_to_read_is_still_there(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Uvicorn running on %s://%s:%d", "http", "127.0.0.1", 8080)
    assert last(lines)["event"] == "Uvicorn running on http://127.0.0.1:8080"
    logging.getLogger("uvicorn.error").error(OSError(98, "[Errno 98] error while attempting to bind"))
    assert last(lines)["error"] == "OSError (Address already in use)"
    structlog.get_logger("bot.delivery.loop").info("delivery.sent", delivery="dlv_8fk2", attempt=2, outcome="sent")
    line = last(lines)
    assert (line["delivery"], line["attempt"], line["outcome"]) == ("dlv_8fk2", 2, "sent")
    assert (line["level"], line["logger"]) == ("info", "bot.delivery.loop")
    assert str(line["timestamp"]).endswith("Z")


def test_a_quiet_library_says_only_what_matters(out: io.StringIO) -> None:
    configure_logging(json=True, stream=out)
    logging.getLogger("sqlalchemy.engine").info("SELECT 1")
    assert out.getvalue() == ""


def log_calls() -> Iterator[tuple[Path, ast.Call]]:
    for package in ("bot", "adapters", "storage", "surveys"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id in ("log", "logger", "logging")
                    and node.func.attr in ("debug", "info", "warning", "error", "exception", "critical")
                ):
                    yield path, node


def test_every_line_of_our_own_has_a_fixed_name_and_only_keys_that_are_shown() -> None:
    """The name of a line is written as it is, so it must not be built from anything."""
    calls = list(log_calls())
    assert calls
    for path, call in calls:
        place = f"{path.relative_to(ROOT)}:{call.lineno}"
        assert isinstance(call.args[0], ast.Constant), place
        assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", str(call.args[0].value)), place
        assert len(call.args) == 1, place
        assert not {keyword.arg for keyword in call.keywords} & NEVER, place


# ── references and figures ─────────────────────────────────────────────────────────────────────────────────────


def test_a_reference_can_be_read_aloud_and_is_never_the_same() -> None:
    marks = {reference() for _ in range(1000)}
    assert len(marks) == 1000
    assert all(re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}", mark) for mark in marks)


def page() -> str:
    body, content_type = metrics_page()
    assert content_type.startswith("text/plain")
    return body.decode()


def test_figures_are_counted_by_outcome() -> None:
    TAPS.labels(outcome="recorded").inc()
    EVENTS.labels(kind="ActionChosen", outcome="handled").inc()
    DELIVERIES.labels(outcome="sent").inc()
    text = page()
    for name in ("cx_taps_total", "cx_events_total", "cx_deliveries_total", "cx_clock_last_tick_timestamp_seconds"):
        assert name in text
    assert "process_resident_memory_bytes" in text


def test_a_label_outside_its_set_is_other_and_a_canary_never_a_label() -> None:
    for figure in (TAPS, DELIVERIES):
        figure.labels(outcome=CANARY).inc()
    EVENTS.labels(kind=CANARY, outcome=CANARY).inc()
    JOBS.labels(job=CANARY, outcome="done").inc()
    COMMAND_SECONDS.labels(subject=CANARY).observe(0.1)
    text = page()
    assert 'cx_taps_total{outcome="other"}' in text
    assert "canary" not in text


def test_a_subject_is_a_label_once_the_registry_of_commands_names_it() -> None:
    COMMAND_SECONDS.admit(subject=["nps"])
    COMMAND_SECONDS.labels(subject="nps").observe(0.02)
    assert 'cx_command_seconds_bucket{le="0.025",subject="nps"}' in page()


def test_every_outcome_that_the_code_counts_is_in_its_closed_set() -> None:
    figures = {"EVENTS": EVENTS, "TAPS": TAPS, "DELIVERIES": DELIVERIES, "JOBS": JOBS}
    counted = counted_outcomes()
    assert counted.keys() >= {"EVENTS", "TAPS", "DELIVERIES"}
    for name, outcomes in counted.items():
        figure = figures.get(name)
        assert figure is None or all(figure.allows(outcome=outcome) for outcome in outcomes), name
