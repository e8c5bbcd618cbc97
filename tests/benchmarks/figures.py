"""One figure of `make bench`: what was measured, what it is compared with, and whether that is good enough."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`measured` and `floor` as a person reads them; `met` None where there is no target, only a number to know."""

    name: str
    measured: str
    floor: str = ""
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


def at_most(name: str, measured: str, floor: str, ratio: float, limit: float) -> Figure:
    return Figure(
        name=name, measured=measured, floor=floor, ratio=ratio, target=f"≤ {limit:g} ×", met=ratio <= limit
    )


def at_least(name: str, measured: str, floor: str, ratio: float, limit: float) -> Figure:
    return Figure(
        name=name, measured=measured, floor=floor, ratio=ratio, target=f"≥ {limit:g} ×", met=ratio >= limit
    )


def table(figures: list[Figure]) -> str:
    """The figures as lines of text, in columns."""
    head = ("figure", "measured", "floor", "ratio", "target", "met")
    rows = [head] + [
        (
            one.name,
            one.measured,
            one.floor,
            "" if one.ratio is None else f"{one.ratio:.2f}",
            one.target,
            {None: "", True: "yes", False: "NO"}[one.met],
        )
        for one in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])
