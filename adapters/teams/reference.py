"""What is kept of a conversation so that it can be written to later. Nothing here is secret."""

import json
from dataclasses import asdict, dataclass

from surveys.errors import DeliveryError, Undeliverable


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """`service_url` comes from a verified request, or from one of our own calls. `team`: of a channel."""

    service_url: str
    conversation: str
    bot: str
    tenant: str
    team: str = ""

    def text(self) -> str:
        """As `Address.reference` keeps it."""
        return json.dumps(asdict(self), separators=(",", ":"))


def read_reference(text: str) -> Reference:
    """Raises DeliveryError where nothing usable was kept."""
    try:
        kept = json.loads(text)
        found = Reference(**{name: str(value) for name, value in kept.items()})
    except (ValueError, TypeError, AttributeError):
        raise DeliveryError(
            "Nothing is known of this conversation.", permanent=True, reason=Undeliverable.GONE
        ) from None
    return found
