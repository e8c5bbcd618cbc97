"""Tests for mistakes: one line says what is wrong, names the nearest valid form, and gives an example that works."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.commands.advice import Advice
from bot.commands.declaration import Catalogue
from bot.commands.grammar import parse
from bot.commands.registry import ENTRIES, LATER

MISTAKES = [
    # typed, nearest, the example: what was typed, put right
    ("npss last-30d by role", "nps", "nps by role last-30d"),
    ("nps lst-30d", "last-30d", "nps last-30d"),
    ("nps last-30m", "last-30mo", "nps last-30mo"),
    ("nps by rol", "by role", "nps by role last-30d"),
    ("nps by rol lst-90d", "by role", "nps by role last-90d"),
    ("nps by people", "by role", "nps by role last-30d"),
    ("nps technical", "role:technical", "nps role:technical last-30d"),
    ("nps decision makers", "role:decision_maker", "nps role:decision_maker last-30d"),
    ("nps role", "by role", "nps by role last-30d"),
    ("nps Acme", "help nps", "nps last-30d"),
    ("trend nps by-the-way role:technical", "help trend", "trend nps role:technical last-12mo"),
    ("nps letzte 30 tage", "help nps", "nps last-30d"),
    ("nps technical?", "role:technical", "nps role:technical last-30d"),
    ("nps role=technical,finance latest", "role:technical,finance", "nps role:technical,finance last-30d latest"),
    ('nps Account="Nordhavn Tools"', 'Account:"Nordhavn Tools"', 'nps account:"nordhavn tools" last-30d'),
    ("nps role!=technical", "-role:technical", "nps -role:technical last-30d"),
    ("nps !role:technical", "-role:technical", "nps -role:technical last-30d"),
    ("nps -technical", "-role:technical", "nps -role:technical last-30d"),
    ("nps - role:technical", "-role:technical", "nps -role:technical last-30d"),
    ("nps not technical", "-role:technical", "nps -role:technical last-30d"),
    ("nps except role:technical latest", "-role:technical", "nps -role:technical last-30d latest"),
    ("nps role:technical -finance", "-role:finance", "nps role:technical -role:finance last-30d"),
    ("nps help", "help nps", "help nps"),
    ("trend nps last-12mo help", "help trend", "help trend"),
    ("send help", "help send", "help send"),
    ("nps H1 2026", "2026-01-01..2026-06-30", "nps 2026-01-01..2026-06-30"),
    ("nps last--5d", "last-5d", "nps last-5d"),
    ("nps compared to", "vs year-ago", "nps last-30d vs year-ago"),
    ("explain nps role:technical as csv", "explain nps role:technical last-30d", "explain nps role:technical last-30d"),
    ("explain nps as chart", "explain nps last-30d", "explain nps last-30d"),
    ("waves open", "waves", "waves"),
    ("waves 5", "waves", "waves"),
    ("surveys role:technical", "surveys", "surveys"),
    ("nps role:tecnical", "role:technical", "nps role:technical last-30d"),
    ("nps -rol:technical", "role:", "nps -role:technical last-30d"),
    ("nps ROL:-technical", "role:", "nps -role:technical last-30d"),
    ("nps -rol:-technical,finance", "role:", "nps -role:finance,technical last-30d"),
    ("nps -role:", "-role:technical", "nps -role:technical last-30d"),
    ("nps role:-tecnical", "-role:technical", "nps -role:technical last-30d"),
    ("nps role:technical,-finance", "role:technical -role:finance", "nps role:technical -role:finance last-30d"),
    ("nps -role:-technical", "-role:technical", "nps -role:technical last-30d"),
    ("nps -role:-technical,finance", "-role:finance,technical", "nps -role:finance,technical last-30d"),
    ("nps role:--technical", "-role:technical", "nps -role:technical last-30d"),
    ('nps role:"-technical"', "-role:technical", "nps -role:technical last-30d"),
    ("nps role:!technical,finance", "-role:technical", "nps role:finance -role:technical last-30d"),
    ("send nps to role:technical,-finance", "role:technical -role:finance", "send nps to role:technical -role:finance"),
    ("send nps to -role:-technical", "-role:technical", "send nps to -role:technical"),
    ("nps stage:suport latest", "stage:support", "nps stage:support last-30d latest"),
    ("nps role:", "role:technical", "nps role:technical last-30d"),
    ('nps account:"Nordhavn Tools last-90d', 'account:"Nordhavn Tools"', 'nps account:"nordhavn tools" last-90d'),
    ("nps series:events", "series:event", "nps series:event last-30d"),
    ("nps series:-event", "series:any", "nps series:any last-30d"),
    ("nps -series:event", "series:any", "nps series:any last-30d"),
    ("nps csat", "nps", "nps last-30d"),
    ("last-90d by role", "nps", "nps by role last-90d"),
    ("trend role:technical", "trend nps", "trend nps role:technical last-12mo"),
    ("why last-quarter", "why nps", "why nps last-quarter"),
    ("why nps all", "why nps last-quarter", "why nps last-quarter"),
    ("trend nps by role", "trend nps last-12mo", "trend nps last-12mo"),
    ("nps as pdf", "as table", "nps last-30d as table"),
    ("nps by role as chart", "as table", "nps by role last-30d as table"),
    ("nps vs", "vs year-ago", "nps last-30d vs year-ago"),
    ("nps 2025-Q4 2026-Q1", "vs 2026-Q1", "nps 2025-Q4 vs 2026-Q1"),
    ("nps top 5000", "top 100", "nps last-30d top 100"),
    ("nps top ten", "top 5", "nps last-30d top 5"),
    ("nps by role by account", "by role", "nps by role last-30d"),
    ("send npss to everyone", "nps", "send nps to everyone"),
    ("send nps", "send nps to role:technical", "send nps to role:technical"),
    ("send nps to technical", "role:technical", "send nps to role:technical"),
    ("send nps to Acme", "help send", "help send"),
    ("send nps to support", "help send", "help send"),
    ("send nps to role=technical", "role:technical", "send nps to role:technical"),
    ("send nps to everyone except technical", "-role:technical", "send nps to -role:technical"),
    ("send nps to role:technical stage:support", "help send", "help send"),
    ("summary weekly general fri", "#general", "summary weekly #general fri 09:00"),
    ("summary #general frday 8am", "friday", "summary weekly #general fri 08:00"),
    ("summary daily #general", "weekly", "summary weekly #general mon 09:00"),
    ("summary #general 25:00", "09:00", "summary weekly #general mon 09:00"),
    ("grant @ingrid", "grant @ingrid cx_lead", "grant @ingrid cx_lead"),
    ("grant @ingrid administrator", "grant @ingrid cx_lead", "grant @ingrid cx_lead"),
    ("help npss", "help nps", "help nps"),
    ("account Meridian Freight", None, "nps by account last-30d"),
    ("why @ingrid", "waves", "waves"),
    ("how are you", "help", "help"),
]


@pytest.mark.parametrize(("typed", "suggestion", "example"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_a_mistake_gets_the_nearest_form_and_the_line_put_right(
    typed: str, suggestion: str | None, example: str
) -> None:
    advice = parse(typed)
    assert isinstance(advice, Advice)
    assert "\n" not in advice.problem
    assert advice.problem.rstrip().endswith((".", "?"))
    if suggestion is not None:
        assert advice.suggestion == suggestion
    assert advice.example == example


@pytest.mark.parametrize("subject", sorted(LATER))
def test_a_subject_of_a_later_version_is_answered_honestly_with_what_there_is(subject: str) -> None:
    advice = parse(subject)
    assert isinstance(advice, Advice)
    assert subject in advice.problem
    assert "not in this version" in advice.problem
    assert not isinstance(parse(advice.example), Advice)


@pytest.mark.parametrize(
    ("typed", "quoted"),
    [
        ("nps 2026-W10", "2026-W10"),
        ("nps by Rolle", "Rolle"),
        ("nps as PDF", "PDF"),
        ("nps Technical", "Technical"),
        ("nps Wibble?", "Wibble"),
        ("nps ROL:technical", "ROL:"),
        ("help NPSS", "NPSS"),
        ("Cases", "Cases"),
        ("send nps to Stage:support", "Stage:"),
    ],
)
def test_advice_quotes_what_was_typed(typed: str, quoted: str) -> None:
    assert f"“{quoted}”" in _advised(typed)


@pytest.mark.parametrize(
    ("typed", "put_right"),
    [("nps Q2", "nps 2026-Q2"), ("nps June", "nps 2026-06"), ("nps Q2 vs q4", "nps 2026-Q2 vs 2025-Q4")],
)
def test_a_month_or_quarter_without_its_year_is_advised_with_the_latest_that_has_begun(
    typed: str, put_right: str
) -> None:
    advice = parse(typed, Catalogue(today=date(2026, 7, 6)))
    assert isinstance(advice, Advice)
    assert advice.example == put_right


def test_a_text_that_is_too_long_is_not_even_read() -> None:
    advice = parse("nps " + "x" * 3_000)
    assert isinstance(advice, Advice)
    assert "1700" in advice.problem
    assert len(advice.problem) < 200


def test_what_would_not_fit_into_a_button_is_too_long_too() -> None:
    assert "1700" in _advised('nps account:"' + "\\" * 900 + '"')


def _advised(text: str) -> str:
    advice = parse(text)
    assert isinstance(advice, Advice)
    return advice.problem


PIECES = st.sampled_from(
    [
        *(word for entry in ENTRIES for word in (entry.subject, *entry.aliases)),
        *("by", "vs", "as", "top", "latest", "to", "year-ago", "everyone", "#general", "mon", "9am", "5", "@bob"),
        *(
            "-",
            "not",
            "?",
            "help",
            "role=technical",
            "!role:x",
            "role:-technical,finance",
            "-role:-x",
            "june",
            "Q2",
            "H1",
        ),
        *("role:technical", "rol:x", 'account:"Acme', "account:“Nordhavn Tools”", "-stage:use", "series:any", "since:"),
        *("last-30d", "last", "30", "days", "2026-Q9", "2026-03-01..2026-03-15", "role", "csv", "Acme", "'", '"', ","),
    ]
)


@given(st.lists(PIECES, max_size=9).map(" ".join))
def test_any_mixture_of_words_is_a_command_or_advice_whose_example_can_be_read(text: str) -> None:
    check(text, Catalogue())


@given(st.text(max_size=400))
def test_no_text_at_all_breaks_the_grammar(text: str) -> None:
    check(text, Catalogue())


@given(st.lists(PIECES, max_size=6).map(" ".join), st.sampled_from([(), ("feedback",), ("a-b", "c")]))
@example("top by by send", ())
def test_an_example_can_be_read_whatever_surveys_there_are(text: str, surveys: tuple[str, ...]) -> None:
    check(text, Catalogue(surveys=surveys))


def check(text: str, catalogue: Catalogue) -> None:
    read = parse(text, catalogue)
    if isinstance(read, Advice):
        assert read.problem
        assert not isinstance(parse(read.example, catalogue), Advice), (text, read)
    else:
        assert parse(read.text, catalogue) == read
