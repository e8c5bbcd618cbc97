"""The whole local workspace without a server: real engine, store, adapter, pages; a browser that talks to it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from httpx import ASGITransport, AsyncClient, Response

from adapters.web.app import create_web_app, web_parts
from bot.actions import Action, pack
from bot.app import Works, build_works
from bot.demonstration import suggested
from storage.tenancy import publish_surveys
from storage.unit_of_work import SqlStore
from storage.web_chat import WebChatLog, WebDirectory
from surveys.definitions.loader import shipped
from surveys.people.model import Permission, Person
from surveys.people.records import ContactRecord, EmployeeRecord, PlatformUser
from tests.builders import NOW, Company, a_company
from tests.fakes import FakeClock

PORT = 8080
ORIGIN = f"http://127.0.0.1:{PORT}"


class DemoClock(FakeClock):
    """As the demo's: the page moves it."""

    async def move_to(self, moment: datetime) -> None:  # type: ignore[override]
        super().move_to(moment)


class NoCharts:
    async def png(self, spec: str, *, scale: float = 2.0) -> bytes:
        return b"\x89PNG"


@dataclass(slots=True)
class Workspace:
    """`seen`: every piece of HTML that the browser was given."""

    company: Company
    works: Works
    browser: AsyncClient
    clock: DemoClock
    seen: list[str] = field(default_factory=list)

    @property
    def tenant_id(self) -> int:
        return self.company.id

    async def person(self, record: ContactRecord | EmployeeRecord, *, lead: bool = False) -> Person:
        """Somebody with a user in the workspace, whom the picker can be."""
        store = self.company.store
        async with store.write(self.tenant_id) as unit:
            write = unit.accounts.contact if isinstance(record, ContactRecord) else unit.accounts.employee
            told = await write(record, at=NOW)  # type: ignore[arg-type]
            person = await unit.people.by_id(told.id)
            email = person.email
            user = (PlatformUser(platform="web", user=person.public_id),)
            known: Any = ContactRecord if isinstance(record, ContactRecord) else EmployeeRecord
            await (unit.accounts.contact if known is ContactRecord else unit.accounts.employee)(
                known(email=email, users=user), at=NOW
            )
            if lead:
                await unit.people.grant(person.id, Permission.CX_LEAD, by=None, at=NOW)
            await unit.commit()
        async with store.read(self.tenant_id) as unit:
            return await unit.people.by_id(told.id)

    async def looks(self, path: str) -> str:
        response = await self.browser.get(path, headers={"accept": "text/html"})
        assert response.status_code == 200, response.status_code
        self.seen.append(response.text)
        return response.text

    async def types(self, person: Person, text: str, channel: str = "") -> Response:
        return await self._posts(person, "message", {"text": text}, channel)

    async def taps(self, person: Person, message: str, action: Action, **values: str) -> Response:
        typed = {f"value.{key}": value for key, value in values.items()}
        return await self._posts(person, "action", {"action": pack(action), "message": message, **typed}, "")

    async def ticks(self) -> None:
        await self.works.clockwork.run_due_now()

    async def _posts(self, person: Person, what: str, fields: dict[str, str], channel: str) -> Response:
        # No browser can send half of a surrogate pair.
        fields = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
        place = f"/as/{person.public_id}" + (f"/channel/{channel}" if channel else "")
        response = await self.browser.post(
            f"{place}/{what}",
            data={"event_id": str(uuid4()), **fields},
            headers={"origin": ORIGIN, "accept": "application/json"},
        )
        if response.status_code == 200:
            answer = response.json()
            self.seen += [message["html"] for message in answer["messages"]]
            self.seen += [answer["form"]["html"]] if answer["form"] else []
        return response


async def a_workspace(store: SqlStore) -> Workspace:
    """A demo tenant with every shipped survey, and nobody in it yet."""
    company = await a_company(store, demo=True)
    await publish_surveys(store, company.id, shipped(), at=NOW)
    clock = DemoClock(NOW)
    parts = web_parts(log=WebChatLog(store, company.id), directory=WebDirectory(store, company.id), clock=clock)
    works = build_works(store, clock=clock, adapters=[parts.adapter])
    app = create_web_app(parts, engine=works.engine, charts=NoCharts(), suggestions=suggested, port=PORT)
    browser = AsyncClient(transport=ASGITransport(app=app), base_url=ORIGIN)
    return Workspace(company, works, browser, clock)
