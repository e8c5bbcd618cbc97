"""Who of an audience is asked when, and who is not and why. The preview shows it, the confirmation carries it out."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from surveys.definitions.model import Pressure, Survey
from surveys.people.model import Candidate, Relationship
from surveys.sending.hours import next_business_moment, zone_of
from surveys.sending.model import Asked, Skipped, SkipReason, WavePlan

DISTANCE = {
    Pressure.RELATIONSHIP: timedelta(days=90),
    Pressure.TRANSACTIONAL: timedelta(days=14),
    Pressure.SERVICE: timedelta(days=3),
    Pressure.FREE: timedelta(0),
}
"""How long the same survey leaves a person alone, by its pressure class (product.md, section 6)."""


def plan_wave(candidates: Iterable[Candidate], survey: Survey, *, now: datetime, timezone: str) -> WavePlan:
    """`timezone` is the tenant's, for people whose own is unknown. Order: by due time, then by name."""
    asked: list[Asked] = []
    skipped: list[Skipped] = []
    for candidate in candidates:
        skip = _reason_to_skip(candidate, survey, now)
        if skip is not None:
            skipped.append(skip)
            continue
        zone = zone_of(candidate.person.timezone, timezone)
        asked.append(Asked(person=candidate.person, due_at=next_business_moment(now, zone)))
    return WavePlan(
        asked=tuple(sorted(asked, key=lambda entry: (entry.due_at, entry.person.name, entry.person.id))),
        skipped=tuple(sorted(skipped, key=lambda entry: (entry.reason, entry.person.name, entry.person.id))),
    )


def still_askable(
    plan: WavePlan, candidates: Iterable[Candidate], survey: Survey, *, now: datetime, timezone: str
) -> WavePlan:
    """The plan at confirmation: whoever opted out, snoozed or was asked since the preview is skipped after all.

    Nobody is added: what was confirmed is what was shown. A time that has passed becomes now, or the next opening.
    """
    today = {candidate.person.id: candidate for candidate in candidates}
    asked: list[Asked] = []
    skipped = list(plan.skipped)
    for entry in plan.asked:
        candidate = today.get(entry.person.id)
        skip = _reason_to_skip(candidate, survey, now) if candidate else None
        if skip is not None:
            skipped.append(skip)
        elif candidate is not None:
            zone = zone_of(entry.person.timezone, timezone)
            asked.append(Asked(person=entry.person, due_at=next_business_moment(max(entry.due_at, now), zone)))
    return WavePlan(asked=tuple(asked), skipped=tuple(skipped))


def _reason_to_skip(candidate: Candidate, survey: Survey, now: datetime) -> Skipped | None:
    person = candidate.person
    if candidate.opted_out:
        return Skipped(person=person, reason=SkipReason.OPTED_OUT)
    if candidate.snoozed_until and candidate.snoozed_until > now:
        return Skipped(person=person, reason=SkipReason.SNOOZED, until=candidate.snoozed_until)
    if candidate.relationship is Relationship.PROSPECT:
        return Skipped(person=person, reason=SkipReason.PROSPECT)
    if candidate.relationship is Relationship.FORMER:
        return Skipped(person=person, reason=SkipReason.FORMER)
    if candidate.open_invitation:
        return Skipped(person=person, reason=SkipReason.OPEN_INVITATION)
    rest_over = candidate.last_asked_at + DISTANCE[survey.pressure] if candidate.last_asked_at else None
    if rest_over and rest_over > now:
        return Skipped(person=person, reason=SkipReason.ASKED_RECENTLY, until=rest_over)
    if not candidate.reachable:
        return Skipped(person=person, reason=SkipReason.UNREACHED)
    return None
