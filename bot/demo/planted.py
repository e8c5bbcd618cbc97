"""What single people did, where the story says so: scores, days, who was left alone, who is asked on the demo's day."""

from collections.abc import Mapping

from bot.demo.accounts import ACME, MERIDIAN
from bot.demo.contacts import (
    ELEANOR,
    INGRID,
    JONAS,
    KATHARINA,
    LEFT_THE_COMPANY,
    MARTA,
    OKSANA,
    OPTED_OUT,
    SNOOZED,
    YUSUF,
    Seat,
)
from bot.demo.dates import Quarter
from surveys.people.model import Role

BRENNERWERK_FINANCE = Seat("Brennerwerk Logistik", Role.FINANCE, 1)
BRENNERWERK_PROCUREMENT = Seat("Brennerwerk Logistik", Role.PROCUREMENT, 1)
KESTREL_FINANCE = Seat("Kestrel Foods", Role.FINANCE, 1)
KESTREL_DECISION_MAKER = Seat("Kestrel Foods", Role.DECISION_MAKER, 2)
ORVANNE_FINANCE = Seat("Maison Orvanne", Role.FINANCE, 1)
KARPATY_FINANCE = Seat("Karpaty Foods", Role.FINANCE, 1)
ZIELONA_PROCUREMENT = Seat("Zielona Paczka", Role.PROCUREMENT, 1)
MISTAPPED = Seat("Tannhof Getränke", Role.OPERATIONS, 1)
"""Tapped 1, and corrected it to 9 after forty seconds."""
MARKUP = Seat("Harrow & Pike Retail", Role.TECHNICAL, 1)
LONGEST = Seat("Larkfield Pharmacy Supply", Role.OPERATIONS, 1)
LEAVING = Seat("Ferretería El Roble", Role.DECISION_MAKER, 1)
PRIYA = Seat(ACME, Role.TECHNICAL, 2)
ACME_ASKED_IN_MAY = Seat(ACME, Role.TECHNICAL, 7)
SILENT_UNTIL_THEY_LEFT = (
    Seat("Tidewater Parcel", Role.DECISION_MAKER, 1),
    Seat("Rheinbogen Möbel", Role.DECISION_MAKER, 1),
)

LIKED_LAST = Seat("Kestrel Foods", Role.TECHNICAL, 4)
CROSS_LAST = Seat("Harrow & Pike Retail", Role.TECHNICAL, 3)
"""What these two wrote is what the first weekly summary quotes."""

_JULY: Mapping[Seat, tuple[int, int]] = {
    Seat("Lanyun Supply", Role.TECHNICAL, 3): (8, 0),
    Seat("Baltmar Spedycja", Role.OPERATIONS, 1): (8, 0),
    Seat("Valmorel Distribution", Role.OPERATIONS, 2): (9, 0),
    Seat("Grupa Wiślana", Role.TECHNICAL, 5): (9, 1),
    Seat("Podilska Torhova", Role.END_USER, 1): (7, 1),
    CROSS_LAST: (5, 2),
    LIKED_LAST: (10, 2),
}
"""Score and place of those asked for the first time in the three days before the demo's weekend."""

FIRST_IN_JULY = frozenset(_JULY)

