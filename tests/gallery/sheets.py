"""Every sheet of the gallery, in the order of its page in the documentation."""

from tests.gallery import asking, channels, figures, home, sending, talking
from tests.gallery.scenes import Sheet


def sheets() -> tuple[Sheet, ...]:
    return tuple(sheet for part in (asking, figures, channels, sending, talking, home) for sheet in part.sheets())
