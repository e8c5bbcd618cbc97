"""Asking people: preview with a snapshot, confirmation, lists. Nothing is sent from here; deliveries are rows."""

from datetime import timedelta

from bot.commands.declaration import Catalogue
from bot.commands.grammar import parse
from bot.commands.sending import ListSurveys, ListWaves, SendCommand
from bot.desk.errand import Errand, say, say_in_place
from bot.messages import Outcome
from bot.ports import AuditEntry
from bot.views import advice, send_preview
from bot.views import waves as wave_views
from surveys.definitions.model import Privacy, Respondents
from surveys.insight.queries import Filter
from surveys.people.model import Permission
from surveys.sending.model import Wave, WaveState
from surveys.sending.planning import plan_wave, still_askable

PREVIEW_LASTS = timedelta(hours=24)
"""An older preview no longer tells the truth about who would be asked."""
RECENT_WAVES = 10


async def preview(errand: Errand, command: SendCommand) -> Outcome:
    unit, words = errand.unit, errand.words
    version = await unit.surveys.latest(command.survey)
    if version is None:
        return say(send_preview.gone(words))
    survey = version.survey
    if survey.privacy is Privacy.ANONYMOUS:
        return say(send_preview.anonymous_refused(survey, words))
    if survey.respondents is Respondents.ANYONE:
        return say(send_preview.unprompted_only(survey, words))
    candidates = await unit.people.candidates(command.filters, survey.key)
    if not candidates:
        return say(send_preview.nobody(command.audience, words))
    plan = plan_wave(candidates, survey, now=errand.now, timezone=unit.tenant.timezone)
    if not plan.asked:
        return say(send_preview.preview(None, version, command.audience, plan, errand.now, unit.tenant.timezone, words))
    by = errand.asker.person.id if errand.asker.person else None
    wave = await unit.waves.draft(version, command.audience, plan, by=by, at=errand.now)
    return say(send_preview.preview(wave, version, command.audience, plan, errand.now, unit.tenant.timezone, words))


async def confirm(errand: Errand, public_id: str) -> Outcome:
    """Draft → open, once: whoever presses the button again is told that it was sent."""
    wave = await _of_a_lead(errand, public_id)
    if isinstance(wave, Outcome):
        return wave
    unit, words, now = errand.unit, errand.words, errand.now
    if wave.state is not WaveState.DRAFT:
        return say_in_place(wave_views.state(wave, unit.tenant.timezone, words))
    if now - wave.created_at > PREVIEW_LASTS:
        return say_in_place(send_preview.outdated(wave, words))
    plan = await unit.waves.plan(wave.id)
    candidates = await unit.people.candidates(_filters_of(wave), wave.version.survey.key)
    kept = still_askable(plan, candidates, wave.version.survey, now=now, timezone=unit.tenant.timezone)
    if not kept.asked:
        return say_in_place(send_preview.outdated(wave, words))
    asked = await unit.waves.confirm(wave.id, kept, at=now)
    if asked is None:
        after = await unit.waves.by_public_id(public_id) or wave
        return say_in_place(wave_views.state(after, unit.tenant.timezone, words))
    await _note(errand, "wave.confirmed", wave, people=asked)
    return say_in_place(wave_views.sent(wave, kept, unit.tenant.timezone, words))


async def cancel(errand: Errand, public_id: str) -> Outcome:
    """Nothing is sent, or nothing more: what has left cannot be called back, and the reply says how many that were."""
    wave = await _of_a_lead(errand, public_id)
    if isinstance(wave, Outcome):
        return wave
    cancelled = await errand.unit.waves.cancel(wave.id, at=errand.now)
    after = await errand.unit.waves.by_public_id(public_id) or wave
    if cancelled:
        await _note(errand, "wave.cancelled", wave, people=after.delivered)
    return say_in_place(wave_views.state(after, errand.unit.tenant.timezone, errand.words))


async def listing(errand: Errand, command: ListSurveys | ListWaves) -> Outcome:
    match command:
        case ListSurveys():
            versions = await errand.unit.surveys.all_latest()
            return say(send_preview.surveys([version.survey for version in versions], errand.words))
        case ListWaves():
            waves = await errand.unit.waves.recent(RECENT_WAVES)
            return say(wave_views.listing(waves, errand.unit.tenant.timezone, errand.words))


async def _of_a_lead(errand: Errand, public_id: str) -> Wave | Outcome:
    if not errand.asker.may(Permission.CX_LEAD):
        return say(advice.refused("send", errand.words, employee=errand.asker.is_employee))
    wave = await errand.unit.waves.by_public_id(public_id)
    return wave or say(send_preview.gone(errand.words))


def _filters_of(wave: Wave) -> tuple[Filter, ...]:
    """The audience was spelled by the grammar, so that it reads back."""
    key = wave.version.survey.key
    command = parse(f"send {key} to {wave.audience}", Catalogue(surveys=(key,)))
    assert isinstance(command, SendCommand)
    return command.filters


async def _note(errand: Errand, action: str, wave: Wave, *, people: int | None = None) -> None:
    person = errand.asker.person
    await errand.unit.audit.append(
        AuditEntry(
            at=errand.now,
            actor_id=person.id if person else None,
            actor=person.public_id if person else "operator",
            action=action,
            subject=wave.public_id,
            detail={"survey": wave.version.survey.key} | ({"people": str(people)} if people is not None else {}),
        )
    )
