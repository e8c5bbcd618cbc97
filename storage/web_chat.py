"""What the local web workspace shows: its log of messages, and who may be picked. Only a demo has either.

The shapes are those that the web workspace names as Protocols; this module imports nothing of it. Every call is a
transaction of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import Tenant
from storage.person_rows import select_people, to_person
from storage.public_ids import new_public_id
from storage.scope import insert_new
from storage.tables import conversation, person, web_message, workspace
from storage.types import AnyRow
from storage.unit_of_work import SqlStore
from surveys.errors import Refused
from surveys.people.model import Person

PLATFORM = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebMessage:
    public_id: str
    conversation: str
    author: str | None
    visible_to: str | None
    body: str
    posted_at: datetime
    updated_at: datetime


class WebChatLog:
    def __init__(self, store: SqlStore, tenant_id: int) -> None:
        self._store = store
        self._tenant_id = tenant_id

    async def add(
        self,
        *,
        conversation: str,
        author: str | None,
        visible_to: str | None,
        body: str,
        delivery: str | None,
        at: datetime,
    ) -> tuple[WebMessage, bool]:
        """Stores a message; with a `delivery` that is there already, the message of the first call and False."""
        async with self._store.write(self._tenant_id) as unit:
            if not unit.tenant.demo:
                raise Refused("Only a demo has the local web workspace.")
            public_id = new_public_id()
            result = await unit.scope.connection.execute(
                insert_new(unit.scope.connection, web_message),
                {
                    "tenant_id": self._tenant_id,
                    "public_id": public_id,
                    "conversation": conversation,
                    "author": author,
                    "visible_to": visible_to,
                    "body": body,
                    "delivery": delivery,
                    "posted_at": at,
                    "updated_at": at,
                },
            )
            new = result.rowcount == 1
            which = web_message.c.public_id == public_id if new else web_message.c.delivery == delivery
            row = (await unit.scope.connection.execute(self._select(which))).one()
            await unit.commit()
        return _message(row), new

    async def replace(self, public_id: str, *, body: str, at: datetime) -> WebMessage | None:
        async with self._store.write(self._tenant_id) as unit:
            await unit.scope.connection.execute(
                update(web_message)
                .where(web_message.c.tenant_id == self._tenant_id, web_message.c.public_id == public_id)
                .values(body=body, updated_at=at)
            )
            row = await self._first(unit.scope.connection, web_message.c.public_id == public_id)
            await unit.commit()
        return _message(row) if row else None

    async def find(self, public_id: str) -> WebMessage | None:
        async with self._store.read(self._tenant_id) as unit:
            row = await self._first(unit.scope.connection, web_message.c.public_id == public_id)
        return _message(row) if row else None

    async def history(
        self, conversation: str, *, viewer: str, limit: int, before: str | None = None
    ) -> Sequence[WebMessage]:
        """The newest `limit` messages that `viewer` may see, oldest first."""
        statement = self._select(web_message.c.conversation == conversation, _seen_by(viewer))
        if before is not None:
            earlier = (
                select(web_message.c.id)
                .where(web_message.c.tenant_id == self._tenant_id, web_message.c.public_id == before)
                .scalar_subquery()
            )
            statement = statement.where(web_message.c.id < earlier)
        async with self._store.read(self._tenant_id) as unit:
            rows = (await unit.scope.connection.execute(statement.order_by(web_message.c.id.desc()).limit(limit))).all()
        return [_message(row) for row in reversed(rows)]

    async def latest(self, conversations: Sequence[str], *, viewer: str) -> Mapping[str, str]:
        """Conversation → public id of its newest message that `viewer` may see."""
        newest = (
            select(func.max(web_message.c.id))
            .where(
                web_message.c.tenant_id == self._tenant_id,
                web_message.c.conversation.in_(list(conversations)),
                _seen_by(viewer),
            )
            .group_by(web_message.c.conversation)
        )
        async with self._store.read(self._tenant_id) as unit:
            rows = (await unit.scope.connection.execute(self._select(web_message.c.id.in_(newest)))).all()
        return {row.conversation: row.public_id for row in rows}

    def _select(self, *conditions: Any) -> Any:
        return select(web_message).where(web_message.c.tenant_id == self._tenant_id, *conditions)

    async def _first(self, connection: AsyncConnection, condition: Any) -> AnyRow | None:
        found: AnyRow | None = (await connection.execute(self._select(condition))).first()
        return found


class WebDirectory:
    def __init__(self, store: SqlStore, tenant_id: int) -> None:
        self._store = store
        self._tenant_id = tenant_id

    async def tenant(self) -> Tenant:
        async with self._store.read(self._tenant_id) as unit:
            return unit.tenant

    async def people(self) -> Sequence[Person]:
        async with self._store.read(self._tenant_id) as unit:
            result = await unit.scope.connection.execute(
                select_people().where(person.c.tenant_id == self._tenant_id).order_by(person.c.name, person.c.id)
            )
            return [to_person(row, timezone=unit.tenant.timezone) for row in result]

    async def person(self, public_id: str) -> Person | None:
        async with self._store.read(self._tenant_id) as unit:
            result = await unit.scope.connection.execute(
                select_people().where(person.c.tenant_id == self._tenant_id, person.c.public_id == public_id)
            )
            row = result.first()
            return to_person(row, timezone=unit.tenant.timezone) if row else None

    async def channels(self) -> Sequence[str]:
        """Names of the web workspace's channels, without `#`."""
        async with self._store.read(self._tenant_id) as unit:
            result = await unit.scope.connection.execute(
                select(conversation.c.name)
                .select_from(
                    conversation.join(
                        workspace,
                        and_(
                            workspace.c.tenant_id == conversation.c.tenant_id,
                            workspace.c.id == conversation.c.workspace_id,
                        ),
                    )
                )
                .where(
                    conversation.c.tenant_id == self._tenant_id,
                    workspace.c.platform == PLATFORM,
                    conversation.c.direct.is_(False),
                )
                .order_by(conversation.c.name_key)
            )
            return list(result.scalars())


def _seen_by(viewer: str) -> Any:
    return or_(web_message.c.visible_to.is_(None), web_message.c.visible_to == viewer)


def _message(row: AnyRow) -> WebMessage:
    return WebMessage(
        public_id=row.public_id,
        conversation=row.conversation,
        author=row.author,
        visible_to=row.visible_to,
        body=row.body,
        posted_at=row.posted_at,
        updated_at=row.updated_at,
    )
