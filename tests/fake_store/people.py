"""People and accounts: who is behind a user, who matches an audience, and how they come in from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.events import Sender
from bot.ports import Route
from surveys.errors import InvalidInput, NotFound, Refused, Undeliverable
from surveys.insight.queries import Dimension, Filter
from surveys.people.model import Candidate, Employment, Permission, Person, PersonKind, Priority, Relationship
from surveys.people.records import AccountRecord, ContactRecord, EmployeeRecord, PlatformUser, Recorded, match_key
from surveys.sending.model import InvitationState
from tests.fake_store.books import AccountRow, Books, IdentityRow, PersonRow, first, public_id, utc

WAITING = (InvitationState.QUEUED, InvitationState.DELIVERED)


class People:
    def __init__(self, books: Books) -> None:
        self._books = books

    async def known_sender(self, workspace_id: int, sender: Sender) -> Person | None:
        bound = self._bound(workspace_id, sender.user)
        return self.person(bound.person_id) if bound and bound.shut is None else None

    async def by_sender(self, workspace_id: int, sender: Sender) -> Person | None:
        """An e-mail binds a user once, where the platform vouches for it and nobody of that person is there yet."""
        if self._bound(workspace_id, sender.user) is None and sender.full_member and sender.email:
            wanted = match_key(sender.email)
            found = first(self._books.people.values(), lambda row: row.handle == wanted and row.email is not None)
            if found and not any(
                row.workspace_id == workspace_id and row.person_id == found.id
                for row in self._books.identities.values()
            ):
                self.bind(workspace_id, sender.user, found.id)
        bound = self._bound(workspace_id, sender.user)
        if bound is None:
            return None
        # In a unit that only reads this changes a copy.
        self._books.identities[bound.id] = replace(bound, shut=None)
        return self.person(bound.person_id)

    async def by_id(self, person_id: int) -> Person:
        return self.person(person_id)

    def person(self, person_id: int) -> Person:
        row = self._row(person_id)
        account = self._books.accounts.get(row.account_id or 0)
        return Person(
            id=row.id,
            public_id=row.public_id,
            kind=row.kind,
            name=row.name,
            email=row.email,
            language=row.language,
            timezone=row.timezone or self._books.tenant.timezone,
            account_id=row.account_id,
            account=account.name if account else None,
            role=row.role,
            priority=row.priority,
            team=row.team,
            permissions=row.grants,
        )

    async def find(self, text: str) -> Sequence[Person]:
        wanted = match_key(text.strip().lstrip("@"))
        if not wanted:
            return []
        rows = [row for row in self._books.people.values() if row.handle == wanted or wanted in row.name.casefold()]
        exact = [row for row in rows if row.email and match_key(row.email) == wanted]
        return [self.person(row.id) for row in sorted(exact or rows, key=lambda row: (row.name, row.id))[:50]]

    async def candidates(self, filters: Sequence[Filter], survey: str) -> Sequence[Candidate]:
        contacts = [row for row in self._books.people.values() if row.kind is PersonKind.CONTACT]
        for wanted in filters:
            contacts = [row for row in contacts if self._matches(row, wanted)]
        return [self._candidate(row, survey) for row in contacts]

    def _matches(self, row: PersonRow, wanted: Filter) -> bool:
        """A wider audience than meant is never taken instead of a filter that says nothing about people."""
        properties = properties_of(self._books, row)
        if wanted.dimension not in properties:
            raise InvalidInput(f"People cannot be chosen by {wanted.dimension.value}.")
        value = properties[wanted.dimension]
        met = value is not None and match_key(value) in {match_key(one) for one in wanted.values}
        return met is not wanted.negated

    def _candidate(self, row: PersonRow, survey: str) -> Candidate:
        books = self._books
        mine = [
            one
            for one in books.invitations.values()
            if one.person_id == row.id and books.versions[one.version_id].survey.key == survey
        ]
        # What a person began without being asked has no wave and does not count as asking.
        asked = [
            one.delivered_at or one.created_at
            for one in mine
            if one.wave_id is not None and one.state in (*WAITING, InvitationState.CLOSED)
        ]
        direct = any(one.person_id == row.id and one.address.direct for one in books.conversations.values())
        return Candidate(
            person=self.person(row.id),
            relationship=row.relationship or Relationship.CUSTOMER,
            reachable=_reachable(direct, [one for one in books.identities.values() if one.person_id == row.id]),
            opted_out=row.opted_out_at is not None,
            snoozed_until=row.snoozed_until,
            last_asked_at=max(asked, default=None),
            open_invitation=any(one.state in WAITING and not books.was_answered(one.id) for one in mine),
        )

    async def routes(self, person_id: int) -> Sequence[Route]:
        """The preferred platform first, then that of the last answer, then the identity that was bound last."""
        answers = [row for row in self._books.answers.values() if row.person_id == person_id and row.platform]
        last = max(answers, key=lambda row: (row.recorded_at, row.id), default=None)

        known = self._books.people.get(person_id)
        preferred = known.preferred_platform if known else None

        def order(row: IdentityRow) -> tuple[bool, bool, int]:
            platform = self._books.workspaces[row.workspace_id].platform
            return platform != preferred, last is None or platform != last.platform, -row.id

        routes = []
        for identity in sorted(self._books.identities.values(), key=order):
            if identity.person_id != person_id:
                continue
            workspace = self._books.workspaces[identity.workspace_id]
            direct = [one for one in self._books.conversations.values() if one.address.direct]
            mine = [one for one in direct if (one.person_id, one.workspace_id) == (person_id, workspace.id)]
            routes.append(
                Route(
                    platform=workspace.platform,
                    workspace_id=workspace.id,
                    workspace=workspace.external_id,
                    user=identity.user,
                    conversation=mine[0] if mine else None,
                    shut=identity.shut,
                )
            )
        return routes

    async def routes_of(self, person_ids: Collection[int]) -> Mapping[int, Sequence[Route]]:
        return {person_id: await self.routes(person_id) for person_id in person_ids}

    async def shut_route(self, workspace_id: int, user: str, reason: Undeliverable, at: datetime) -> None:
        for row in list(self._books.identities.values()):
            if (row.workspace_id, row.user) == (workspace_id, user) and row.shut is None:
                self._books.identities[row.id] = replace(row, shut=reason)

    async def with_permission(self, permission: Permission, *, locked: bool = False) -> Sequence[Person]:
        return [self.person(row.id) for row in self._books.people.values() if permission in row.grants]

    async def grant(self, person_id: int, permission: Permission, *, by: int | None, at: datetime) -> bool:
        row = self._row(person_id)
        self._change(row, grants=row.grants | {permission})
        return permission not in row.grants

    async def revoke(self, person_id: int, permission: Permission, *, at: datetime) -> bool:
        row = self._row(person_id)
        self._change(row, grants=row.grants - {permission})
        return permission in row.grants

    async def snooze(self, person_id: int, until: datetime) -> None:
        self._change(self._row(person_id), snoozed_until=utc(until))

    async def ask_first_on(self, person_id: int, platform: str) -> None:
        self._change(self._row(person_id), preferred_platform=platform)

    async def opt_out(self, person_id: int, at: datetime) -> None:
        row = self._row(person_id)
        if row.opted_out_at is None:
            self._change(row, opted_out_at=utc(at))
            self._books.opt_outs.append((person_id, utc(at)))

    async def opt_in(self, person_id: int, at: datetime) -> None:
        self._change(self._row(person_id), opted_out_at=None)

    async def known_values(self, dimension: Dimension) -> Sequence[str]:
        books = self._books
        values: set[str | None]
        match dimension:
            case Dimension.SURVEY:
                values = {version.survey.key for version in books.versions.values()}
            case Dimension.WAVE:
                values = {row.public_id for row in books.waves.values()}
            case Dimension.PLATFORM:
                values = {row.platform for row in books.workspaces.values()}
            case Dimension.ACCOUNT:
                values = {row.name for row in books.accounts.values()}
            case Dimension.TEAM:
                values = {row.team for row in books.people.values()}
            case Dimension.TOUCHPOINT:
                values = {row.place.touchpoint for row in books.answers.values()}
            case Dimension.LANGUAGE:
                values = {row.language for row in books.people.values()}
            case _:
                values = {properties_of(books, row).get(dimension) for row in books.people.values()}
                # Somebody may have answered in another role than today's.
                values |= {getattr(row.place, dimension.value, None) for row in books.answers.values()}
        return sorted(str(value) for value in values if value)[:500]

    def bind(self, workspace_id: int, user: str, person_id: int) -> None:
        number = self._books.number("identity")
        self._books.identities[number] = IdentityRow(
            id=number, workspace_id=workspace_id, user=user, person_id=person_id
        )

    def _bound(self, workspace_id: int, user: str) -> IdentityRow | None:
        return first(self._books.identities.values(), lambda row: row.workspace_id == workspace_id and row.user == user)

    def _row(self, person_id: int) -> PersonRow:
        row = self._books.people.get(person_id)
        if row is None:
            raise NotFound("This person is not known here.")
        return row

    def _change(self, row: PersonRow, **values: object) -> None:
        self._books.people[row.id] = replace(row, **values)  # type: ignore[arg-type]


def properties_of(books: Books, row: PersonRow) -> dict[Dimension, str | None]:
    """What a person can be chosen by, as it is today."""
    account = books.accounts.get(row.account_id or 0)
    return {
        Dimension.ACCOUNT: account.name if account else None,
        Dimension.SEGMENT: account.segment if account else None,
        Dimension.TIER: account.tier if account else None,
        Dimension.OWNER: account.owner_email if account else None,
        Dimension.ROLE: row.role,
        Dimension.LANGUAGE: row.language,
        Dimension.PERSONA: row.persona,
        Dimension.RELATIONSHIP: row.relationship,
        Dimension.PRIORITY: row.priority,
    }


class Accounts:
    """Found by name or e-mail, made or updated, never doubled. None in a record changes nothing."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._people = People(books)

    async def upsert(self, record: AccountRecord, *, at: datetime) -> Recorded:
        name = " ".join(record.name.split())
        if not name:
            raise InvalidInput("An account needs a name.")
        known = first(self._books.accounts.values(), lambda row: match_key(row.name) == match_key(name))
        before = known or AccountRow(id=self._books.number("account"), name=name)
        after = replace(
            before, **_told(record, "tier", "segment", "owner_email", "revenue", "renewal_on")  # type: ignore[arg-type]
        )  # fmt: skip
        self._books.accounts[after.id] = after
        return Recorded(id=after.id, created=known is None, changed=after != known)

    async def contact(self, record: ContactRecord, *, at: datetime, by: str = "import") -> Recorded:
        told = _told(
            record,
            "name",
            "email",
            "language",
            "timezone",
            "role",
            "other_roles",
            "priority",
            "relationship",
            "persona",
        )
        if record.account:
            told["account_id"] = (await self.upsert(AccountRecord(name=record.account), at=at)).id
        fresh: dict[str, object] = {"priority": Priority.STANDARD, "relationship": Relationship.CUSTOMER}
        return self._write(record, record.handle, PersonKind.CONTACT, told, fresh)

    async def employee(self, record: EmployeeRecord, *, at: datetime, by: str = "import") -> Recorded:
        told = _told(record, "name", "email", "language", "timezone", "employment", "team", "level")
        return self._write(record, None, PersonKind.EMPLOYEE, told, {"employment": Employment.EMPLOYEE})

    def _write(
        self, record: ContactRecord | EmployeeRecord, handle: str | None, kind: PersonKind,
        told: dict[str, object], fresh: dict[str, object],
    ) -> Recorded:  # fmt: skip
        key = match_key(handle or record.email or "")
        if not key:
            raise InvalidInput("A person needs an e-mail or another stable id.")
        known = first(self._books.people.values(), lambda row: row.handle == key)
        if known is not None and known.kind is not kind:
            raise Refused(f"{key} is known as another kind of person.")
        if known is None:
            new: dict[str, object] = {"name": (record.email or key).split("@")[0], **fresh, **told}
            number = self._books.number("person")
            row = PersonRow(id=number, public_id=public_id(), kind=kind, handle=key, **new)  # type: ignore[arg-type]
        else:
            row = replace(known, **told)  # type: ignore[arg-type]
        self._books.people[row.id] = row
        unbound = tuple(user for user in record.users if not self._bind(row.id, user))
        return Recorded(id=row.id, created=known is None, changed=row != known, unbound=unbound)

    def _bind(self, person_id: int, user: PlatformUser) -> bool:
        """False where the user's workspace is not connected. A user of somebody else is refused (threat 11)."""
        fitting = [
            one
            for one in self._books.workspaces.values()
            if one.platform == user.platform and user.workspace in ("", one.external_id)
        ]
        if len(fitting) != 1:
            return False
        workspace_id = fitting[0].id
        owner = first(
            self._books.identities.values(), lambda row: row.workspace_id == workspace_id and row.user == user.user
        )
        if owner is not None and owner.person_id != person_id:
            raise Refused(f"The {user.platform} user {user.user} belongs to somebody else already.")
        if owner is None:
            self._people.bind(workspace_id, user.user, person_id)
        return True


def _told(record: object, *names: str) -> dict[str, object]:
    return {name: value for name in names if (value := getattr(record, name)) is not None}


def _reachable(direct: bool, identities: Sequence[IdentityRow]) -> bool:
    """An open way to the person, or a direct conversation of nobody's identity."""
    return any(one.shut is None for one in identities) or (direct and not identities)
