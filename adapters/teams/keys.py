"""The keys that Microsoft signs with: fetched without blocking, kept for a day, asked for anew when one is missing.

A token that names an unknown key causes at most one request in five minutes, however many such tokens come.
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#openid-metadata-document
"""

import asyncio
import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import jwt
import structlog

from adapters.teams.tokens import Key
from surveys.errors import CxError

log = structlog.get_logger(__name__)

OPENID = "https://login.botframework.com/v1/.well-known/openidconfiguration"
KEPT_SECONDS = 24 * 3600.0
AGAIN_SECONDS = 300.0
"""How soon an unknown key may cause another look."""
SOON_SECONDS = 5.0
"""How soon another look follows one that failed while nothing is known at all."""
ANSWER_LIMIT = 1024 * 1024
FETCH_SECONDS = 5.0


class KeysUnavailable(CxError):
    """Microsoft's keys cannot be fetched just now, so no request can be checked."""


class SigningKeys:
    """Made inside the running event loop."""

    def __init__(self, session: aiohttp.ClientSession, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._keys: Mapping[str, Key] = {}
        self._fetched_at = -math.inf
        self._tried_at = -math.inf
        self._one_at_a_time = asyncio.Lock()

    async def key(self, key_id: str) -> Key | None:
        """None where Microsoft has no such key. Raises KeysUnavailable while none are known."""
        if not self._is_old() and key_id in self._keys:
            return self._keys[key_id]
        async with self._one_at_a_time:
            if self._is_old() or key_id not in self._keys:
                await self._look()
        if not self._keys:
            raise KeysUnavailable
        return self._keys.get(key_id)

    def _is_old(self) -> bool:
        return self._clock() - self._fetched_at > KEPT_SECONDS

    async def _look(self) -> None:
        if self._clock() - self._tried_at < (AGAIN_SECONDS if self._keys else SOON_SECONDS):
            return
        self._tried_at = self._clock()
        try:
            self._keys = await self._fetched()
            self._fetched_at = self._clock()
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            # What is known stays in use: a day without the address does not stop the bot.
            log.warning("teams.keys_not_fetched", platform="teams", kind=type(error).__name__)

    async def _fetched(self) -> Mapping[str, Key]:
        """Raises ValueError for an answer of another form."""
        where = (await self._get(OPENID)).get("jwks_uri")
        if not isinstance(where, str) or _origin(where) != _origin(OPENID):
            raise ValueError("the keys are elsewhere")
        listed = (await self._get(where)).get("keys")
        found = dict(_keys(listed))
        if not found:
            raise ValueError("no keys")
        return found

    async def _get(self, url: str) -> Mapping[str, Any]:
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        async with self._session.get(url, timeout=timeout, allow_redirects=False, raise_for_status=True) as answer:
            body = await answer.content.read(ANSWER_LIMIT)
            while len(body) < ANSWER_LIMIT and (more := await answer.content.read(ANSWER_LIMIT - len(body))):
                body += more
        try:
            read = json.loads(body)
        except RecursionError as error:
            raise ValueError("too deep") from error
        return read if isinstance(read, dict) else {}


def _keys(listed: object) -> "list[tuple[str, Key]]":
    """What can be used of a key set; a key of another kind is left out."""
    found: list[tuple[str, Key]] = []
    for each in listed if isinstance(listed, list) else []:
        if not isinstance(each, dict) or each.get("kty") != "RSA" or not isinstance(each.get("kid"), str):
            continue
        endorsements = each.get("endorsements")
        try:
            public = jwt.PyJWK(each, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        vouches = endorsements if isinstance(endorsements, list) else []
        found.append((each["kid"], Key(public=public, endorsements=frozenset(map(str, vouches)))))
    return found


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
