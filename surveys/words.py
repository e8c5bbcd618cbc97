"""The words a person reads, in their language. English is the source; catalogues live in `bot/locales`."""

from gettext import NullTranslations

Words = NullTranslations
"""What `gettext.translation` returns; `ENGLISH` where no catalogue is needed."""

ENGLISH: Words = NullTranslations()


def N_(text: str) -> str:
    """Marks a text for the catalogue where it stands; it is looked up where it is shown."""
    return text
