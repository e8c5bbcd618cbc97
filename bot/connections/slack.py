"""Slack joined to the engine and the store, for as long as the process serves: the composition root's part for Slack.

Who is in the workspace is looked up at the start and every few minutes, so that people imported by e-mail can be
written to, and channels are known by their names.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from pydantic import SecretStr

from adapters.requests.afterwards import Sleep
from adapters.slack.app import SlackParts, SlackService, connect, serve
from adapters.slack.waits import WAITS, Waits
from bot.events import Address, CommandInvoked, Envelope, Sender
from bot.language import words_for
from bot.messages import Message
from bot.observability import reference
from bot.ports import ChartRenderer, Clock, Engine, Tenant, Workspace
from bot.redaction import code_of
from bot.settings import Settings
from bot.views import notes
from bot.views.invitation import invitation
from storage.matching import match_members, note_who_left
from storage.tenancy import ensure_workspace
from storage.unit_of_work import SqlStore
from surveys.errors import CxError, Refused
from surveys.people.model import Permission, Person
from surveys.words import ENGLISH

log = structlog.get_logger(__name__)

LOOK_SECONDS = 600.0
KNOWN_KEPT = 20_000
HOME_INVITATIONS = 5
HOME_SCORE = "nps last-90d"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackConnection:
    """Connected; `serving` begins to answer."""

    parts: SlackParts
    store: SqlStore
    tenant: Tenant
    workspace: Workspace

    @asynccontextmanager
    async def serving(
        self, settings: Settings, engine: Engine, clock: Clock, *, waits: Waits = WAITS, sleep: Sleep = asyncio.sleep
    ) -> AsyncIterator[SlackService]:
        known = StoredKnowledge(self.store, self.tenant, self.workspace)
        service = serve(
            self.parts,
            engine=engine,
            known=known,
            home=HomeTab(self.store, engine, clock, self.workspace).messages,
            signing_secret=_secret(settings.slack_signing_secret),
            app_token=_secret(settings.slack_app_token),
            waits=waits,
            sleep=sleep,
        )
        await service.start()
        looking = asyncio.create_task(self._look_again_and_again(known), name="slack-members")
        try:
            yield service
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await service.stop()

    async def look(self, known: "StoredKnowledge") -> int:
        """Channels by name, people by e-mail and who left; how many people are new. Raises DeliveryError."""
        for address, name in await self.parts.adapter.channels():
            await known.in_channel(address, name)
        members = [member async for member in self.parts.members.all()]
        await note_who_left(
            self.store,
            self.tenant.id,
            self.workspace.id,
            left={member.user for member in members if member.gone},
            here={member.user for member in members if not member.gone},
            at=datetime.now(UTC),
        )
        return await match_members(self.store, self.tenant.id, self.workspace.id, [one.sender() for one in members])

    async def _look_again_and_again(self, known: "StoredKnowledge") -> None:
        while True:
            try:
                await self.look(known)
            except CxError as error:
                log.warning("slack.look_failed", platform="slack", state=code_of(error))
            except Exception:
                log.exception("slack.look_failed", platform="slack", reference=reference())
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def slack_connected(
    settings: Settings, store: SqlStore, tenant: Tenant, charts: ChartRenderer
) -> AsyncIterator[SlackConnection]:
    """Asks Slack who we are and makes sure of the workspace's row.

    Raises Refused, in words for an operator; DeliveryError while Slack is away.
    """
    if settings.slack_bot_token is None:
        raise Refused("Installing by others (SLACK_CLIENT_ID) is not in this version. Set SLACK_BOT_TOKEN.")
    parts = await connect(token=_secret(settings.slack_bot_token), base_url=settings.slack_api_url, charts=charts)
    try:
        workspace = await ensure_workspace(
            store,
            tenant.id,
            platform="slack",
            external_id=parts.here.team,
            name=parts.here.name[:200],
            at=datetime.now(UTC),
        )
        yield SlackConnection(parts=parts, store=store, tenant=tenant, workspace=workspace)
    finally:
        await parts.api.close()


class StoredKnowledge:
    """`adapters.slack.exchange.Known` over the store."""

    def __init__(self, store: SqlStore, tenant: Tenant, workspace: Workspace) -> None:
        self._store = store
        self._tenant = tenant
        self._workspace = workspace
        self._bound: OrderedDict[str, None] = OrderedDict()

    def remembers(self, user: str) -> bool:
        return user in self._bound

    async def knows(self, workspace: str, user: str) -> bool:
        if self.remembers(user):
            return True
        if workspace != self._workspace.external_id:
            return False
        try:
            async with self._store.read(self._tenant.id) as unit:
                person = await unit.people.known_sender(self._workspace.id, Sender(user=user))
        except CxError:
            return False
        if person is None:
            return False
        self._bound[user] = None
        while len(self._bound) > KNOWN_KEPT:
            self._bound.popitem(last=False)
        return True

    async def in_channel(self, address: Address, name: str) -> None:
        async with self._store.write(self._tenant.id) as unit:
            await unit.conversations.remember(self._workspace.id, address, name, None)
            await unit.commit()


class HomeTab:
    """What a person sees on Slack's Home tab: what they are asked, and for CX leads the score."""

    def __init__(self, store: SqlStore, engine: Engine, clock: Clock, workspace: Workspace) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock
        self._workspace = workspace

    async def messages(self, address: Address, sender: Sender) -> Sequence[Message]:
        person = await self._person(sender)
        if person is None:
            return [notes.unknown_sender(sender.user, ENGLISH)]
        async with self._store.read(self._workspace.tenant_id) as unit:
            opened = await unit.invitations.open_of(person.id)
        words, now = words_for(person.language), self._clock.now()
        shown = [invitation(facts, now, words) for facts in opened[:HOME_INVITATIONS]]
        if not shown:
            shown = [notes.nothing_open(words)]
        if Permission.CX_LEAD in person.permissions:
            shown += await self._score(address, sender)
        return shown

    async def _person(self, sender: Sender) -> Person | None:
        """Matched here too: the tab may be the first thing that somebody opens."""
        async with self._store.read(self._workspace.tenant_id) as unit:
            person = await unit.people.known_sender(self._workspace.id, sender)
        if person is None:
            async with self._store.write(self._workspace.tenant_id) as unit:
                person = await unit.people.by_sender(self._workspace.id, sender)
                await unit.commit()
        return person

    async def _score(self, address: Address, sender: Sender) -> list[Message]:
        envelope = Envelope(address=address, sender=sender, event_id=str(uuid4()))
        outcome = await self._engine.handle(CommandInvoked(envelope=envelope, text=HOME_SCORE))
        return [outcome.reply.message] if outcome.reply else []


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value is not None else ""
