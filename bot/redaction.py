"""What may stand in a log line. Everything else is masked: an answer, a comment, a token, a name, a body (threat 13).

The rule is a list of what is shown, not of what is hidden, so that a new key is masked until somebody decides that
it is safe. A line of another library is shown as its template, without the values; one without a template, whose
text may hold anything, is replaced by the place in the code that wrote it. An exception is shown by its type, its
frames and the codes of the database, never by its message: messages quote values.
"""

import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from urllib.parse import urlsplit

from structlog.typing import EventDict, WrappedLogger

MASK = "[masked]"

SHOWN = frozenset(
    {
        "attempt", "batch", "command", "delivery", "dialect", "host", "job", "kind", "level", "logger",
        "method", "metric", "outcome", "path", "place", "platform", "reference", "revision", "route",
        "schedule", "series", "slot", "state", "status", "subject", "subscription", "survey", "template",
        "tenant", "version", "wave", "workspace",
    }
)  # fmt: skip
"""Keys whose text is shown, if it also looks like a name or an id. Numbers and truth values need no key."""

NEVER = frozenset(
    {
        "answer", "body", "comment", "email", "message", "name", "parameters", "params", "password", "person",
        "score", "secret", "text", "token", "value",
    }
)  # fmt: skip
"""Keys that are masked whatever their type."""

_OWN = frozenset({"event", "level", "logger", "timestamp", "error", "trace", "where", "_record", "_from_structlog"})
"""Keys that this module and structlog write themselves."""

_NAME = re.compile(r"[A-Za-z0-9_.:/+<>*-]{0,120}")
_LONGEST_PATH_PART = 15
"""A longer part of a path may be a token of 128 bits or an id."""

_SPEAKS_PLAINLY = ("uvicorn.error", "alembic.", "apscheduler.")
"""Loggers that say what an operator wants to read, such as the address that is listened on; one line only."""

_DEEPEST_CHAIN = 6
_MOST_FRAMES = 20


def describe_error(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Puts `error` and `trace` in the place of an exception, for lines of our own and of others."""
    given = line.pop("exc_info", None)
    line.pop("stack_info", None)
    error = _given_error(given)
    if error is not None:
        line["error"] = " ← ".join(_chain(error))
        line["trace"] = _frames(error.__traceback__)
    return line


def _given_error(given: object) -> BaseException | None:
    match given:
        case BaseException():
            return given
        case (_, BaseException() as error, _):
            return error
        case True:
            return sys.exc_info()[1]
        case _:
            return None


def code_of(error: BaseException) -> str:
    """The system's, the database's or the platform's own code for what happened ("SQLITE_FULL", "53100",
    "missing_scope"); empty where it has none."""
    return next((code for part in _links(error) for code in _codes(part)), "")


def _chain(error: BaseException) -> Iterator[str]:
    """The exception, then what caused it, each as type and codes."""
    return (_describe(part) for part in _links(error))


def _links(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_DEEPEST_CHAIN):
        if current is None:
            return
        yield current
        following = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        original = getattr(current, "orig", None)
        current = following or (original if isinstance(original, BaseException) else None)


def _describe(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    codes = " ".join(_codes(error))
    return f"{name} ({codes})" if codes else name


def _codes(error: BaseException) -> Iterator[str]:
    """What is known to hold no value: names of constraints and codes of the system and the database."""
    if isinstance(error, OSError) and isinstance(error.errno, int):
        yield os.strerror(error.errno)
    for attribute in ("sqlstate", "sqlite_errorname", "constraint_name", "platform_code"):
        code = getattr(error, attribute, None)
        if isinstance(code, str) and code and _NAME.fullmatch(code):
            yield code
    if isinstance(error, BaseExceptionGroup):
        yield ", ".join(_describe(part) for part in error.exceptions[:3])


def _frames(trace: TracebackType | None) -> list[str]:
    """`file:line function` of the last frames, outermost first: no source, no locals."""
    frames = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False, capture_locals=False)
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-_MOST_FRAMES:]]


def _short(filename: str) -> str:
    """The last three parts of a path: enough to find the file, nothing of the machine."""
    return "/".join(filename.replace("\\", "/").split("/")[-3:])


def plain_foreign(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Makes a line that another library logged fit to be shown."""
    record: logging.LogRecord = line["_record"]
    values = line.pop("positional_args", None)
    if record.name == "uvicorn.access":
        return _access(line, values)
    if isinstance(record.msg, BaseException):
        line["event"] = "exception"
        line.setdefault("exc_info", record.msg)
    elif record.name.startswith(_SPEAKS_PLAINLY):
        line["event"] = _one_line(record.msg, values)
    elif values:
        line["event"] = _template(record.msg)
    else:
        line["event"] = MASK
    if line["event"] == MASK or values:
        line["where"] = f"{record.module}:{record.lineno}"
    return line


def _access(line: EventDict, values: object) -> EventDict:
    """uvicorn's access line: (client, method, path with query, HTTP version, status). The client is left out."""
    line["event"] = "http.request"
    if isinstance(values, tuple) and len(values) == 5:
        line["method"], line["path"], line["status"] = values[1], redact_path(str(values[2])), values[4]
    return line


def redact_path(path: str) -> str:
    """A path without its query, and with `*` for a part that may be a token or an id (threat 9)."""
    try:
        parts = urlsplit(path).path.split("/")
    except ValueError:
        return MASK
    return "/".join(part if len(part) <= _LONGEST_PATH_PART and _NAME.fullmatch(part) else "*" for part in parts)


def _one_line(message: object, values: object) -> str:
    try:
        text = str(message) % values if values else str(message)
    except (TypeError, ValueError, KeyError):
        return _template(message)
    # A start-up failure comes as a whole traceback in the text, with the exception's message.
    return text if len(text) <= 200 and "\n" not in text.strip() and "WebSocket" not in text else MASK


def _template(message: object) -> str:
    text = str(message)
    return text if len(text) <= 200 and "\n" not in text.strip() else MASK


def redact(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Masks every value that is not known to be harmless. The last processor before a line is written."""
    for key, value in line.items():
        if key not in _OWN:
            line[key] = value if _harmless(key, value) else MASK
    line["event"] = str(line.get("event", "")).strip().split("\n", 1)[0][:200]
    return line


def _harmless(key: str, value: object) -> bool:
    if key in NEVER:
        return False
    if value is None or isinstance(value, bool | int | float):
        return True
    return key in SHOWN and isinstance(value, str) and _NAME.fullmatch(value) is not None
