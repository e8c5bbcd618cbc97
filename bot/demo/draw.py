"""Choices without randomness: a hash of the seed and a name decides, so that each choice stands on its own.

Unlike one generator for everything, adding a person or a comment leaves all other choices as they were.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TypeVar

SEED = "halden-systems-2"

Item = TypeVar("Item")


def share(*names: object) -> float:
    """A number from 0 up to 1 that belongs to these names."""
    digest = sha256("\x1f".join([SEED, *map(str, names)]).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def whole(below: int, *names: object) -> int:
    """A whole number from 0 up to `below`."""
    return int(share(*names) * below)


def weighted(weights: Sequence[tuple[Item, float]], *names: object) -> Item:
    """One of the items, each as likely as its weight says."""
    left = share(*names) * sum(weight for _, weight in weights)
    for item, weight in weights:
        left -= weight
        if left < 0:
            return item
    return weights[-1][0]


def in_drawn_order(items: Sequence[Item], key: Callable[[Item], object], *names: object) -> list[Item]:
    """All the items, in an order that belongs to their keys and these names."""
    return sorted(items, key=lambda item: share(*names, key(item)))
