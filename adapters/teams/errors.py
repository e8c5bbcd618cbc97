"""Teams' refusals → DeliveryError, in one table: never again, later, or not known whether it arrived.

https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis.
Nothing of a message is in an error's text.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import aiohttp

from surveys.errors import DeliveryError, Undeliverable

ASK_AGAIN_SECONDS = 900.0
"""After a fault that an administrator has to put right: a secret, a registration, a permission."""
SOON_SECONDS = 5.0
LONGEST_WAIT = 3_600.0

NEVER = {
    "BotDisabledByAdmin": Undeliverable.BLOCKED,
    "BotNotInConversationRoster": Undeliverable.GONE,
    "ConversationBlockedByUser": Undeliverable.BLOCKED,
    "ConversationNotFound": Undeliverable.GONE,
    "ForbiddenOperationException": Undeliverable.NOT_INSTALLED,
    "MessageWritesBlocked": Undeliverable.BLOCKED,
    "NotEnoughPermissions": Undeliverable.REFUSED,
}
"""Codes of 403 and 404 after which nothing is sent there until the person or the team does something."""
LATER = frozenset({412, 429, 502, 503, 504})
"""Teams asks for another attempt after these, and after no others."""


def refused(status: int, body: bytes, headers: Mapping[str, str], *, now: datetime | None = None) -> DeliveryError:
    """What an answer other than 2xx means. `now`: what a date in `Retry-After` is compared with."""
    code = code_in(body)
    refusal = partial(DeliveryError, f"Teams: {code or f'HTTP {status}'}", platform_code=code or f"http_{status}")
    if status in LATER:
        wait = seconds_in(headers.get("Retry-After", ""), now or datetime.now(UTC))
        return refusal(retry_after=wait, throttled=status == 429)
    if status == 403 and code in NEVER:
        return refusal(permanent=True, reason=NEVER[code])
    if status == 404:
        return refusal(permanent=True, reason=NEVER.get(code, Undeliverable.GONE))
    if status in (401, 403) or status < 400:
        return refusal(retry_after=ASK_AGAIN_SECONDS)
    if status >= 500 or status == 408:
        return refusal(uncertain=True)
    return refusal(permanent=True, reason=Undeliverable.REFUSED)


def broken(error: BaseException) -> DeliveryError:
    """What a call that brought no answer means. Raises what is no failure of a call."""
    match error:
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            # The connection was never there, so nothing left this machine.
            return DeliveryError("Teams cannot be reached.", retry_after=SOON_SECONDS, platform_code="unreachable")
        case aiohttp.ClientError() | TimeoutError() | OSError():
            return DeliveryError("Teams did not answer.", uncertain=True, platform_code="no_answer")
        case _:
            raise error


def code_in(body: bytes) -> str:
    """Teams' name of the fault; "" where it gave none. It stands in one of three places."""
    try:
        answer: Any = json.loads(body[:65_536])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(answer, Mapping):
        return ""
    error = answer.get("error")
    inner = answer.get("message")
    if isinstance(inner, str) and inner.lstrip().startswith("{"):
        try:
            inner = json.loads(inner)
        except (ValueError, RecursionError):
            inner = None
    places = [error, answer, inner]
    names = [place.get(key) for place in places if isinstance(place, Mapping) for key in ("subCode", "code")]
    known = [name for name in names if isinstance(name, str) and name.isalnum() and name.isascii() and len(name) < 60]
    return next((name for name in known if name in NEVER), next(iter(known), ""))


def seconds_in(retry_after: str, now: datetime) -> float | None:
    """A `Retry-After` in seconds or as a date, within bounds; None where there is none."""
    text = retry_after.strip()
    if not text:
        return None
    try:
        wait = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError, OverflowError):
            return None
        wait = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(wait, 1.0), LONGEST_WAIT) if wait == wait else None
