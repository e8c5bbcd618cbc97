"""Tests for the query language: what is typed, and the command it means."""

from datetime import date

import pytest

from bot.commands.access import GrantCommand, RevokeCommand
from bot.commands.advice import Advice
from bot.commands.declaration import Catalogue, Output
from bot.commands.explain import ExplainCommand
from bot.commands.feedback import FeedbackCommand
from bot.commands.grammar import Command, begins_with_subject, only_reads, parse
from bot.commands.help import HelpCommand
from bot.commands.question import Against, YearAgo
from bot.commands.reaching import AskMeHere
from bot.commands.scores import ScoreCommand
from bot.commands.sending import ListSurveys, ListWaves, SendCommand
from bot.commands.summaries import ListSummaries, StopSummaries, WeeklySummary
from bot.commands.trend import TrendCommand
from bot.commands.why import WhyCommand
from surveys.definitions.model import Metric, Series
from surveys.insight.local_days import Unit
from surveys.insight.periods import All, CalendarUnit, Last, PeriodSpec, PreviousUnit, Range, SoFar
from surveys.insight.queries import Dimension, Filter
from surveys.people.model import Permission

LAST_30 = Last(n=30, unit=Unit.DAY)
QUARTER = PreviousUnit(unit=Unit.QUARTER)


def nps(**parts: object) -> ScoreCommand:
    known: dict[str, object] = {"metric": Metric.NPS, "series": Series.RELATIONSHIP, "period": LAST_30}
    return ScoreCommand(**(known | parts))  # type: ignore[arg-type]


def only(dimension: Dimension, *values: str, negated: bool = False) -> tuple[Filter, ...]:
    return (Filter(dimension=dimension, values=values, negated=negated),)


