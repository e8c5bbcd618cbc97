"""A company in Teams: real engine, real SQLite, signed requests in, Microsoft on this machine."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from adapters.teams.app import TeamsService
from bot.actions import unpack
from bot.app import Works, build_works
from bot.connections.teams import TeamsConnection, teams_connected
from bot.settings import Settings
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from surveys.definitions.loader import shipped
from surveys.people.model import Permission
from surveys.people.records import ContactRecord, EmployeeRecord
from surveys.sending.model import InvitationFacts
from tests.builders import NOW, Company, a_company
from tests.fakes import FakeClock
from tests.patience import PATIENCE, Slept
from tests.unit.adapters.teams.conftest import FakeCharts, card_in
from tests.unit.adapters.teams.fake_teams import APP, PEOPLE, SERVICE, TENANT, FakeTeams
from tests.unit.adapters.teams.payloads import payload
from tests.unit.adapters.teams.signing import claims, signed


def settings_of(**more: object) -> Settings:
    given: dict[str, Any] = {
        "TEAMS_APP_ID": APP,
        "TEAMS_APP_PASSWORD": SecretStr("s"),
        "TEAMS_TENANT_ID": TENANT,
        **more,
    }
    return Settings(_env_file=None, **given)  # type: ignore[call-arg]


@dataclass(slots=True)
class TeamsWorld:
    teams: FakeTeams
    company: Company
    connection: TeamsConnection
    service: TeamsService
    works: Works
    clock: FakeClock
    client: httpx.AsyncClient
    _ids: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    async def sends(self, activity: dict[str, Any], *, user: str) -> httpx.Response:
        """From this person, signed; whatever follows the answer is done."""
        known = PEOPLE[user]
        activity["from"] = {"id": user, "name": known["name"], "aadObjectId": known["aadObjectId"]}
        if activity["conversation"]["conversationType"] == "personal":
            activity["conversation"]["id"] = f"a:{user}"
        token = signed(claims(app=APP, service=SERVICE))
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        response = await self.client.post("/api/messages", content=json.dumps(activity).encode(), headers=headers)
        assert response.status_code == 200
        await self.service.afterwards.finish(PATIENCE)
        return response

    async def installs(self, user: str) -> None:
        await self.sends({**payload("installed_for_a_person"), "id": f"f:in-{next(self._ids)}"}, user=user)

    async def says(self, text: str, *, user: str = "29:lead") -> Any:
        """In the personal chat; the card that answers."""
        before = len(self.teams.of("send"))
        activity = {**payload("message_in_the_personal_chat"), "text": text, "id": f"m-{next(self._ids)}"}
        await self.sends(activity, user=user)
        # On a slow machine it shows first that somebody is typing.
        return next(card_in(sent) for sent in self.teams.of("send")[before:] if "attachments" in sent)

    async def taps(self, data: Any, *, user: str = "29:ann", message: str = "m", again: str = "", **typed: str) -> Any:
        """An Action.Execute; what is answered in the request. `again`: the id of an earlier one."""
        activity = payload("tap_on_a_scale")
        activity |= {"id": again or f"f:tap-{next(self._ids)}", "replyToId": message}
        activity["value"]["action"]["data"] = {**data, **typed}
        return (await self.sends(activity, user=user)).json()

    async def ticks(self) -> None:
        """Whatever is due is sent. A budget counts real time and puts a message off by seconds of this clock."""
        for _ in range(40):
            await self.works.clockwork.run_due_now()
            async with self.company.store.system() as system:
                if not await system.count_due(self.clock.now() + timedelta(seconds=90)):
                    return
            self.clock.move(timedelta(seconds=90))

    async def facts(self) -> InvitationFacts:
        async with self.company.store.read(self.company.id) as unit:
            [ann] = await unit.people.find("ann@acme.example")
            [facts] = await unit.invitations.open_of(ann.id)
        return facts


@asynccontextmanager
async def teams_world(store: SqlStore, teams: FakeTeams) -> AsyncIterator[TeamsWorld]:
    company = await a_company(store)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    await company.contact(ContactRecord(email="ann@acme.example", name="Ann", account="Acme"))
    lead = await company.employee(EmployeeRecord(email="lead@halden.example", name="Lead"))
    async with store.write(company.id) as unit:
        await unit.people.grant(lead.id, Permission.CX_LEAD, by=None, at=NOW)
        await unit.commit()
    clock = FakeClock(NOW)
    async with teams_connected(
        settings_of(), store, company.tenant, FakeCharts(), session=teams.session(), sleep=Slept()
    ) as connection:
        works = build_works(store, clock=clock, adapters=[connection.parts.adapter])
        async with connection.serving(works.engine) as service:
            transport = httpx.ASGITransport(app=Starlette(routes=list(service.routes)))
            async with httpx.AsyncClient(transport=transport, base_url="https://cx.example") as client:
                yield TeamsWorld(teams, company, connection, service, works, clock, client)


def actions(node: Any) -> list[Any]:
    """The data of every action of a card, in order."""
    if isinstance(node, dict):
        own = [node["data"]] if "cx" in (node.get("data") or {}) else []
        return own + [each for value in node.values() for each in actions(value)]
    return [each for value in node for each in actions(value)] if isinstance(node, list) else []


def action(card: Any, kind: type, value: str | None = None) -> Any:
    read = [(unpack(data["cx"]), data) for data in actions(card)]
    return next(
        data for one, data in read if isinstance(one, kind) and (value is None or getattr(one, "value", "") == value)
    )


async def asked(world: TeamsWorld) -> tuple[Any, str]:
    """NPS is sent to everyone, and Ann has it: her card, and its message."""
    await world.installs("29:ann")
    await world.installs("29:lead")
    preview = await world.says("/cx send nps to everyone")
    confirm = next(data for data in actions(preview) if data["cx"].startswith('["w"'))
    await world.taps(confirm, user="29:lead", message="m3")
    before = len(world.teams.of("send"))
    await world.ticks()
    [sent] = [call for call in world.teams.calls if call.what == "send"][before:]
    assert sent.path == "/emea/v3/conversations/a:29:ann/activities"
    return card_in(sent.body), f"m{before + 1}"
