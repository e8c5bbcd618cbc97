"""Packed counts add up like the counts themselves, whatever their signs."""

import random
import zlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from storage.folding.packing import (
    FIELDS,
    SCORES,
    from_bytes,
    pack,
    pair,
    people_in,
    people_of,
    to_bytes,
    unpack,
    unpair,
)
from surveys.errors import InvalidInput

counts = st.dictionaries(
    st.tuples(st.integers(0, 40), st.integers(0, FIELDS - 1)), st.integers(-(2**30), 2**30), max_size=20
)


def field(packed: int, slot: int, place: int) -> int:
    fields = unpack(packed)
    at = slot * FIELDS + place
    return fields[at] if at < len(fields) else 0


@given(counts)
def test_every_count_comes_back_as_it_was_packed(counted: dict[tuple[int, int], int]) -> None:
    packed = pack(counted)
    assert all(field(packed, *place) == n for place, n in counted.items())
    assert sum(unpack(packed)) == sum(counted.values())


@given(counts, counts)
def test_the_sum_of_packed_counts_is_the_packed_sum(
    left: dict[tuple[int, int], int], right: dict[tuple[int, int], int]
) -> None:
    both = Counter(left)
    both.update(right)
    assert pack(left) + pack(right) == pack(both)


@given(counts)
def test_what_is_stored_is_read_back(counted: dict[tuple[int, int], int]) -> None:
    assert from_bytes(to_bytes(pack(counted))) == pack(counted)


@pytest.mark.parametrize("kind", ["each", "few", "many"])
def test_full_rows_are_read_back_whatever_the_size_of_their_counts(kind: str) -> None:
    largest = {"each": 255, "few": 65_535, "many": 2**31 - 1}[kind]
    packed = pack({(slot, score): 1 + (slot * score) % largest for slot in range(500) for score in range(SCORES)})
    packed += pack({(499, 0): largest})
    assert from_bytes(to_bytes(packed)) == packed


def test_a_day_of_many_accounts_takes_a_byte_for_each_count() -> None:
    chance = random.Random(3)
    packed = pack({(slot, score): chance.randrange(200) for slot in range(500) for score in range(SCORES)})
    assert len(to_bytes(packed)) < 500 * FIELDS + 10


def test_a_row_of_the_first_release_is_read() -> None:
    packed = pack({(100, 9): 3, (2, 0): -1})
    stored = b"\1" + zlib.compress(packed.to_bytes(packed.bit_length() // 8 + 1, "little", signed=True))
    assert from_bytes(stored) == packed


def test_a_thousand_accounts_with_few_answers_take_little_room() -> None:
    packed = pack({(slot, 9): 1 for slot in range(0, 1000, 100)})
    assert len(to_bytes(packed)) < 500
    assert from_bytes(to_bytes(packed)) == packed


@pytest.mark.parametrize("score", [-1, SCORES + 1])
def test_a_score_without_a_field_is_refused(score: int) -> None:
    with pytest.raises(InvalidInput):
        pack({(0, score): 1})


@given(st.integers(0, 2**20), st.integers(0, 2**32 - 1))
def test_a_pair_is_taken_apart_again(slot: int, person: int) -> None:
    assert unpair(pair(slot, person)) == (slot, person)


def test_a_person_number_beyond_32_bits_is_refused() -> None:
    with pytest.raises(InvalidInput):
        pair(0, 2**32)


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 9))), st.frozensets(st.integers(0, 5)))
def test_a_person_under_several_values_counts_once(members: set[tuple[int, int]], slots: frozenset[int]) -> None:
    bitmap = BitMap64([pair(slot, person) for slot, person in members])
    assert people_of(bitmap, slots) == len({person for slot, person in members if slot in slots})
    assert all(people_in(bitmap, slot) == sum(of == slot for of, _ in members) for slot in slots)