QUESTIONS: list[tuple[str, Command]] = [
    ("nps", nps()),
    ("/cx nps", nps()),
    ("NPS last-30d", nps()),
    ("nps last 30 days", nps()),
    ("what was our nps over the last 30 days", nps()),
    ("last-30d nps", nps()),
    ("nps?", nps()),
    ("nps ?", nps()),
    ("what's our nps last month?", nps(period=PreviousUnit(unit=Unit.MONTH))),
    ("nps last 30 days, by role.", nps(by=Dimension.ROLE)),
    ("nps 30 days", nps()),
    ("nps june 2026", nps(period=CalendarUnit(first=date(2026, 6, 1), unit=Unit.MONTH))),
    ("nps role:technical?", nps(filters=only(Dimension.ROLE, "technical"))),
    ('nps account:"Yahoo!"', nps(filters=only(Dimension.ACCOUNT, "yahoo!"))),
    ("nps series:event.", nps(series=Series.EVENT)),
    ("by role nps last-quarter", nps(by=Dimension.ROLE, period=QUARTER)),
    ("nps by roles last quarter", nps(by=Dimension.ROLE, period=QUARTER)),
    ("nps per account", nps(by=Dimension.ACCOUNT)),
    ("nps by:team top:5", nps(by=Dimension.TEAM, top=5)),
    ("nps today", nps(period=SoFar(unit=Unit.DAY))),
    ("nps all", nps(period=All())),
    ("nps 2026-03-01 until 2026-03-15", nps(period=Range(first=date(2026, 3, 1), last=date(2026, 3, 15)))),
    ("nps 2026-03-01.. 2026-03-15", nps(period=Range(first=date(2026, 3, 1), last=date(2026, 3, 15)))),
    ("nps from 2026-03-01 to 2026-03-15", nps(period=Range(first=date(2026, 3, 1), last=date(2026, 3, 15)))),
    ("nps role:technical,operations", nps(filters=only(Dimension.ROLE, "technical", "operations"))),
    ("nps role:technical role:operations", nps(filters=only(Dimension.ROLE, "technical", "operations"))),
    ("nps role: technical", nps(filters=only(Dimension.ROLE, "technical"))),
    ('nps role:"Decision maker"', nps(filters=only(Dimension.ROLE, "decision_maker"))),
    ("nps role:end-users", nps(filters=only(Dimension.ROLE, "end_user"))),
    ("nps -account:“Nordhavn Tools”", nps(filters=only(Dimension.ACCOUNT, "nordhavn tools", negated=True))),
    ("nps role:-technical", nps(filters=only(Dimension.ROLE, "technical", negated=True))),
    ("nps role:−technical", nps(filters=only(Dimension.ROLE, "technical", negated=True))),
    ("nps role: -technical", nps(filters=only(Dimension.ROLE, "technical", negated=True))),
    ("nps role:-technical,-end-users", nps(filters=only(Dimension.ROLE, "technical", "end_user", negated=True))),
    ("nps priority:-critical", nps(filters=only(Dimension.PRIORITY, "critical", negated=True))),
    ("nps relationship:-former", nps(filters=only(Dimension.RELATIONSHIP, "former", negated=True))),
    ("nps language:-German", nps(filters=only(Dimension.LANGUAGE, "de", negated=True))),
    ("nps tier:-small", nps(filters=only(Dimension.TIER, "small", negated=True))),
    ('nps account:-"Nordhavn Tools"', nps(filters=only(Dimension.ACCOUNT, "nordhavn tools", negated=True))),
    ('nps account:"-acme"', nps(filters=only(Dimension.ACCOUNT, "-acme"))),
    ('nps account: "-acme"', nps(filters=only(Dimension.ACCOUNT, "-acme"))),
    ("nps language:German", nps(filters=only(Dimension.LANGUAGE, "de"))),
    ("nps series:event", nps(series=Series.EVENT)),
    ("nps series:any", nps(series=None)),
    ("nps last-30d vs year-ago", nps(comparison=YearAgo())),
    ("nps vs year ago", nps(comparison=YearAgo())),
    ("nps compared with a year ago", nps(comparison=YearAgo())),
    ("nps compared to 2025", nps(comparison=Against(period=CalendarUnit(first=date(2025, 1, 1), unit=Unit.YEAR)))),
    ("nps last-30d vs previous", nps()),
    (
        "nps 2026-Q1 vs 2025-Q1",
        nps(
            period=CalendarUnit(first=date(2026, 1, 1), unit=Unit.QUARTER),
            comparison=Against(period=CalendarUnit(first=date(2025, 1, 1), unit=Unit.QUARTER)),
        ),
    ),
    ("nps latest", nps(latest=True)),
    ("nps by account top 10 as csv", nps(by=Dimension.ACCOUNT, top=10, output=Output.CSV)),
    ("csat", ScoreCommand(metric=Metric.CSAT, series=Series.EVENT, period=LAST_30)),
    ("enps", ScoreCommand(metric=Metric.ENPS, series=Series.RELATIONSHIP, period=QUARTER)),
    ("continue", ScoreCommand(metric=Metric.CONTINUE, series=Series.RELATIONSHIP, period=LAST_30)),
    ("trend nps", TrendCommand(metric=Metric.NPS, series=Series.RELATIONSHIP, period=Last(n=12, unit=Unit.MONTH))),
    (
        "nps last-4q as chart",
        TrendCommand(metric=Metric.NPS, series=Series.RELATIONSHIP, period=Last(n=4, unit=Unit.QUARTER)),
    ),
    ("why nps", WhyCommand(metric=Metric.NPS, series=Series.RELATIONSHIP, period=QUARTER)),
    (
        "why nps last-quarter by account",
        WhyCommand(metric=Metric.NPS, series=Series.RELATIONSHIP, period=QUARTER, by=Dimension.ACCOUNT),
    ),
    ("explain", ExplainCommand(question=None)),
    ("explain nps by role", ExplainCommand(question=nps(by=Dimension.ROLE))),
    ("send nps to role:technical", SendCommand(survey="nps", filters=only(Dimension.ROLE, "technical"))),
    (
        "send nps to role:-technical",
        SendCommand(survey="nps", filters=only(Dimension.ROLE, "technical", negated=True)),
    ),
    ("preview nps to everyone", SendCommand(survey="nps")),
    ("surveys", ListSurveys()),
    ("wave", ListWaves()),
    ("waves?", ListWaves()),
    ("summary weekly #general mon 09:00", WeeklySummary(channel="general", weekday=0, hour=9, minute=0)),
    ("summary #general every friday at 4:30 pm", WeeklySummary(channel="general", weekday=4, hour=16, minute=30)),
    ("summary weekly <#C0123|general> tue 14h", WeeklySummary(channel="general", weekday=1, hour=14, minute=0)),
    ("summary #general 12am", WeeklySummary(channel="general", weekday=0, hour=0, minute=0)),
    ("summary weekly #general", WeeklySummary(channel="general", weekday=0, hour=9, minute=0)),
    ("summary stop #General", StopSummaries(channel="general")),
    ("summary", ListSummaries()),
    ("summary list", ListSummaries()),
    ("revoke @Ingrid Voss cx_lead", RevokeCommand(person="Ingrid Voss")),
    ('revoke "Nadia Petrenko"', RevokeCommand(person="Nadia Petrenko")),
    ("revoke <@U123|ingrid>", RevokeCommand(person="U123")),
    ("grant @Ingrid Voss cx_lead", GrantCommand(person="Ingrid Voss")),
    ('grant @"Nadia Petrenko" cx_lead', GrantCommand(person="Nadia Petrenko")),
    ("grant “@Nadia Petrenko” cx_lead", GrantCommand(person="Nadia Petrenko")),
    ("grant <@U123|ingrid> as a CX lead", GrantCommand(person="U123")),
    ("grant ingrid@halden.example cx-lead", GrantCommand(person="ingrid@halden.example")),
    ("feedback", FeedbackCommand()),
    ('feedback the "invoice is nps:wrong', FeedbackCommand(said='the "invoice is nps:wrong')),
    ("ask-me-here", AskMeHere()),
    ("Ask-me-here.", AskMeHere()),
    ("", HelpCommand()),
    ("/cx", HelpCommand()),
    ("help", HelpCommand()),
    ("help NPS", HelpCommand(topic="nps")),
    ("help preview", HelpCommand(topic="send")),
    ("help dates", HelpCommand(topic="periods")),
]


