"""A deed on any platform is the same neutral event; what the bot itself does is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from bot.actions import Action, Answer, SendText, SubmitForm, Unreadable, pack
from bot.events import ActionChosen, BotAdded, BotRemoved, CommandInvoked, Event, MessageReceived
from bot.views.invitation import COMMENT_LIMIT
from tests.contract.adapters.conftest import a_card, each_platform_and, the_event
from tests.contract.adapters.rig import (
    NAMED_LACKS,
    Added,
    Commanded,
    Deed,
    DeedKind,
    FormSent,
    Mentioned,
    Platform,
    Removed,
    Rig,
    SaidByTheBot,
    Tap,
    Trouble,
    Typed,
    Who,
)
from tests.threats.hostile import COMMENT_OF_10_000, HOSTILE

pytestmark = pytest.mark.anyio

NINE = pack(Answer("inv", "recommend", "9"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Neutral:
    """An event without the ids that are the platform's own."""

    kind: type[Event]
    who: Who | None
    direct: bool
    text: str = ""
    action: Action | Unreadable | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    on_a_message: bool = False


def neutral(event: Event, rig: Rig) -> Neutral:
    envelope = event.envelope
    users = {rig.user(who): who for who in Who}
    return Neutral(
        kind=type(event),
        who=users.get(envelope.sender.user) if not isinstance(event, BotRemoved) else None,
        direct=envelope.address.direct,
        text=event.text if isinstance(event, MessageReceived | CommandInvoked) else "",
        action=event.action if isinstance(event, ActionChosen) else None,
        values=dict(event.values) if isinstance(event, ActionChosen) else {},
        on_a_message=envelope.message is not None,
    )


SAME: Mapping[str, tuple[Deed, Neutral]] = {
    "a tap": (
        Tap(who=Who.ANN, packed=NINE, message=""),
        Neutral(
            kind=ActionChosen, who=Who.ANN, direct=True, action=Answer("inv", "recommend", "9"), on_a_message=True
        ),
    ),
    "a tap that changes the answer": (
        Tap(who=Who.ANN, packed=pack(Answer("inv", "recommend", "3")), message=""),
        Neutral(
            kind=ActionChosen, who=Who.ANN, direct=True, action=Answer("inv", "recommend", "3"), on_a_message=True
        ),
    ),
    "a typed answer sent with a button": (
        Tap(who=Who.ANN, packed=pack(SendText("inv", "reason")), message="", values={"reason": "Quick & kind"}),
        Neutral(
            kind=ActionChosen,
            who=Who.ANN,
            direct=True,
            action=SendText("inv", "reason"),
            values={"reason": "Quick & kind"},
            on_a_message=True,
        ),
    ),
    "a form": (
        FormSent(who=Who.ANN, packed=pack(SubmitForm("inv")), message="", values={"start": "Calls", "stop": ""}),
        Neutral(
            kind=ActionChosen,
            who=Who.ANN,
            direct=True,
            action=SubmitForm("inv"),
            values={"start": "Calls", "stop": ""},
            on_a_message=True,
        ),
    ),
    "a message": (
        Typed(who=Who.ANN, text="nine"),
        Neutral(kind=MessageReceived, who=Who.ANN, direct=True, text="nine"),
    ),
    "a mention": (
        Mentioned(who=Who.LEAD, text="nps last-30d"),
        Neutral(kind=MessageReceived, who=Who.LEAD, direct=False, text="nps last-30d"),
    ),
    "a command": (
        Commanded(who=Who.LEAD, text="nps last-30d"),
        Neutral(kind=CommandInvoked, who=Who.LEAD, direct=True, text="nps last-30d"),
    ),
    "a command in a channel": (
        Commanded(who=Who.LEAD, text='nps account:"A & B"', channel=True),
        Neutral(kind=CommandInvoked, who=Who.LEAD, direct=False, text='nps account:"A & B"'),
    ),
    "the bot is added": (Added(), Neutral(kind=BotAdded, who=Who.LEAD, direct=False)),
    "the bot is removed": (Removed(), Neutral(kind=BotRemoved, who=None, direct=False)),
    "a button of an older version": (
        Tap(who=Who.ANN, packed="answer:9", message=""),
        Neutral(
            kind=ActionChosen, who=Who.ANN, direct=True, action=Unreadable("not an action"), on_a_message=True
        ),
    ),
    "a button nobody knows": (
        Tap(who=Who.ANN, packed='["?","inv"]', message=""),
        Neutral(
            kind=ActionChosen, who=Who.ANN, direct=True, action=Unreadable("unknown action"), on_a_message=True
        ),
    ),
    "a button with garbage": (
        Tap(who=Who.ANN, packed='["a",7,null', message=""),
        Neutral(
            kind=ActionChosen, who=Who.ANN, direct=True, action=Unreadable("not an action"), on_a_message=True
        ),
    ),
}  # fmt: skip


