"""A message of the bot, or a form, as another platform would show it: what the page needs, as values. Pure.

The renderers are handed in (`Preview`): a platform knows no other. Who may look is the routes' business.
"""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from adapters.web.pages import MessageView, Place
from adapters.web.render import chart_size
from bot.actions import OpenForm, pack
from bot.messages import Buttons, Chart, Form, Message, TextInput
from surveys.words import Words

Node = Mapping[str, object]
"""A JSON object for a platform, as its adapter makes it."""

_FENCED = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What one platform's adapter makes of a message, and of a form. `limit`: bytes that it may have, 0 for any."""

    name: str
    message: Callable[[Message, Words], Node]
    form: Callable[[Form, Words], Node]
    limit: int = 0


Previews = Mapping[str, Preview]
"""By the platform's name in addresses: "slack", "teams"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A chart as the platform shows it beside the message."""

    url: str
    title: str
    alt_text: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """A button of the message that opens a form, which can be looked at too."""

    label: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewView:
    """`json` is what would be sent, for reading; `data` the same inside an element of the page."""

    platform: str
    name: str
    url: str
    message: MessageView
    node: Node
    json: str
    data: Markup
    size: int
    limit: int
    pictures: tuple[Picture, ...] = ()
    openers: tuple[Opener, ...] = ()
    form: str = ""
    """The title of the form that is shown instead of the message."""


def message_preview(
    place: Place, view: MessageView, message: Message, platform: str, preview: Preview, words: Words
) -> PreviewView:
    return _view(
        place, view, platform, preview, preview.message(message, words),
        pictures=_pictures(place, view.id, message), openers=_openers(message),
    )  # fmt: skip


def form_preview(
    place: Place, view: MessageView, form: Form, platform: str, preview: Preview, words: Words
) -> PreviewView:
    return _view(place, view, platform, preview, preview.form(form, words), form=form.title)


def shown_text(text: Mapping[str, str]) -> Markup:
    """A text object of Slack as HTML: its three escapes undone, then ours; a fence in a fixed width."""
    words = text["text"]
    fenced = _FENCED.fullmatch(words) if text["type"] == "mrkdwn" else None
    if fenced:
        return Markup('<pre class="slack-fence" tabindex="0">{}</pre>').format(html.unescape(_entities(fenced[1])))
    return Markup('<span dir="auto">{}</span>').format(html.unescape(_entities(words)))


def placeholder(element: Mapping[str, Mapping[str, str]]) -> str:
    """What stands in an empty field of Slack's; "" where there is nothing."""
    return html.unescape(_entities(element["placeholder"]["text"])) if "placeholder" in element else ""


def _entities(text: str) -> str:
    # Slack knows these three only: any other "&…;" is what somebody typed.
    return re.sub(r"&(?!(?:amp|lt|gt);)", "&amp;", text)


def _view(
    place: Place, view: MessageView, platform: str, preview: Preview, node: Node, *,
    pictures: tuple[Picture, ...] = (), openers: tuple[Opener, ...] = (), form: str = "",
) -> PreviewView:  # fmt: skip
    compact = json.dumps(node, ensure_ascii=False, separators=(",", ":"))
    return PreviewView(
        platform=platform,
        name=preview.name,
        url=f"{place.url}/message/{view.id}/as",
        message=view,
        node=node,
        json=json.dumps(node, ensure_ascii=False, indent=2),
        data=_in_an_element(compact),
        size=len(compact.encode("utf-8")),
        limit=preview.limit,
        pictures=pictures,
        openers=openers,
        form=form,
    )


def _in_an_element(text: str) -> Markup:
    """JSON that cannot end the element it stands in (https://html.spec.whatwg.org/#restrictions-for-contents-of-script-elements)."""
    for char, escaped in (
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(char, escaped)
    return Markup(text)  # noqa: S704 -- nothing in it can end the element


def _pictures(place: Place, message_id: str, message: Message) -> tuple[Picture, ...]:
    found = []
    for index, block in enumerate(message.blocks):
        if isinstance(block, Chart):
            width, height = chart_size(block.spec) or (400, 300)
            url = f"{place.url}/message/{message_id}/chart/{index}.png"
            found.append(Picture(url=url, title=block.title, alt_text=block.alt_text, width=width, height=height))
    return tuple(found)


def _openers(message: Message) -> tuple[Opener, ...]:
    buttons = [button for block in message.blocks if isinstance(block, Buttons) for button in block.buttons]
    buttons += [block.submit for block in message.blocks if isinstance(block, TextInput) and block.submit is not None]
    return tuple(
        Opener(label=button.label, action=pack(button.action))
        for button in buttons
        if isinstance(button.action, OpenForm)
    )
