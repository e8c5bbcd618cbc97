"""Accounts and people that rows of responses name: found, or made invisible until the import is complete.

Somebody new has no contact row yet: that, with what is visible about them, comes when the batch is complete
(`storage/imports/settling.py`). People and accounts met once are remembered for the rest of the file.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.imports.bulk import select_in
from storage.public_ids import new_public_id
from storage.scope import insert_new
from storage.tables import account, contact, person
from surveys.errors import StorageUnavailable
from surveys.people.model import PersonKind
from surveys.people.records import match_key

REMEMBERED = 1_000_000
_TRIES = 5


class KnownAccount(NamedTuple):
    id: int
    segment: str | None = None
    tier: str | None = None
    owner: str | None = None


class KnownPerson(NamedTuple):
    """A respondent, with what is known now about the contact: what a file without such a column leaves open."""

    id: int
    language: str | None = None
    account: KnownAccount | None = None
    role: str | None = None
    persona: str | None = None
    relationship: str | None = None
    priority: str | None = None


NOBODY = KnownPerson(id=0)


class Newcomers:
    """`accounts` by match_key of their name, `people` by handle."""

    def __init__(self, tenant_id: int, batch_id: int, at: datetime) -> None:
        self._tenant_id = tenant_id
        self._batch_id = batch_id
        self._at = at
        self.accounts: dict[str, KnownAccount] = {}
        self._spelled: dict[str, KnownAccount] = {}
        self.people: dict[str, KnownPerson] = {}
        self.new_accounts = 0
        self.new_people = 0

    async def meet(
        self, connection: AsyncConnection, *, accounts: Iterable[str], people: Mapping[str, str | None]
    ) -> None:
        """In the chunk's transaction; then each of `accounts` (names) and `people` (handle → language) is known."""
        if len(self.people) > REMEMBERED:
            self.people.clear()
        new: dict[str, str] = {}
        for name in accounts:
            if name not in self._spelled:
                new.setdefault(match_key(name), name)
        await self._meet_accounts(connection, new)
        await self._meet_people(connection, people)

    def account(self, name: str) -> KnownAccount:
        """One that was met, by its name in any spelling."""
        found = self._spelled.get(name)
        if found is None:
            found = self._spelled[name] = self.accounts[match_key(name)]
        return found

    def forget(self, *, accounts: Iterable[str], people: Iterable[str]) -> None:
        """After a transaction that did not commit: what it made is not there."""
        self._spelled.clear()
        for name in accounts:
            self.accounts.pop(match_key(name), None)
        for handle in people:
            self.people.pop(handle, None)

    async def _meet_accounts(self, connection: AsyncConnection, names: Mapping[str, str]) -> None:
        for _ in range(_TRIES):
            unknown = names.keys() - self.accounts.keys()
            rows = await select_in(
                connection, account, ("name_key", "id", "segment", "tier", "owner_email"),
                tenant_id=self._tenant_id, key="name_key", keys=unknown,
            )  # fmt: skip
            self.accounts.update({row[0]: KnownAccount(*row[1:]) for row in rows})
            missing = sorted(unknown - self.accounts.keys())
            if not missing:
                return
            # Another writer may take a name first: then the row is passed over and the next round finds it.
            await connection.execute(
                insert_new(connection, account),
                [
                    {
                        "tenant_id": self._tenant_id,
                        "public_id": new_public_id(),
                        "name": names[key],
                        "name_key": key,
                        "created_at": self._at,
                        "batch_id": self._batch_id,
                    }
                    for key in missing
                ],
            )
            self.new_accounts += len(missing)
        raise StorageUnavailable

    async def _meet_people(self, connection: AsyncConnection, languages: Mapping[str, str | None]) -> None:
        for _ in range(_TRIES):
            unknown = languages.keys() - self.people.keys()
            await self._find_people(connection, unknown)
            missing = sorted(unknown - self.people.keys())
            if not missing:
                return
            await connection.execute(
                insert_new(connection, person),
                [
                    {
                        "tenant_id": self._tenant_id,
                        "public_id": new_public_id(),
                        "kind": PersonKind.CONTACT.value,
                        "name": handle.partition("@")[0][:300] or handle[:300],
                        "email": handle if "@" in handle else None,
                        "handle": handle,
                        "language": languages[handle] or "en",
                        "created_at": self._at,
                        "batch_id": self._batch_id,
                    }
                    for handle in missing
                ],
            )
            self.new_people += len(missing)
        raise StorageUnavailable

    async def _find_people(self, connection: AsyncConnection, handles: set[str]) -> None:
        rows = await select_in(
            connection, person, ("handle", "id", "language", "batch_id"),
            tenant_id=self._tenant_id, key="handle", keys=handles,
        )  # fmt: skip
        sides = await select_in(
            connection, contact, ("person_id", "account_id", "role", "persona", "relationship", "priority"),
            tenant_id=self._tenant_id, key="person_id", keys=[row[1] for row in rows],
        )  # fmt: skip
        contacts = {side[0]: side[1:] for side in sides}
        accounts = await self._accounts_of(connection, {side[1] for side in sides if side[1] is not None})
        for handle, person_id, language, batch_id in rows:
            side = contacts.get(person_id)
            if side is None or batch_id is not None:
                self.people[handle] = KnownPerson(id=person_id)
                continue
            account_id, role, persona, relationship, priority = side
            self.people[handle] = KnownPerson(
                person_id, language, accounts.get(account_id), role, persona, relationship, priority
            )

    async def _accounts_of(self, connection: AsyncConnection, ids: set[int]) -> dict[int, KnownAccount]:
        rows = await select_in(
            connection, account, ("id", "segment", "tier", "owner_email"), tenant_id=self._tenant_id, key="id", keys=ids
        )
        return {row[0]: KnownAccount(*row) for row in rows}
