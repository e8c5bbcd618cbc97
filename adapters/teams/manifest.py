"""The app package for Teams: manifest and icons in a zip that an administrator uploads. Pure; no SDK.

The manifest's version is 1.19, which every tenant takes and which has all that is used here.
https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from adapters.teams.cards import Json, Node

VERSION = "1.0.0"
"""Of the package: raise it with every change of what is below, or Teams keeps what it has."""
SCHEMA = "https://developer.microsoft.com/en-us/json-schemas/teams/v1.19/MicrosoftTeams.schema.json"
ICONS = Path(__file__).parent / "icons"

SCOPES: Mapping[str, str] = {
    "personal": "asks in a chat of their own, and answers there",
    "team": "answers a mention in a channel, and posts summaries there",
    "groupChat": "answers a mention in a group chat",
}
"""Where the bot can be added, each with its reason."""

PERMISSIONS: Mapping[str, str] = {
    "identity": "knows who answered: name, e-mail address and id as Teams shows them",
    "messageTeamMembers": "asks members of a team it was added to, each in a chat of their own",
}
"""What Teams tells whoever adds the app.

No resource-specific consent and no Graph permission is asked for: a bot gets the messages that mention it, and the
members of a conversation it is in, without one; it reads no other message. Shared and private channels are not asked
for either (`supportedChannelTypes`): people of other companies may be in them.
"""

NOT_ASKED: Mapping[str, str] = {
    "ChannelMessage.Read.Group": "it reads no channel; a mention reaches it without",
    "ChatMessage.Read.Chat": "the same, for group chats",
    "TeamMember.Read.Group": "the bot's own roster says who is a guest",
    "TeamsAppInstallation.ReadWriteForUser.All": "whoever is to be asked adds the app, or a policy does it for them",
}
"""Consents that bots of this kind often want, and why this one does not."""

COMMANDS_MOST = 10
TITLE_MOST = 32
DESCRIPTION_MOST = 128
NAME_MOST = 30
DEVELOPER_MOST = 32


def package(
    *,
    app_id: str,
    company: str,
    url: str,
    commands: Mapping[str, Sequence[tuple[str, str]]],
    privacy_url: str = "",
    name: str = "CX Pulse",
) -> bytes:
    """The zip. The same input gives the same bytes. For the arguments see `manifest`."""
    node = manifest(app_id=app_id, company=company, url=url, commands=commands, privacy_url=privacy_url, name=name)
    files = {
        "manifest.json": (json.dumps(node, ensure_ascii=False, indent=2) + "\n").encode("utf-8"),
        "color.png": (ICONS / "color.png").read_bytes(),
        "outline.png": (ICONS / "outline.png").read_bytes(),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, date_time=(2026, 1, 1, 0, 0, 0)), content)
    return written.getvalue()


def manifest(
    *,
    app_id: str,
    company: str,
    url: str,
    commands: Mapping[str, Sequence[tuple[str, str]]],
    privacy_url: str = "",
    name: str = "CX Pulse",
) -> Node:
    """`app_id`: the bot's id, a GUID; it is the package's too. `url`: this server's address, https.

    `commands`: scope → (what can be typed, what it answers), of which a list shows ten.
    """
    host = urlsplit(url).hostname or ""
    return {
        "$schema": SCHEMA,
        "manifestVersion": "1.19",
        "version": VERSION,
        "id": app_id,
        **_identity(company=company, url=url, privacy_url=privacy_url or url, name=name),
        "bots": [_bot(app_id, commands)],
        "composeExtensions": [_feedback_on_a_message(app_id)],
        "permissions": list(PERMISSIONS),
        "validDomains": [host] if host else [],
        "defaultInstallScope": "personal",
    }


def _identity(*, company: str, url: str, privacy_url: str, name: str) -> Node:
    """What people see of the app before they add it."""
    return {
        "developer": {
            "name": company[:DEVELOPER_MOST].strip(),
            "websiteUrl": url,
            "privacyUrl": privacy_url,
            "termsOfUseUrl": privacy_url,
        },
        "name": {"short": name[:NAME_MOST], "full": f"{name}: pulse surveys and figures"},
        "description": {
            "short": "One tap says how working together goes.",
            "full": (
                "Asks customers and colleagues short questions in Teams, one tap each, and tells the people in charge "
                "of customer experience how it goes: scores with their uncertainty, reasons, and a weekly summary. "
                "Results are private unless somebody posts them on purpose."
            ),
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#0B5D4E",
    }


def _bot(app_id: str, commands: Mapping[str, Sequence[tuple[str, str]]]) -> Node:
    return {
        "botId": app_id,
        "scopes": list(SCOPES),
        "isNotificationOnly": False,
        "supportsFiles": False,
        "commandLists": [_command_list(scope, commands[scope]) for scope in SCOPES if commands.get(scope)],
    }


def _command_list(scope: str, commands: Sequence[tuple[str, str]]) -> Json:
    fitting = [(title, meaning) for title, meaning in commands if len(title) <= TITLE_MOST][:COMMANDS_MOST]
    return {
        "scopes": [scope],
        "commands": [{"title": title, "description": meaning[:DESCRIPTION_MOST]} for title, meaning in fitting],
    }


def _feedback_on_a_message(app_id: str) -> Node:
    """The action in the menu of a message."""
    return {
        "botId": app_id,
        "commands": [
            {
                "id": "feedback",
                "type": "action",
                "title": "Feedback",
                "description": "Tell us something",
                "context": ["message"],
                "fetchTask": True,
            }
        ],
    }
