"""Which addresses our token may go to (threat 2). Pure; checked before an address is kept, and again before each call.

The list is the one of Microsoft's own SDK for the public cloud and its GCC part
(https://microsoft.github.io/teams-sdk/python/essentials/app-configuration/service-url-validation). Other clouds sign
with other keys and are not served.
"""

import re
from urllib.parse import urlsplit

from bot.settings import is_loopback

HOSTS = frozenset(
    {"smba.trafficmanager.net", "smba.onyx.prod.teams.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"}
)
EVERYWHERE = "https://smba.trafficmanager.net/teams/"
"""Reaches anybody in the public cloud, as long as no request has named a nearer address."""
_PATH = re.compile(r"(?:/[A-Za-z0-9_.~-]*)*", re.ASCII)


def is_trusted(address: str, *, local: bool = False) -> bool:
    """Whether the token may be sent there. `local`: this machine is trusted, and it alone."""
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError:
        return False
    host = url.hostname or ""
    if url.username is not None or url.password is not None or "?" in address or "#" in address:
        return False
    if not _PATH.fullmatch(url.path) or "/.." in url.path or not address.isascii():
        return False
    if local:
        return url.scheme in ("http", "https") and is_loopback(host)
    # The whole beginning is compared, so that no reading of the address differs from the one of who calls it.
    return host in HOSTS and port is None and address.startswith(f"https://{host}/")
