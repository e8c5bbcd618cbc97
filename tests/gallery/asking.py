"""What contacts get: every survey in every state that a person meets, and the ways out of it."""

from dataclasses import replace
from datetime import timedelta

from bot.messages import Message
from bot.views.invitation import form, invitation
from surveys.sending.model import InvitationFacts, InvitationState
from surveys.words import ENGLISH
from tests.gallery.cast import JONAS, KATHARINA, MARTA, NADIA, NOW, PRIYA, YUSUF, answered, asked
from tests.gallery.scenes import Scene, Sheet, name_of, scene, sheet

REASON = "The new labels print at once. Certificates should warn before they expire."
INVOICES = "For the third month running the invoice does not match the order, and nobody answers."
SCREENS = "The screens could speak Arabic for those who work in the warehouse."
START = "Tell us a week before you change a price."
CONTINUE = "Keep the telephone line that is answered at six in the morning."


def sheets() -> tuple[Sheet, ...]:
    return (
        sheet("recommendation", JONAS, _recommendation()),
        sheet("recommendation-changed", JONAS, _changed()),
        sheet("recommendation-over", JONAS, _over()),
        sheet("leave-me-alone", KATHARINA, _ways_out()),
        sheet("talk-to-a-person", KATHARINA, _talking()),
        sheet("satisfaction", MARTA, _satisfaction()),
        sheet("satisfaction-answered", MARTA, _satisfied()),
        sheet("effort", MARTA, _effort()),
        sheet("in-your-words", PRIYA, _in_words()),
        sheet("in-your-words-answered", PRIYA, _words_given()),
        sheet("feedback", YUSUF, _feedback()),
        sheet("feedback-answered", YUSUF, _feedback_given()),
    )


def _seen(caption: str, facts: InvitationFacts, *, changing: str = "") -> Scene:
    return scene(caption, invitation, facts, NOW, ENGLISH, changing=changing)


def _invited(facts: InvitationFacts) -> Message:
    return invitation(facts, NOW, ENGLISH)


def _form(caption: str, facts: InvitationFacts) -> Scene:
    return Scene(caption=caption, view=name_of(form), shown=form(facts, ENGLISH), opener=_invited(facts))


def _recommendation() -> list[Scene]:
    fresh = asked("nps", JONAS)
    return [
        _seen("Somebody is asked: one tap answers.", fresh),
        _seen("After the tap on 9: the answer is recorded, words are optional.", answered(fresh, 9)),
        _seen("With a comment: thanks, and until when both can be changed.", answered(fresh, 9, REASON)),
    ]


def _changed() -> list[Scene]:
    fresh = asked("nps", JONAS)
    both = answered(fresh, 9, REASON)
    return [
        _seen("“Change my score”: the old one stays until another is chosen.", both, changing="recommend"),
        _seen("“Change my words”.", both, changing="reason"),
        _seen("“Skip”: no comment.", replace(answered(fresh, 9), skipped_questions=frozenset({"reason"}))),
        _seen("“Does not apply”.", answered(fresh, None)),
    ]


def _over() -> list[Scene]:
    fresh = asked("nps", JONAS)
    both = answered(fresh, 9, REASON)
    return [
        _seen("A day later: the answer can no longer be changed.", replace(both, locks_at=NOW - timedelta(hours=1))),
        _seen("The two weeks are over, answered.", replace(both, locks_at=None, state=InvitationState.CLOSED)),
        _seen("The two weeks are over, not answered.", asked("nps", JONAS, days_ago=15)),
        _seen("The question was withdrawn.", replace(fresh, state=InvitationState.CANCELLED)),
    ]


def _ways_out() -> list[Scene]:
    fresh = asked("nps", KATHARINA)
    return [
        _seen("“Not now, in 7 days”.", replace(fresh, snoozed_until=NOW + timedelta(days=7))),
        _seen("“Stop asking me”, before any answer.", replace(fresh, opted_out=True)),
        _seen("“Stop asking me”, after an answer.", replace(answered(fresh, 4), opted_out=True)),
    ]


def _talking() -> list[Scene]:
    fresh = asked("nps", KATHARINA)
    return [
        _seen("“Talk to a person”, before any answer.", replace(fresh, talk_requested_at=NOW)),
        _seen("“Talk to a person”, after an answer.", replace(answered(fresh, 3, INVOICES), talk_requested_at=NOW)),
    ]


def _satisfaction() -> list[Scene]:
    fresh = asked("csat", MARTA, about="support case 4711")
    return [
        _seen("Asked after a support case.", fresh),
        _seen("After a low score: what to improve comes first.", answered(fresh, 2)),
    ]


def _satisfied() -> list[Scene]:
    fresh = asked("csat", MARTA, about="support case 4711")
    return [
        _seen("After a high score: what went well comes first.", answered(fresh, 5)),
        _seen("All answered.", answered(fresh, 2, "The technician was kind.", INVOICES)),
    ]


def _effort() -> list[Scene]:
    fresh = asked("ces", MARTA, about="invoice 2026-0612")
    return [
        _seen("Asked after an invoice.", fresh),
        _seen("After the tap on 3.", answered(fresh, 3)),
        _seen("All answered.", answered(fresh, 3, INVOICES)),
    ]


def _in_words() -> list[Scene]:
    fresh = asked("start-stop-continue", PRIYA)
    return [
        _seen("Asked for words: nothing to tap first.", fresh),
        _form("“Write an answer”: the form.", fresh),
    ]


def _words_given() -> list[Scene]:
    some = answered(asked("start-stop-continue", PRIYA), START, "Stop sending release notes as a picture.", CONTINUE)
    start, _stop, keep = some.answers
    return [
        _seen("One of three answered.", replace(some, answers=(start,))),
        _seen(
            "Two answered, one skipped.", replace(some, answers=(start, keep), skipped_questions=frozenset({"stop"}))
        ),
    ]


def _feedback() -> list[Scene]:
    fresh = asked("feedback", YUSUF)
    return [
        _form("“feedback”: the form.", fresh),
        _seen("Sent: what it is about comes next.", answered(fresh, SCREENS)),
        _seen("And how somebody feels about it.", answered(fresh, SCREENS, "other")),
    ]


def _feedback_given() -> list[Scene]:
    inside = answered(asked("feedback", NADIA), "Customers ask me about prices that I cannot see.")
    done = answered(asked("feedback", YUSUF), SCREENS, "other", "valued", "yes")
    return [_seen("All answered.", done), _seen("An employee's feedback.", inside)]
