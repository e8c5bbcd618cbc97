"""What a person did in Slack, as values: what a request becomes before it is a neutral event.

Nothing of a payload goes further than `Heard`, and nothing here reads one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.slack.blocks import Node
from adapters.slack.text import mentioned, unnamed_channels
from bot.actions import Action, Unreadable, pack

PLATFORM = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where the bot is installed and who it is there, from `auth.test`."""

    team: str
    enterprise: str
    bot_user: str
    bot_id: str
    name: str
    url: str = ""

    def has(self, team: str, enterprise: str = "") -> bool:
        """Whether people of `team` are of this company: its workspace, or another one of its Enterprise Grid.

        `enterprise`: the one that this very team belongs to, where Slack says so.
        """
        return not team or team in (self.team, self.enterprise) or enterprise == self.enterprise != ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`shown`: typed or tapped where the answer can be returned in the same request."""

    text: str
    shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    action: Action | Unreadable
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A modal. `first_input`: the block under which a mistake is shown. `form`: itself, with what was typed."""

    action: Action | Unreadable
    values: Mapping[str, str]
    first_input: str
    view: str = ""
    form: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The bot is in the channel now; `user` of `Heard` invited it, where Slack says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    pass


What = Command | Said | Tapped | Submitted | HomeOpened | Joined | Left


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing that a person did. `team` is the person's own, `workspace` where the bot was meant."""

    what: What
    event_id: str
    workspace: str
    team: str
    user: str
    user_name: str = ""
    channel: str = ""
    channel_name: str = ""
    message: str = ""
    """`ts` of the message that was tapped in."""
    thread: str = ""
    """`thread_ts` of the thread that it happened in, where its answer belongs."""
    ephemeral: bool = False
    own_direct: bool | None = None
    """Whether the channel is the direct conversation with the bot; None where Slack does not say."""
    trigger: str = ""
    response_url: str = ""
    home: bool = False
    """Tapped on the Home tab, or in a form that was opened there."""

    @property
    def mentions(self) -> tuple[str, ...]:
        return mentioned(self.what.text) if isinstance(self.what, Command | Said) else ()

    @property
    def unnamed_channels(self) -> tuple[str, ...]:
        return unnamed_channels(self.what.text) if isinstance(self.what, Command | Said) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a modal remembers of where it was opened."""

    action: Action
    channel: str
    message: str
    direct: bool
    home: bool = False


def metadata_of(origin: Origin) -> str:
    remembered = [pack(origin.action), origin.channel, origin.message, origin.direct, origin.home]
    return json.dumps(remembered, separators=(",", ":"))