SCORES: Mapping[tuple[Seat, Quarter], int] = {
    (INGRID, Quarter.Q1_2025): 8,
    (INGRID, Quarter.Q2_2025): 8,
    (INGRID, Quarter.Q3_2025): 7,
    **{
        (Seat(MERIDIAN, Role.TECHNICAL, number), Quarter.Q2_2026): score
        for number, score in enumerate((9, 9, 10, 8, 9), start=1)
    },
    **{
        (Seat(MERIDIAN, Role.OPERATIONS, number), Quarter.Q2_2026): score
        for number, score in enumerate((9, 8, 9), start=1)
    },
    (Seat(MERIDIAN, Role.DECISION_MAKER, 2), Quarter.Q1_2026): 9,
    (Seat(MERIDIAN, Role.DECISION_MAKER, 3), Quarter.Q1_2026): 9,
    (MARTA, Quarter.Q1_2026): 8,
    (KATHARINA, Quarter.Q1_2026): 9,
    (OKSANA, Quarter.Q1_2026): 9,
    (JONAS, Quarter.Q1_2026): 7,
    (PRIYA, Quarter.Q1_2026): 8,
    (ELEANOR, Quarter.Q2_2026): 10,
    (KESTREL_DECISION_MAKER, Quarter.Q1_2026): 6,
    (ZIELONA_PROCUREMENT, Quarter.Q1_2026): 7,
    (BRENNERWERK_FINANCE, Quarter.Q2_2026): 4,
    (BRENNERWERK_PROCUREMENT, Quarter.Q2_2026): 7,
    (KESTREL_FINANCE, Quarter.Q2_2026): 5,
    (ORVANNE_FINANCE, Quarter.Q2_2026): 7,
    (KARPATY_FINANCE, Quarter.Q2_2026): 7,
    (MISTAPPED, Quarter.Q2_2026): 9,
    (YUSUF, Quarter.Q2_2026): 9,
    (MARKUP, Quarter.Q2_2026): 7,
    (LONGEST, Quarter.Q2_2026): 4,
    (LEAVING, Quarter.Q2_2026): 3,
    (ACME_ASKED_IN_MAY, Quarter.Q2_2026): 6,
    **{(seat, Quarter.Q3_2026): score for seat, (score, _) in _JULY.items()},
}

FIRST_TAPS: Mapping[tuple[Seat, Quarter], int] = {(MISTAPPED, Quarter.Q2_2026): 1}
"""What was tapped first where it was corrected."""

SOMEHOW: frozenset[tuple[Seat, Quarter]] = frozenset({
    *((seat, Quarter.Q1_2026) for seat in OPTED_OUT if seat.role is Role.DECISION_MAKER),
    *((seat, Quarter.Q1_2026) for seat in SNOOZED if seat.role is Role.DECISION_MAKER),
})  # fmt: skip
"""These answered; the score is open."""

ON_MONDAY = (KATHARINA, JONAS, OKSANA, MARTA)
"""Asked on the demo's day; left alone for more than 91 days before."""

PLACES: Mapping[Seat, int] = {
    **{seat: (day - Quarter.Q2_2026.day(0)).days for seat, day in OPTED_OUT.items()},  # said no when asked
    INGRID: 50,  # 2025-08-21, 2025-11-20, 2026-02-19, 2026-05-21
    KESTREL_DECISION_MAKER: 63,
    ZIELONA_PROCUREMENT: 77,
    BRENNERWERK_FINANCE: 47,
    BRENNERWERK_PROCUREMENT: 61,
    KESTREL_FINANCE: 55,
    ORVANNE_FINANCE: 70,
    KARPATY_FINANCE: 76,
    MISTAPPED: 68,
    YUSUF: 56,
    MARKUP: 62,
    LONGEST: 36,
    LEAVING: 33,
    ACME_ASKED_IN_MAY: 48,
    **{seat: place for seat, (_, place) in _JULY.items()},
}
"""Where in the thirteen weeks somebody is asked."""


def silent(seat: Seat, quarter: Quarter) -> bool:
    """The story wants no answer of this person in this quarter."""
    if (seat, quarter) in SCORES or (seat, quarter) in SOMEHOW:
        return False
    if seat in FIRST_IN_JULY or quarter is Quarter.Q3_2026:
        return True
    match quarter:
        case Quarter.Q4_2025:
            return seat == INGRID or seat in SILENT_UNTIL_THEY_LEFT
        case Quarter.Q1_2026:
            return seat in (INGRID, LEFT_THE_COMPANY, *SILENT_UNTIL_THEY_LEFT)
        case Quarter.Q2_2026:
            return (
                seat in (INGRID, LEFT_THE_COMPANY, PRIYA, *ON_MONDAY)
                or seat in OPTED_OUT
                or seat in SNOOZED
                or seat.account in (MERIDIAN, *(gone.account for gone in SILENT_UNTIL_THEY_LEFT))
            )
        case _:
            return False


def left_alone(seat: Seat, quarter: Quarter) -> bool:
    """Not even asked in this quarter."""
    if quarter is Quarter.Q3_2026 or seat in FIRST_IN_JULY:
        return (seat, quarter) not in SCORES
    if quarter is Quarter.Q2_2026:
        gone = {left.account for left in SILENT_UNTIL_THEY_LEFT}
        return seat in ON_MONDAY or seat == PRIYA or seat.account in gone
    return False
