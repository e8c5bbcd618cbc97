"""What can be asked about scores, as values: built by the grammar, resolved against a day, read by the store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from surveys.definitions.model import Metric, Series


class Dimension(StrEnum):
    """A property of an answer as it was when the answer was given."""

    ACCOUNT = "account"
    ROLE = "role"
    STAGE = "stage"
    TOUCHPOINT = "touchpoint"
    SEGMENT = "segment"
    TEAM = "team"
    LANGUAGE = "language"
    # The ones below are read from the covering index, never folded: slower, and the answer says so.
    PERSONA = "persona"
    SURVEY = "survey"
    WAVE = "wave"
    PLATFORM = "platform"
    OWNER = "owner"
    TIER = "tier"
    RELATIONSHIP = "relationship"
    PRIORITY = "priority"
    CHANNEL = "channel"
    MODE = "mode"


FOLDED_DIMENSIONS = (
    Dimension.ACCOUNT,
    Dimension.ROLE,
    Dimension.STAGE,
    Dimension.TOUCHPOINT,
    Dimension.SEGMENT,
    Dimension.TEAM,
    Dimension.LANGUAGE,
)
"""Those that may follow `by`, and that the histogram is folded by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Whole local days: `start` is in, `end` is out. Printed with its last day, `last`."""

    start: date
    end: date

    @property
    def last(self) -> date:
        return date.fromordinal(self.end.toordinal() - 1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`values` are lower-cased names (an account's by name); a match of any one counts; negated: none may match."""

    dimension: Dimension
    values: tuple[str, ...]
    negated: bool = False


_OF_INVITATION = (Dimension.SURVEY, Dimension.TOUCHPOINT, Dimension.WAVE)
"""What an invitation itself keeps; everything else is a property of people, accounts and touchpoints, which change."""


def changeable(filters: Sequence[Filter]) -> tuple[Dimension, ...]:
    """By what the filters choose invitations that may have become another since, each once."""
    return tuple(dict.fromkeys(one.dimension for one in filters if one.dimension not in _OF_INVITATION))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """What the store is asked to count: scored answers of one metric whose local day is in `period`.

    `series` None means any series. `period` None means all answers. `latest` takes one answer per person, the last.
    """

    metric: Metric
    series: Series | None
    period: Period | None
    filters: tuple[Filter, ...] = ()
    by: Dimension | None = None
    latest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSums:
    """Sums over accounts for the cluster-robust interval, with x = 1, 0 or −1 for NPS and 1 or 0 for shares.

    For account a let S be the sum of x and n the number of answers; answers without an account are left out.
    """

    accounts: int
    answers: int
    sum_x: int
    sum_ss: int
    """Σ S²"""
    sum_sn: int
    """Σ S·n"""
    sum_nn: int
    """Σ n²"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counted answers of one group: `counts` maps each score that occurs to its n.

    `people` counts each person once; answers without a known person count one each.
    `accounts` is None where it was not computed (see `TallySet.exact_accounts`).
    """

    key: str | None = None
    counts: dict[int, int] = field(default_factory=dict)
    people: int = 0
    accounts: AccountSums | None = None

    @property
    def n(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TallySet:
    """What the store counted for one ScoreRequest, all from one snapshot.

    `first_day` is the day of the first answer counted (for the period `all`), None without answers.
    `folded` is False where the rows themselves had to be read (two dimensions at once, `latest`).
    """

    total: Tally
    groups: tuple[Tally, ...] = ()
    first_day: date | None = None
    folded: bool = True


class PairedScore(NamedTuple):
    """A person's mean score in the earlier and in the later period, on the scale (`on_the_scale`), and how many people
    have just these.

    A tuple and not a dataclass, because a question goes through a hundred of them; so is `Comment`.
    """

    before: int
    after: int
    people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseCounts:
    """Closed invitations in a period: `delivered` and of these `answered`; `still_open` counted apart.

    `by_present`: which of the filters went by what people are today and not by what they were when their invitation
    closed; `open_by_present`: the same for those still open. Answers always keep what was true when they were given.
    """

    delivered: int
    answered: int
    still_open: int
    by_present: tuple[Dimension, ...] = ()
    open_by_present: tuple[Dimension, ...] = ()

    @property
    def rate(self) -> float | None:
        return self.answered / self.delivered if self.delivered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReach:
    """People of one account: `known` contacts, `asked` in the period, `answered` in it."""

    answered: int
    asked: int
    known: int


class Comment(NamedTuple):
    """An open text with what may be shown beside it: never the person's name."""

    text: str
    score: int | None
    role: str | None
    account: str | None
    language: str | None
    day: date
