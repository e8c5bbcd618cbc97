"""Packed counts add up like the counts themselves, whatever their signs."""

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
