"""A workspace of the emulator's with the app in it, and who is there."""

from dataclasses import dataclass

from emulator import Emulator
from front import Front
from people import Person
from service import Service


@dataclass(slots=True)
class Workspace:
    emulator: Emulator
    front: Front
    service: Service
    lead: Person
    contact: Person
    stranger: Person


def scopes_of_the_manifest(manifest: str) -> list[str]:
    """What the printed manifest asks for: the lines below `bot:`."""
    lines = manifest.splitlines()
    below = lines[lines.index("    bot:") + 1 :]
    listed = below[: next(number for number, line in enumerate(below) if not line.startswith("      - "))]
    return [line.removeprefix("      - ").partition("  #")[0] for line in listed]
