"""What came from other systems: the survey tool used before, warehouse terminals, the help desk, the shop, HR's pulse.

As rows of the files that such systems export, so that they come in through the import like anybody's.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from bot.demo.comments import comment_key, comments
from bot.demo.contacts import DemoContact, Standing, contacts
from bot.demo.dates import GOODWILL_CUT, GOODWILL_RESTORED, ZONE, Quarter, local_day
from bot.demo.dealing import WITHIN
from bot.demo.draw import in_drawn_order, share, weighted, whole
from bot.demo.scores import CES, CSAT_AFTER_SUPPORT, ENPS, Answered, Band
from bot.demo.terminals import terminal_answers
from bot.demo.waves import asks, imported
from surveys.people.model import Role, Stage

ASKS_SUPPORT = frozenset({Role.TECHNICAL, Role.OPERATIONS, Role.END_USER, Role.FINANCE})
ORDERS = frozenset({Role.PROCUREMENT, Role.OPERATIONS, Role.TECHNICAL})
PAYS = frozenset({Role.FINANCE, Role.PROCUREMENT})
COMMENTED = 0.3
"""How many of the answers at a touchpoint say something, as long as there is something left to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a file of responses, in the words of `cx import responses`."""

    survey: str
    answered_at: datetime
    score: int
    external_id: str
    respondent: str = ""
    account: str = ""
    role: str = ""
    touchpoint: str = ""
    stage: str = ""
    team: str = ""
    language: str = ""
    comment: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFile:
    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def csv(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows:
            writer.writerow([_cell(getattr(row, column)) for column in self.columns])
        return out.getvalue()


def _cell(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_ALWAYS = ("survey", "answered_at", "score", "external_id")
_WHO = ("respondent", "account", "role", "language", "comment", "channel")


@cache
def history_files() -> Sequence[HistoryFile]:
    """Files of responses in the order in which they were imported."""
    return (
        HistoryFile(name="survey-tool-2025.csv", columns=(*_ALWAYS, *_WHO), rows=tuple(_survey_tool())),
        HistoryFile(
            name="support.csv",
            columns=(*_ALWAYS, *_WHO, "touchpoint", "stage", "team"),
            rows=tuple(_at_touchpoint("csat", "support", CSAT_AFTER_SUPPORT, ASKS_SUPPORT)),
        ),
        HistoryFile(
            name="shop-and-invoices.csv",
            columns=(*_ALWAYS, *_WHO, "touchpoint", "stage"),
            rows=(
                *_at_touchpoint("ces", "ordering", CES["ordering"], ORDERS),
                *_at_touchpoint("ces", "invoice", CES["invoice"], PAYS),
            ),
        ),
        HistoryFile(
            name="warehouse-terminals.csv",
            columns=(*_ALWAYS, "account", "role", "language", "comment", "channel"),
            rows=tuple(_terminals()),
        ),
        HistoryFile(
            name="employee-pulse.csv", columns=("survey", "answered_at", "score", "external_id"), rows=tuple(_enps())
        ),
    )


def _survey_tool() -> Iterator[Row]:
    for ask in asks():
        if imported(ask) and ask.reply is not None:
            contact = ask.contact
            yield Row(
                survey="nps",
                answered_at=ask.reply.at,
                score=ask.reply.score,
                external_id=f"st-{ask.quarter.value}-{contact.email}",
                respondent=contact.email,
                account=contact.account,
                role=contact.role_before.value,
                language=contact.language,
                comment=comments().get(comment_key(contact, ask.quarter), ""),
                channel="email",
            )


def _terminals() -> Iterator[Row]:
    for answer in terminal_answers():
        yield Row(
            survey="nps",
            answered_at=answer.at,
            score=answer.score,
            external_id=answer.key,
            account=answer.account,
            role=answer.role.value,
            language=answer.language,
            comment=comments().get(answer.key, ""),
            channel="terminal",
        )


# ── touchpoints ────────────────────────────────────────────────────────────────────────────────────────────────

_STAGES = {"support": Stage.SUPPORT, "ordering": Stage.PURCHASE, "invoice": Stage.PURCHASE}
_TEAMS = {"support": "Support"}
_SATISFIED = {"csat": ((5, 0.55), (4, 0.45)), "ces": ((7, 0.3), (6, 0.4), (5, 0.3))}
_NOT_SATISFIED = {"csat": ((3, 0.5), (2, 0.3), (1, 0.2)), "ces": ((4, 0.45), (3, 0.3), (2, 0.15), (1, 0.1))}


def _at_touchpoint(
    survey: str, touchpoint: str, told: Mapping[Quarter, Answered], roles: frozenset[Role]
) -> Iterator[Row]:
    """Exactly as many answers and satisfied ones as told, by people who come back from quarter to quarter."""
    said = _Sayings(survey)
    for quarter, answered in told.items():
        people = in_drawn_order(_customers(roles), lambda contact: contact.email, touchpoint, quarter)[: answered.n]
        moments = {contact.email: _moment(contact, quarter, touchpoint) for contact in people}
        people.sort(key=lambda contact: _patience(contact, local_day(moments[contact.email]), touchpoint))
        unhappy = {contact.email for contact in people[: answered.n - answered.satisfied]}
        for contact in sorted(people, key=lambda contact: moments[contact.email]):
            at, bad = moments[contact.email], contact.email in unhappy
            names = ("at", touchpoint, quarter, contact.email)
            yield Row(
                survey=survey,
                answered_at=at,
                score=weighted((_NOT_SATISFIED if bad else _SATISFIED)[survey], *names),
                external_id=f"{touchpoint}-{quarter.value}-{contact.email}",
                respondent=contact.email,
                account=contact.account,
                role=contact.role_on(local_day(at)).value,
                language=contact.language,
                comment=said.something(contact.language, local_day(at), bad=bad, names=names),
                channel="email",
                touchpoint=touchpoint,
                stage=_STAGES[touchpoint].value,
                team=_TEAMS.get(touchpoint, ""),
            )


def _customers(roles: frozenset[Role]) -> list[DemoContact]:
    return [
        contact
        for contact in contacts()
        if contact.role in roles and contact.role is contact.role_before and not contact.former
        if contact.standing is Standing.ASKED and contact.opted_out_on is None
    ]


def _moment(contact: DemoContact, quarter: Quarter, touchpoint: str) -> datetime:
    """In somebody's business hours, within eleven weeks from the quarter's first whole one on: no zone moves it out."""
    weeks, weekday = divmod(whole(55, "day", touchpoint, quarter, contact.email), 5)
    first = quarter.period.start + timedelta(days=3)
    day = first + timedelta(days=-first.weekday() % 7 + 7 * weeks + weekday)
    minute = whole(470, "minute", touchpoint, quarter, contact.email)
    return (datetime.combine(day, time(9), ZoneInfo(contact.timezone)) + timedelta(minutes=minute)).astimezone(UTC)


def _patience(contact: DemoContact, day: date, touchpoint: str) -> float:
    """Who is unhappy: mostly those whom Support could not help because it was not allowed to."""
    cut = touchpoint == "support" and _cut(day)
    return share("patience", touchpoint, contact.email, day) - (0.6 if cut else 0)


def _cut(day: date) -> bool:
    return GOODWILL_CUT <= day < GOODWILL_RESTORED


class _Sayings:
    """What there is to say at a touchpoint; each is said once."""

    def __init__(self, survey: str) -> None:
        data = yaml.safe_load(files("bot.demo").joinpath("service_comments.yaml").read_text("utf-8"))
        self._left: dict[str, dict[str, list[str]]] = {
            kind: {language: list(texts) for language, texts in by_language.items()}
            for kind, by_language in data[survey].items()
        }

    def something(self, language: str, day: date, *, bad: bool, names: Iterable[Any]) -> str:
        """Empty where nothing is said."""
        if share("says", *names) >= COMMENTED + 0.3 * bad:
            return ""
        for kind in (["cut"] if bad and _cut(day) else []) + (["bad"] if bad else ["good"]):
            texts = self._left.get(kind, {}).get(language)
            if texts:
                return texts.pop(0)
        return ""


# ── employees ──────────────────────────────────────────────────────────────────────────────────────────────────


def _enps() -> Iterator[Row]:
    """Without respondents: whoever exported them kept the scores only."""
    for month, bands in ENPS.items():
        first = date.fromisoformat(f"{month}-01")
        dealt = [band for band in Band for _ in range(bands.of(band))]
        for number, band in enumerate(in_drawn_order(list(enumerate(dealt)), lambda pair: pair[0], month)):
            day = first + timedelta(days=whole(25, "pulse day", month, number))
            yield Row(
                survey="employee-pulse",
                answered_at=datetime.combine(day, time(9 + whole(8, "pulse hour", month, number)), ZONE).astimezone(
                    UTC
                ),
                score=weighted(WITHIN[band[1]], "pulse", month, number),
                external_id=f"pulse-{month}-{number + 1}",
            )
