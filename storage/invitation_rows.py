"""An invitation as it is read: with its person, with what decides an answer's dimensions, and what was given to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, select

from storage.given import read_rows
from storage.person_rows import PERSON_COLUMNS, with_sides
from storage.prepared import Prepared
from storage.scope import Scope
from storage.tables import account, contact, invitation, opt_out, person, preference, touchpoint
from storage.types import AnyRow
from surveys.sending.model import InvitationState

_opted_out = (
    exists()
    .where(
        opt_out.c.tenant_id == invitation.c.tenant_id,
        opt_out.c.person_id == invitation.c.person_id,
        opt_out.c.withdrawn_at.is_(None),
    )
    .label("opted_out")
)
_DIMENSIONS = (
    contact.c.account_id, contact.c.role, contact.c.persona, contact.c.relationship, contact.c.priority,
    account.c.segment, account.c.owner_email.label("owner"), account.c.tier, person.c.language,
    # `team` is the one that owns the touchpoint, never the team of an employee who answers (anonymity.md).
    invitation.c.touchpoint, touchpoint.c.stage, touchpoint.c.team,
)  # fmt: skip
_ROWS = (
    select(
        invitation.c.id, invitation.c.public_id, invitation.c.survey_version_id, invitation.c.survey_key,
        invitation.c.state, invitation.c.context, invitation.c.wave_id, invitation.c.created_at,
        invitation.c.delivered_at, invitation.c.closes_at, invitation.c.talk_requested_at,
        preference.c.snoozed_until, _opted_out, *PERSON_COLUMNS, *_DIMENSIONS,
    )
    .select_from(
        with_sides(
            invitation.join(
                person, and_(person.c.tenant_id == invitation.c.tenant_id, person.c.id == invitation.c.person_id)
            )
        )
        .outerjoin(
            preference,
            and_(preference.c.tenant_id == invitation.c.tenant_id, preference.c.person_id == invitation.c.person_id),
        )
        .outerjoin(
            touchpoint,
            and_(touchpoint.c.tenant_id == invitation.c.tenant_id, touchpoint.c.key == invitation.c.touchpoint),
        )
    )
    .where(invitation.c.tenant_id == bindparam("tenant"))
)  # fmt: skip
_OF_PUBLIC_ID = _ROWS.where(invitation.c.public_id == bindparam("public"))
_BY_PUBLIC_ID = Prepared(_OF_PUBLIC_ID)
_BY_PUBLIC_ID_LOCKED = Prepared(_OF_PUBLIC_ID.with_for_update(of=invitation))
_OF_ID = _ROWS.where(invitation.c.id == bindparam("id"))
_BY_ID = Prepared(_OF_ID)
_BY_ID_LOCKED = Prepared(_OF_ID.with_for_update(of=invitation))
_OPEN_OF = Prepared(
    _ROWS.where(invitation.c.person_id == bindparam("person"), invitation.c.state == InvitationState.DELIVERED.value)
)
"""In no order: SQLite would go through everybody's open invitations to find them in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInvitation:
    """`given`: every version of every answer, oldest first, as `storage.given` reads them."""

    row: AnyRow
    given: Sequence[AnyRow]


class InvitationRows:
    """A write unit locks what it reads by a key, and nobody else can give an answer to that until the unit ends: so
    whoever writes to it need not read it again."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._locked: dict[int, ReadInvitation] = {}

    async def by_public_id(self, public_id: str) -> ReadInvitation | None:
        return await self._read(_BY_PUBLIC_ID_LOCKED if self._scope.writable else _BY_PUBLIC_ID, public=public_id)

    async def by_id(self, invitation_id: int) -> ReadInvitation | None:
        return await self._read(_BY_ID_LOCKED if self._scope.writable else _BY_ID, id=invitation_id)

    async def locked(self, invitation_id: int) -> ReadInvitation | None:
        """As this unit read it when it locked it; locked now where it has not."""
        return self._locked.get(invitation_id) or await self.by_id(invitation_id)

    async def open_of(self, person_id: int) -> Sequence[ReadInvitation]:
        """Delivered to this person, newest first; not locked."""
        rows = await _OPEN_OF.all(self._scope.connection, tenant=self._scope.tenant_id, person=person_id)
        newest = sorted(rows, key=lambda row: (row.delivered_at, row.id), reverse=True)
        return [ReadInvitation(row=row, given=await read_rows(self._scope, row.id)) for row in newest]

    def changed(self) -> None:
        """This unit wrote to invitations or answers: whoever comes next reads them again."""
        self._locked.clear()

    async def _read(self, statement: Prepared, **key: int | str) -> ReadInvitation | None:
        row: AnyRow | None = await statement.first(self._scope.connection, tenant=self._scope.tenant_id, **key)
        if row is None:
            return None
        # First the lock, then a second statement: one that waits for a lock would see the answers as they were before
        # it began to wait, and two taps at once would both be the first.
        found = ReadInvitation(row=row, given=await read_rows(self._scope, row.id))
        if self._scope.writable:
            self._locked[row.id] = found
        return found
