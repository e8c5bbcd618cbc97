"""Random public ids: the only ids that leave the system."""

from secrets import token_urlsafe


def new_public_id() -> str:
    """16 random bytes as 22 characters of URL-safe base64; no hyphen in front, which in a filter means “not”."""
    while (made := token_urlsafe(16)).startswith("-"):
        pass
    return made
