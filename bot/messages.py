"""What goes out, in words that no platform owns: semantic blocks, which each adapter renders in its own way.

A message says *what* is shown (a scale from 0 to 10), never *how* (eleven buttons). Every text in a block is
plain text: an adapter escapes it, so that nothing a person typed becomes a mention, a link or a format.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.actions import Action, Answer


class Tone(StrEnum):
    NORMAL = "normal"
    STRONG = "strong"
    MUTED = "muted"


class ButtonStyle(StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    text: str
    tone: Tone = Tone.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words of a person, shown as theirs. `by` says who in the allowed detail ("technical, Acme")."""

    text: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The one figure a message is about: "NPS", "+31", and notes such as "n 120 · 95 %: +17 to +43"."""

    label: str
    value: str
    notes: tuple[str, ...] = ()
    badge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Pairs of label and value, read line by line."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    label: str
    count: int
    percent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Parts of a whole, in order; the words and numbers carry the meaning, a bar only repeats it."""

    label: str
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture with its words: `spec` is data for the chart renderer (a Vega-Lite spec as JSON), not a picture."""

    title: str
    alt_text: str
    spec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Whole numbers from `low` to `high`, one tap each. `template` is the action without its value."""

    question: str
    template: Answer
    low: int
    high: int
    low_label: str
    high_label: str
    selected: int | None = None
    not_applicable: str = ""
    """Label of the "does not apply" choice; empty where there is none."""

    def tap(self, value: int | str) -> Answer:
        return replace(self.template, value=str(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several; a tap on an option is `template` with its value."""

    question: str
    template: Answer
    options: tuple[Option, ...]
    selected: str | None = None

    def tap(self, value: str) -> Answer:
        return replace(self.template, value=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    label: str
    action: Action
    style: ButtonStyle = ButtonStyle.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class TextInput:
    """A typed answer. `key` names the value in ActionChosen.values; `submit` sends it (None inside a Form)."""

    key: str
    label: str
    max_length: int = 10_000
    value: str = ""
    placeholder: str = ""
    submit: Button | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divider:
    """A thin line between two parts."""


Block = (
    Heading | Paragraph | Quote | Headline | Facts | Distribution | Table | Chart | Scale | Choice | TextInput
    | Buttons | Divider
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`summary` is one line for notifications, screen readers and clients that show no blocks."""

    summary: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A dialog bound to the trigger: inputs and one button that sends them all."""

    title: str
    blocks: tuple[Block, ...]
    submit_label: str
    action: Action


class Audience(StrEnum):
    """Who sees a reply."""

    SENDER = "sender"
    """Only whoever caused it: a query's answer is private by default, also in a channel."""
    EVERYONE = "everyone"
    """Everybody in the conversation, on purpose."""
    IN_PLACE = "in_place"
    """Replaces the message whose button was used; a new private message where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Returned in the same request that brought the event."""

    message: Message
    audience: Audience = Audience.SENDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the engine gives back to the adapter once everything is committed; both may be empty (a second copy)."""

    reply: Reply | None = None
    form: Form | None = None
