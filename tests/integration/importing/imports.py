"""Imports into a company of its own, and what anybody can see of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage.imports.importing import Quiet, import_records
from storage.imports.job import Options, Outcome
from storage.imports.source import TextSource
from storage.tables import account, person
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.definitions.model import Metric
from surveys.importing.difference import Difference
from surveys.importing.model import ImportKind
from surveys.insight.queries import Dimension, ScoreRequest
from tests.builders import NOW, Company, a_company

AT = "2026-03-01T10:00:00+01:00"


async def a_company_with_surveys(store: SqlStore) -> Company:
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    return company


class Operator(Quiet):
    """Whoever types `cx import`: keeps what was said, and confirms or not."""

    def __init__(self, *, confirms: bool = True) -> None:
        super().__init__()
        self._confirms = confirms
        self.shown: list[Difference] = []

    def confirm(self, difference: Difference) -> bool:
        self.shown.append(difference)
        return self._confirms

    @property
    def lines(self) -> list[str]:
        return [str(fault) for fault in self.faults]


async def bring_in(
    company: Company,
    kind: ImportKind,
    text: str,
    *,
    operator: Operator | None = None,
    name: str = "file.csv",
    at: datetime = NOW,
    dry_run: bool = False,
    skip_bad: bool = False,
    ignore_unknown: bool = False,
) -> Outcome:
    options = Options(dry_run=dry_run, skip_bad=skip_bad, ignore_unknown=ignore_unknown, rows_at_once=3)
    return await import_records(
        company.store, company.id, kind, TextSource(name=name, text=text), now=at, options=options,
        watcher=operator or Operator(),
    )  # fmt: skip


def responses(*rows: str, header: str = "survey,answered_at,score,respondent,account,role,comment,external_id") -> str:
    """`rows` without survey and time: "9,ann@x.com,Acme,technical,,a1"."""
    return "\n".join([header, *(f"nps,{AT},{row}" for row in rows)]) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """What figures, audiences and commands can see of a company."""

    scores: dict[int, int]
    people: int
    by_account: dict[str | None, dict[int, int]]
    by_role: dict[str | None, dict[int, int]]
    comments: list[str]
    contacts: list[tuple[str, str | None, str | None]]
    released: int


async def visible(company: Company, metric: Metric = Metric.NPS) -> Visible:
    async with company.store.read(company.id) as unit:
        request = ScoreRequest(metric=metric, series=None, period=None)
        total = (await unit.insight.tally(request)).total
        by_account = await unit.insight.tally(
            ScoreRequest(metric=metric, series=None, period=None, by=Dimension.ACCOUNT)
        )
        by_role = await unit.insight.tally(ScoreRequest(metric=metric, series=None, period=None, by=Dimension.ROLE))
        names = await unit.insight.labels(Dimension.ACCOUNT, [one.key for one in by_account.groups if one.key])
        candidates = await unit.people.candidates((), "nps")
        comments = await unit.insight.comments(request, 100)
        released = await unit.insight.released(Metric.ENPS, None)
        return Visible(
            scores=dict(sorted(total.counts.items())),
            people=total.people,
            by_account={
                names.get(one.key) if one.key else None: dict(sorted(one.counts.items())) for one in by_account.groups
            },
            by_role={one.key: dict(sorted(one.counts.items())) for one in by_role.groups},
            comments=sorted(one.text for one in comments),
            contacts=sorted(
                (one.person.email or one.person.name, one.person.account, one.person.role) for one in candidates
            ),
            released=len(released),
        )


async def left_hidden(company: Company) -> int:
    """People and accounts with a name that no complete import brought: there must be none at rest."""
    async with company.store.read(company.id) as unit:
        connection = unit.scope.connection
        found = 0
        for table in (person, account):
            rows = await connection.execute(
                select(table.c.id).where(
                    table.c.tenant_id == company.id, table.c.batch_id.is_not(None), table.c.name != ""
                )
            )
            found += len(rows.all())
        return found
