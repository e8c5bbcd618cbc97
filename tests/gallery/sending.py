"""What a CX lead gets when people are asked: the preview, its refusals, and what became of each wave."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.demo.dates import TIMEZONE
from bot.views import send_preview, waves
from surveys.errors import Undeliverable
from surveys.sending.model import Asked, Skipped, SkipReason, Wave, WavePlan, WaveState
from surveys.words import ENGLISH
from tests.gallery.cast import (
    ELEANOR,
    HANNA,
    JONAS,
    KATHARINA,
    MARCUS,
    MARTA,
    NOW,
    OKSANA,
    PRIYA,
    SURVEYS,
    YUSUF,
    version,
)
from tests.gallery.scenes import Scene, Sheet, scene, sheet

TECHNICAL = "role:technical"
PLAN = WavePlan(
    asked=(
        Asked(person=JONAS, due_at=NOW),
        Asked(person=PRIYA, due_at=NOW),
        Asked(person=YUSUF, due_at=NOW + timedelta(hours=1)),
    ),
    skipped=(
        Skipped(person=MARTA, reason=SkipReason.OPTED_OUT),
        Skipped(person=KATHARINA, reason=SkipReason.SNOOZED, until=NOW + timedelta(days=7)),
        Skipped(person=OKSANA, reason=SkipReason.ASKED_RECENTLY, until=NOW + timedelta(days=40)),
        Skipped(person=MARCUS, reason=SkipReason.ASKED_RECENTLY, until=NOW + timedelta(days=61)),
        Skipped(person=ELEANOR, reason=SkipReason.UNREACHED),
    ),
)


def sheets() -> tuple[Sheet, ...]:
    return (
        sheet("send", HANNA, _previews(), wide=True),
        sheet("send-refused", HANNA, _refusals()),
        sheet("surveys", HANNA, _surveys(), wide=True),
        sheet("waves", HANNA, _waves()),
        sheet("waves-listed", HANNA, _listed(), wide=True),
    )


def wave(survey: str, audience: str, state: WaveState, *, sent_at: datetime = NOW, members: int = 3) -> Wave:
    known = version(survey)
    return Wave(
        id=1, public_id=f"{survey}-{sent_at:%m%d}", version=known, state=state, audience=audience, created_by=HANNA.id,
        created_at=sent_at, confirmed_at=None if state is WaveState.DRAFT else sent_at,
        closes_at=sent_at + known.survey.window, members=members,
    )  # fmt: skip


DRAFT = wave("nps", TECHNICAL, WaveState.DRAFT)
OPEN = wave("nps", TECHNICAL, WaveState.OPEN)


def _previews() -> list[Scene]:
    nobody = replace(PLAN, asked=())
    return [
        scene("/cx send nps to role:technical: nothing has left yet.", send_preview.preview, DRAFT, version("nps"),
              TECHNICAL, PLAN, NOW, TIMEZONE, ENGLISH),
        scene("Nobody may be asked now.", send_preview.preview, None, version("nps"), TECHNICAL, nobody, NOW, TIMEZONE,
              ENGLISH),
    ]  # fmt: skip


def _refusals() -> list[Scene]:
    return [
        scene("Confirmed a day too late.", send_preview.outdated, DRAFT, ENGLISH),
        scene("The survey or the wave is gone.", send_preview.gone, ENGLISH),
        scene("The filters leave nobody.", send_preview.nobody, "role:procurement language:uk", ENGLISH),
        scene(
            "/cx send employee-pulse to everyone", send_preview.anonymous_refused, SURVEYS["employee-pulse"], ENGLISH
        ),
        scene("/cx send feedback to everyone", send_preview.unprompted_only, SURVEYS["feedback"], ENGLISH),
    ]


def _surveys() -> list[Scene]:
    return [
        scene("/cx surveys", send_preview.surveys, list(SURVEYS.values()), ENGLISH),
        scene("No survey is published yet.", send_preview.surveys, [], ENGLISH),
    ]


def _waves() -> list[Scene]:
    stopped = replace(OPEN, state=WaveState.CANCELLED, delivered=2)
    return [
        scene("“Ask 3 people” was pressed.", waves.sent, OPEN, PLAN, TIMEZONE, ENGLISH),
        scene("One of them may not be asked any more since the preview.", waves.sent, OPEN,
              replace(PLAN, asked=PLAN.asked[:2]), TIMEZONE, ENGLISH),
        scene("Pressed again: nobody is asked twice.", waves.state, replace(OPEN, delivered=3), TIMEZONE, ENGLISH),
        scene("“Do not send” was pressed.", waves.state,
              replace(DRAFT, state=WaveState.CANCELLED), TIMEZONE, ENGLISH),
        scene("Stopped after two had it.", waves.state, stopped, TIMEZONE, ENGLISH),
        scene("Stopped while it was leaving.", waves.state, replace(stopped, leaving=1), TIMEZONE, ENGLISH),
        scene("Pressed when it was over.", waves.state, replace(OPEN, state=WaveState.CLOSED), TIMEZONE, ENGLISH),
        scene("Not sent yet.", waves.state, DRAFT, TIMEZONE, ENGLISH),
    ]  # fmt: skip


def _listed() -> list[Scene]:
    april, june = datetime(2026, 4, 14, 9, tzinfo=NOW.tzinfo), datetime(2026, 6, 9, 9, tzinfo=NOW.tzinfo)
    known = [
        DRAFT,
        replace(OPEN, delivered=3, answered=1),
        replace(wave("csat", "account:Acme", WaveState.CANCELLED, sent_at=june, members=11), delivered=4, answered=2),
        replace(
            wave("nps", "everyone", WaveState.CLOSED, sent_at=april, members=219), delivered=214, answered=126,
            unreached=((Undeliverable.LEFT, 3), (Undeliverable.NOT_INSTALLED, 2), (Undeliverable.APART, 1)),
        ),
    ]  # fmt: skip
    return [
        scene("/cx waves", waves.listing, known, TIMEZONE, ENGLISH),
        scene("Nothing was sent yet.", waves.listing, [], TIMEZONE, ENGLISH),
    ]
