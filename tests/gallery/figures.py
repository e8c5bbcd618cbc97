"""What a CX lead gets for a question: scores, groups, why a score moved, lines over time, how a figure came about."""

from collections.abc import Callable

from bot.commands.results import Result, ScoreResult
from bot.demo.dates import Quarter
from bot.demo.scores import CES, CSAT_AFTER_SUPPORT
from bot.messages import Message
from bot.views.advice import withheld
from bot.views.answers import answer_message, for_everyone
from bot.views.explain import explain_message
from bot.views.scores import no_responses, score_message
from bot.views.trend import trend_message
from bot.views.why import why_message
from surveys.insight.queries import AccountReach, ResponseCounts
from surveys.people.model import Role
from surveys.words import ENGLISH
from tests.gallery import counted
from tests.gallery.cast import HANNA
from tests.gallery.counted import COMMENTS, NOBODY, RESPONSES, nps, scored, tally, together
from tests.gallery.scenes import Scene, Sheet, name_of, sheet

CHANNEL = "customer-voice"
Q1, Q2, Q3 = Quarter.Q1_2026, Quarter.Q2_2026, Quarter.Q3_2026
ACCOUNTS = {
    "Acme": {10: 3, 9: 4, 8: 2, 6: 1}, "Falkenried Handel": {10: 5, 9: 3, 7: 2}, "Nordhavn Tools": {4: 2, 5: 1, 8: 1},
    "Kestrel Foods": {10: 2, 8: 3, 5: 1}, "Harrow & Pike Retail": {10: 1, 7: 1, 5: 1},
}  # fmt: skip


def sheets() -> tuple[Sheet, ...]:
    return (
        sheet("score", HANNA, _score(), wide=True),
        sheet("score-with-care", HANNA, _with_care(), wide=True),
        sheet("satisfaction-score", HANNA, _other_metrics(), wide=True),
        sheet("groups", HANNA, _groups(), wide=True),
        sheet("one-account", HANNA, _one_account(), wide=True),
        sheet("nobody-answered", HANNA, _nobody(), wide=True),
        sheet("why", HANNA, _why(), wide=True),
        sheet("why-not", HANNA, _why_not(), wide=True),
        sheet("trend", HANNA, _trend(), wide=True),
        sheet("explain", HANNA, _explain(), wide=True),
        sheet("employees", HANNA, _employees(), wide=True),
        sheet("employees-more", HANNA, _more_of_employees(), wide=True),
        sheet("as-rows", HANNA, _rows(), wide=True),
    )


def _answer(caption: str, view: Callable[..., Message], result: Result, channel: str | None = None) -> Scene:
    """`view`: the one that makes such an answer. `channel`: it was asked there, and can be posted there."""
    return Scene(caption=caption, view=name_of(view), shown=answer_message(result, ENGLISH, channel=channel))


def _score() -> list[Scene]:
    result = scored("nps last-quarter", nps(Q2), nps(Q1), comments=COMMENTS, responses=RESPONSES)
    shown = answer_message(result, ENGLISH, channel=CHANNEL)
    posted = "“Post here” was pressed: everybody in the channel reads it."
    return [
        _answer("/cx nps last-quarter, asked in a channel: only Hanna reads it.", score_message, result, CHANNEL),
        Scene(caption=posted, view=name_of(for_everyone), shown=for_everyone(shown)),
    ]


def _with_care() -> list[Scene]:
    few = scored("nps 2026-Q3", nps(Q3), nps(Q2), comments=COMMENTS[:1])
    wide = scored("nps role:operations last-quarter", nps(Q2, Role.OPERATIONS), nps(Q1, Role.OPERATIONS))
    ago = scored("nps last-quarter vs year-ago as table", nps(Q2), nps(Quarter.Q2_2025), responses=RESPONSES)
    return [
        _answer("Few answers: the badge says so.", score_message, few),
        _answer("Enough answers, but far apart: the interval is wide.", score_message, wide),
        _answer("Two periods compared, as a table.", answer_message, ago),
    ]


def _other_metrics() -> list[Scene]:
    csat = [together(counted.share(CSAT_AFTER_SUPPORT[quarter], (4, 5), (1, 2, 3))) for quarter in (Q2, Q1)]
    ces = [together(counted.share(CES["invoice"][quarter], (5, 6, 7), (2, 3, 4))) for quarter in (Q2, Q1)]
    return [
        _answer("/cx csat stage:support last-quarter", score_message, scored("csat stage:support last-quarter", *csat)),
        _answer("/cx ces touchpoint:invoice last-quarter", score_message,
                scored("ces touchpoint:invoice last-quarter", *ces)),
    ]  # fmt: skip


