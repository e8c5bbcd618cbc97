"""What is missing in Slack, for `cx doctor`: the token, its scopes, the app token. It changes nothing."""

from dataclasses import dataclass

from adapters.slack.api import SlackApi
from adapters.slack.manifest import missing_scopes
from surveys.errors import DeliveryError


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    fine: bool
    detail: str


async def examine_slack(*, token: str, app_token: str, base_url: str) -> list[Examined]:
    api = SlackApi(token=token, base_url=base_url)
    try:
        answer, granted = await api.scopes()
    except DeliveryError as error:
        return [Examined(fine=False, detail=f"SLACK_BOT_TOKEN does not work, or Slack cannot be reached ({error})")]
    finally:
        await api.close()
    found = [Examined(fine=True, detail=f"connected to {answer.get('team')} ({answer.get('team_id')})")]
    missing = missing_scopes(granted)
    if missing:
        detail = f"missing scopes: {', '.join(missing)}. Add them as `cx manifest slack` shows, then reinstall the app"
        found.append(Examined(fine=False, detail=detail))
    if app_token:
        found.append(await _socket_mode(app_token, base_url))
    return found


async def _socket_mode(app_token: str, base_url: str) -> Examined:
    api = SlackApi(token=app_token, base_url=base_url)
    try:
        await api.ask("apps.connections.open")
    except DeliveryError as error:
        detail = f"SLACK_APP_TOKEN does not work: it begins with xapp- and needs connections:write ({error})"
        return Examined(fine=False, detail=detail)
    finally:
        await api.close()
    return Examined(fine=True, detail="Socket Mode is ready")
