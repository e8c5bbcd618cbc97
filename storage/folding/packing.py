"""Counts of all values of a dimension in one number, so that thirty days add up as thirty additions in C.

A value of the dimension has a slot, a slot has FIELDS fields of 32 bits: n of each score 0–10, and the answers whose
person is unknown. The sum over slots and fields of n·2^(32·place) is linear: packed numbers add and subtract like
their counts, and a single n may be negative in a layer as long as the total of all layers is read. No database here.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pyroaring import BitMap64

from surveys.errors import InvalidInput

SCORES = 11
UNKNOWN = SCORES
"""The field of answers without a known person."""
FIELDS = SCORES + 1
_BITS = 32
_HALF = 1 << (_BITS - 1)
_SLOT_BYTES = FIELDS * _BITS // 8

_PLAIN, _COMPRESSED = b"\0", b"\1"
_WORTH_COMPRESSING = 512

PERSON_BITS = 32
_PERSON = (1 << PERSON_BITS) - 1


def pack(counts: Mapping[tuple[int, int], int]) -> int:
    """(slot, field) → n, which may be negative, as one number. Raises InvalidInput for a score that has no field."""
    if not counts:
        return 0
    size = (max(slot for slot, _ in counts) + 1) * FIELDS
    fields = [0] * size
    for (slot, place), n in counts.items():
        if not 0 <= place < FIELDS:
            raise InvalidInput(f"A score of {place} cannot be counted; scores are 0 to {SCORES - 1}.")
        fields[slot * FIELDS + place] += n
    gained = struct.pack(f"<{size}I", *(n if n > 0 else 0 for n in fields))
    lost = struct.pack(f"<{size}I", *(-n if n < 0 else 0 for n in fields))
    return int.from_bytes(gained, "little") - int.from_bytes(lost, "little")


def unpack(packed: int) -> Sequence[int]:
    """All fields in order, those of slot s from s·FIELDS on; whole slots, as many as were ever counted."""
    slots = abs(packed).bit_length() // (8 * _SLOT_BYTES) + 1
    size = slots * FIELDS
    if packed >= 0 and not packed & _signs(size):
        return struct.unpack_from(f"<{size}I", packed.to_bytes(slots * _SLOT_BYTES, "little"))
    # Half the range is added to every field, so that a negative one does not borrow from its neighbour.
    raw = (packed + _signs(size)).to_bytes(slots * _SLOT_BYTES + 1, "little")
    return [field - _HALF for field in struct.unpack_from(f"<{size}I", raw)]


@lru_cache(maxsize=64)
def _signs(size: int) -> int:
    """The highest bit of each field: a negative n, and whatever it borrows from, has it set."""
    return int.from_bytes(struct.pack("<I", _HALF) * size, "little")


def to_bytes(packed: int) -> bytes:
    """For the database: little-endian two's complement, compressed where most of it is zeros."""
    raw = packed.to_bytes(packed.bit_length() // 8 + 1, "little", signed=True)
    if len(raw) >= _WORTH_COMPRESSING:
        smaller = zlib.compress(raw, 1)
        if len(smaller) < len(raw) // 2:
            return _COMPRESSED + smaller
    return _PLAIN + raw


def from_bytes(stored: bytes) -> int:
    raw = stored[1:]
    return int.from_bytes(zlib.decompress(raw) if stored[:1] == _COMPRESSED else raw, "little", signed=True)


def pair(slot: int, person: int) -> int:
    """A person under a value of a dimension, as a member of a bitmap. Raises InvalidInput beyond 32 bits."""
    if not 0 <= person <= _PERSON:
        raise InvalidInput("More people than 32 bits can number.")
    return slot << PERSON_BITS | person


def unpair(member: int) -> tuple[int, int]:
    return member >> PERSON_BITS, member & _PERSON


def people_in(members: BitMap64, slot: int) -> int:
    """How many people the bitmap holds under one slot."""
    return int(members.range_cardinality(slot << PERSON_BITS, (slot + 1) << PERSON_BITS))


def people_of(members: BitMap64, slots: frozenset[int]) -> int:
    """How many people the bitmap holds under any of the slots, each once."""
    if len(slots) == 1:
        return people_in(members, next(iter(slots)))
    return len({member & _PERSON for member in members if member >> PERSON_BITS in slots})