async def done(rig: Rig, deed: Deed) -> None:
    """The deed, on a message that is there where it needs one."""
    if isinstance(deed, Tap | FormSent):
        card = await a_card(rig, deed.who)
        deed = type(deed)(who=deed.who, packed=deed.packed, message=card, values=deed.values)
    assert await rig.does(deed) < 300


def test_a_platform_has_everything_or_says_why_not(platform: Platform) -> None:
    assert all(len(reason.split()) >= 4 for reason in platform.cannot.values())
    kinds: tuple[DeedKind, ...] = Deed.__args__
    assert set(platform.cannot) <= {*kinds, *Trouble, *NAMED_LACKS}
    named = (platform.copies, platform.forgeries, platform.expired, platform.elsewheres)
    for cases, lack in zip(named, NAMED_LACKS[:4], strict=True):
        assert bool(cases) is platform.can(lack)
    assert bool(platform.refusals) is platform.can(Trouble.REFUSED)


def possible(platform: Platform) -> list[str]:
    return [name for name, (deed, _) in SAME.items() if platform.can(type(deed))]


@each_platform_and("name", possible)
async def test_a_deed_is_the_same_event_on_every_platform(rig: Rig, name: str) -> None:
    deed, expected = SAME[name]
    await done(rig, deed)
    assert neutral(the_event(rig), rig) == expected


@each_platform_and("name", possible)
async def test_an_event_names_its_platform_workspace_place_and_an_id_of_its_own(rig: Rig, name: str) -> None:
    deed, expected = SAME[name]
    await done(rig, deed)
    await done(rig, deed)
    first, second = (event.envelope for event in rig.ear.events)
    assert first.event_id != second.event_id
    assert 1 <= len(first.event_id) <= 255
    assert (first.address.platform, first.address.workspace) == (rig.adapter.platform, rig.workspace)
    if expected.direct and expected.who is not None:
        opened = await rig.adapter.open_direct(rig.workspace, rig.user(expected.who))
        assert first.address.conversation == opened.conversation
    else:
        assert first.address.conversation == rig.channel


@each_platform_and("name", possible)
async def test_an_event_belongs_to_the_message_that_was_used(rig: Rig, name: str) -> None:
    deed, expected = SAME[name]
    card = await a_card(rig, Who.ANN) if expected.on_a_message else ""
    if isinstance(deed, Tap | FormSent):
        deed = type(deed)(who=deed.who, packed=deed.packed, message=card, values=deed.values)
    await rig.does(deed)
    assert (the_event(rig).envelope.message or "") == card


def hears_itself(platform: Platform) -> list[DeedKind]:
    return [SaidByTheBot] if platform.can(SaidByTheBot) else []


@each_platform_and("kind", hears_itself)
async def test_what_the_bot_said_itself_is_no_event_and_brings_no_answer(rig: Rig, kind: DeedKind) -> None:
    before = len(await rig.shown())
    assert await rig.does(SaidByTheBot()) < 300
    assert rig.ear.events == []
    assert len(await rig.shown()) == before


ARRIVES = {**HOSTILE, "10,000 characters": COMMENT_OF_10_000, "lines": "one\ntwo\n\nthree"}


async def test_what_was_typed_arrives_as_it_was_typed(rig: Rig) -> None:
    card = await a_card(rig, Who.ANN)
    for text in ARRIVES.values():
        await rig.does(Typed(who=Who.ANN, text=text))
        await rig.does(Tap(who=Who.ANN, packed=NINE, message=card, values={"reason": text}))
    said = [event.text.strip() for event in rig.ear.events if isinstance(event, MessageReceived)]
    typed = [event.values["reason"].strip() for event in rig.ear.events if isinstance(event, ActionChosen)]
    expected = [text.strip() for text in ARRIVES.values()]
    assert said == expected
    assert typed == expected


async def test_what_is_too_long_to_be_kept_is_never_cut_until_it_fits(rig: Rig) -> None:
    """Whoever keeps it says that it is too long; cut before, it would be thanked for."""
    card = await a_card(rig, Who.ANN)
    text = "x" * (COMMENT_LIMIT + 1)
    await rig.does(Typed(who=Who.ANN, text=text))
    await rig.does(Tap(who=Who.ANN, packed=NINE, message=card, values={"reason": text}))
    for event in rig.ear.events:
        assert isinstance(event, MessageReceived | ActionChosen)
        assert (event.text if isinstance(event, MessageReceived) else event.values["reason"]) == text
