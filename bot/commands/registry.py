"""Every command, declared once. Help, suggestions while typing and the advice on a mistake are made from this."""

from collections.abc import Sequence

from bot.commands import access, explain, feedback, reaching, scores, sending, summaries, trend, why
from bot.commands import help as help_
from bot.commands.declaration import Entry
from surveys.people.model import Permission
from surveys.words import N_, Words

ENTRIES: tuple[Entry, ...] = (
    *scores.ENTRIES,
    *trend.ENTRIES,
    *why.ENTRIES,
    *explain.ENTRIES,
    *sending.ENTRIES,
    *summaries.ENTRIES,
    *access.ENTRIES,
    *feedback.ENTRIES,
    *reaching.ENTRIES,
    *help_.ENTRIES,
)

BY_WORD: dict[str, Entry] = {word: entry for entry in ENTRIES for word in (entry.subject, *entry.aliases)}
"""The entry that a subject or one of its other names stands for."""

LATER: dict[str, str] = {
    "account": "nps by account",
    "accounts": "nps by account last-90d",
    "journey": "nps by stage last-12mo",
    "consistency": "csat by touchpoint last-12mo",
    "promise": "csat by touchpoint last-12mo",
    "promises": "csat by touchpoint last-12mo",
    "coverage": "nps by role last-90d",
    "silent": "nps by account last-12mo",
    "drivers": "why nps last-quarter",
    "themes": "nps last-90d",
    "pains": "nps last-90d",
    "likes": "nps last-90d",
    "ssc": "send start-stop-continue to role:end_user",
    "emotions": "csat last-30d",
    "emotion": "csat last-30d",
    "components": "ces last-30d",
    "value": "continue last-12mo",
    "gap": "csat last-90d",
    "onboarding": "csat stage:onboarding last-12mo",
    "benchmark": "nps by segment last-12mo",
    "persona": "nps by segment last-12mo",
    "impact": "trend nps last-12mo",
    "loyalty": "continue last-12mo",
    "ex-vs-cx": "trend nps last-12mo",
    "business-case": "nps by account last-12mo",
    "cases": "nps by account last-30d",
    "sla": "csat stage:support last-30d",
    "actions": "why nps last-quarter",
    "quick-wins": "why nps last-quarter",
    "said-done": "summary list",
    "goodwill": "csat stage:support last-90d",
    "fatigue": "waves",
    "blackout": "waves",
    "target": "trend nps last-12mo",
    "annotate": "trend nps last-12mo",
    "schedule": "send nps to role:technical",
    "programme": "surveys",
    "program": "surveys",
}
"""Subjects of a later version, each with what comes closest in this one."""

_MORE = (
    ("trend nps last-12mo", N_("Twelve months, as a chart")),
    ("nps today", N_("What came in today")),
    ("help filters", N_("Every filter, and what “by” can group")),
)


def entries_for(permissions: frozenset[Permission]) -> tuple[Entry, ...]:
    """What somebody with these permissions may use."""
    return tuple(entry for entry in ENTRIES if entry.needs is Permission.ANYONE or entry.needs in permissions)


def suggestions(words: Words, permissions: frozenset[Permission] = frozenset(Permission)) -> Sequence[tuple[str, str]]:
    """(text, description) to offer while somebody types; each text can be sent as it stands."""
    _ = words.gettext
    offered = [(example.text, _(example.meaning)) for entry in entries_for(permissions) for example in entry.examples]
    offered += [(text, _(meaning)) for text, meaning in _MORE if Permission.CX_LEAD in permissions]
    return tuple(dict(offered).items())
