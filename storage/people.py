"""People: who is behind a platform user, who is meant, how somebody is reached, what they want and may.

Who may be asked is in `storage.audience`, how people and accounts come in is in `storage.people_writing`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select, update

from bot.events import Sender
from bot.ports import Route
from storage.audience import select_candidates
from storage.conversations import CONVERSATION_COLUMNS, IN_ITS_WORKSPACE, to_conversation
from storage.identities import bind
from storage.known_values import known_values
from storage.person_rows import PERSON_COLUMNS, select_people, to_person, with_sides
from storage.prepared import Prepared
from storage.scope import Scope
from storage.tables import (
    answer,
    conversation,
    identity,
    opt_out,
    person,
    preference,
    role_grant,
    shut_route,
    workspace,
)
from storage.types import AnyRow
from surveys.errors import NotFound, Undeliverable
from surveys.insight.queries import Dimension, Filter
from surveys.people.model import Candidate, Permission, Person
from surveys.people.records import match_key

FIND_LIMIT = 50

_BY_ID = Prepared(select_people().where(person.c.tenant_id == bindparam("tenant"), person.c.id == bindparam("id")))
_SHUT = and_(shut_route.c.tenant_id == identity.c.tenant_id, shut_route.c.identity_id == identity.c.id)
_BY_IDENTITY = Prepared(
    select(*PERSON_COLUMNS, identity.c.id.label("identity"), shut_route.c.reason.label("shut"))
    .select_from(
        with_sides(
            identity.join(person, and_(person.c.tenant_id == identity.c.tenant_id, person.c.id == identity.c.person_id))
        ).outerjoin(shut_route, _SHUT)
    )
    .where(
        identity.c.tenant_id == bindparam("tenant"),
        identity.c.workspace_id == bindparam("workspace"),
        identity.c.external_id == bindparam("user"),
    ),
)
_answered_last = (
    select(answer.c.platform)
    .where(
        answer.c.tenant_id == identity.c.tenant_id,
        answer.c.person_id == identity.c.person_id,
        answer.c.platform.is_not(None),
    )
    .order_by(answer.c.recorded_at.desc(), answer.c.id.desc())
    .limit(1)
    .correlate(identity)
    .scalar_subquery()
)
_IDENTITIES = (
    select(
        identity.c.person_id,
        workspace.c.id,
        workspace.c.platform,
        workspace.c.external_id,
        identity.c.external_id.label("user"),
        shut_route.c.reason.label("shut"),
    )
    .select_from(
        identity.join(
            workspace, and_(workspace.c.tenant_id == identity.c.tenant_id, workspace.c.id == identity.c.workspace_id)
        )
        .outerjoin(
            preference,
            and_(preference.c.tenant_id == identity.c.tenant_id, preference.c.person_id == identity.c.person_id),
        )
        .outerjoin(shut_route, _SHUT)
    )
    .where(identity.c.tenant_id == bindparam("tenant"), identity.c.person_id.in_(bindparam("people", expanding=True)))
    .order_by(
        func.coalesce(preference.c.preferred_platform == workspace.c.platform, False).desc(),
        func.coalesce(_answered_last == workspace.c.platform, False).desc(),
        identity.c.bound_at.desc(),
        identity.c.id.desc(),
    )
)
_DIRECT = (
    select(*CONVERSATION_COLUMNS)
    .select_from(IN_ITS_WORKSPACE)
    .where(
        conversation.c.tenant_id == bindparam("tenant"),
        conversation.c.person_id.in_(bindparam("people", expanding=True)),
        conversation.c.direct.is_(True),
    )
    # An expression, so that SQLite finds them by their people and not in their order.
    .order_by((conversation.c.id + 0).desc())
)


class StoredPeople:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def known_sender(self, workspace_id: int, sender: Sender) -> Person | None:
        work = partial(self._identity, workspace_id, sender.user)
        if self._scope.sight is None:
            row = await work()
        else:
            snapshot = await self._scope.sight.snapshot()
            row = await snapshot.of_everything(("sender", workspace_id, sender.user), work)
        return self._person(row) if row is not None and row.shut is None else None

    async def by_sender(self, workspace_id: int, sender: Sender) -> Person | None:
        row = await self._identity(workspace_id, sender.user)
        if row is not None:
            if row.shut is not None and self._scope.writable:
                await self._open_route(row.identity)
            return self._person(row)
        # An e-mail counts only where the platform verified a full member's (threat 3), and binding writes.
        if not (sender.full_member and sender.email and self._scope.writable):
            return None
        if not await bind(self._scope, workspace_id, user=sender.user, email=sender.email):
            return None
        row = await self._identity(workspace_id, sender.user)
        return self._person(row) if row is not None else None

    async def by_id(self, person_id: int) -> Person:
        row = await _BY_ID.first(self._scope.connection, tenant=self._scope.tenant_id, id=person_id)
        if row is None:
            raise NotFound("This person is not known here.")
        return to_person(row, timezone=self._scope.tenant.timezone)

    async def find(self, text: str) -> Sequence[Person]:
        wanted = text.strip().lstrip("@").strip()
        if not wanted:
            return []
        pattern = wanted.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        # SQLite lowers ASCII letters only; a name in another script is found as it is spelled, too.
        statement = (
            select_people()
            .where(
                person.c.tenant_id == self._scope.tenant_id,
                or_(
                    person.c.handle == match_key(wanted),
                    func.lower(person.c.name).like(f"%{pattern}%", escape="\\"),
                    person.c.name.contains(wanted, autoescape=True),
                ),
            )
            .order_by(person.c.name, person.c.id)
            .limit(FIND_LIMIT)
        )
        result = await self._scope.connection.execute(statement)
        people = [to_person(row, timezone=self._scope.tenant.timezone) for row in result]
        exact = [one for one in people if one.email and match_key(one.email) == match_key(wanted)]
        return exact or people

    async def candidates(self, filters: Sequence[Filter], survey: str) -> Sequence[Candidate]:
        return await select_candidates(self._scope, filters, survey)

    async def routes(self, person_id: int) -> Sequence[Route]:
        return (await self.routes_of([person_id]))[person_id]

    async def routes_of(self, person_ids: Collection[int]) -> Mapping[int, Sequence[Route]]:
        routes: dict[int, list[Route]] = {person_id: [] for person_id in person_ids}
        if not routes:
            return routes
        values = {"tenant": self._scope.tenant_id, "people": list(routes)}
        identities = (await self._scope.connection.execute(_IDENTITIES, values)).all()
        # The oldest conversation of a person and workspace comes last, and is kept.
        direct = {
            (row.person_id, row.workspace_id): to_conversation(row)
            for row in await self._scope.connection.execute(_DIRECT, values)
        }
        for row in identities:
            routes[row.person_id].append(
                Route(
                    platform=row.platform,
                    workspace_id=row.id,
                    workspace=row.external_id,
                    user=row.user,
                    conversation=direct.get((row.person_id, row.id)),
                    shut=Undeliverable(row.shut) if row.shut else None,
                )
            )
        return routes

    async def shut_route(self, workspace_id: int, user: str, reason: Undeliverable, at: datetime) -> None:
        row = await self._identity(workspace_id, user)
        if row is None:
            return
        await self._scope.connection.execute(
            self._scope.insert_new(shut_route),
            {"tenant_id": self._scope.tenant_id, "identity_id": row.identity, "reason": reason.value, "shut_at": at},
        )

    async def with_permission(self, permission: Permission, *, locked: bool = False) -> Sequence[Person]:
        holders = select(role_grant.c.person_id).where(*self._in_force(permission))
        if locked:
            await self._scope.connection.execute(holders.order_by(role_grant.c.id).with_for_update())
        of_tenant = person.c.tenant_id == self._scope.tenant_id
        statement = select_people().where(of_tenant, person.c.id.in_(holders)).order_by(person.c.id + 0)
        result = await self._scope.connection.execute(statement)
        return [to_person(row, timezone=self._scope.tenant.timezone) for row in result]

    async def grant(self, person_id: int, permission: Permission, *, by: int | None, at: datetime) -> bool:
        await self.by_id(person_id)
        result = await self._scope.connection.execute(
            self._scope.insert_new(role_grant),
            {
                "tenant_id": self._scope.tenant_id,
                "person_id": person_id,
                "permission": permission.value,
                "granted_by": by,
                "granted_at": at,
            },
        )
        return result.rowcount == 1

    async def revoke(self, person_id: int, permission: Permission, *, at: datetime) -> bool:
        result = await self._scope.connection.execute(
            update(role_grant)
            .where(*self._in_force(permission), role_grant.c.person_id == person_id)
            .values(revoked_at=at)
        )
        return result.rowcount == 1

    def _in_force(self, permission: Permission) -> tuple[ColumnElement[bool], ...]:
        return (
            role_grant.c.tenant_id == self._scope.tenant_id,
            role_grant.c.permission == permission.value,
            role_grant.c.revoked_at.is_(None),
        )

    async def snooze(self, person_id: int, until: datetime) -> None:
        await self._prefer(person_id, snoozed_until=until)

    async def ask_first_on(self, person_id: int, platform: str) -> None:
        await self._prefer(person_id, preferred_platform=platform)

    async def _prefer(self, person_id: int, **values: Any) -> None:
        await self.by_id(person_id)
        await self._scope.connection.execute(
            self._scope.insert_new(preference), {"tenant_id": self._scope.tenant_id, "person_id": person_id}
        )
        await self._scope.connection.execute(
            update(preference)
            .where(preference.c.tenant_id == self._scope.tenant_id, preference.c.person_id == person_id)
            .values(**values)
        )

    async def opt_out(self, person_id: int, at: datetime) -> None:
        await self.by_id(person_id)
        if not await self._opted_out(person_id):
            await self._scope.connection.execute(
                insert(opt_out), {"tenant_id": self._scope.tenant_id, "person_id": person_id, "at": at}
            )

    async def opt_in(self, person_id: int, at: datetime) -> None:
        await self._scope.connection.execute(
            update(opt_out)
            .where(
                opt_out.c.tenant_id == self._scope.tenant_id,
                opt_out.c.person_id == person_id,
                opt_out.c.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=at)
        )

    async def known_values(self, dimension: Dimension) -> Sequence[str]:
        return await known_values(self._scope, dimension)

    async def _identity(self, workspace_id: int, user: str) -> AnyRow | None:
        row: AnyRow | None = await _BY_IDENTITY.first(
            self._scope.connection, tenant=self._scope.tenant_id, workspace=workspace_id, user=user
        )
        return row

    def _person(self, row: AnyRow) -> Person:
        return to_person(row, timezone=self._scope.tenant.timezone)

    async def _open_route(self, identity_id: int) -> None:
        await self._scope.connection.execute(
            delete(shut_route).where(
                shut_route.c.tenant_id == self._scope.tenant_id, shut_route.c.identity_id == identity_id
            )
        )

    async def _opted_out(self, person_id: int) -> bool:
        result = await self._scope.connection.execute(
            select(opt_out.c.id).where(
                opt_out.c.tenant_id == self._scope.tenant_id,
                opt_out.c.person_id == person_id,
                opt_out.c.withdrawn_at.is_(None),
            )
        )
        return result.first() is not None
