"""The person's language as the catalogue that gettext reads; English where a catalogue is missing."""

import gettext
from functools import lru_cache
from pathlib import Path

from surveys.words import ENGLISH, Words

DOMAIN = "cx_pulse"
LOCALES = Path(__file__).parent / "locales"


@lru_cache(maxsize=32)
def words_for(language: str | None) -> Words:
    """Never guessed from a country or a name, and a language never falls back to a sister language."""
    if not language or language == "en":
        return ENGLISH
    try:
        return gettext.translation(DOMAIN, LOCALES, languages=[language])
    except FileNotFoundError:
        return ENGLISH
