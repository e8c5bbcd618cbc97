"""The sixty-four who work at Halden Systems, by team; the CX lead and a few others are cast by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.demo.contacts import contacts
from bot.demo.draw import weighted, whole
from bot.demo.names import family_names, given_names, mailbox

TEAMS: Mapping[str, int] = {
    "Support": 14, "Delivery": 11, "Sales": 9, "Engineering": 15, "Finance": 6, "Field North": 4, "Field South": 5,
}  # fmt: skip

DOMAIN = "halden-systems.example"
CX_LEAD = "hanna.lindqvist@" + DOMAIN
SUPPORT_AGENT = "nadia.petrenko@" + DOMAIN

_CAST: Mapping[tuple[str, int], tuple[str, str]] = {
    ("Delivery", 1): ("Hanna Lindqvist", "en"),
    ("Support", 1): ("Nadia Petrenko", "uk"),
    ("Sales", 1): ("Anika Sommer", "de"),
}
_TIMEZONES = {"en": "Europe/London", "de": "Europe/Berlin", "pl": "Europe/Warsaw", "uk": "Europe/Kyiv"}
_LANGUAGES = (("pl", 0.45), ("de", 0.25), ("uk", 0.15), ("en", 0.15))
_LEVELS = (("specialist", 0.6), ("senior", 0.3), ("junior", 0.1))


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEmployee:
    name: str
    email: str
    team: str
    level: str
    language: str
    timezone: str


@cache
def employees() -> Sequence[DemoEmployee]:
    taken = {contact.name for contact in contacts()} | {name for name, _ in _CAST.values()}
    return tuple(_employees(taken))


def account_owners() -> Sequence[DemoEmployee]:
    """Those in Sales: every account belongs to one."""
    return [employee for employee in employees() if employee.team == "Sales"]


def _employees(taken: set[str]) -> Iterator[DemoEmployee]:
    for team, count in TEAMS.items():
        for number in range(1, count + 1):
            cast = _CAST.get((team, number))
            language = cast[1] if cast else weighted(_LANGUAGES, "employee", team, number)
            name = cast[0] if cast else _new_name(team, number, language, taken)
            yield DemoEmployee(
                name=name,
                email=f"{mailbox(name)}@{DOMAIN}",
                team=team,
                level="lead" if number == 1 else weighted(_LEVELS, "level", team, number),
                language=language,
                # The company works in Warsaw and Berlin; the two field teams and some of Support are elsewhere.
                timezone="Europe/Warsaw" if cast and team == "Delivery" else _TIMEZONES[language],
            )


def _new_name(team: str, number: int, language: str, taken: set[str]) -> str:
    given, family = given_names(language), family_names(language)
    for attempt in range(1000):
        names = (team, number, attempt)
        name = f"{given[whole(len(given), 'first', *names)]} {family[whole(len(family), 'last', *names)]}"
        if name not in taken:
            taken.add(name)
            return name
    raise ValueError(f"There are not enough names in {language}.")
