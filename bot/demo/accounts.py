"""The forty accounts: what they are worth, when they renew, how many contacts of each role they have. All invented."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from surveys.people.model import Role


class Tier(StrEnum):
    ENTERPRISE = "enterprise"
    MID = "mid"
    SMALL = "small"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAccount:
    """`languages`: how many of its contacts speak which; the rest speak the last one. `revenue` in euros a year."""

    name: str
    tier: Tier
    revenue: int
    segment: str
    renewal_on: date | None
    """None: it left."""
    languages: tuple[tuple[str, int], ...]
    roles: Mapping[Role, int]

    @property
    def domain(self) -> str:
        """`.example` is reserved (RFC 2606): no mail can reach anybody."""
        return "-".join(re.findall("[a-z]+", self.name.lower().translate(_PLAIN))) + ".example"


MERIDIAN = "Meridian Freight"
NORDHAVN = "Nordhavn Tools"
ACME = "Acme"
CHURNED = {
    "Tidewater Parcel": date(2026, 4, 30),
    "Rheinbogen Möbel": date(2026, 5, 31),
    "Ferretería El Roble": date(2026, 6, 30),
}
"""When an account left; the first two had long been silent, the third had said why."""

# Name, segment, revenue, renewal (month and day: the first one after the demo's start), languages.
_ENTERPRISE = (
    (MERIDIAN, "logistics", 1_180_000, (9, 18), (("zh", 2), ("de", 1), ("en", 17))),
    (ACME, "manufacturing", 620_000, (3, 31), (("de", 3), ("es", 3), ("id", 1), ("en", 13))),
    ("Falkenried Handel", "retail", 780_000, (1, 31), (("ru", 2), ("de", 18))),
    ("Grupa Wiślana", "logistics", 540_000, (12, 31), (("de", 5), ("en", 6), ("pl", 9))),
    ("Valmorel Distribution", "retail", 465_000, (5, 15), (("en", 4), ("fr", 16))),
    ("Podilska Torhova", "food", 420_000, (4, 30), (("en", 4), ("de", 3), ("fr", 1), ("uk", 12))),
)
_MID = (
    (NORDHAVN, "manufacturing", 148_000, (11, 30), (("pl", 10),)),
    ("Kestrel Foods", "food", 236_000, (2, 28), (("en", 10),)),
    ("Brennerwerk Logistik", "logistics", 285_000, (10, 15), (("de", 10),)),
    ("Tannhof Getränke", "food", 174_000, (3, 15), (("de", 10),)),
    ("Zielona Paczka", "logistics", 196_000, (6, 30), (("pl", 10),)),
    ("Baltmar Spedycja", "logistics", 128_000, (1, 15), (("pl", 10),)),
    ("Karpaty Foods", "food", 112_000, (12, 15), (("uk", 10),)),
    ("Stepova Agro", "food", 95_000, (4, 15), (("uk", 10),)),
    ("Maison Orvanne", "retail", 210_000, (5, 31), (("fr", 10),)),
    ("Almacenes Quintero", "retail", 152_000, (2, 15), (("es", 10),)),
    ("Distribuidora Sol Norte", "logistics", 118_000, (10, 31), (("es", 10),)),
    ("Lanyun Supply", "manufacturing", 300_000, (3, 31), (("zh", 10),)),
    ("Nusantara Kargo Jaya", "logistics", 136_000, (1, 31), (("id", 10),)),
    ("Harrow & Pike Retail", "retail", 90_000, (4, 30), (("en", 10),)),
)
_SMALL = (
    ("Tidewater Parcel", "logistics", 24_000, (7, 31), "en"),
    ("Ashcombe Dairy", "food", 31_000, (2, 28), "en"),
    ("Larkfield Pharmacy Supply", "pharma", 58_000, (5, 31), "en"),
    ("Copperline Electrical", "manufacturing", 19_000, (12, 31), "en"),
    ("Thistle & Rowe Textiles", "retail", 14_000, (1, 31), "en"),
    ("Elbtal Fahrräder", "retail", 36_000, (3, 31), "de"),
    ("Waldkirch Optik", "retail", 27_000, (9, 30), "de"),
    ("Rheinbogen Möbel", "retail", 22_000, (8, 31), "de"),
    ("Kaszubski Młyn", "food", 17_000, (11, 30), "pl"),
    ("Drukarnia Pod Lipą", "manufacturing", 12_000, (4, 30), "pl"),
    ("Bursztyn Meble", "retail", 29_000, (6, 15), "pl"),
    ("Chumatskyi Shliakh", "logistics", 33_000, (10, 31), "uk"),
    ("Zdorova Apteka", "pharma", 41_000, (5, 15), "uk"),
    ("Ateliers Roquebrune", "manufacturing", 38_000, (1, 15), "fr"),
    ("Brasserie des Trois Ponts", "food", 16_000, (2, 15), "fr"),
    ("Ferretería El Roble", "retail", 18_000, (7, 15), "es"),
    ("Qinghe Components", "manufacturing", 60_000, (6, 30), "zh"),
    ("Sumber Makmur Tekstil", "manufacturing", 26_000, (12, 15), "id"),
    ("Altyn Dala Trade", "food", 35_000, (3, 15), "ru"),
    ("Tobol Elevator", "food", 21_000, (4, 15), "ru"),
)

_PLAIN = str.maketrans({"ś": "s", "ł": "l", "ą": "a", "ä": "ae", "ö": "oe", "ü": "ue", "í": "i", "é": "e"})


def accounts() -> Sequence[DemoAccount]:
    """All forty, the largest tier first."""
    large = [_large(Tier.ENTERPRISE, _ENTERPRISE_ROLES, row) for row in _ENTERPRISE]
    middle = [_large(Tier.MID, _MID_ROLES, row) for row in _MID]
    return (*large, *middle, *(_small(place, row) for place, row in enumerate(_SMALL)))


_ENTERPRISE_ROLES = {
    Role.DECISION_MAKER: 3, Role.PROCUREMENT: 2, Role.TECHNICAL: 8,
    Role.OPERATIONS: 3, Role.FINANCE: 1, Role.END_USER: 3,
}  # fmt: skip
_MID_ROLES = {
    Role.DECISION_MAKER: 2, Role.PROCUREMENT: 1, Role.TECHNICAL: 4,
    Role.OPERATIONS: 1, Role.FINANCE: 1, Role.END_USER: 1,
}  # fmt: skip

# Which of the small accounts have nobody in operations, nobody among the end users.
_NO_OPERATIONS = frozenset({5, 9, 13, 17})
_NO_END_USER = frozenset({3, 4, 7, 10, 14, 19})

LargeRow = tuple[str, str, int, tuple[int, int], tuple[tuple[str, int], ...]]


def _large(tier: Tier, roles: Mapping[Role, int], row: LargeRow) -> DemoAccount:
    name, segment, revenue, renewal, languages = row
    return DemoAccount(
        name=name,
        tier=tier,
        revenue=revenue,
        segment=segment,
        renewal_on=_next(renewal),
        languages=languages,
        roles=roles,
    )


def _small(place: int, row: tuple[str, str, int, tuple[int, int], str]) -> DemoAccount:
    name, segment, revenue, renewal, language = row
    roles = {
        Role.DECISION_MAKER: 1,
        Role.TECHNICAL: 2 - place % 2,
        Role.OPERATIONS: int(place not in _NO_OPERATIONS),
        Role.END_USER: int(place not in _NO_END_USER),
    }
    return DemoAccount(
        name=name,
        tier=Tier.SMALL,
        revenue=revenue,
        segment=segment,
        renewal_on=None if name in CHURNED else _next(renewal),
        languages=((language, sum(roles.values())),),
        roles=roles,
    )


def _next(renewal: tuple[int, int]) -> date:
    month, day = renewal
    return date(2026 if (month, day) > (7, 6) else 2027, month, day)
