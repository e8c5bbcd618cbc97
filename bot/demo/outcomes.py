"""What became of accounts in eighteen months: for the parts of the product that set outcomes beside scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bot.demo.accounts import CHURNED, MERIDIAN, Tier, accounts
from bot.demo.draw import in_drawn_order, whole

RENEWALS, EXPANSIONS, REFERENCES = 24, 6, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOutcome:
    """`kind` in the words of `cx import outcomes`; `amount` in euros a year, 0 where there is none."""

    account: str
    kind: str
    happened_on: date
    amount: int
    external_id: str


@cache
def outcomes() -> Sequence[DemoOutcome]:
    staying = [account for account in accounts() if account.name not in CHURNED]
    happy = [account for account in staying if account.name != MERIDIAN]
    worth = {account.name: account.revenue for account in accounts()}
    found = [_outcome(name, "churn", day, worth[name]) for name, day in CHURNED.items()]
    renewing = in_drawn_order(staying, lambda account: account.name, "renewal")[:RENEWALS]
    found += [_outcome(one.name, "renewal", _day("renewal", one.name), one.revenue) for one in renewing]
    growing = in_drawn_order(
        [one for one in happy if one.tier is not Tier.SMALL], lambda account: account.name, "expansion"
    )
    found += [
        _outcome(one.name, "expansion", _day("expansion", one.name), one.revenue // 8) for one in growing[:EXPANSIONS]
    ]
    naming = in_drawn_order(happy, lambda account: account.name, "reference")[:REFERENCES]
    found += [_outcome(one.name, "reference", _day("reference", one.name), 0) for one in naming]
    found += [_outcome(MERIDIAN, "claim", day, 0) for day in CLAIMS]
    return tuple(sorted(found, key=lambda outcome: (outcome.happened_on, outcome.external_id)))


FIRST_DAY = date(2025, 1, 1)
DAYS = 546
"""The eighteen months of the story."""

CLAIMS = (date(2026, 4, 22), date(2026, 5, 13), date(2026, 6, 3), date(2026, 6, 24))
"""Meridian Freight: none before 2026-Q2, four in it."""


def _outcome(account: str, kind: str, day: date, amount: int) -> DemoOutcome:
    return DemoOutcome(
        account=account, kind=kind, happened_on=day, amount=amount, external_id=f"{kind}-{account}-{day.isoformat()}"
    )


def _day(kind: str, account: str) -> date:
    return FIRST_DAY + timedelta(days=whole(DAYS, kind, account))
