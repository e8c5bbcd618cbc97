"""Deals the counted scores to the people who answered: exact in every quarter and role, and like people otherwise.

Somebody content in one quarter is mostly content in the next; who is moved to another band is whoever was nearest.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from bot.demo.contacts import Seat, by_seat
from bot.demo.dates import Quarter
from bot.demo.draw import share, weighted
from bot.demo.planted import SCORES
from bot.demo.respondents import respondents
from bot.demo.scores import NPS, TERMINALS, Band, Bands, band_of
from surveys.people.model import Role

OWN_MOOD = 0.75
"""How much of a person's place among the others stays from quarter to quarter."""

WITHIN: Mapping[Band, tuple[tuple[int, float], ...]] = {
    Band.PROMOTER: ((9, 0.56), (10, 0.44)),
    Band.PASSIVE: ((7, 0.42), (8, 0.58)),
    Band.DETRACTOR: ((6, 0.32), (5, 0.26), (4, 0.15), (3, 0.12), (2, 0.08), (1, 0.04), (0, 0.03)),
}


@cache
def nps_scores() -> Mapping[tuple[Seat, Quarter], int]:
    """The score of everybody who answered in person, by quarter."""
    return {key: score for quarter in Quarter for key, score in _of_quarter(quarter)}


def terminal_scores() -> Iterator[tuple[Role, int, int]]:
    """(role, number, score) of the answers on shared terminals in 2026-Q2."""
    for role, bands in TERMINALS.items():
        dealt = [band for band in Band for _ in range(bands.of(band))]
        for number, band in enumerate(dealt):
            yield role, number, weighted(WITHIN[band], "terminal score", role, number)


def _of_quarter(quarter: Quarter) -> Iterator[tuple[tuple[Seat, Quarter], int]]:
    for role, bands in NPS[quarter].items():
        answering = [seat for seat in respondents()[quarter] if _role_in(seat, quarter) is role]
        told = {seat: SCORES[seat, quarter] for seat in answering if (seat, quarter) in SCORES}
        for seat, score in told.items():
            yield (seat, quarter), score
        left = _less(bands, told, TERMINALS.get(role) if quarter is Quarter.Q2_2026 else None)
        others = sorted((seat for seat in answering if seat not in told), key=lambda seat: _mood(seat, quarter))
        in_order = [band for band in Band for _ in range(left[band])]
        for seat, band in zip(others, in_order, strict=True):
            yield (seat, quarter), weighted(WITHIN[band], "score", seat, quarter)


def _less(bands: Bands, told: Mapping[Seat, int], elsewhere: Bands | None) -> Mapping[Band, int]:
    left = {band: bands.of(band) - (elsewhere.of(band) if elsewhere else 0) for band in Band}
    for score in told.values():
        left[band_of(score)] -= 1
    if min(left.values()) < 0:
        raise ValueError(f"More scores are told than there are answers: {left}.")
    return left


def _role_in(seat: Seat, quarter: Quarter) -> Role:
    return by_seat()[seat].role_on(quarter.period.last)


def _mood(seat: Seat, quarter: Quarter) -> float:
    return OWN_MOOD * share("mood", seat) + (1 - OWN_MOOD) * share("mood", seat, quarter)
