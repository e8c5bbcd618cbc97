"""Granting: only a CX lead makes another one, it is recorded, and every CX lead is told."""

from bot.commands.access import GrantCommand
from bot.commands.results import Granted
from bot.desk.errand import Errand, say
from bot.messages import Outcome
from bot.ports import AuditEntry, NewDelivery
from bot.views import access
from surveys.people.model import Permission, Person, PersonKind


async def grant(errand: Errand, command: GrantCommand) -> Outcome:
    by = errand.asker.person
    if by is None:
        return say(access.needs_a_person(errand.words))
    found = await errand.unit.people.find(command.person)
    if len(found) != 1:
        return say(access.which_person(command.person, found, errand.words))
    person = found[0]
    if person.kind is not PersonKind.EMPLOYEE:
        return say(access.employees_only(person, errand.words))
    new = await errand.unit.people.grant(person.id, command.permission, by=by.id, at=errand.now)
    if new:
        await _announce(errand, person, by, command.permission)
    return say(access.grant_answer(Granted(person=person, by=by, new=new), errand.words))


async def _announce(errand: Errand, person: Person, by: Person, permission: Permission) -> None:
    await errand.unit.audit.append(
        AuditEntry(
            at=errand.now,
            actor_id=by.id,
            actor=by.public_id,
            action="grant",
            subject=person.public_id,
            detail={"permission": permission.value},
        )
    )
    told = await errand.unit.people.with_permission(Permission.CX_LEAD)
    moment = errand.now.isoformat()
    await errand.unit.deliveries.add(
        [
            NewDelivery(
                template="granted",
                parameters={"person": str(person.id), "by": str(by.id), "permission": permission.value},
                dedupe_key=f"granted:{person.id}:{permission}:{moment}:{lead.id}",
                due_at=errand.now,
                person_id=lead.id,
            )
            for lead in told
        ]
    )
