"""Which answer each written comment belongs to: language, band, role and time have to fit; nothing is used twice."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from bot.demo.contacts import DemoContact, by_seat
from bot.demo.dates import GOODWILL_CUT, PRICE_CHANGE, RELEASE_5_0, WIDENED, Quarter, local_day
from bot.demo.draw import share
from bot.demo.respondents import programme_before
from bot.demo.scores import Band, band_of
from bot.demo.special_comments import SPECIAL, SPECIAL_LONGEST, longest_comment
from bot.demo.terminals import terminal_answers
from bot.demo.waves import asks
from surveys.people.model import Role

WEEK_BEFORE = date(2026, 6, 29)
"""From this day on more people than usual say why: the first weekly summary is about these days."""


_ROLES = re.compile(r"\[([a-z_,]+)\] ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A comment before anybody has said it. `roles` empty: anybody's."""

    text: str
    language: str
    band: Band
    when: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """An answer that may have a comment. `author` empty: nobody is known to have given it."""

    key: str
    author: str
    language: str
    role: Role
    score: int
    day: date
    newcomer: bool


def comment_key(contact: DemoContact, quarter: Quarter) -> str:
    """What a comment is found by in `comments()`; that of a terminal's answer is its own key."""
    return f"{contact.email} {quarter.value}"


@cache
def comments() -> Mapping[str, str]:
    """Key of an answer → its comment. Raises ValueError for a written comment that fits nobody."""
    placed = {comment_key(by_seat()[seat], quarter): text for (seat, quarter), text in SPECIAL.items()}
    seat, quarter = SPECIAL_LONGEST
    placed[comment_key(by_seat()[seat], quarter)] = longest_comment()
    free = {space.key: space for space in spaces() if space.key not in placed}
    wrote: set[str] = set()
    for written in sorted(written_comments(), key=_freedom):
        able = [space for space in free.values() if _fits(written, space)]
        if not able:
            raise ValueError(f"Nobody can have written: {written.language} {written.band} {written.text!r}")
        chosen = min(able, key=lambda space: _preference(written, space, wrote))
        placed[chosen.key] = written.text
        wrote.add(chosen.author)
        del free[chosen.key]
    return placed


@cache
def spaces() -> Sequence[Space]:
    """Every answer to the question for a recommendation."""
    in_person = [
        Space(
            key=comment_key(ask.contact, ask.quarter),
            author=ask.contact.email,
            language=ask.contact.language,
            role=ask.contact.role_on(local_day(ask.reply.at)),
            score=ask.reply.score,
            day=local_day(ask.reply.at),
            newcomer=ask.contact.seat not in programme_before(),
        )
        for ask in asks()
        if ask.reply is not None
    ]
    on_terminals = [
        Space(
            key=answer.key,
            author="",
            language=answer.language,
            role=answer.role,
            score=answer.score,
            day=local_day(answer.at),
            newcomer=True,
        )
        for answer in terminal_answers()
    ]
    return (*in_person, *on_terminals)


@cache
def written_comments() -> Sequence[Written]:
    return tuple(_read(yaml.safe_load(files("bot.demo").joinpath("comments.yaml").read_text("utf-8"))))


def _read(data: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]) -> Iterator[Written]:
    for language, bands in data.items():
        for band, times in bands.items():
            for when, texts in times.items():
                for text in texts:
                    limited = _ROLES.match(text)
                    yield Written(
                        text=_ROLES.sub("", text),
                        language=language,
                        band=Band(band),
                        when=when,
                        roles=frozenset(Role(role) for role in limited[1].split(",")) if limited else frozenset(),
                    )


def _freedom(written: Written) -> tuple[bool, bool, int, str]:
    """The least free first: tied to a time, to few roles."""
    return written.when == "any", not written.roles, len(written.roles), written.text


def _fits(written: Written, space: Space) -> bool:
    if space.language != written.language or band_of(space.score) is not written.band:
        return False
    if written.roles and space.role not in written.roles:
        return False
    return _in_time(written.when, space.day, newcomer=space.newcomer)


def _in_time(when: str, day: date, *, newcomer: bool) -> bool:
    match when:
        case "any":
            return True
        case "before":
            return day < RELEASE_5_0
        case "outage":
            return RELEASE_5_0 < day < date(2025, 12, 20)
        case "calm":
            return date(2025, 12, 8) <= day < date(2026, 5, 1) and day > GOODWILL_CUT
        case "price":
            return PRICE_CHANGE < day < date(2026, 7, 1)
        case "wide":
            return day > WIDENED
        case "first":
            return day > WIDENED and newcomer
        case _:
            raise ValueError(f"Unknown time {when!r}.")


def _preference(written: Written, space: Space, wrote: Set[str]) -> tuple[bool, bool, float]:
    """Some of the last week first, then people who have not written yet, then by chance, later rather than earlier."""
    later = (space.day - date(2025, 1, 1)).days / 1100
    last_week = space.day >= WEEK_BEFORE and share("says", space.key) < 0.6
    return not last_week, space.author in wrote, share("comment", written.text, space.key) - later
