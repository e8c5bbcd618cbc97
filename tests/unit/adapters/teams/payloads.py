"""Activities in the shapes that Microsoft documents, one file each in tests/payloads/teams."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "payloads" / "teams"
NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))
INVOKES = tuple(name for name in NAMES if '"type": "invoke"' in (FOLDER / f"{name}.json").read_text(encoding="utf-8"))
ANN = "aaaaaaaa-0000-4000-8000-000000000001"
LEAD = "aaaaaaaa-0000-4000-8000-000000000002"


def payload(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read
