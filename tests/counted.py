"""Which outcomes the code counts, read from the code: a figure's name there → the words that it is given."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

BOT = Path(__file__).parents[1] / "bot"


def counted_outcomes() -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=figure), attr="labels")):
                    found[figure].update(_words(node))
    return found


def _words(call: ast.Call) -> Iterator[str]:
    """Every word that may be given, also by a condition; not what a condition compares with."""
    for keyword in call.keywords:
        if keyword.arg == "outcome":
            yield from (
                str(part.value) for part in ast.walk(keyword.value) if isinstance(part, ast.Constant) and part.value
            )
