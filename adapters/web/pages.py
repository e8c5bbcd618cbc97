"""Whole pages from templates, and what the templates are given. No requests, no storage, no decisions."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from adapters.web.chat import StoredMessage, channel_called, direct_with
from adapters.web.codec import decode
from adapters.web.controls import Desk
from adapters.web.dates import clock_label, day_label, month_name, next_monday, next_opening, time_label, weekday_name
from adapters.web.people import Card, Section, initials
from adapters.web.render import render_form, render_message
from bot.messages import Form
from bot.ports import Tenant
from surveys.errors import InvalidInput
from surveys.people.model import Person
from surveys.words import Words

BOT = "CX Pulse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A conversation as one person has it open: its external id, what it is called, where its pages are."""

    viewer: Person
    conversation: str
    channel: str
    """The channel's name; empty for the direct conversation."""

    @property
    def url(self) -> str:
        person = f"/as/{quote(self.viewer.public_id, safe='')}"
        return f"{person}/channel/{quote(self.channel, safe='')}" if self.channel else person


def direct_place(viewer: Person) -> Place:
    return Place(viewer=viewer, conversation=direct_with(viewer.public_id), channel="")


def channel_place(viewer: Person, name: str) -> Place:
    return Place(viewer=viewer, conversation=channel_called(name), channel=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """The demo's clock in the company's zone, and where its presets would go."""

    label: str
    short: str
    zone: str
    opening: str
    monday: str
    field: str
    """The next opening as a date-time field wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    id: str
    author: str
    initials: str
    hue: int
    bot: bool
    mine: bool
    private: bool
    time: str
    iso: str
    day: str
    day_label: str
    summary: str
    body: Markup
    card: bool
    revision: str
    """Changes with the body: a page that has this one already leaves it alone."""
    sent: str = ""
    elsewhere: str = ""
    """Where the message can be seen as other platforms show it (`…/as/`, then the platform); empty where it cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavEntry:
    """One conversation in the sidebar. `latest`: its newest message, by which the page knows what was seen."""

    label: str
    url: str
    conversation: str
    latest: str
    current: bool
    channel: bool


def clock_view(now: datetime, zone: ZoneInfo, words: Words) -> ClockView:
    opening, monday = next_opening(now, zone).astimezone(zone), next_monday(now, zone).astimezone(zone)
    _ = words.gettext
    local = now.astimezone(zone)
    return ClockView(
        label=clock_label(now, zone, words),
        short=f"{weekday_name(local.date(), words)} {time_label(now, zone)}",
        zone=zone.key.rpartition("/")[2].replace("_", " "),
        opening=_("To {weekday} 09:00").format(weekday=weekday_name(opening.date(), words)),
        monday=_("To next Monday 09:00 ({day} {month})").format(day=monday.day, month=month_name(monday.date(), words)),
        field=f"{opening:%Y-%m-%dT%H:%M}",
    )


class Views:
    """Stored messages as one person sees them, in the company's time."""

    def __init__(self, *, zone: ZoneInfo, words: Words, elsewhere: bool = False) -> None:
        """`elsewhere`: there are previews of other platforms."""
        self._zone = zone
        self._words = words
        self._elsewhere = elsewhere

    def desk(self, place: Place, message: str, event_id: str) -> Desk:
        return Desk(
            action_url=f"{place.url}/action",
            message=message,
            event_id=event_id,
            chart_base=f"{place.url}/message/{message}/chart/",
            words=self._words,
        )

    def message(
        self, place: Place, stored: StoredMessage, author: Person | None, *, event_id: str, sent: str = ""
    ) -> MessageView:
        """`author`: who wrote it, None for the bot or somebody who is no longer known."""
        _ = self._words.gettext
        local = stored.posted_at.astimezone(self._zone)
        summary, body, card = self._body(place, stored, event_id)
        name = BOT if stored.author is None else (author.name if author is not None else _("Someone"))
        return MessageView(
            id=stored.public_id,
            author=name,
            initials=initials(name),
            hue=sum((stored.author or "").encode()) % 8,
            bot=stored.author is None,
            mine=stored.author == place.viewer.public_id,
            private=bool(place.channel) and stored.visible_to is not None,
            time=time_label(stored.posted_at, self._zone),
            iso=local.isoformat(timespec="seconds"),
            day=local.date().isoformat(),
            day_label=day_label(local.date(), self._words),
            summary=summary,
            body=body,
            card=card,
            revision=hashlib.sha256(stored.body.encode()).hexdigest()[:12],
            sent=sent,
            elsewhere=f"{place.url}/message/{stored.public_id}/as/"
            if self._elsewhere and stored.author is None
            else "",
        )

    def _body(self, place: Place, stored: StoredMessage, event_id: str) -> tuple[str, Markup, bool]:
        try:
            message = decode(stored.body)
        except InvalidInput:
            # One unreadable message must not take the conversation away.
            text = self._words.gettext("This message cannot be shown by this version of CX Pulse.")
            return text, Markup('<p class="text muted">{}</p>').format(text), False
        rendered = render_message(message, self.desk(place, stored.public_id, event_id))
        return sendable(message.summary), _sendable_html(rendered.html), rendered.card

    def form(self, place: Place, form: Form, message: str, event_id: str) -> Markup:
        return _sendable_html(render_form(form, self.desk(place, message, event_id)))


def sendable(text: str) -> str:
    """Without half of a surrogate pair, which is no UTF-8: one of them would end the whole page or stream."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def _sendable_html(html: Markup) -> Markup:
    return Markup(sendable(html))  # noqa: S704 - what people wrote in it was escaped when it was made


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("adapters.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _fill(template: str, words: Words, **given: Any) -> str:
    # Any: a template takes whatever it names; StrictUndefined refuses what was forgotten.
    return _environment().get_template(template).render(_=words.gettext, ngettext=words.ngettext, bot=BOT, **given)


def start_page(
    *,
    tenant: Tenant,
    clock: ClockView,
    featured: Sequence[Card],
    sections: Sequence[Section],
    search: str,
    group: str,
    groups: Sequence[Section],
    words: Words,
) -> str:
    """The picker. `sections`: who is listed; `groups`: every group, to choose from."""
    return _fill(
        "start.html", words, tenant=tenant, clock=clock, featured=featured, sections=sections, search=search,
        group=group, groups=groups, back="/",
    )  # fmt: skip


def people_part(*, sections: Sequence[Section], search: str, group: str, words: Words) -> str:
    """The picker's list alone, for a search as one types."""
    return _fill("people.html", words, sections=sections, search=search, group=group)


def chat_page(
    *,
    tenant: Tenant,
    clock: ClockView,
    place: Place,
    viewer: Card,
    nav: Sequence[NavEntry],
    messages: Sequence[MessageView],
    earlier: str,
    suggestions: Sequence[tuple[str, str]],
    cursor: str,
    event_id: str,
    words: Words,
) -> str:
    """A conversation. `earlier`: the message before which there is more, empty where there is not."""
    return _fill(
        "chat.html", words, tenant=tenant, clock=clock, place=place, viewer=viewer, nav=nav, messages=messages,
        earlier=earlier, suggestions=suggestions, cursor=cursor, event_id=event_id, back=place.url,
    )  # fmt: skip


def message_part(message: MessageView, words: Words) -> str:
    return _fill("message.html", words, message=message)


def log_part(place: Place, messages: Sequence[MessageView], earlier: str, words: Words) -> str:
    """The messages alone, to read the log again or further back."""
    return _fill("log.html", words, place=place, messages=messages, earlier=earlier)


def form_page(*, tenant: Tenant, clock: ClockView, place: Place, title: str, form: Markup, words: Words) -> str:
    """A form of its own, where no script opens a dialog."""
    return _fill("form.html", words, tenant=tenant, clock=clock, place=place, title=title, form=form, back=place.url)


def preview_page(
    *,
    tenant: Tenant,
    clock: ClockView,
    place: Place,
    preview: object,
    platforms: Sequence[tuple[str, str]],
    event_id: str,
    shown: Callable[..., Markup],
    placeholder: Callable[..., str],
    words: Words,
) -> str:
    """A message as another platform shows it. `preview`: an `adapters.web.preview.PreviewView`.

    `shown` and `placeholder` make Slack's text objects into HTML and text.
    """
    return _fill(
        "preview.html", words, tenant=tenant, clock=clock, place=place, preview=preview, platforms=platforms,
        event_id=event_id, back=place.url, shown=shown, placeholder=placeholder,
    )  # fmt: skip


def error_page(*, status: int, title: str, text: str, reference: str, words: Words) -> str:
    """Needs neither tenant nor clock: it must work when nothing else does."""
    return _fill("error.html", words, status=status, title=title, text=text, reference=reference)