@pytest.mark.parametrize(("typed", "meant"), QUESTIONS, ids=[typed or "nothing" for typed, _ in QUESTIONS])
def test_a_typed_line_means_its_command(typed: str, meant: Command) -> None:
    assert parse(typed) == meant


@pytest.mark.parametrize("typed", [typed for typed, _ in QUESTIONS])
def test_the_canonical_text_of_a_command_means_the_same_command(typed: str) -> None:
    command = parse(typed)
    assert not isinstance(command, Advice)
    assert parse(command.text) == command


@pytest.mark.parametrize(
    ("typed", "spec"),
    [
        ("last-12mo", Last(n=12, unit=Unit.MONTH)),
        ("this quarter", SoFar(unit=Unit.QUARTER)),
        ("ytd", SoFar(unit=Unit.YEAR)),
        ("2026-Q1", CalendarUnit(first=date(2026, 1, 1), unit=Unit.QUARTER)),
        ("2026-03-15", CalendarUnit(first=date(2026, 3, 15), unit=Unit.DAY)),
    ],
)
def test_every_form_of_a_period_works_behind_a_figure_and_before_it(typed: str, spec: PeriodSpec) -> None:
    assert parse(f"nps {typed}") == parse(f"{typed} nps") == nps(period=spec)


def test_figures_sending_and_granting_need_a_cx_lead_and_what_everybody_may_do_does_not() -> None:
    needs = {}
    for typed, _command in QUESTIONS:
        command = parse(typed)
        assert not isinstance(command, Advice)
        needs[type(command)] = command.needs
    open_to_all = {kind for kind, permission in needs.items() if permission is Permission.ANYONE}
    expected: set[type] = {HelpCommand, FeedbackCommand, AskMeHere}
    assert open_to_all == expected
    assert set(needs.values()) == {Permission.ANYONE, Permission.CX_LEAD}


def test_what_changes_something_does_not_pass_for_reading() -> None:
    changing = (
        *("send nps to everyone", "summary weekly #x", "summary stop #x", "grant @x cx_lead"),
        *("feedback hello", "ask-me-here"),
    )
    for typed in changing:
        command = parse(typed)
        assert not isinstance(command, Advice)
        assert not command.reads_only, typed
        assert not only_reads(typed), typed


@pytest.mark.parametrize("typed", ["send quarterly-check to everyone", "/cx send", "please grant", "cx feedback"])
def test_a_command_that_may_change_something_does_not_pass_for_reading_though_it_cannot_be_read(typed: str) -> None:
    assert not only_reads(typed)


@pytest.mark.parametrize(
    "typed", ["", "/cx", "nps last-30d", "show me the nps", "nps last-fortnight", "help send", "waves", "why @ann", "?"]
)
def test_questions_and_mistakes_in_them_only_read(typed: str) -> None:
    assert only_reads(typed)


def test_only_published_surveys_can_be_sent() -> None:
    advice = parse("send nps to everyone", Catalogue(surveys=("quarterly-check",)))
    assert isinstance(advice, Advice)
    assert "quarterly-check" in advice.problem
    assert isinstance(parse("send Quarterly-Check to everyone", Catalogue(surveys=("quarterly-check",))), SendCommand)


def test_a_remark_is_not_taken_for_a_command() -> None:
    assert not begins_with_subject("The invoice was wrong again, nps or not")
    assert begins_with_subject("/cx whatever")
    assert begins_with_subject("NPS last-30d")
