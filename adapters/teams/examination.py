"""What is missing in Teams, for `cx doctor`: the app's secret and the way in. It changes nothing."""

from dataclasses import dataclass

import aiohttp

from adapters.teams.connector import open_session
from adapters.teams.credentials import Credentials
from adapters.teams.http import PATH
from adapters.teams.keys import KeysUnavailable, SigningKeys
from surveys.errors import DeliveryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    fine: bool
    detail: str


async def examine_teams(
    *, app_id: str, password: str, tenant: str, public_url: str, session: aiohttp.ClientSession | None = None
) -> list[Examined]:
    """`tenant` and `public_url` may be ""."""
    found: list[Examined] = []
    async with session or open_session() as session:
        credentials = Credentials(session, app_id=app_id, password=password, tenant=tenant)
        try:
            await credentials.token()
        except DeliveryError as error:
            remedy = "look at TEAMS_APP_ID, TEAMS_APP_PASSWORD and TEAMS_TENANT_ID, and at the secret's last day"
            found.append(Examined(fine=False, detail=f"{str(error).rstrip('.')}: {remedy}"))
        else:
            found.append(Examined(fine=True, detail="Microsoft accepts the app's secret"))
        try:
            await SigningKeys(session).key("")
        except KeysUnavailable:
            detail = "login.botframework.com cannot be reached: without its keys every request is refused"
            found.append(Examined(fine=False, detail=detail))
    found.append(_messaging_endpoint(public_url))
    return found


def _messaging_endpoint(public_url: str) -> Examined:
    if not public_url.startswith("https://"):
        return Examined(fine=False, detail="CX_PUBLIC_URL is not an https:// address: Teams cannot reach this server")
    return Examined(fine=True, detail=f"the bot's messaging endpoint must be {public_url.rstrip('/')}{PATH}")
