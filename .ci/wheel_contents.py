"""Compares a wheel with the sources it was made of: every file of the packages is in it, and nothing else.

python .ci/wheel_contents.py WHEEL SOURCES
"""

import sys
import zipfile
from pathlib import Path

PACKAGES = ("bot", "adapters", "surveys", "storage")
FOR_TRANSLATORS = (".pot", ".po", ".cfg")
"""Sources of translations; the compiled catalogues (.mo) are in the wheel."""


def main(wheel: str, sources: str) -> int:
    root = Path(sources)
    expected = {
        path.relative_to(root).as_posix()
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.is_file() and path.suffix not in FOR_TRANSLATORS
    }
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    packed = {name for name in names if not name.endswith(FOR_TRANSLATORS)}
    for name in sorted(expected - packed):
        print(f"{name} is not in the wheel: see package-data in pyproject.toml", file=sys.stderr)
    for name in sorted(packed - expected):
        print(f"{name} is in the wheel and not in the sources", file=sys.stderr)
    return int(packed != expected)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
