"""The picker: the people who may be picked, grouped by what they are here, and found by a few letters. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import combining, normalize

from surveys.people.model import Permission, Person, PersonKind, Role
from surveys.words import Words

SHOWN_AT_FIRST = 6
"""People of a group that are shown before it is opened."""

LANGUAGES = {
    "en": "English",
    "uk": "Українська",
    "pl": "Polski",
    "ru": "Русский",
    "id": "Bahasa Indonesia",
    "zh": "中文",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
}
"""Each language in its own words, which need no translation."""

HUES = 8

# Letters that Unicode does not take apart into a plain letter and a mark.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


class Group(StrEnum):
    CX_LEAD = "cx_lead"
    DECISION_MAKER = "decision_maker"
    TECHNICAL = "technical"
    OPERATIONS = "operations"
    FINANCE = "finance"
    PROCUREMENT = "procurement"
    INFLUENCER = "influencer"
    END_USER = "end_user"
    OTHER = "other"
    EMPLOYEE = "employee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Featured:
    """A person worth trying first, found by e-mail, and why in one line."""

    email: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A person as the picker shows them."""

    public_id: str
    name: str
    group: str
    place: str
    language: str
    initials: str
    hue: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group with the people who are shown, and how many there are."""

    group: Group
    label: str
    cards: tuple[Card, ...]
    total: int


def group_of(person: Person) -> Group:
    if person.may(Permission.CX_LEAD):
        return Group.CX_LEAD
    if person.kind is PersonKind.EMPLOYEE:
        return Group.EMPLOYEE
    return Group((person.role or Role.OTHER).value)


def group_label(group: Group, words: Words) -> str:
    _ = words.gettext
    match group:
        case Group.CX_LEAD:
            return _("CX lead")
        case Group.DECISION_MAKER:
            return _("Decision maker")
        case Group.TECHNICAL:
            return _("Technical contact")
        case Group.OPERATIONS:
            return _("Operations")
        case Group.FINANCE:
            return _("Finance")
        case Group.PROCUREMENT:
            return _("Procurement")
        case Group.INFLUENCER:
            return _("Influencer")
        case Group.END_USER:
            return _("End user")
        case Group.OTHER:
            return _("Other contact")
        case Group.EMPLOYEE:
            return _("Employee")


def may_enter_channels(person: Person) -> bool:
    """Channels are the company's own: its customers' contacts see none."""
    return person.kind is PersonKind.EMPLOYEE


def card(person: Person, words: Words, why: str = "") -> Card:
    return Card(
        public_id=person.public_id,
        name=person.name or words.gettext("No name"),
        group=group_label(group_of(person), words),
        place=(person.account if person.kind is PersonKind.CONTACT else person.team) or "",
        language=LANGUAGES.get(person.language, person.language),
        initials=initials(person.name),
        hue=sum(person.public_id.encode()) % HUES,
        why=why,
    )


def initials(name: str) -> str:
    """One or two letters for a picture; a dot where there is no name."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "·"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def featured_cards(people: Sequence[Person], featured: Sequence[Featured], words: Words) -> tuple[Card, ...]:
    by_email = {person.email.casefold(): person for person in people if person.email}
    found = ((by_email.get(entry.email.casefold()), entry.why) for entry in featured)
    return tuple(card(person, words, why) for person, why in found if person is not None)


def sections(people: Sequence[Person], *, search: str, group: str, words: Words) -> tuple[Section, ...]:
    """The groups in their order, with the people found, by name. Without a search or a group only the first few."""
    wanted = folded(search).split()
    whole = bool(wanted) or group != ""
    found: dict[Group, list[Person]] = {each: [] for each in Group}
    for person in people:
        if _matches(person, wanted, words):
            found[group_of(person)].append(person)
    result = []
    for each, members in found.items():
        if not members or (group and each != group):
            continue
        members.sort(key=lambda person: folded(person.name))
        shown = members if whole else members[:SHOWN_AT_FIRST]
        cards = tuple(card(person, words) for person in shown)
        result.append(Section(group=each, label=group_label(each, words), cards=cards, total=len(members)))
    return tuple(result)


def folded(text: str) -> str:
    """For comparing as people type: without case and without marks ("zielinska" finds "Zielińska")."""
    apart = normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(character for character in apart if not combining(character))


def _matches(person: Person, wanted: Sequence[str], words: Words) -> bool:
    if not wanted:
        return True
    entry = card(person, words)
    text = folded(f"{entry.name} {entry.group} {entry.place} {entry.language}")
    return all(word in text for word in wanted)
