"""What is about channels and about CX leads: weekly summaries, answers posted for everybody, grants."""

from datetime import date, timedelta

from bot.commands.results import Granted, Revoked, ScheduledSummary, WeeklyResult
from bot.commands.weekly import weekly_requests, weekly_result
from bot.demo.dates import COMPANY, TIMEZONE, TODAY, Quarter
from bot.views import access, posting, subscriptions
from bot.views.summary import summary_message
from surveys.errors import Undeliverable
from surveys.insight.queries import ResponseCounts, TallySet
from surveys.people.model import Permission
from surveys.sending.model import WeekCounts
from surveys.words import ENGLISH
from tests.gallery.cast import ANIKA, HANNA, JONAS, NADIA, NADIA_TOO, NOW
from tests.gallery.counted import COMMENTS, NOBODY, RESPONSES, between, nps, tally, together
from tests.gallery.scenes import Scene, Sheet, scene, sheet

CHANNEL = "customer-voice"
WEEKLY = ScheduledSummary(
    public_id="weekly", channel=CHANNEL, weekday=0, hour=9, minute=0, next_due_at=NOW + timedelta(days=7, minutes=-5)
)
LEADERSHIP = ScheduledSummary(
    public_id="leadership", channel="leadership", weekday=4, hour=15, minute=30,
    next_due_at=NOW + timedelta(days=4, hours=6, minutes=25),
)  # fmt: skip


def sheets() -> tuple[Sheet, ...]:
    return (
        sheet("summary", HANNA, _summary(), wide=True),
        sheet("summary-begins", HANNA, _first_summaries(), wide=True),
        sheet("summary-list", HANNA, _listed(), wide=True),
        sheet("summary-started", HANNA, _subscriptions()),
        sheet("summary-refused", HANNA, _refused()),
        sheet("posting", HANNA, _posting()),
        sheet("access", HANNA, _access()),
        sheet("access-refused", HANNA, _access_refused()),
    )


def week(*counted: TallySet, responses: ResponseCounts, late: bool = False) -> WeeklyResult:
    """`counted`: of the 90 days, of those before, of the week, of the one before; then of each week's 90 days."""
    requests = weekly_requests(TODAY)
    answered = counted[2].total.n
    return weekly_result(
        requests, counted[:4], [counted[4 + place % len(counted[4:])] for place in range(len(requests.points))],
        company=COMPANY, responses=responses, comments=COMMENTS if answered else (), late=late,
        counts=WeekCounts(
            period_start=date(2026, 6, 29), answers=answered, people=answered, comments=answered // 2,
            delivered=2 * answered, opted_out=min(answered, 1),
        ),
    )  # fmt: skip


def _summary() -> list[Scene]:
    now, before = nps(Quarter.Q2_2026), nps(Quarter.Q1_2026)
    weeks = together(tally({10: 9, 9: 4, 8: 9, 6: 9})), together(tally({10: 8, 9: 6, 7: 8, 5: 12}))
    points = [between(before, now, part / 12) for part in range(13)]
    return [
        scene("Monday, 09:00, in the channel.", summary_message,
              week(now, before, *weeks, *points, responses=RESPONSES), ENGLISH),
    ]  # fmt: skip


def _first_summaries() -> list[Scene]:
    open_yet = ResponseCounts(delivered=0, answered=0, still_open=4)
    return [
        scene("Before anybody has answered.", summary_message, week(*[NOBODY] * 5, responses=open_yet), ENGLISH),
        scene("It comes late.", summary_message, week(*[NOBODY] * 5, responses=open_yet, late=True), ENGLISH),
    ]


def _listed() -> list[Scene]:
    return [
        scene("/cx summary list", subscriptions.listed, [WEEKLY, LEADERSHIP], TIMEZONE, ENGLISH),
        scene("No channel has one yet.", subscriptions.listed, [], TIMEZONE, ENGLISH),
    ]


def _subscriptions() -> list[Scene]:
    return [
        scene("/cx summary weekly #customer-voice mon 09:00", subscriptions.started, WEEKLY, TIMEZONE, ENGLISH),
        scene("“Stop it” was pressed.", subscriptions.stopped, WEEKLY, ENGLISH),
        scene("Pressed again.", subscriptions.gone, ENGLISH),
    ]


def _refused() -> list[Scene]:
    refused, known = subscriptions.refused, [CHANNEL, "leadership"]
    return [
        scene("A channel that the bot is not in.", subscriptions.unknown_channel, "customer-voise", known, ENGLISH),
        scene("A channel without a summary has none to stop.", subscriptions.none_there, "leadership", ENGLISH),
        scene("Not posted: people from outside read along.", refused, CHANNEL, Undeliverable.SHARED, "weekly", ENGLISH),
        scene("Not posted: the channel is archived.", refused, CHANNEL, Undeliverable.ARCHIVED, None, ENGLISH),
        scene("Not posted: the bot was taken out of it.", refused, CHANNEL, Undeliverable.GONE, "weekly", ENGLISH),
    ]


def _posting() -> list[Scene]:
    return [
        scene("“Post here” was pressed.", posting.begun, CHANNEL, ENGLISH),
        scene("It was not posted: people from outside read along.", posting.refused, CHANNEL, Undeliverable.SHARED,
              ENGLISH),
        scene("It was not posted: the bot was taken out of the channel.", posting.refused, CHANNEL, Undeliverable.GONE,
              ENGLISH),
        scene("A channel that the bot does not know any more.", posting.gone, ENGLISH),
        scene("A chat that nobody else reads.", posting.nobody_else, ENGLISH),
    ]  # fmt: skip


def _access() -> list[Scene]:
    lead = Permission.CX_LEAD
    return [
        scene("/cx grant cx-lead anika.sommer@halden-systems.example", access.grant_answer,
              Granted(person=ANIKA, by=HANNA, new=True), ENGLISH),
        scene("What every CX lead is told.", access.granted, ANIKA, HANNA, lead, ENGLISH),
        scene("Granted again.", access.grant_answer, Granted(person=ANIKA, by=HANNA, new=False), ENGLISH),
        scene("/cx revoke cx-lead anika.sommer@halden-systems.example", access.revoke_answer, Revoked(person=ANIKA),
              ENGLISH),
        scene("What every CX lead is told.", access.revoked, ANIKA, HANNA, lead, ENGLISH),
    ]  # fmt: skip


def _access_refused() -> list[Scene]:
    return [
        scene("The last CX lead stays one.", access.revoke_answer, Revoked(person=HANNA, last=True), ENGLISH),
        scene("Revoked from somebody who is none.", access.revoke_answer, Revoked(person=ANIKA, held=False), ENGLISH),
        scene("Two people of nearly one name.", access.which_person, "Nadia", [NADIA, NADIA_TOO], ENGLISH),
        scene("Nobody of that name.", access.which_person, "Nadja", [], ENGLISH),
        scene("A contact cannot become one.", access.employees_only, JONAS, ENGLISH),
        scene("Typed in the operator's shell.", access.needs_a_person, ENGLISH),
    ]
