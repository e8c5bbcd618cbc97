"""Who answered in which quarter: as many of each role as `scores` says, and as few as possible in both 2026 quarters.

So few answered in 2026-Q1 and in 2026-Q2 (under twenty) that the two are independent samples: the fall of the total
is tested as such. In 2025 mostly the same people answered each quarter.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

from bot.demo.contacts import LEFT_THE_COMPANY, DemoContact, Seat, Standing, contacts
from bot.demo.dates import Quarter
from bot.demo.draw import share
from bot.demo.planted import FIRST_IN_JULY, SCORES, SOMEHOW, silent
from bot.demo.scores import NPS, TERMINALS
from surveys.people.model import Role

ALWAYS_IN = frozenset({Role.DECISION_MAKER, Role.PROCUREMENT, Role.FINANCE})
"""Roles whose every contact was in the programme before it was widened."""

MORE_THAN_ANSWERED = {Role.TECHNICAL: 10, Role.OPERATIONS: 7, Role.END_USER: 5}
"""Of the other roles those who answered in 2026-Q1 and so many more."""

LOYALTY = 0.7
"""How much of who answers in a quarter is the person's own habit; the rest is chance."""

Rank = Callable[[DemoContact], tuple[int, float]]


@cache
def respondents() -> Mapping[Quarter, frozenset[Seat]]:
    first = _choose(Quarter.Q1_2026, contacts(), _for_first_2026)
    second = _choose(Quarter.Q2_2026, contacts(), lambda contact: _for_second_2026(contact, first))
    core = programme_before()
    earlier = {
        quarter: _choose(quarter, [contact for contact in contacts() if contact.seat in core], _habit(quarter))
        for quarter in (Quarter.Q1_2025, Quarter.Q2_2025, Quarter.Q3_2025, Quarter.Q4_2025)
    }
    return {**earlier, Quarter.Q1_2026: first, Quarter.Q2_2026: second, Quarter.Q3_2026: FIRST_IN_JULY}


@cache
def programme_before() -> frozenset[Seat]:
    """Everybody who was in the programme before it was widened."""
    first = _choose(Quarter.Q1_2026, contacts(), _for_first_2026)
    members = {contact.seat for contact in contacts() if contact.role_before in ALWAYS_IN} | first
    for role, more in MORE_THAN_ANSWERED.items():
        others = [contact for contact in contacts() if contact.role_before is role and contact.seat not in members]
        others = [contact for contact in others if _may_answer(contact, Quarter.Q1_2025)]
        others.sort(key=lambda contact: share("core", contact.seat))
        members.update(contact.seat for contact in others[:more])
    return frozenset(members)


def _choose(quarter: Quarter, pool: Sequence[DemoContact], rank: Rank) -> frozenset[Seat]:
    """As many of each role as answered in person. Raises ValueError where there are not enough."""
    chosen: set[Seat] = set()
    for role, bands in NPS[quarter].items():
        wanted = bands.n - (TERMINALS[role].n if quarter is Quarter.Q2_2026 and role in TERMINALS else 0)
        able = [contact for contact in pool if _role_in(contact, quarter) is role and _may_answer(contact, quarter)]
        if len(able) < wanted:
            raise ValueError(f"{quarter}: {wanted} of {role} should answer, {len(able)} can.")
        chosen.update(contact.seat for contact in sorted(able, key=rank)[:wanted])
    return frozenset(chosen)


def _role_in(contact: DemoContact, quarter: Quarter) -> Role:
    return contact.role_on(quarter.period.last)


def _may_answer(contact: DemoContact, quarter: Quarter) -> bool:
    reached = contact.standing is Standing.ASKED or contact.seat == LEFT_THE_COMPANY
    moved_now = contact.role is not contact.role_before and quarter is Quarter.Q2_2026
    return reached and not moved_now and not silent(contact.seat, quarter)


def must_answer(seat: Seat, quarter: Quarter) -> bool:
    return (seat, quarter) in SCORES or (seat, quarter) in SOMEHOW


def _for_first_2026(contact: DemoContact) -> tuple[int, float]:
    """First whoever must; then whoever will not answer in the second quarter; last those cast for it."""
    if must_answer(contact.seat, Quarter.Q1_2026):
        level = 0
    elif must_answer(contact.seat, Quarter.Q2_2026) and contact.role_before not in ALWAYS_IN:
        level = 3
    else:
        resting = silent(contact.seat, Quarter.Q2_2026) or contact.role is not contact.role_before
        level = 1 if resting else 2
    return level, share("first", contact.seat)


def _for_second_2026(contact: DemoContact, first: frozenset[Seat]) -> tuple[int, float]:
    """First whoever must; then whoever did not answer in the first quarter."""
    if must_answer(contact.seat, Quarter.Q2_2026):
        return 0, 0.0
    return 2 if contact.seat in first else 1, share("second", contact.seat)


def _habit(quarter: Quarter) -> Rank:
    def rank(contact: DemoContact) -> tuple[int, float]:
        own, chance = share("habit", contact.seat), share("habit", contact.seat, quarter)
        return int(not must_answer(contact.seat, quarter)), LOYALTY * own + (1 - LOYALTY) * chance

    return rank
