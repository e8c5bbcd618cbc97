"""Tokens as Microsoft signs them, with keys made in the test, and every way in which one can be wrong."""

import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://api.botframework.com"


@cache
def private_key(name: str) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def published(name: str, endorsements: tuple[str, ...] = ("msteams", "webchat")) -> dict[str, Any]:
    """The public part, as Microsoft lists it."""
    public: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(private_key(name).public_key()))
    return {**public, "kid": name, "use": "sig", "endorsements": list(endorsements)}


def claims(*, app: str, service: str, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": app, "serviceurl": service, "nbf": now - 60, "exp": now + 3600, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def signed(given: dict[str, Any], *, key: str = "k1", named: str | None = None) -> str:
    """`key` signs; the header names `named`, or the same."""
    return jwt.encode(given, private_key(key), algorithm="RS256", headers={"kid": named or key})
