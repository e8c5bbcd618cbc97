"""Writes accounts, contacts, employees, channels and who may be written to, through the product's own repositories."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal

from adapters.web.chat import PLATFORM, WORKSPACE, channel_called
from bot.demo.accounts import DemoAccount, accounts
from bot.demo.contacts import DemoContact, Standing, contacts
from bot.demo.dates import ZONE
from bot.demo.draw import whole
from bot.demo.employees import CX_LEAD, DemoEmployee, account_owners, employees
from bot.events import Address
from bot.ports import Tenant
from storage.identities import bind_user
from storage.tenancy import ensure_workspace
from storage.unit_of_work import SqlStore
from surveys.people.model import Permission, Person, Relationship, Role
from surveys.people.records import AccountRecord, ContactRecord, EmployeeRecord, PlatformUser

CHANNELS = ("customer-voice", "support-quality", "leadership")
OPT_OUTS_AT = time(14)
"""On the day of the question, after it."""
SLACK_WORKSPACE, TEAMS_WORKSPACE = "T07HALDEN", "7c9a4f1e-0d2b-4f7e-8a35-0a1de5a1e5b0"


async def write_people(store: SqlStore, tenant: Tenant, *, at: datetime) -> None:
    """Everybody as they were known at the beginning, in one commit."""
    for platform, external_id in (("slack", SLACK_WORKSPACE), ("teams", TEAMS_WORKSPACE)):
        await ensure_workspace(store, tenant.id, platform=platform, external_id=external_id, name=tenant.name, at=at)
    async with store.write(tenant.id) as unit:
        for account in accounts():
            await unit.accounts.upsert(_account(account), at=at)
        for contact in contacts():
            await unit.accounts.contact(_contact(contact, contact.role_before), at=at, by="demo")
        for employee in employees():
            await unit.accounts.employee(_employee(employee), at=at, by="demo")
        await unit.commit()


async def open_workspace(store: SqlStore, tenant: Tenant, people: Mapping[str, Person], *, at: datetime) -> None:
    """The local web workspace: its channels, who is in it, and the CX lead who may ask and send."""
    workspace = await ensure_workspace(
        store, tenant.id, platform=PLATFORM, external_id=WORKSPACE, name=tenant.name, at=at
    )
    away = {contact.email for contact in contacts() if contact.standing is Standing.UNREACHED}
    async with store.write(tenant.id) as unit:
        for email, person in people.items():
            if email not in away:
                # There, a person's user id is the public id (adapters.web.chat).
                await bind_user(unit.scope, workspace.id, user=person.public_id, person_id=person.id, by="demo")
        for name in CHANNELS:
            address = Address(platform=PLATFORM, workspace=WORKSPACE, conversation=channel_called(name), direct=False)
            await unit.conversations.remember(workspace.id, address, name, None)
        await unit.people.grant(people[CX_LEAD].id, Permission.CX_LEAD, by=None, at=at)
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
                said = datetime.combine(contact.opted_out_on, OPT_OUTS_AT, tzinfo=ZONE)
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


def _employee(employee: DemoEmployee) -> EmployeeRecord:
    return EmployeeRecord(
        email=employee.email,
        name=employee.name,
        team=employee.team,
        level=employee.level,
        language=employee.language,
        timezone=employee.timezone,
    )
