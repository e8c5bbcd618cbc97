"""What an operator sees of the running system: log lines, references of failures, and the figures of /metrics.

What a line may hold is decided in `redaction`. A label of a figure comes from a closed set, or is "other": never a
person, an account, an address or anything else that somebody typed.
"""

import logging
import secrets
import sys
from collections.abc import Iterable
from typing import Generic, TextIO, TypeVar

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from bot.redaction import describe_error, plain_foreign, redact

# Digits and letters that are not mistaken for one another when read aloud or copied by hand.
_REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_LENGTH = 8

_QUIET = ("sqlalchemy", "apscheduler", "httpx", "httpcore", "asyncio", "aiosqlite", "multipart", "python_multipart")
"""Libraries that log their work step by step: only warnings and worse are of use."""


def reference() -> str:
    """A short mark that joins what a person is told about a failure to the log line about it, such as 7KQ2-M4XT."""
    mark = "".join(secrets.choice(_REFERENCE_LETTERS) for _ in range(_REFERENCE_LENGTH))
    return f"{mark[:4]}-{mark[4:]}"


def configure_logging(json: bool, *, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Routes structlog and the standard library's logging through one redacting handler on stderr (or `stream`).

    `json`: one object a line for machines; otherwise readable lines. stdout stays free for what a command answers.
    uvicorn must be started with `log_config=None`, or it would put its own handlers back.
    """
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=out.isatty(), sort_keys=False)
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*shared, plain_foreign],
            processors=[describe_error, redact, ProcessorFormatter.remove_processors_meta, renderer],
            use_get_message=False,
            pass_foreign_args=True,
        )
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    # A line that cannot be formatted would otherwise be printed with its values.
    logging.raiseExceptions = False


# ── figures ────────────────────────────────────────────────────────────────────────────────────────────────────

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

OTHER = "other"

_Metric = TypeVar("_Metric", Counter, Histogram)


class Labelled(Generic[_Metric]):
    """A figure whose labels come from closed sets; a value outside its set is counted as "other"."""

    def __init__(self, metric: _Metric, **closed: Iterable[str]) -> None:
        self._metric: _Metric = metric
        self._closed = {name: frozenset(values) for name, values in closed.items()}

    def labels(self, **values: str) -> _Metric:
        kept = {name: value if value in self._closed[name] else OTHER for name, value in values.items()}
        child: _Metric = self._metric.labels(**kept)
        return child

    def admit(self, **closed: Iterable[str]) -> None:
        """Adds to the closed sets what only the composition root knows, such as the subjects of commands."""
        for name, values in closed.items():
            self._closed[name] |= frozenset(values)

    def allows(self, **values: str) -> bool:
        return all(value in self._closed[name] for name, value in values.items())


EVENTS = Labelled(
    Counter("cx_events", "Inbound events by kind and outcome.", ["kind", "outcome"], registry=REGISTRY),
    kind=("MessageReceived", "CommandInvoked", "ActionChosen", "BotAdded", "BotRemoved", "NotShown"),
    outcome=("handled", "repeated", "unavailable", "failed"),
)
TAPS = Labelled(
    Counter("cx_taps", "Answers given by a tap or a reply, by outcome.", ["outcome"], registry=REGISTRY),
    outcome=("recorded", "changed", "unchanged"),
)
DELIVERIES = Labelled(
    Counter("cx_deliveries", "Attempts to send a delivery, by outcome.", ["outcome"], registry=REGISTRY),
    outcome=(
        "sent", "postponed", "throttled", "retried", "failed", "unconfirmed", "cancelled", "unavailable", "lost",
    ),
)  # fmt: skip
COMMAND_SECONDS = Labelled(
    Histogram(
        "cx_command_seconds",
        "Time from a command to its answer, by subject.",
        ["subject"],
        buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        registry=REGISTRY,
    ),
    subject=(),
)
JOBS = Labelled(
    Counter("cx_jobs", "Jobs of the clock by name and outcome.", ["job", "outcome"], registry=REGISTRY),
    job=(),
    outcome=("done", "unavailable", "failed"),
)
CLOCK_TICK = Gauge(
    "cx_clock_last_tick_timestamp_seconds", "When the clock last ticked, in Unix time.", registry=REGISTRY
)
DELIVERIES_DUE = Gauge("cx_deliveries_due", "Deliveries that are due and not sent yet.", registry=REGISTRY)


def metrics_page() -> tuple[bytes, str]:
    """The body of /metrics in Prometheus' text format, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
