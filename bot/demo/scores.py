"""The scores that the story tells, as counts: every planted figure is exact because people are dealt from these."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.demo.dates import Quarter
from surveys.people.model import Role

DECISION_MAKER, PROCUREMENT, TECHNICAL, OPERATIONS, FINANCE, END_USER = (
    Role.DECISION_MAKER, Role.PROCUREMENT, Role.TECHNICAL, Role.OPERATIONS, Role.FINANCE, Role.END_USER,
)  # fmt: skip


class Band(StrEnum):
    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


def band_of(score: int) -> Band:
    if score <= 6:
        return Band.DETRACTOR
    return Band.PASSIVE if score <= 8 else Band.PROMOTER


@dataclass(frozen=True, slots=True)
class Bands:
    """How many answered in each band."""

    detractors: int
    passives: int
    promoters: int

    @property
    def n(self) -> int:
        return self.detractors + self.passives + self.promoters

    def of(self, band: Band) -> int:
        match band:
            case Band.DETRACTOR:
                return self.detractors
            case Band.PASSIVE:
                return self.passives
            case Band.PROMOTER:
                return self.promoters


NPS: Mapping[Quarter, Mapping[Role, Bands]] = {
    Quarter.Q1_2025: {  # 28 (105)
        DECISION_MAKER: Bands(3, 10, 29), PROCUREMENT: Bands(2, 6, 9), TECHNICAL: Bands(7, 7, 3),
        OPERATIONS: Bands(3, 5, 5), FINANCE: Bands(2, 5, 2), END_USER: Bands(3, 3, 1),
    },
    Quarter.Q2_2025: {  # 30 (108)
        DECISION_MAKER: Bands(2, 11, 30), PROCUREMENT: Bands(2, 6, 10), TECHNICAL: Bands(7, 6, 4),
        OPERATIONS: Bands(4, 5, 4), FINANCE: Bands(2, 5, 2), END_USER: Bands(3, 3, 2),
    },
    Quarter.Q3_2025: {  # 27 (110)
        DECISION_MAKER: Bands(3, 10, 31), PROCUREMENT: Bands(2, 6, 10), TECHNICAL: Bands(7, 7, 4),
        OPERATIONS: Bands(4, 5, 4), FINANCE: Bands(3, 4, 2), END_USER: Bands(3, 4, 1),
    },
    Quarter.Q4_2025: {  # 4 (118): every role falls
        DECISION_MAKER: Bands(7, 14, 26), PROCUREMENT: Bands(4, 9, 6), TECHNICAL: Bands(9, 8, 2),
        OPERATIONS: Bands(5, 8, 2), FINANCE: Bands(4, 5, 1), END_USER: Bands(4, 3, 1),
    },
    Quarter.Q1_2026: {  # 30.83 (120)
        DECISION_MAKER: Bands(2, 10, 36), PROCUREMENT: Bands(1, 6, 13), TECHNICAL: Bands(8, 7, 4),
        OPERATIONS: Bands(5, 6, 4), FINANCE: Bands(3, 5, 2), END_USER: Bands(4, 3, 1),
    },
    Quarter.Q2_2026: {  # 3.20 (219): every role rises, the total falls
        DECISION_MAKER: Bands(1, 6, 24), PROCUREMENT: Bands(0, 4, 9), TECHNICAL: Bands(37, 38, 21),
        OPERATIONS: Bands(10, 13, 9), FINANCE: Bands(3, 6, 3), END_USER: Bands(14, 15, 6),
    },
    Quarter.Q3_2026: {  # the first three days
        DECISION_MAKER: Bands(0, 0, 0), PROCUREMENT: Bands(0, 0, 0), TECHNICAL: Bands(1, 1, 2),
        OPERATIONS: Bands(0, 1, 1), FINANCE: Bands(0, 0, 0), END_USER: Bands(0, 1, 0),
    },
}  # fmt: skip

TERMINALS: Mapping[Role, Bands] = {OPERATIONS: Bands(4, 5, 3), END_USER: Bands(9, 10, 3)}
"""The part of 2026-Q2 that was answered on shared warehouse terminals: without a person, imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """`satisfied` of `n` gave one of the better values."""

    satisfied: int
    n: int


CSAT_AFTER_SUPPORT: Mapping[Quarter, Answered] = {
    Quarter.Q3_2025: Answered(satisfied=76, n=90),
    Quarter.Q4_2025: Answered(satisfied=77, n=92),  # 84 %
    Quarter.Q1_2026: Answered(satisfied=58, n=88),  # 66 %: Support may no longer put things right itself
    Quarter.Q2_2026: Answered(satisfied=75, n=95),  # 79 %
}

CES: Mapping[str, Mapping[Quarter, Answered]] = {
    "ordering": {
        Quarter.Q3_2025: Answered(satisfied=17, n=22),
        Quarter.Q4_2025: Answered(satisfied=19, n=24),
        Quarter.Q1_2026: Answered(satisfied=18, n=23),
        Quarter.Q2_2026: Answered(satisfied=21, n=26),
    },
    "invoice": {  # since the price change, invoices do not match orders
        Quarter.Q3_2025: Answered(satisfied=17, n=20),
        Quarter.Q4_2025: Answered(satisfied=18, n=22),
        Quarter.Q1_2026: Answered(satisfied=15, n=24),
        Quarter.Q2_2026: Answered(satisfied=12, n=25),
    },
}

ENPS: Mapping[str, Bands] = {
    "2025-03": Bands(8, 19, 20),
    "2025-06": Bands(7, 19, 22),
    "2025-09": Bands(8, 20, 21),
    "2025-12": Bands(12, 20, 14),
    "2026-03": Bands(15, 19, 13),
    "2026-06": Bands(9, 21, 19),
}
"""Six quarterly waves of the whole company, by the month in which each was closed; 64 work there."""
