"""The 340 contacts: a seat in an account each, most with drawn names, some cast by hand for the story."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache

from bot.demo.accounts import ACME, CHURNED, MERIDIAN, NORDHAVN, DemoAccount, Tier, accounts
from bot.demo.dates import WIDENED, ZONE
from bot.demo.draw import in_drawn_order, whole
from bot.demo.names import family_names, given_names, mailbox
from surveys.people.model import Priority, Role

TIMEZONES: Mapping[str, str] = {
    "en": "Europe/London",
    "de": "Europe/Berlin",
    "pl": "Europe/Warsaw",
    "uk": "Europe/Kyiv",
    "fr": "Europe/Paris",
    "es": "America/Mexico_City",
    "zh": "Asia/Shanghai",
    "id": "Asia/Jakarta",
    "ru": "Asia/Almaty",
}
"""Where the people are who speak a language here: nine zones. The product itself never guesses one from the other."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place in an account: the second technical contact of Acme. `number` counts from 1."""

    account: str
    role: Role
    number: int


class Standing(StrEnum):
    """How far the programme got with a contact."""

    ASKED = "asked"
    NEVER_ASKED = "never_asked"
    UNREACHED = "unreached"
    """There is no way to write to them (any more)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoContact:
    seat: Seat
    name: str
    email: str
    role_before: Role
    """The primary role until the lists were corrected, when the programme was widened."""
    priority: Priority
    language: str
    standing: Standing = Standing.ASKED
    opted_out_on: date | None = None
    snoozed_until: datetime | None = None
    slack_user: str = ""
    teams_user: str = ""

    @property
    def account(self) -> str:
        return self.seat.account

    @property
    def role(self) -> Role:
        return self.seat.role

    @property
    def timezone(self) -> str:
        return TIMEZONES[self.language]

    @property
    def former(self) -> bool:
        return self.account in CHURNED

    def role_on(self, day: date) -> Role:
        return self.role if day >= WIDENED else self.role_before


# The people whom the story names.
INGRID = Seat(MERIDIAN, Role.DECISION_MAKER, 1)
MARTA = Seat(NORDHAVN, Role.FINANCE, 1)
KATHARINA = Seat("Falkenried Handel", Role.DECISION_MAKER, 1)
JONAS = Seat(ACME, Role.TECHNICAL, 1)
OKSANA = Seat("Podilska Torhova", Role.OPERATIONS, 1)
YUSUF = Seat("Kestrel Foods", Role.TECHNICAL, 2)
ELEANOR = Seat("Harrow & Pike Retail", Role.DECISION_MAKER, 1)

_NAMED: Mapping[Seat, tuple[str, str]] = {
    INGRID: ("Ingrid Voss", "de"),
    MARTA: ("Marta Zielińska", "pl"),
    KATHARINA: ("Katharina Brandt", "de"),
    JONAS: ("Jonas Feld", "de"),
    OKSANA: ("Oksana Melnyk", "uk"),
    YUSUF: ("Yusuf Haddad", "en"),
    ELEANOR: ("Eleanor Pike", "en"),
    Seat(ACME, Role.DECISION_MAKER, 1): ("Marcus Oyelaran", "en"),
    Seat(ACME, Role.TECHNICAL, 2): ("Priya Raman", "en"),
    Seat("Lanyun Supply", Role.DECISION_MAKER, 1): ("李文静", "zh"),
    Seat("Stepova Agro", Role.OPERATIONS, 1): ("Сергій Мороз", "uk"),
}

# Silent, and easily taken for one another: somebody who said no, somebody who left, somebody who asked for later.
OPTED_OUT: Mapping[Seat, date] = {
    Seat("Valmorel Distribution", Role.DECISION_MAKER, 2): date(2026, 4, 20),
    Seat(ACME, Role.TECHNICAL, 5): date(2026, 5, 11),
    Seat("Larkfield Pharmacy Supply", Role.END_USER, 1): date(2026, 4, 28),
}
SNOOZED: Mapping[Seat, datetime] = {
    Seat("Grupa Wiślana", Role.DECISION_MAKER, 2): datetime(2026, 7, 27, 9, tzinfo=ZONE),
    Seat(ACME, Role.TECHNICAL, 6): datetime(2026, 7, 20, 9, tzinfo=ZONE),
}
LEFT_THE_COMPANY = Seat("Falkenried Handel", Role.DECISION_MAKER, 3)
UNREACHED = frozenset({
    LEFT_THE_COMPANY,
    Seat(ACME, Role.TECHNICAL, 8),
    Seat("Baltmar Spedycja", Role.TECHNICAL, 4),
    Seat("Zdorova Apteka", Role.TECHNICAL, 2),
    Seat("Stepova Agro", Role.OPERATIONS, 1),
    Seat("Ashcombe Dairy", Role.END_USER, 1),
})  # fmt: skip
NEVER_ASKED = frozenset({
    Seat(ACME, Role.TECHNICAL, 3), Seat(ACME, Role.TECHNICAL, 4),
    Seat("Valmorel Distribution", Role.TECHNICAL, 7), Seat("Valmorel Distribution", Role.TECHNICAL, 8),
    Seat("Podilska Torhova", Role.TECHNICAL, 8), Seat("Grupa Wiślana", Role.TECHNICAL, 8),
    Seat("Almacenes Quintero", Role.TECHNICAL, 4), Seat("Lanyun Supply", Role.TECHNICAL, 4),
    Seat("Valmorel Distribution", Role.OPERATIONS, 3), Seat("Grupa Wiślana", Role.OPERATIONS, 3),
    Seat("Nusantara Kargo Jaya", Role.OPERATIONS, 1), Seat("Copperline Electrical", Role.OPERATIONS, 1),
    Seat("Qinghe Components", Role.OPERATIONS, 1),
    Seat(ACME, Role.END_USER, 3), Seat("Falkenried Handel", Role.END_USER, 3),
    Seat("Valmorel Distribution", Role.END_USER, 3), Seat("Podilska Torhova", Role.END_USER, 3),
    Seat("Grupa Wiślana", Role.END_USER, 3), Seat("Karpaty Foods", Role.END_USER, 1),
    Seat("Distribuidora Sol Norte", Role.END_USER, 1), Seat("Bursztyn Meble", Role.OPERATIONS, 1),
})  # fmt: skip

# Listed as decision makers or procurement until account owners corrected the lists; now something else.
MOVED: Mapping[Seat, Role] = {
    Seat("Falkenried Handel", Role.TECHNICAL, 8): Role.DECISION_MAKER,
    Seat("Grupa Wiślana", Role.TECHNICAL, 7): Role.DECISION_MAKER,
    Seat("Brennerwerk Logistik", Role.TECHNICAL, 4): Role.DECISION_MAKER,
    Seat("Falkenried Handel", Role.OPERATIONS, 3): Role.DECISION_MAKER,
    Seat("Podilska Torhova", Role.OPERATIONS, 3): Role.DECISION_MAKER,
    Seat("Kestrel Foods", Role.OPERATIONS, 1): Role.DECISION_MAKER,
    Seat("Zielona Paczka", Role.END_USER, 1): Role.DECISION_MAKER,
    Seat("Maison Orvanne", Role.END_USER, 1): Role.DECISION_MAKER,
    Seat("Tannhof Getränke", Role.FINANCE, 1): Role.PROCUREMENT,
    Seat("Harrow & Pike Retail", Role.TECHNICAL, 4): Role.PROCUREMENT,
}


@cache
def contacts() -> Sequence[DemoContact]:
    """All of them, account by account, role by role."""
    taken = {name for name, _ in _NAMED.values()}
    return tuple(contact for account in accounts() for contact in _of_account(account, taken))


@cache
def by_seat() -> Mapping[Seat, DemoContact]:
    return {contact.seat: contact for contact in contacts()}


def _of_account(account: DemoAccount, taken: set[str]) -> Iterator[DemoContact]:
    seats = [
        Seat(account.name, role, number) for role, count in account.roles.items() for number in range(1, count + 1)
    ]
    languages = _languages(account, seats)
    for seat in seats:
        language = languages[seat]
        name = _NAMED[seat][0] if seat in _NAMED else _new_name(seat, language, taken)
        yield DemoContact(
            seat=seat,
            name=name,
            email=f"{_mailbox(seat, name)}@{account.domain}",
            role_before=MOVED.get(seat, seat.role),
            priority=_priority(account, seat),
            language=language,
            standing=_standing(seat),
            opted_out_on=OPTED_OUT.get(seat),
            snoozed_until=SNOOZED.get(seat),
            slack_user="U07ELEANOR" if seat == ELEANOR else "",
            teams_user="5d1a7c52-4c3f-4f0e-9d55-0c0ffee0e1ea" if seat == ELEANOR else "",
        )


def _languages(account: DemoAccount, seats: Sequence[Seat]) -> Mapping[Seat, str]:
    """Whoever is cast speaks their own language; the account's other languages are dealt to the rest."""
    left = Counter(dict(account.languages))
    languages = {seat: _NAMED[seat][1] for seat in seats if seat in _NAMED}
    left.subtract(languages.values())
    waiting = in_drawn_order([seat for seat in seats if seat not in languages], str, "language")
    return languages | dict(zip(waiting, left.elements(), strict=True))


def _new_name(seat: Seat, language: str, taken: set[str]) -> str:
    given, family = given_names(language), family_names(language)
    for attempt in range(1000):
        name = (
            f"{given[whole(len(given), 'given', seat, attempt)]} {family[whole(len(family), 'family', seat, attempt)]}"
        )
        if name not in taken:
            taken.add(name)
            return name
    raise ValueError(f"There are not enough names in {language}.")


def _mailbox(seat: Seat, name: str) -> str:
    return mailbox(name) or f"{seat.role.value.replace('_', '.')}.{seat.number}"


def _priority(account: DemoAccount, seat: Seat) -> Priority:
    if seat == MARTA or (seat.role is Role.DECISION_MAKER and seat.number == 1 and account.tier is not Tier.SMALL):
        return Priority.CRITICAL
    if seat.role in (Role.DECISION_MAKER, Role.PROCUREMENT, Role.FINANCE):
        return Priority.PRIMARY
    return Priority.STANDARD


def _standing(seat: Seat) -> Standing:
    if seat in UNREACHED:
        return Standing.UNREACHED
    return Standing.NEVER_ASKED if seat in NEVER_ASKED else Standing.ASKED
