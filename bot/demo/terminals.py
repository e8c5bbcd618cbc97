"""Answers given on the shared terminals in customers' warehouses in 2026-Q2: a role and an account, never a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.demo.contacts import TIMEZONES
from bot.demo.dates import GOODWILL_RESTORED
from bot.demo.dealing import terminal_scores
from bot.demo.draw import whole
from surveys.people.model import Role

PLACES = (
    ("Acme", "en"), ("Falkenried Handel", "de"), ("Grupa Wiślana", "pl"), ("Valmorel Distribution", "fr"),
    ("Podilska Torhova", "uk"), ("Kestrel Foods", "en"), ("Zielona Paczka", "pl"), ("Distribuidora Sol Norte", "es"),
    ("Lanyun Supply", "zh"), ("Nusantara Kargo Jaya", "id"), ("Altyn Dala Trade", "ru"), ("Harrow & Pike Retail", "en"),
)  # fmt: skip
"""Warehouses with a terminal that asks, and the language it is set to."""

FIRST_DAY = GOODWILL_RESTORED
WORKDAYS = 54


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalAnswer:
    key: str
    role: Role
    account: str
    language: str
    at: datetime
    score: int


@cache
def terminal_answers() -> Sequence[TerminalAnswer]:
    return tuple(_answer(place, role, number, score) for place, (role, number, score) in enumerate(terminal_scores()))


def _answer(place: int, role: Role, number: int, score: int) -> TerminalAnswer:
    account, language = PLACES[place * 5 % len(PLACES)]
    weeks, weekday = divmod(whole(WORKDAYS, "terminal day", role, number), 5)
    day: date = FIRST_DAY + timedelta(days=7 * weeks + weekday)
    minute = whole(460, "terminal minute", role, number)
    local = datetime.combine(day, time(9), ZoneInfo(TIMEZONES[language])) + timedelta(minutes=minute)
    return TerminalAnswer(
        key=f"terminal-{role.value}-{number + 1}",
        role=role,
        account=account,
        language=language,
        at=local.astimezone(UTC),
        score=score,
    )
