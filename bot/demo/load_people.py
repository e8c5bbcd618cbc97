"""Writes accounts, contacts, employees, channels and who may be written to, through the product's own repositories."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from adapters.web.chat import PLATFORM, WORKSPACE, channel_called, direct_with
from bot.demo.accounts import DemoAccount, accounts
from bot.demo.contacts import DemoContact, Standing, contacts
from bot.demo.dates import ZONE
from bot.demo.draw import whole
from bot.demo.employees import CX_LEAD, account_owners, employees
from bot.events import Address
from bot.ports import Tenant, Workspace
from storage.identities import bind_user
from storage.tenancy import ensure_workspace
from storage.unit_of_work import SqlStore, SqlUnitOfWork
from surveys.people.model import Permission, Person, Relationship, Role
from surveys.people.records import AccountRecord, ContactRecord, EmployeeRecord, PlatformUser

CHANNELS = ("customer-voice", "support-quality", "leadership")
SLACK_WORKSPACE, TEAMS_WORKSPACE = "T07HALDEN", "7c9a4f1e-0d2b-4f7e-8a35-0a1de5a1e5b0"


async def write_people(store: SqlStore, tenant: Tenant, *, at: datetime) -> None:
    """Everybody as they were known at the beginning, in one commit; the CX lead may ask and send."""
    workspace = await ensure_workspace(
        store, tenant.id, platform=PLATFORM, external_id=WORKSPACE, name=tenant.name, at=at
    )
    for platform, external_id in (("slack", SLACK_WORKSPACE), ("teams", TEAMS_WORKSPACE)):
        await ensure_workspace(store, tenant.id, platform=platform, external_id=external_id, name=tenant.name, at=at)
    async with store.write(tenant.id) as unit:
        for account in accounts():
            await unit.accounts.upsert(_account(account), at=at)
        for contact in contacts():
            person_id = (await unit.accounts.contact(_contact(contact, contact.role_before), at=at, by="demo")).id
            if contact.standing is not Standing.UNREACHED:
                await _enter_workspace(unit, workspace, person_id)
        for employee in employees():
            record = EmployeeRecord(
                email=employee.email,
                name=employee.name,
                team=employee.team,
                level=employee.level,
                language=employee.language,
                timezone=employee.timezone,
            )
            person_id = (await unit.accounts.employee(record, at=at, by="demo")).id
            await _enter_workspace(unit, workspace, person_id)
            if employee.email == CX_LEAD:
                await unit.people.grant(person_id, Permission.CX_LEAD, by=None, at=at)
        for name in CHANNELS:
            address = Address(platform=PLATFORM, workspace=WORKSPACE, conversation=channel_called(name), direct=False)
            await unit.conversations.remember(workspace.id, address, name, None)
        await unit.commit()


async def correct_roles(store: SqlStore, tenant: Tenant, *, at: datetime) -> None:
    """The lists are corrected: some who were listed as decision makers or procurement are not."""
    moved = [contact for contact in contacts() if contact.role is not contact.role_before]
    async with store.write(tenant.id) as unit:
        for contact in moved:
            await unit.accounts.contact(_contact(contact, contact.role), at=at, by="demo")
        await unit.commit()


async def mark_former(store: SqlStore, tenant: Tenant, *, at: datetime) -> None:
    """The people of accounts that left are asked no more."""
    async with store.write(tenant.id) as unit:
        for contact in contacts():
            if contact.former:
                record = ContactRecord(email=contact.email, relationship=Relationship.FORMER)
                await unit.accounts.contact(record, at=at, by="demo")
        await unit.commit()


async def respect_wishes(store: SqlStore, tenant: Tenant, people: Mapping[str, Person], *, at: datetime) -> None:
    """Opt-outs on the days they were said, and what was put off beyond the demo's day."""
    async with store.write(tenant.id) as unit:
        for contact in contacts():
            person = people[contact.email]
            if contact.opted_out_on is not None:
                said = datetime.combine(contact.opted_out_on, at.timetz(), tzinfo=ZONE)
                await unit.people.opt_out(person.id, said)
            if contact.snoozed_until is not None:
                await unit.people.snooze(person.id, contact.snoozed_until)
        await unit.commit()


def _account(account: DemoAccount) -> AccountRecord:
    owners: Sequence[str] = [owner.email for owner in account_owners()]
    return AccountRecord(
        name=account.name,
        tier=account.tier.value,
        segment=account.segment,
        owner_email=owners[whole(len(owners), "owner", account.name)],
        revenue=Decimal(account.revenue),
        renewal_on=account.renewal_on,
    )


def _contact(contact: DemoContact, role: Role) -> ContactRecord:
    users = []
    if contact.slack_user:
        users.append(PlatformUser(platform="slack", user=contact.slack_user, workspace=SLACK_WORKSPACE))
    if contact.teams_user:
        users.append(PlatformUser(platform="teams", user=contact.teams_user, workspace=TEAMS_WORKSPACE))
    return ContactRecord(
        email=contact.email,
        name=contact.name,
        account=contact.account,
        role=role,
        priority=contact.priority,
        relationship=Relationship.CUSTOMER,
        language=contact.language,
        timezone=contact.timezone,
        users=tuple(users),
    )


async def _enter_workspace(unit: SqlUnitOfWork, workspace: Workspace, person_id: int) -> None:
    """In the local web workspace a person's user id is the public id (adapters.web.chat)."""
    person = await unit.people.by_id(person_id)
    await bind_user(unit.scope, workspace.id, user=person.public_id, person_id=person.id, by="demo")


async def direct_conversation(unit: SqlUnitOfWork, workspace: Workspace, person: Person, *, reached: bool) -> int:
    """The id of the conversation in which a person was asked.

    Not `reached` any more: what was said there is kept, but nobody is behind it.
    """
    address = Address(platform=PLATFORM, workspace=WORKSPACE, conversation=direct_with(person.public_id))
    return (await unit.conversations.remember(workspace.id, address, "", person.id if reached else None)).id
