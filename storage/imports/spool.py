"""Checked responses on their way into the database: read in the order of the file, given back in the order of days.

An index over days then grows at its end. In the order of a file, where days come as they like, a chunk of a thousand
rows makes SQLite write a thousand of its pages anew (measured with a million rows: twice as many bytes, half as long
again).

They wait in a file without a name: no other process can open it, and it is gone with this one, however that ends.
"""

import marshal
from array import array
from collections.abc import Generator, Hashable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from mmap import ACCESS_READ, mmap
from tempfile import TemporaryFile, gettempdir
from types import TracebackType
from typing import Any, Self

from surveys.errors import Refused
from surveys.importing.model import ResponseRecord

_OFFSET_BITS = 40
_OFFSET = (1 << _OFFSET_BITS) - 1
_BUFFER = 1 << 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(
            f"There is no room for the rows while they are sorted, in {gettempdir()}: {error.strerror}. Nothing was "
            "imported. Make room there, or name another folder with TMPDIR."
        ) from error


class Spool:
    """A context manager: leaving it frees the file. First every `add`, then `in_order`, any number of times."""

    def __init__(self) -> None:
        self._file = TemporaryFile(buffering=_BUFFER)  # noqa: SIM115 - closed in __exit__
        self._end = 0
        self._order = array("q")
        """Day and place in the file as one number."""
        self._shared: list[Any] = []
        self._places: dict[Hashable, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What could not be written any more is not wanted any more.
        with suppress(OSError):
            self._file.close()

    def __len__(self) -> int:
        return len(self._order)

    def add(self, record: ResponseRecord) -> None:
        """Raises Refused where the folder for temporary files has no room."""
        line, identity, digest, target, series, score, at, day, respondent, dimensions, comment, question = record
        values = (
            line, identity, digest, self._place((target, series)), score, (at - _EPOCH) // _MICROSECOND,
            day.toordinal(), respondent, self._place(dimensions), comment, question,
        )  # fmt: skip
        written = marshal.dumps(values)
        with _room():
            self._file.write(written)
        self._order.append(values[6] << _OFFSET_BITS | self._end)
        self._end += len(written)

    def in_order(self) -> Generator[ResponseRecord, None, None]:
        """By local day, and within a day in the order of the file; times in UTC. Raises Refused like `add`."""
        if not self._order:
            return
        with _room():
            self._file.flush()
        shared = self._shared
        with mmap(self._file.fileno(), 0, access=ACCESS_READ) as content, memoryview(content) as view:
            for key in sorted(self._order):
                # What this very process wrote; it reads one value and leaves the rest alone.
                values = marshal.loads(view[key & _OFFSET :])  # noqa: S302
                line, identity, digest, of, score, at, day, respondent, about, comment, question = values
                target, series = shared[of]
                yield ResponseRecord(
                    line, identity, digest, target, series, score, _EPOCH + timedelta(microseconds=at),
                    date.fromordinal(day), respondent, shared[about], comment, question,
                )  # fmt: skip

    def _place(self, value: Hashable) -> int:
        """Of something that many rows have in common."""
        place = self._places.get(value)
        if place is None:
            place = self._places[value] = len(self._shared)
            self._shared.append(value)
        return place
