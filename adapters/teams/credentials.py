"""The bot's own token for calls of Teams: asked for once in its lifetime, without blocking, by one caller at a time.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#bot-to-connector
"""

import asyncio
import time
from collections.abc import Callable

import aiohttp

from adapters.teams.errors import ASK_AGAIN_SECONDS, SOON_SECONDS
from surveys.errors import DeliveryError

LOGIN = "https://login.microsoftonline.com"
SCOPE = "https://api.botframework.com/.default"
ANY_TENANT = "botframework.com"
"""The tenant that issues the token of an app of many tenants."""
EARLY_SECONDS = 300.0
"""A token is renewed this long before its end."""
FETCH_SECONDS = 10.0


class Credentials:
    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        app_id: str,
        password: str,
        tenant: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tenant`: of an app of a single tenant."""
        self._session = session
        self._url = f"{LOGIN}/{tenant or ANY_TENANT}/oauth2/v2.0/token"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": app_id,
            "client_secret": password,
            "scope": SCOPE,
        }
        self._clock = clock
        self._token = ""
        self._ends_at = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """Raises DeliveryError."""
        if self._token and self._clock() < self._ends_at:
            return self._token
        async with self._one_at_a_time:
            if not self._token or self._clock() >= self._ends_at:
                await self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """Teams refused this token: the next call asks for a new one."""
        if token == self._token:
            self._token = ""

    async def _renew(self) -> None:
        timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        try:
            async with self._session.post(self._url, data=self._form, timeout=timeout, allow_redirects=False) as answer:
                status = answer.status
                given = await answer.json(content_type=None) if status == 200 else {}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise DeliveryError(
                "Microsoft's sign-in cannot be reached.", retry_after=SOON_SECONDS, platform_code="sign_in_unreachable"
            ) from error
        if status == 429 or status >= 500:
            raise DeliveryError(
                f"Microsoft's sign-in: HTTP {status}", retry_after=30.0, platform_code=f"sign_in_http_{status}"
            )
        token, lasts = (given.get("access_token"), given.get("expires_in")) if isinstance(given, dict) else (None, None)
        if not isinstance(token, str) or not token:
            # TEAMS_APP_ID, TEAMS_APP_PASSWORD or TEAMS_TENANT_ID is wrong, or the secret is over.
            raise DeliveryError(
                f"Microsoft's sign-in refused the app: HTTP {status}",
                retry_after=ASK_AGAIN_SECONDS,
                platform_code=f"sign_in_http_{status}",
            )
        seconds = float(lasts) if isinstance(lasts, int | float) else 3_600.0
        self._ends_at = self._clock() + max(seconds - EARLY_SECONDS, seconds / 2)
        self._token = token
