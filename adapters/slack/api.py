"""Calls of Slack's Web API, every failure as DeliveryError. No call repeats itself: the delivery loop decides that.

A retry inside the SDK would hold the event loop's time, hide Retry-After from the other deliveries, and post twice
what was only slow (its default handler repeats after a lost connection).
"""

import ssl
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.blocks import Node
from adapters.slack.errors import delivery_error
from adapters.slack.quiet import QUIET
from surveys.errors import DeliveryError

CALL_SECONDS = 10
HOOKS = "hooks.slack.com"


class SlackApi:
    """One workspace's API. Made inside the running event loop; `close` ends its connections."""

    def __init__(self, *, token: str, base_url: str) -> None:
        timeout = aiohttp.ClientTimeout(total=CALL_SECONDS, sock_connect=CALL_SECONDS / 2)
        self._session = aiohttp.ClientSession(timeout=timeout)
        self._base = URL(base_url)
        self.client = AsyncWebClient(
            token=token,
            base_url=base_url if base_url.endswith("/") else f"{base_url}/",
            timeout=CALL_SECONDS,
            session=self._session,
            retry_handlers=[],
            logger=QUIET,
            ssl=ssl.create_default_context(),
        )

    async def send(self, method: str, body: Node) -> Mapping[str, Any]:
        """A method that takes JSON. Raises DeliveryError."""
        try:
            answer = await self.client.api_call(method, json=dict(body))
        except Exception as error:
            raise delivery_error(error) from error
        return _data(answer.data)

    async def ask(self, method: str, **arguments: str | int | bool) -> Mapping[str, Any]:
        """A method that takes form fields only (most that read). Raises DeliveryError."""
        fields = {name: str(value).lower() if isinstance(value, bool) else value for name, value in arguments.items()}
        try:
            answer = await self.client.api_call(method, data=fields)
        except Exception as error:
            raise delivery_error(error) from error
        return _data(answer.data)

    async def scopes(self) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """`auth.test` and what the token may do. Raises DeliveryError."""
        try:
            answer = await self.client.api_call("auth.test")
        except Exception as error:
            raise delivery_error(error) from error
        granted = next((value for name, value in answer.headers.items() if name.lower() == "x-oauth-scopes"), "")
        return _data(answer.data), tuple(scope.strip() for scope in str(granted).split(",") if scope.strip())

    async def upload(
        self, *, channel: str, file: bytes, name: str, title: str, alt_text: str, thread: str = ""
    ) -> None:
        """A picture, shared in a conversation. Raises DeliveryError."""
        try:
            await self.client.files_upload_v2(
                channel=channel, file=file, filename=name, title=title, alt_txt=alt_text, thread_ts=thread or None
            )
        except Exception as error:
            raise delivery_error(error) from error

    async def respond(self, response_url: str, body: Node) -> None:
        """To a `response_url`: five times within half an hour. Raises DeliveryError, also for another address."""
        if not self._is_slacks(response_url):
            raise DeliveryError("This is not an address of Slack's.", permanent=True)
        try:
            # Not slack_sdk's webhook client: it is made for one address, and a new one for every tap costs as much
            # again as the request.
            async with self._session.post(
                response_url, json=dict(body), proxy=self.client.proxy, allow_redirects=False
            ) as answer:
                await answer.read()
        except Exception as error:
            raise delivery_error(error) from error
        if answer.status >= 500 or answer.status == 429:
            raise DeliveryError(f"Slack: HTTP {answer.status}", retry_after=2.0)
        if answer.status != 200:
            # Used up, expired, or the message is gone.
            raise DeliveryError(f"Slack: HTTP {answer.status}", permanent=True)

    async def close(self) -> None:
        await self._session.close()

    def _is_slacks(self, address: str) -> bool:
        """Slack's own host over TLS, or the host of the API's other address, for a local emulator."""
        try:
            url = URL(address)
        except ValueError:
            return False
        return (url.scheme, url.host) == ("https", HOOKS) or (
            self._base.host != "slack.com" and (url.scheme, url.host, url.port) == self._own()
        )

    def _own(self) -> tuple[str, str | None, int | None]:
        return self._base.scheme, self._base.host, self._base.port


def _data(data: object) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}
