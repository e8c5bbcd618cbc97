"""Slack's Home tab: what somebody is asked, and the score for a CX lead."""

from collections.abc import Callable

from bot.connections.slack import HOME_SCORE
from bot.demo.dates import Quarter
from bot.messages import Message
from bot.views import notes
from bot.views.answers import answer_message
from bot.views.invitation import invitation
from surveys.words import ENGLISH
from tests.gallery.cast import HANNA, KATHARINA, NOW, asked
from tests.gallery.counted import COMMENTS, RESPONSES, nps, scored
from tests.gallery.scenes import Home, Scene, Sheet, name_of, sheet


def sheets() -> tuple[Sheet, ...]:
    score = scored(HOME_SCORE, nps(Quarter.Q2_2026), nps(Quarter.Q1_2026), comments=COMMENTS, responses=RESPONSES)
    scenes = (
        _tab("A contact with an open question.", invitation, invitation(asked("nps", KATHARINA), NOW, ENGLISH)),
        _tab("A contact without one.", notes.nothing_open, notes.nothing_open(ENGLISH)),
        _tab("A CX lead.", answer_message, notes.nothing_open(ENGLISH), answer_message(score, ENGLISH)),
        _tab("Somebody whom CX Pulse does not know.", notes.unknown_sender, notes.unknown_sender("U0JONAS", ENGLISH)),
    )
    return (sheet("slack-home", HANNA, scenes),)


def _tab(caption: str, view: Callable[..., Message], *messages: Message) -> Scene:
    return Scene(caption=caption, view=name_of(view), shown=Home(messages=messages))
