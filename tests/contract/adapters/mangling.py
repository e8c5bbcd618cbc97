"""A platform's JSON with one part of another shape, for every part of it: what no platform sends and somebody may."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

WRONG: tuple[Any, ...] = (None, 7, True, "x", [], {}, [7], {"x": 7})


def mangled(node: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part in turn: left out, then replaced by a value of each other shape; its name and the whole."""
    for path in _paths(node):
        name = ".".join(map(str, path))
        yield f"no {name}", _with(node, path, None, without=True)
        for wrong in WRONG:
            yield f"{name} = {json.dumps(wrong)}", _with(node, path, wrong)


def _paths(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inside = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for key, part in inside:
        yield (*path, key)
        yield from _paths(part, (*path, key))


def _with(node: Mapping[str, Any], path: tuple[str | int, ...], value: Any, *, without: bool = False) -> dict[str, Any]:
    whole: dict[str, Any] = copy.deepcopy(dict(node))
    *before, last = path
    place: Any = whole
    for key in before:
        place = place[key]
    if without:
        del place[last]
    else:
        place[last] = value
    return whole
