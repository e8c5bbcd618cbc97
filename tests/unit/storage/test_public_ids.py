"""Ids that leave the system."""

from storage.public_ids import new_public_id


def test_no_id_reads_as_a_negated_value_of_a_filter() -> None:
    """Every sixty-fourth would begin with a hyphen."""
    assert not any(new_public_id().startswith("-") for _ in range(2_000))
