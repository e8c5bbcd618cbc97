"""Slack's refusals → DeliveryError, in one table: never again, later, or not known whether it arrived.

https://docs.slack.dev/reference/methods/chat.postMessage#errors. Nothing of a message is in an error's text.
"""

import asyncio
from collections.abc import Mapping
from functools import partial

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from surveys.errors import DeliveryError, Undeliverable

ASK_AGAIN_SECONDS = 900.0
"""After a fault that an administrator has to put right: a token, a scope."""
SOON_SECONDS = 5.0

PERMANENT = frozenset(
    {
        "cant_update_message", "cannot_dm_bot", "channel_not_found", "edit_window_closed", "invalid_blocks",
        "invalid_blocks_format", "invalid_user_combination", "is_archived", "message_not_found",
        "messages_tab_disabled", "method_not_supported_for_channel_type", "msg_too_long", "no_text",
        "not_in_channel", "restricted_action", "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel", "restricted_action_thread_only_channel", "user_disabled",
        "user_not_found", "user_not_visible", "users_not_found", "cant_dm_bot", "cannot_message_user",
        "metadata_too_large", "user_is_restricted", "not_allowed_for_user",
    }
)  # fmt: skip
"""The person left or blocked the bot, the channel is gone, or Slack will not take this message: no use in repeating."""

REASONS = {
    **dict.fromkeys(("user_disabled", "user_not_found", "users_not_found"), Undeliverable.LEFT),
    # https://docs.slack.dev/reference/methods/conversations.open#errors: "all external people must already be in at
    # least one channel together", and somebody whom a restricted user may not see.
    **dict.fromkeys(
        ("invalid_user_combination", "method_not_supported_for_channel_type", "user_not_visible"), Undeliverable.APART
    ),
    **dict.fromkeys(
        ("cannot_dm_bot", "cannot_message_user", "cant_dm_bot", "not_allowed_for_user", "user_is_restricted"),
        Undeliverable.BLOCKED,
    ),
    **dict.fromkeys(("channel_not_found", "not_in_channel"), Undeliverable.GONE),
    "is_archived": Undeliverable.ARCHIVED,
}
"""What the product calls them; the others concern the message, not the way."""

BY_AN_ADMINISTRATOR = frozenset(
    {
        "access_denied", "account_inactive", "app_uninstalled", "ekm_access_denied", "invalid_auth", "missing_scope",
        "no_permission", "not_allowed_token_type", "not_authed", "org_login_required", "team_access_not_granted",
        "token_expired", "token_revoked",
    }
)  # fmt: skip
"""Nothing can be sent until somebody repairs the installation; what waits is sent then."""

MAY_HAVE_HAPPENED = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""Slack says itself that a part may have succeeded."""


def delivery_error(error: BaseException) -> DeliveryError:
    """What the delivery loop must know of a failed call."""
    match error:
        case SlackApiError():
            return _refused(error)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            # The connection was never there, so nothing left this machine.
            return DeliveryError("Slack cannot be reached.", retry_after=SOON_SECONDS, platform_code="unreachable")
        case aiohttp.ClientError() | TimeoutError() | asyncio.TimeoutError() | OSError():
            return DeliveryError("Slack did not answer.", uncertain=True, platform_code="no_answer")
        case SlackClientError() | ValueError():
            return DeliveryError("Slack's answer could not be read.", uncertain=True, platform_code="unreadable")
        case _:
            raise error


def is_away(error: DeliveryError) -> bool:
    """Slack itself does not answer, or not as it should: nothing is wrong with the token."""
    code = error.platform_code
    away = code in ("unreachable", "no_answer") or code in MAY_HAVE_HAPPENED or code.startswith("http_5")
    return away or error.throttled


def code_of(error: SlackApiError) -> str:
    """Slack's name of the fault; "" where the answer was not Slack's."""
    answer = error.response
    data = getattr(answer, "data", answer)
    code = data.get("error") if isinstance(data, Mapping) else None
    return code if isinstance(code, str) and code.replace("_", "").isalnum() else ""


def _refused(error: SlackApiError) -> DeliveryError:
    code, status = code_of(error), _status(error)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return DeliveryError(
            "Slack asks to wait.", retry_after=_seconds(error), throttled=True, platform_code="ratelimited"
        )
    name = code or f"http_{status}"
    refusal = partial(DeliveryError, f"Slack: {code or f'HTTP {status}'}", platform_code=name)
    if code in PERMANENT:
        return refusal(permanent=True, reason=REASONS.get(code, Undeliverable.REFUSED))
    if code in BY_AN_ADMINISTRATOR:
        return refusal(retry_after=ASK_AGAIN_SECONDS)
    if code in MAY_HAVE_HAPPENED or status >= 500 or not code:
        return refusal(uncertain=True)
    return refusal()


def _status(error: SlackApiError) -> int:
    status = getattr(error.response, "status_code", None) or getattr(error.response, "status", None)
    return status if isinstance(status, int) else 0


def _seconds(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", {}) or {}
    for name, value in headers.items():
        if str(name).lower() == "retry-after":
            try:
                return min(max(float(value), 1.0), 3_600.0)
            except (TypeError, ValueError):
                break
    return 30.0
