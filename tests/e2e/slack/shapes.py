"""Slack's own types (`@slack/types`, `@slack/web-api`) as a JSON Schema, made anew, and checks against it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

NODE = os.environ["NODE"]
MODULES = Path(os.environ["NODE_MODULES"])
HERE = Path(__file__).parent


class Shapes:
    """The schema is in `folder`. It allows no property that the types do not name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._schemas = folder / "schemas.json"
        shutil.copy(HERE / "types.ts", folder)
        (folder / "node_modules").symlink_to(MODULES)
        generator = MODULES / "ts-json-schema-generator" / "bin" / "ts-json-schema-generator.js"
        _node(generator, "--path", folder / "types.ts", "--type", "*", "--no-type-check", "--out", self._schemas)

    def faults_of(self, nodes: Iterable[Any]) -> str:
        """What of these has another shape, a line for each; "" where all is well. See `conforms.cjs`."""
        file = self._folder / "sent.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(node) + "\n" for node in nodes)
        return self.faults_in(file)

    def faults_in(self, file: Path) -> str:
        done = _node(HERE / "conforms.cjs", self._schemas, file, check=False)
        *faults, _ = done.stdout.splitlines()
        assert done.returncode == (1 if faults else 0), done.stderr
        return "\n".join(faults)


def _node(script: Path, *words: object, check: bool = True) -> "subprocess.CompletedProcess[str]":
    command = [NODE, str(script), *map(str, words)]
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=300)
