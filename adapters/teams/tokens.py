"""The check of a request's token before anything reads the request (security.md, threats 2 and 13). Pure: no clock.

Not the SDK's own check: that one answers most bad tokens with 500, lets a request without `channelId` pass without an
endorsement, and accepts every request where there is no app id. The rules are those of
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication (connector to bot).
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

ISSUER = "https://api.botframework.com"
CHANNEL = "msteams"
ALGORITHM = "RS256"
SKEW_SECONDS = 5 * 60
TOKEN_LIMIT = 16 * 1024
"""Characters. A real one has about 2,000."""
_SIGNATURES = jwt.PyJWS(algorithms=[ALGORITHM])
_KEY_ID = re.compile(r"[A-Za-z0-9_.+/=-]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One of the keys that Microsoft signs with, and the channels that it may speak for."""

    public: jwt.PyJWK
    endorsements: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`reason` is a name for the log, never a part of the request."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A token that has the form of one; nothing in it is to be believed."""

    text: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What Microsoft said in a token, whenever and for whomever that was."""

    claims: Mapping[str, Any]
    key_id: str
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Signed by Microsoft for this bot, and in force now."""

    service_url: str
    endorsements: frozenset[str]


def read_header(authorization: str) -> Unchecked | Refused:
    """The bearer token of an `Authorization` header and the key that it names."""
    if not authorization:
        return Refused(status=401, reason="no_token")
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer":
        return Refused(status=401, reason="not_bearer")
    if not text or len(text) > TOKEN_LIMIT or not text.isascii():
        return Refused(status=401, reason="garbage")
    try:
        header: Mapping[str, Any] = jwt.get_unverified_header(text)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError):
        return Refused(status=401, reason="garbage")
    # The one algorithm that is used, by name: neither `none` nor a secret made from a public key.
    if header.get("alg") != ALGORITHM:
        return Refused(status=401, reason="algorithm")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        return Refused(status=401, reason="no_key")
    return Unchecked(text=text, key_id=key_id)


def check_signature(token: Unchecked, key: Key | None) -> Signed | Refused:
    """`key`: the one that the token names, None where there is no such key."""
    if key is None:
        return Refused(status=401, reason="unknown_key")
    try:
        # Only the signature is left to the library: its own clock cannot be handed in.
        claims = json.loads(_SIGNATURES.decode(token.text, key.public, algorithms=[ALGORITHM]))
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return Refused(status=401, reason="signature")
    return (
        Signed(claims=claims, key_id=token.key_id, key=key)
        if isinstance(claims, dict)
        else Refused(status=401, reason="garbage")
    )


def verify(signed: Signed, *, app_id: str, now: float) -> Verified | Refused:
    """`now` in Unix seconds."""
    claims = signed.claims
    reason = _fault_of(claims, app_id=app_id, now=now)
    if reason:
        return Refused(status=401, reason=reason)
    service_url = claims.get("serviceurl", claims.get("serviceUrl"))
    if not isinstance(service_url, str) or not service_url:
        return Refused(status=403, reason="no_service_url")
    return Verified(service_url=service_url, endorsements=signed.key.endorsements)


def fault_of_activity(activity: Mapping[str, Any], verified: Verified) -> str:
    """Why a token that is good does not vouch for this activity, as a name for the log; "" where it does."""
    channel, service_url = activity.get("channelId"), activity.get("serviceUrl")
    if channel != CHANNEL:
        # Without a channel there would be nothing to look for among the endorsements.
        return "channel"
    if channel not in verified.endorsements:
        return "unendorsed"
    if service_url != verified.service_url:
        return "service_url"
    return ""


def _fault_of(claims: Mapping[str, Any], *, app_id: str, now: float) -> str:
    if claims.get("iss") != ISSUER:
        return "issuer"
    if not app_id or claims.get("aud") != app_id:
        return "audience"
    ends, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(ends, int | float) or not isinstance(begins, int | float):
        return "time"
    if not math.isfinite(ends) or not math.isfinite(begins):
        return "time"
    if now > ends + SKEW_SECONDS:
        return "expired"
    if now < begins - SKEW_SECONDS:
        return "not_yet"
    return ""
