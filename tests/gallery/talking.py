"""What anybody gets who writes to the bot: the welcome, help, small notes, advice on a mistake, and refusals."""

from bot.commands.advice import Advice
from bot.commands.explain import no_figure_before
from bot.commands.grammar import parse
from bot.views import advice, help, notes
from surveys.people.model import Permission
from surveys.words import ENGLISH
from tests.gallery import cast
from tests.gallery.asking import INVOICES
from tests.gallery.cast import ANIKA, HANNA, KATHARINA, MARTA
from tests.gallery.scenes import Scene, Sheet, scene, sheet

ANYBODY: frozenset[Permission] = frozenset()
LEAD = frozenset({Permission.CX_LEAD})


def sheets() -> tuple[Sheet, ...]:
    return (
        sheet("welcome", MARTA, _welcome()),
        sheet("notes", MARTA, _notes()),
        sheet("trouble", MARTA, _trouble()),
        sheet("advice", HANNA, _advice()),
        sheet("refused", ANIKA, _refused()),
        sheet("help", HANNA, _help(), wide=True),
        sheet("help-subject", HANNA, _help_with("nps"), wide=True),
        sheet("help-periods", HANNA, _help_with("periods"), wide=True),
        sheet("help-filters", HANNA, _help_with("filters"), wide=True),
        sheet("talk-request", HANNA, _talk_requests()),
    )


def _welcome() -> list[Scene]:
    return [
        scene("The first words in a conversation.", notes.welcome, ENGLISH),
        scene("“help”, for whoever is no CX lead.", help.help_message, "", ANYBODY, ENGLISH),
        scene("Something that is no command and answers nothing.", notes.not_understood, "Is the new price list out?",
              ENGLISH),
        scene("Somebody of another company whom CX Pulse does not know.", notes.unknown_sender, "T0CUSTOMER:U0EVE",
              ENGLISH),
        scene("“ask-me-here”, of somebody who uses Slack and Teams.", notes.asked_here, ENGLISH),
    ]  # fmt: skip


def _notes() -> list[Scene]:
    return [
        scene("“11” was typed.", notes.not_in_scale, 0, 10, ENGLISH),
        scene("A comment that is too long.", notes.too_long, 10_412, 10_000, ENGLISH),
        scene("“Send” was pressed with an empty field.", notes.empty, ENGLISH),
        scene("A button of somebody else's question.", notes.not_yours, ENGLISH),
        scene("A question that is gone.", notes.gone, ENGLISH),
        scene("A button of a former version.", notes.unreadable, ENGLISH),
    ]


def _trouble() -> list[Scene]:
    return [
        scene("Something broke.", notes.failure, "7F3K-Q2", ENGLISH),
        scene("The database cannot be reached.", notes.unavailable, ENGLISH),
        scene("A workspace that is not connected.", notes.unknown_workspace, ENGLISH),
    ]


def _mistaken(typed: str) -> Scene:
    read = parse(typed)
    assert isinstance(read, Advice), typed
    return scene(f"/cx {typed}", advice.mistake, read, ENGLISH)


def _advice() -> list[Scene]:
    typed = ("nsp last-30d", "nps last-30dd", "nps role:tecnical", "send nps", "why", "nps by account as chart")
    return [
        *map(_mistaken, typed),
        scene("/cx explain, where no figure was asked for.", advice.mistake, no_figure_before(ENGLISH), ENGLISH),
    ]


def _refused() -> list[Scene]:
    return [
        scene("An employee asks for a figure.", advice.refused, "nps", ENGLISH, employee=True),
        scene("A contact asks for a figure.", advice.refused, "nps", ENGLISH, employee=False),
    ]


def _help() -> list[Scene]:
    return [scene("/cx help, for a CX lead.", help.help_message, "", LEAD, ENGLISH)]


def _help_with(topic: str) -> list[Scene]:
    return [scene(f"/cx help {topic}", help.help_message, topic, LEAD, ENGLISH)]


def _talk_requests() -> list[Scene]:
    asked = cast.asked("nps", KATHARINA)
    said = cast.answered(cast.asked("csat", MARTA, about="support case 4711"), 2, "The technician was kind.", INVOICES)
    return [
        scene("Somebody asked for a person: every CX lead is told.", notes.talk_request, asked, ENGLISH),
        scene("The same, after an answer.", notes.talk_request, said, ENGLISH),
    ]
