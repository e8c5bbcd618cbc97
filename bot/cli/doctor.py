"""`cx doctor`: what is set up, what is missing, and what to do about it."""

import asyncio
import sys
from dataclasses import dataclass

import typer

from bot.settings import Settings, given_variables, load_settings, misspelt
from storage.unit_of_work import SqlStore
from surveys.errors import CxError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    what: str
    state: str
    """`ok`, `note` or `problem`: said in words, no colour needed."""
    detail: str


def examine() -> int:
    """Prints one line per finding; 1 when there is a problem."""
    findings = [_python(), *_environment()]
    try:
        settings = load_settings()
    except CxError as error:
        findings += [Finding(what="settings", state="problem", detail=line) for line in str(error).splitlines()]
    else:
        findings += [
            Finding(what="settings", state="ok", detail="readable"),
            *asyncio.run(_slack(settings)),
            *asyncio.run(_teams(settings)),
        ]
        findings += asyncio.run(_database(settings))
    for finding in findings:
        typer.echo(f"{finding.state:8}{finding.what:14}{finding.detail}")
    return 1 if any(finding.state == "problem" for finding in findings) else 0


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    return Finding(
        what="python", state="ok" if fine else "problem", detail=version if fine else f"{version}: 3.11 is needed"
    )


def _environment() -> list[Finding]:
    return [
        Finding(
            what="settings",
            state="problem",
            detail=f"{name} is read by nothing. {f'Did you mean {near}?' if near else ''}",
        )
        for name, near in misspelt(given_variables())
    ]


async def _slack(settings: Settings) -> list[Finding]:
    """Asks Slack who the token belongs to and what it may do."""
    if not settings.is_on("slack"):
        return [Finding(what="slack", state="note", detail="off: nothing is set for it")]
    if settings.slack_bot_token is None:
        detail = "installing by others (SLACK_CLIENT_ID) is not in this version: set SLACK_BOT_TOKEN"
        return [Finding(what="slack", state="problem", detail=detail)]
    from adapters.slack.examination import examine_slack

    token, app_token = settings.slack_bot_token, settings.slack_app_token
    found = await examine_slack(
        token=token.get_secret_value(),
        app_token=app_token.get_secret_value() if app_token else "",
        base_url=settings.slack_api_url,
    )
    findings = [Finding(what="slack", state="ok" if each.fine else "problem", detail=each.detail) for each in found]
    if settings.slack_signing_secret is not None:
        where = f"{settings.public_url.rstrip('/')}/slack/events" if settings.public_url else ""
        detail = f"requests come to {where}" if where else "CX_PUBLIC_URL is not set: the manifest needs it"
        findings.append(Finding(what="slack", state="ok" if where else "note", detail=detail))
    return findings


async def _teams(settings: Settings) -> list[Finding]:
    """Asks Microsoft whether the app's secret is good."""
    if not settings.is_on("teams"):
        return [Finding(what="teams", state="note", detail="off: nothing is set for it")]
    from adapters.teams.examination import examine_teams
    from bot.connections.teams import app_of

    try:
        app = app_of(settings)
    except CxError as error:
        return [Finding(what="teams", state="problem", detail=str(error))]
    if app is None:
        detail = f"local mode, without tokens: http://{settings.host}:{settings.port}/api/messages"
        return [Finding(what="teams", state="note", detail=detail)]
    found = await examine_teams(
        app_id=app.id, password=app.password, tenant=app.tenant, public_url=settings.public_url or ""
    )
    findings = [Finding(what="teams", state="ok" if each.fine else "problem", detail=each.detail) for each in found]
    if not app.tenant:
        detail = "TEAMS_TENANT_ID is not set: the first of CX_ADMINS who writes to the bot connects their company"
        findings.append(Finding(what="teams", state="note" if settings.admins else "problem", detail=detail))
    return findings


async def _database(settings: Settings) -> list[Finding]:
    from bot.app import NOT_MIGRATED
    from storage.ownership import check_application_role
    from storage.session import open_database

    try:
        store = SqlStore(open_database(settings.database_url.get_secret_value()))
    except CxError as error:
        return [Finding(what="database", state="problem", detail=f"CX_DATABASE_URL: {error}")]
    try:
        if not await store.migrated():
            return [Finding(what="database", state="problem", detail=NOT_MIGRATED)]
        found = [Finding(what="database", state="ok", detail=f"{store.database.kind}, migrated")]
        try:
            await check_application_role(store.database)
        except CxError as error:
            found.append(Finding(what="database", state="problem", detail=str(error).splitlines()[0]))
        return [*found, *await _tenant(store, settings)]
    except CxError as error:
        return [Finding(what="database", state="problem", detail=str(error))]
    finally:
        await store.dispose()


async def _tenant(store: SqlStore, settings: Settings) -> list[Finding]:
    from bot.app import first_tenant
    from surveys.people.model import Permission

    tenant = await first_tenant(store)
    async with store.read(tenant.id) as unit:
        leads = await unit.people.with_permission(Permission.CX_LEAD)
        surveys = await unit.surveys.all_latest()
    found = [
        Finding(
            what="tenant", state="ok", detail=f"{tenant.name}, {tenant.timezone}, {len(surveys)} surveys published"
        ),
        Finding(
            what="cx leads",
            state="ok" if leads else "problem",
            detail=f"{len(leads)}" if leads else "none: set CX_ADMINS and run `cx migrate`",
        ),
    ]
    if tenant.timezone != settings.timezone:
        detail = f"CX_TIMEZONE is {settings.timezone}, the answers are counted in {tenant.timezone}: run `cx rebuild`"
        found.append(Finding(what="time zone", state="note", detail=detail))
    return found
