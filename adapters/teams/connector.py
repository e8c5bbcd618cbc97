"""Calls of the Bot Connector, the service that Teams gives its bots. Every failure is a DeliveryError.

Not the SDK's client: it sends in threads, repeats by itself a post whose answer was lost, and reads a team only with
blocking calls. No call here repeats itself but one, with a new token where the old one was refused.
https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from adapters.teams.cards import Node
from adapters.teams.credentials import Credentials
from adapters.teams.errors import broken, refused
from adapters.teams.service_urls import is_trusted
from surveys.errors import DeliveryError, Undeliverable

CALL_SECONDS = 10.0
CONNECT_SECONDS = 4.0
ANSWER_LIMIT = 4 * 1024 * 1024
PAGE = 500
MOST_PAGES = 100


Session = aiohttp.ClientSession


def open_session() -> Session:
    """One for the whole process, made inside the running event loop; whoever makes it closes it."""
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CONNECT_SECONDS)
    return aiohttp.ClientSession(timeout=timeout)


class Connector:
    """`credentials` None: local mode, without a token and to this machine alone."""

    def __init__(self, session: aiohttp.ClientSession, credentials: Credentials | None) -> None:
        self._session = session
        self._credentials = credentials

    async def send(self, service_url: str, conversation: str, activity: Node) -> str:
        """Posts; returns the id of the activity."""
        answer = await self._call("POST", service_url, ("v3", "conversations", conversation, "activities"), activity)
        return _text(answer, "id")

    async def update(self, service_url: str, conversation: str, activity_id: str, activity: Node) -> None:
        path = ("v3", "conversations", conversation, "activities", activity_id)
        await self._call("PUT", service_url, path, activity)

    async def create(self, service_url: str, parameters: Node) -> str:
        """Opens a conversation, or finds the one that is there; returns its id."""
        answer = await self._call("POST", service_url, ("v3", "conversations"), parameters)
        found = _text(answer, "id")
        if not found:
            raise DeliveryError("Teams opened no conversation.")
        return found

    async def member(self, service_url: str, conversation: str, user: str) -> Mapping[str, Any]:
        """One person of a conversation, by the bot's own id of them or by their object id."""
        answer = await self._call("GET", service_url, ("v3", "conversations", conversation, "members", user))
        return answer if isinstance(answer, Mapping) else {}

    async def members(self, service_url: str, conversation: str) -> AsyncIterator[Mapping[str, Any]]:
        """Everybody in a conversation. Raises DeliveryError also where it is too large to be read."""
        more = ""
        for _ in range(MOST_PAGES):
            query = {"pageSize": str(PAGE)} | ({"continuationToken": more} if more else {})
            answer = await self._call(
                "GET", service_url, ("v3", "conversations", conversation, "pagedmembers"), query=query
            )
            for each in answer.get("members") or [] if isinstance(answer, Mapping) else []:
                if isinstance(each, Mapping):
                    yield each
            more = _text(answer, "continuationToken")
            if not more:
                return
        raise DeliveryError("This team is too large to be looked through.")

    async def channels(self, service_url: str, team: str) -> Sequence[Mapping[str, Any]]:
        """The channels of a team: id, name (none for the first one), type."""
        answer = await self._call("GET", service_url, ("v3", "teams", team, "conversations"))
        listed = answer.get("conversations") if isinstance(answer, Mapping) else None
        return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []

    async def team_name(self, service_url: str, team: str) -> str:
        return _text(await self._call("GET", service_url, ("v3", "teams", team)), "name")

    async def _call(
        self,
        method: str,
        service_url: str,
        path: tuple[str, ...],
        body: Node | None = None,
        query: Mapping[str, str] | None = None,
    ) -> object:
        if not is_trusted(service_url, local=self._credentials is None):
            raise DeliveryError("This is not an address of Teams'.", permanent=True, reason=Undeliverable.REFUSED)
        where = service_url.rstrip("/") + "".join(f"/{quote(part, safe='')}" for part in path)
        url = URL(where + (f"?{urlencode(query)}" if query else ""), encoded=True)
        sent = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        token = await self._credentials.token() if self._credentials else ""
        status, headers, answer = await self._exchange(method, url, sent, token)
        if status == 401 and self._credentials:
            self._credentials.forget(token)
            status, headers, answer = await self._exchange(method, url, sent, await self._credentials.token())
        if not 200 <= status < 300:
            raise refused(status, answer, headers)
        try:
            return json.loads(answer) if answer else {}
        except (ValueError, RecursionError):
            return {}

    async def _exchange(
        self, method: str, url: URL, body: bytes | None, token: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            # No redirect is followed: the token goes to the address that was checked, and nowhere else.
            async with self._session.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status, answer.headers, await _limited(answer)
        except Exception as error:
            raise broken(error) from error


async def _limited(answer: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_chunked(65_536):
        parts.append(part)
        size += len(part)
        if size > ANSWER_LIMIT:
            break
    return b"".join(parts)


def _text(answer: object, name: str) -> str:
    value = answer.get(name) if isinstance(answer, Mapping) else None
    return value if isinstance(value, str) else ""
