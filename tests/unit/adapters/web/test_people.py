"""Finding somebody to be."""

import pytest

from adapters.web.people import Featured, Group, featured_cards, group_of, initials, may_enter_channels, sections
from surveys.people.model import Person, Role
from surveys.words import ENGLISH
from tests.unit.adapters.web.fakes import HANNA, INGRID, JONAS, MARTA, contact

EVERYBODY = [MARTA, INGRID, JONAS, HANNA]


def found(search: str = "", group: str = "", people: list[Person] = EVERYBODY) -> list[str]:
    return [
        card.name for section in sections(people, search=search, group=group, words=ENGLISH) for card in section.cards
    ]


def test_everybody_is_in_the_group_that_says_what_they_are_here() -> None:
    assert [group_of(person) for person in EVERYBODY] == [
        Group.FINANCE,
        Group.DECISION_MAKER,
        Group.EMPLOYEE,
        Group.CX_LEAD,
    ]
    assert group_of(contact("x", "X", Role.PROCUREMENT)) is Group.PROCUREMENT


def test_every_role_of_a_contact_has_a_group() -> None:
    assert {group_of(contact("x", "X", role)).value for role in Role} == {role.value for role in Role}


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("zielinska", ["Marta Zielińska"]),
        ("ZIELIŃSKA marta", ["Marta Zielińska"]),
        ("meridian", ["Ingrid Voss"]),
        ("decision", ["Ingrid Voss"]),
        ("polski", ["Ingrid Voss", "Marta Zielińska"]),
        ("cx lead", ["Hanna Brandt"]),
        ("nobody at all", []),
    ],
)
def test_a_few_letters_find_a_person_by_name_company_role_or_language(search: str, names: list[str]) -> None:
    assert found(search) == names


def test_letters_that_a_keyboard_lacks_are_found_by_plain_ones() -> None:
    people = [contact("a", "Łukasz Øvergård"), contact("b", "Nguyễn Đức")]
    assert found("lukasz overgard", people=people) == ["Łukasz Øvergård"]
    assert found("nguyen duc", people=people) == ["Nguyễn Đức"]


def test_a_large_group_shows_a_few_until_it_is_opened() -> None:
    people = [contact(f"p{i}", f"Person {i:02}") for i in range(20)]
    (section,) = sections(people, search="", group="", words=ENGLISH)
    assert (len(section.cards), section.total) == (6, 20)
    assert len(found(group="finance", people=people)) == 20


def test_a_group_that_does_not_exist_has_nobody() -> None:
    assert found(group="<script>") == []


def test_customers_contacts_enter_no_channel() -> None:
    assert [may_enter_channels(person) for person in EVERYBODY] == [False, False, True, True]


def test_the_story_points_at_people_who_exist() -> None:
    story = [Featured(email="MARTA@example.com", why="An invoice."), Featured(email="gone@example.com", why="Left.")]
    assert [(card.name, card.why) for card in featured_cards(EVERYBODY, story, ENGLISH)] == [
        ("Marta Zielińska", "An invoice.")
    ]


@pytest.mark.parametrize(
    ("name", "letters"), [("Marta Zielińska", "MZ"), ("Cher", "C"), ("", "·"), ("陈 伟", "陈伟"), ("( ) –", "·")]
)
def test_a_picture_has_a_letter_or_two(name: str, letters: str) -> None:
    assert initials(name) == letters
