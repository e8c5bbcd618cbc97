"""The file that is imported, and what tells it from every other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Protocol

from surveys.importing.reading import lines_of

_LINES_AT_ONCE = 1_000
_BUFFER = 1 << 20
"""Each reading of a block lets other threads in and waits for its turn again: few large ones are faster."""


class Source(Protocol):
    """`name`: as the operator wrote it, in every fault. `size` in bytes."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...

    def lines(self) -> Iterable[bytes]:
        """From the beginning, each time."""


@dataclass(frozen=True, slots=True)
class FileSource:
    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def lines(self) -> Iterator[bytes]:
        with self.path.open("rb", buffering=_BUFFER) as file:
            yield from lines_of(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSource:
    """Rows made by the program itself (the demo, a test)."""

    name: str
    text: str

    @property
    def size(self) -> int:
        return len(self.text)

    def lines(self) -> Iterable[bytes]:
        return BytesIO(self.text.encode())


class Measured:
    """Lines of a source, with the bytes that went through so far."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._source.lines():
            self.bytes += len(line)
            yield line


def digest_of(source: Source) -> str:
    """What tells one file from another."""
    digest = blake2b(digest_size=32)
    lines = iter(source.lines())
    while block := b"".join(islice(lines, _LINES_AT_ONCE)):
        digest.update(block)
    return digest.hexdigest()
