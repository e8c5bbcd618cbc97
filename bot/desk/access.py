"""Granting and revoking: only a CX lead does it, it is recorded, and every CX lead is told."""

from bot.commands.access import GrantCommand, RevokeCommand
from bot.commands.results import Granted, Revoked
from bot.desk.errand import Errand, say
from bot.messages import Outcome
from bot.ports import AuditEntry, NewDelivery
from bot.views import access
from surveys.people.model import Permission, Person, PersonKind

AUDITED_AS = {"granted": "grant", "revoked": "revoke"}


async def grant(errand: Errand, command: GrantCommand) -> Outcome:
    by = errand.asker.person
    if by is None:
        return say(access.needs_a_person(errand.words))
    person = await _meant(errand, command.person)
    if isinstance(person, Outcome):
        return person
    if person.kind is not PersonKind.EMPLOYEE:
        return say(access.employees_only(person, errand.words))
    new = await errand.unit.people.grant(person.id, command.permission, by=by.id, at=errand.now)
    if new:
        await _announce(errand, "granted", person, by, command.permission)
    return say(access.grant_answer(Granted(person=person, by=by, new=new), errand.words))


async def revoke(errand: Errand, command: RevokeCommand) -> Outcome:
    """Also one's own, but never the last: somebody has to be able to grant it again."""
    by = errand.asker.person
    if by is None:
        return say(access.needs_a_person(errand.words))
    person = await _meant(errand, command.person)
    if isinstance(person, Outcome):
        return person
    holders = await errand.unit.people.with_permission(command.permission, locked=True)
    if person.id not in {holder.id for holder in holders}:
        return say(access.revoke_answer(Revoked(person=person, held=False), errand.words))
    if len(holders) == 1:
        return say(access.revoke_answer(Revoked(person=person, last=True), errand.words))
    # First, that the person is told too.
    await _announce(errand, "revoked", person, by, command.permission)
    await errand.unit.people.revoke(person.id, command.permission, at=errand.now)
    return say(access.revoke_answer(Revoked(person=person), errand.words))


async def _meant(errand: Errand, text: str) -> Person | Outcome:
    found = await errand.unit.people.find(text)
    return found[0] if len(found) == 1 else say(access.which_person(text, found, errand.words))


async def _announce(errand: Errand, what: str, person: Person, by: Person, permission: Permission) -> None:
    """`what`: the template that tells it."""
    await errand.unit.audit.append(
        AuditEntry(
            at=errand.now,
            actor_id=by.id,
            actor=by.public_id,
            action=AUDITED_AS[what],
            subject=person.public_id,
            detail={"permission": permission.value},
        )
    )
    told = await errand.unit.people.with_permission(Permission.CX_LEAD)
    moment = errand.now.isoformat()
    await errand.unit.deliveries.add(
        [
            NewDelivery(
                template=what,
                parameters={"person": str(person.id), "by": str(by.id), "permission": permission.value},
                dedupe_key=f"{what}:{person.id}:{permission}:{moment}:{lead.id}",
                due_at=errand.now,
                person_id=lead.id,
            )
            for lead in told
        ]
    )
