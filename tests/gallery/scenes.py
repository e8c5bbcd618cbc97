"""What a gallery is made of: sheets of scenes, each a message or a form that a view made, with a caption."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec

from bot.messages import Form, Message
from surveys.people.model import Person

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Slack's Home tab: messages below each other."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`view`: the "module.function" of `bot.views` that made it. `opener`: the message whose button opens a form, None
    for anything else.
    """

    caption: str
    view: str
    shown: Message | Form | Home
    opener: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One picture. `viewer`: in whose chat the messages stand. `wide`: they have tables, which need room."""

    name: str
    viewer: Person
    scenes: tuple[Scene, ...]
    wide: bool = False

    @property
    def home(self) -> bool:
        """Slack alone has such a tab."""
        return all(isinstance(scene.shown, Home) for scene in self.scenes)


def scene(caption: str, view: Callable[P, Message], *given: P.args, **named: P.kwargs) -> Scene:
    """What a view makes of these."""
    return Scene(caption=caption, view=name_of(view), shown=view(*given, **named))


def name_of(view: Callable[..., object]) -> str:
    """As `tests.every_view.views` names it."""
    return f"{view.__module__.rpartition('.')[2]}.{view.__name__}"


def sheet(name: str, viewer: Person, scenes: Sequence[Scene], *, wide: bool = False) -> Sheet:
    return Sheet(name=name, viewer=viewer, scenes=tuple(scenes), wide=wide)