def _groups() -> list[Scene]:
    accounts = together(*(tally(counts, name) for name, counts in ACCOUNTS.items()))
    by_role = scored("nps by role last-quarter", nps(Q2), nps(Q1))
    return [
        _answer("/cx nps by role last-quarter", score_message, by_role, CHANNEL),
        _answer("/cx nps by account last-quarter: means, because few people stand behind each.", score_message,
                scored("nps by account last-quarter", accounts)),
    ]  # fmt: skip


def _one_account() -> list[Scene]:
    now, before = (together(tally(counts)) for counts in (ACCOUNTS["Nordhavn Tools"], {8: 2, 9: 1, 7: 1}))
    text = 'account:"Nordhavn Tools" last-quarter'
    spelling = {"nordhavn tools": "Nordhavn Tools"}
    reach = AccountReach(answered=4, asked=7, known=10)
    return [
        _answer("One account: mean, lowest, and how many answered.", score_message,
                scored(f"nps {text}", now, before, reach=reach, comments=COMMENTS[1:2], spelling=spelling)),
    ]  # fmt: skip


def _nobody() -> list[Scene]:
    still_open = ResponseCounts(delivered=0, answered=0, still_open=4)
    return [
        _answer("Nobody answered, and four are still asked.", no_responses,
                scored("csat today", NOBODY, NOBODY, responses=still_open)),
        _answer("Nobody answered, and the question is narrow.", no_responses,
                scored("nps role:procurement language:uk last-30d", NOBODY, NOBODY)),
    ]  # fmt: skip


def _why() -> list[Scene]:
    fell = counted.moved("why nps last-quarter", nps(Q2), nps(Q1))
    return [_answer("/cx why nps last-quarter", why_message, fell, CHANNEL)]


def _why_not() -> list[Scene]:
    technical = counted.moved("why nps role:technical last-quarter by role", nps(Q2, Role.TECHNICAL),
                              nps(Q1, Role.TECHNICAL))  # fmt: skip
    return [
        _answer("One group alone: there is nothing to split.", why_message, technical),
        _answer(
            "Nothing to compare with.", why_message, counted.moved("why nps 2025-Q1", nps(Quarter.Q1_2025), NOBODY)
        ),
    ]


def _trend() -> list[Scene]:
    quarters = (Quarter.Q3_2025, Quarter.Q4_2025, Q1, Q2)
    a_year = [month for quarter in quarters for month in counted.months(quarter)] + [nps(Q3)]
    return [
        _answer("/cx trend nps last-12mo", trend_message, counted.drawn("trend nps last-12mo", *a_year),
                CHANNEL),
        _answer("Nobody answered.", trend_message, counted.drawn("trend ces last-12mo", NOBODY)),
    ]  # fmt: skip


def _explain() -> list[Scene]:
    now, every = nps(Q2), together(*nps(Q2).groups, tally({9: 12, 3: 5}))
    result = scored("nps last-quarter", now, nps(Q1), responses=RESPONSES)
    nothing = scored("nps today", NOBODY, NOBODY)
    return [
        _answer("/cx explain nps last-quarter", explain_message, counted.explained(result, now, every, now)),
        _answer("Nothing was counted.", explain_message, counted.explained(nothing, NOBODY, NOBODY, NOBODY)),
    ]


def _of_employees(text: str) -> ScoreResult:
    return counted.of_employees(text, counted.released("2026-06"), counted.released("2026-03"))


def _employees() -> list[Scene]:
    waves = counted.released("2025-09", "2025-12", "2026-03", "2026-06")
    return [
        _answer("/cx enps last-quarter: the whole company, in whole months.", score_message,
                _of_employees("enps last-quarter")),
        _answer("/cx trend enps last-12mo", trend_message, counted.employees_drawn("trend enps last-12mo", waves)),
    ]  # fmt: skip


def _more_of_employees() -> list[Scene]:
    by_team, why = _of_employees("enps by team last-quarter"), counted.employees_moved("why enps last-quarter")
    explained = counted.employees_explained(_of_employees("enps last-quarter"))
    return [
        _answer("/cx enps by team last-quarter: withheld.", withheld, by_team),
        _answer("/cx why enps last-quarter: withheld, in the same words.", why_message, why),
        _answer("/cx explain enps last-quarter", explain_message, explained),
    ]


def _rows() -> list[Scene]:
    text = "nps by role last-quarter as csv"
    return [_answer(f"/cx {text}", score_message, scored(text, nps(Q2), nps(Q1)))]
