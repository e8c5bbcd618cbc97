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

_FIELD_BYTES = _BITS // 8

_PLAIN, _COMPRESSED, _PLANES, _COMPRESSED_PLANES = b"\0", b"\1", b"\2", b"\3"
"""`_COMPRESSED` is read, and no longer written."""
_WORTH_PLANES = 512
_WORTH_COMPRESSING = 4
"""So many times smaller. Taking a full cell apart takes longer than everything else that is done with it."""

_FEW = 100
"""Counts that are quicker added one by one than laid out among the places of all others."""

PERSON_BITS = 32
_PERSON = (1 << PERSON_BITS) - 1


def pack(counts: Mapping[tuple[int, int], int]) -> int:
    """(slot, field) → n, which may be negative, as one number. Raises InvalidInput for a score that has no field."""
    for _, place in counts:
        if not 0 <= place < FIELDS:
            raise InvalidInput(f"A score of {place} cannot be counted; scores are 0 to {SCORES - 1}.")
    if len(counts) <= _FEW:
        return sum(n << (slot * FIELDS + place) * _BITS for (slot, place), n in counts.items())
    size = (max(slot for slot, _ in counts) + 1) * FIELDS
    fields = [0] * size
    for (slot, place), n in counts.items():
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


def without(packed: int, slot: int, place: int) -> int:
    """The same counts, and none in this field."""
    fields, at = unpack(packed), slot * FIELDS + place
    return packed - (fields[at] << at * _BITS) if at < len(fields) else packed


@lru_cache(maxsize=64)
def _signs(size: int) -> int:
    """The highest bit of each field: a negative n, and whatever it borrows from, has it set."""
    return int.from_bytes(struct.pack("<I", _HALF) * size, "little")


def to_bytes(packed: int) -> bytes:
    """For the database: little-endian two's complement, or what most cells are made of: small counts.

    Those are kept by planes, the lowest byte of every field first, then the second of every field, as many as any
    field needs. A day of hundreds of accounts is one plane, a quarter of the whole.
    """
    size = packed.bit_length() // 8 + 1
    if packed < 0 or size < _WORTH_PLANES:
        return _PLAIN + packed.to_bytes(size, "little", signed=True)
    fields = -(-size // _FIELD_BYTES)
    raw = packed.to_bytes(fields * _FIELD_BYTES, "little")
    planes = [raw[place::_FIELD_BYTES] for place in range(_FIELD_BYTES)]
    while not any(planes[-1]):
        planes.pop()
    joined = bytes([len(planes)]) + b"".join(planes)
    smaller = zlib.compress(joined, 1)
    return _COMPRESSED_PLANES + smaller if len(smaller) * _WORTH_COMPRESSING < len(joined) else _PLANES + joined


def from_bytes(stored: bytes) -> int:
    kind, raw = stored[:1], stored[1:]
    if kind == _PLAIN:
        return int.from_bytes(raw, "little", signed=True)
    if kind == _COMPRESSED:
        return int.from_bytes(zlib.decompress(raw), "little", signed=True)
    planes = zlib.decompress(raw) if kind == _COMPRESSED_PLANES else raw
    number = planes[0]
    fields = (len(planes) - 1) // number
    whole = bytearray(fields * _FIELD_BYTES)
    for place in range(number):
        whole[place::_FIELD_BYTES] = planes[1 + place * fields : 1 + (place + 1) * fields]
    return int.from_bytes(whole, "little")


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
