"""The app's manifest: what Slack is asked for, each scope with its reason. Pure; no SDK.

https://docs.slack.dev/reference/app-manifest
"""

from collections.abc import Mapping, Sequence

SCOPES: Mapping[str, str] = {
    "app_mentions:read": "answers a mention in a channel, to its writer alone",
    "channels:read": "sees before every post whether a channel is shared, archived or has guests",
    "chat:write": "asks, answers, and posts summaries",
    "commands": "/cx and the shortcut on a message",
    "files:write": "charts, as pictures with alternative text",
    "groups:read": "the same as channels:read, for private channels it was invited to",
    "im:history": "reads replies in its own direct messages, and finds a message whose outcome was uncertain",
    "im:write": "opens the direct message in which a person is asked",
    "users:read": "tells full members from guests and people of other companies",
    "users:read.email": "knows an imported person by the e-mail address of a full member",
}
"""Bot scopes, exactly what is used. History of channels is not among them: it reads no channel."""

EVENTS = (
    "app_home_opened",
    "app_mention",
    "channel_left",
    "group_left",
    "member_joined_channel",
    "message.im",
)


def missing_scopes(granted: Sequence[str]) -> tuple[str, ...]:
    return tuple(scope for scope in SCOPES if scope not in granted)


def manifest(*, name: str = "CX Pulse", url: str = "") -> str:
    """YAML for “Create an app from a manifest”. `url`: where this server is reached; without it, Socket Mode."""
    request = f"{url.rstrip('/')}/slack/events" if url else ""
    address = [f"      url: {request}"] if url else []
    request_url = [f"    request_url: {request}"] if url else []
    lines = [
        "display_information:",
        f"  name: {name}",
        "  description: One tap says how working together goes.",
        "features:",
        "  app_home:",
        "    home_tab_enabled: true",
        "    messages_tab_enabled: true",
        "    messages_tab_read_only_enabled: false",
        "  bot_user:",
        f"    display_name: {name}",
        "    always_online: true",
        "  shortcuts:",
        "    - name: Give feedback",
        "      type: message",
        "      callback_id: feedback",
        "      description: Tell us something, in your own words",
        "  slash_commands:",
        "    - command: /cx",
        *address,
        "      description: Scores, reasons, summaries",
        "      usage_hint: nps last-30d",
        "      # so that @person and #channel arrive as ids",
        "      should_escape: true",
        "oauth_config:",
        "  scopes:",
        "    bot:",
        *(f"      - {scope}  # {why}" for scope, why in SCOPES.items()),
        "settings:",
        "  event_subscriptions:",
        *request_url,
        "    bot_events:",
        *(f"      - {event}" for event in EVENTS),
        "  interactivity:",
        "    is_enabled: true",
        *request_url,
        "  org_deploy_enabled: false",
        f"  socket_mode_enabled: {'false' if url else 'true'}",
        "  token_rotation_enabled: false",
    ]
    return "\n".join(lines) + "\n"
