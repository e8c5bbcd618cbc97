"""Everything that the process would log, for tests of what is never in it."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from bot import observability
from bot.observability import configure_logging


@contextmanager
def loud_log() -> Iterator[io.StringIO]:
    """Every line of the process, down to the most talkative level; what other tests see is put back."""
    root = logging.getLogger()
    names = ["uvicorn", "uvicorn.error", "uvicorn.access", *observability._QUIET]
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in names}
    raising = logging.raiseExceptions
    stream = io.StringIO()
    configure_logging(json=True, level="DEBUG", stream=stream)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG if name != "aiosqlite" else logging.WARNING)
    yield stream
    root.handlers[:], level, levels = before
    root.setLevel(level)
    for name, value in levels.items():
        logging.getLogger(name).setLevel(value)
    logging.raiseExceptions = raising
    logging.captureWarnings(False)
    structlog.reset_defaults()
