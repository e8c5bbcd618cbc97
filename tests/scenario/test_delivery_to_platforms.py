"""One person on two platforms, people who left, channels that were opened to others: what is sent, and who is told."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.actions import Answer, StopSummary
from bot.app import Works, build_works
from bot.events import ActionChosen, Address, CommandInvoked, Envelope, MessageReceived, Sender
from bot.messages import Message, Table
from bot.ports import NewAnswer, Workspace
from storage.tables import delivery, role_grant
from storage.tenancy import ensure_workspace
from surveys.errors import DeliveryError, Undeliverable
from surveys.people.model import Person, Role
from surveys.people.records import ContactRecord, PlatformUser
from tests.builders import NOW
from tests.fakes import FakePlatform
from tests.scenario.conftest import World, button, message_of, scale, text_of

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class TwoPlatforms:
    """The company is on the web and on Teams; `web` and `teams` keep what they show."""

    world: World
    web: FakePlatform
    teams: FakePlatform
    workspace: Workspace
    works: Works

    async def contact(self, name: str) -> Person:
        return await self.world.company.contact(
            ContactRecord(
                email=f"{name}@example.com",
                name=name.title(),
                account="Acme",
                role=Role.TECHNICAL,
                users=(PlatformUser(platform="web", user=name), PlatformUser(platform="teams", user=name)),
            )
        )

    async def prefers(self, person: Person, platform: str) -> None:
        """The person types it there."""
        user, workspace = person.name.lower(), {"web": "local", "teams": "T1"}[platform]
        outcome = await self.works.engine.handle(
            CommandInvoked(
                envelope=Envelope(
                    address=Address(platform=platform, workspace=workspace, conversation=f"dm:{user}"),
                    sender=Sender(user=user),
                    event_id=f"prefers-{user}-{platform}",
                ),
                text="ask-me-here",
            )
        )
        assert outcome.reply is not None
        assert "here first" in outcome.reply.message.summary

    async def sent_nps(self) -> None:
        preview = await self.world.ask("lead", "send nps to everyone")
        await self.world.uses("lead", button(preview, "Ask").action)
        await self.ticks()

    async def ticks(self) -> None:
        await self.works.clockwork.run_due_now()

    async def writes(self, user: str, platform: str, workspace: str) -> None:
        """The person is heard from."""
        await self.works.engine.handle(
            MessageReceived(
                envelope=Envelope(
                    address=Address(platform=platform, workspace=workspace, conversation=f"dm:{user}"),
                    sender=Sender(user=user),
                    event_id=f"{platform}-{user}-{self.world.clock.now()}",
                ),
                text="hello",
            )
        )

    def asked(self, user: str) -> tuple[int, int]:
        """How many questions the person has on the web and on Teams."""
        return len(self.web.seen_by(user)), len(self.teams.seen_by(user))


@pytest.fixture
async def both(world: World) -> TwoPlatforms:
    workspace = await ensure_workspace(
        world.company.store, world.company.id, platform="teams", external_id="T1", name="Teams", at=NOW
    )
    await world.employee("lead", lead=True)
    teams = FakePlatform(platform="teams", workspace="T1")
    works = build_works(world.company.store, clock=world.clock, adapters=[world.platform, teams])
    return TwoPlatforms(world=world, web=world.platform, teams=teams, workspace=workspace, works=works)


class SilentPlatform(FakePlatform):
    """Shows every message, and never answers that it does."""

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        await super().post(address, message, delivery=delivery)
        raise DeliveryError("no answer", uncertain=True)


def gone(reason: Undeliverable) -> DeliveryError:
    return DeliveryError("refused", permanent=True, reason=reason)


# ── one person, two platforms ──────────────────────────────────────────────────────────────────────────────────


async def test_a_person_on_two_platforms_is_asked_on_the_one_they_prefer(both: TwoPlatforms) -> None:
    for name, platform in (("ann", "web"), ("bob", "teams")):
        await both.prefers(await both.contact(name), platform)
    await both.sent_nps()
    assert (both.asked("ann"), both.asked("bob")) == ((1, 0), (0, 1))


async def test_without_a_preference_it_is_where_the_person_answered_last(both: TwoPlatforms) -> None:
    people = {name: await both.contact(name) for name in ("ann", "bob")}
    async with both.world.company.store.write(both.world.company.id) as unit:
        version = await unit.surveys.latest("csat")
        assert version is not None
        question = version.survey.questions[0].key
        for name, platforms in (("ann", ("web", "teams")), ("bob", ("teams", "web"))):
            for days, platform in enumerate(platforms):
                at = NOW - timedelta(days=30 - days)
                facts = await unit.invitations.unprompted(version, people[name], at=at)
                await unit.invitations.answer(
                    NewAnswer(invitation_id=facts.id, question=question, at=at, platform=platform, score=5)
                )
        await unit.commit()
    await both.sent_nps()
    assert (both.asked("ann"), both.asked("bob")) == ((0, 1), (1, 0))


async def test_a_platform_that_is_not_served_is_passed_over(both: TwoPlatforms) -> None:
    await both.prefers(await both.contact("ann"), "teams")
    both.works = build_works(both.world.company.store, clock=both.world.clock, adapters=[both.web])
    await both.sent_nps()
    assert both.asked("ann") == (1, 0)


async def test_who_is_only_on_a_platform_that_is_not_served_is_asked_when_it_is(both: TwoPlatforms) -> None:
    await both.world.company.contact(
        ContactRecord(
            email="ann@example.com", name="Ann", account="Acme", users=(PlatformUser(platform="teams", user="ann"),)
        )
    )
    served, both.works = both.works, build_works(
        both.world.company.store, clock=both.world.clock, adapters=[both.web]
    )  # fmt: skip
    await both.sent_nps()
    assert both.asked("ann") == (0, 0)
    both.works = served
    both.world.clock.move(timedelta(minutes=20))
    await both.ticks()
    assert both.asked("ann") == (0, 1)


@pytest.mark.parametrize("reason", [Undeliverable.LEFT, Undeliverable.BLOCKED, Undeliverable.NOT_INSTALLED])
async def test_where_one_platform_refuses_for_good_the_other_one_is_taken_at_once(
    both: TwoPlatforms, reason: Undeliverable
) -> None:
    await both.prefers(await both.contact("ann"), "teams")
    both.teams.refusals.append(gone(reason))
    await both.sent_nps()
    assert both.asked("ann") == (1, 0)


async def test_a_message_that_one_platform_does_not_take_goes_by_the_other_and_the_way_stays_open(
    both: TwoPlatforms,
) -> None:
    ann = await both.contact("ann")
    await both.prefers(ann, "teams")
    both.teams.refusals.append(gone(Undeliverable.REFUSED))
    await both.sent_nps()
    assert both.asked("ann") == (1, 0)
    async with both.world.company.store.read(both.world.company.id) as unit:
        assert [route.shut for route in await unit.people.routes(ann.id)] == [None, None]


async def test_a_delay_on_one_platform_is_never_a_reason_to_ask_on_both(both: TwoPlatforms) -> None:
    await both.prefers(await both.contact("ann"), "teams")
    both.teams.refusals.extend([DeliveryError("away"), DeliveryError("wait", retry_after=30, throttled=True)])
    await both.sent_nps()
    for _ in range(3):
        both.world.clock.move(timedelta(minutes=2))
        await both.ticks()
    assert both.asked("ann") == (0, 1)


async def test_an_uncertain_question_is_not_asked_again_on_the_other_platform(both: TwoPlatforms) -> None:
    await both.prefers(await both.contact("ann"), "teams")
    both.teams.refusals.append(DeliveryError("no answer", uncertain=True))
    await both.sent_nps()
    both.world.clock.move(timedelta(hours=1))
    await both.ticks()
    assert both.asked("ann") == (0, 0)


# ── ways that are shut ─────────────────────────────────────────────────────────────────────────────────────────


async def test_who_left_is_not_tried_there_again_until_they_are_heard_from(both: TwoPlatforms) -> None:
    ann = await both.contact("ann")
    await both.prefers(ann, "teams")
    both.teams.refusals.append(gone(Undeliverable.LEFT))
    await both.sent_nps()
    both.world.clock.move(timedelta(days=100))
    await both.ticks()
    calls = both.teams.calls
    await both.sent_nps()
    assert both.teams.calls == calls
    assert both.asked("ann") == (2, 0)
    await both.writes("ann", "teams", "T1")
    both.world.clock.move(timedelta(days=100, hours=2))
    await both.ticks()
    await both.sent_nps()
    assert both.asked("ann") == (2, 1)


async def test_a_question_that_is_only_asked_for_opens_the_way_too(both: TwoPlatforms) -> None:
    """Reading figures writes nothing otherwise."""
    async with both.world.company.store.write(both.world.company.id) as unit:
        await unit.people.shut_route(both.world.company.workspace.id, "lead", Undeliverable.LEFT, NOW)
        await unit.commit()
    assert "NPS" in text_of(await both.world.ask("lead", "nps all"))
    async with both.world.company.store.read(both.world.company.id) as unit:
        [lead] = await unit.people.find("lead@halden.example")
        assert [route.shut for route in await unit.people.routes(lead.id)] == [None]


async def test_who_is_reached_nowhere_is_named_with_the_reason_where_the_wave_is_shown(both: TwoPlatforms) -> None:
    await both.contact("ann")
    await both.contact("bob")
    await both.contact("eve")
    both.web.refusals.extend([gone(Undeliverable.LEFT), gone(Undeliverable.BLOCKED)])
    both.teams.refusals.extend([gone(Undeliverable.LEFT), gone(Undeliverable.LEFT)])
    await both.sent_nps()
    [table] = [
        block for block in message_of(await both.world.command("lead", "waves")).blocks if isinstance(block, Table)
    ]
    [row] = table.rows
    assert any(cell.startswith("2 (") and "left the platform" in cell for cell in row)
    preview = text_of(await both.world.ask("lead", "send csat to everyone"))
    assert "1 person would be asked, 2 would not" in preview
    assert "is on no connected platform" in preview


async def test_a_tap_proves_that_an_unconfirmed_question_arrived(both: TwoPlatforms) -> None:
    """The platform has it, its answer was lost: what the person says counts."""
    silent = SilentPlatform(platform="teams", workspace="T1")
    both.works = build_works(both.world.company.store, clock=both.world.clock, adapters=[silent])
    await both.contact("ann")
    await both.sent_nps()
    [card] = silent.seen_by("ann")
    template = scale(card).template
    outcome = await both.works.engine.handle(
        ActionChosen(
            envelope=Envelope(
                address=Address(platform="teams", workspace="T1", conversation="dm:ann"),
                sender=Sender(user="ann"),
                event_id="tap",
            ),
            action=Answer(template.invitation, template.question, "9"),
            values={},
        )
    )
    assert "You answered 9" in text_of(message_of(outcome))
    assert "100" in text_of(await both.world.ask("lead", "nps all"))


# ── summaries (threat 4) ───────────────────────────────────────────────────────────────────────────────────────


async def to(world: World, day: datetime) -> None:
    world.clock.move_to(day)
    await world.clock_ticks()
    await world.clock_ticks()


MONDAYS = [datetime(2026, 7, 13, 7, 0, tzinfo=UTC) + timedelta(weeks=week) for week in range(4)]


async def subscribed(world: World, user: str = "lead") -> str:
    await world.employee(user, lead=True)
    channel = await world.channel("voice")
    await world.ask(user, "summary weekly #voice mon 09:00")
    return channel


async def test_a_channel_shared_between_two_summaries_gets_none_and_its_owner_is_told(world: World) -> None:
    channel = await subscribed(world)
    await world.employee("other", lead=True)
    await to(world, MONDAYS[0])
    assert len(world.platform.seen_in(channel)) == 1
    world.platform.shared.add(channel)
    await to(world, MONDAYS[1])
    assert len(world.platform.seen_in(channel)) == 1
    [told] = world.platform.seen_by("lead")
    assert "#voice was not posted" in text_of(told)
    assert "outside the company" in text_of(told)
    assert world.platform.seen_by("other") == []


async def test_the_owner_is_told_once_for_each_summary_and_no_more_when_the_channel_is_ours_again(
    world: World,
) -> None:
    channel = await subscribed(world)
    world.platform.shared.add(channel)
    for monday in MONDAYS[:2]:
        await to(world, monday)
        await to(world, monday + timedelta(hours=1))
    assert len(world.platform.seen_by("lead")) == 2
    world.platform.shared.clear()
    await to(world, MONDAYS[2])
    assert len(world.platform.seen_by("lead")) == 2
    assert len(world.platform.seen_in(channel)) == 1


async def test_what_the_owner_is_told_holds_no_figure_and_a_button_that_stops_it(world: World) -> None:
    channel = await subscribed(world)
    await world.contact("olena")
    await world.sent_nps("lead")
    await world.says("olena", "9")
    world.platform.shared.add(channel)
    await to(world, MONDAYS[0])
    [told] = [message for message in world.platform.seen_by("lead") if "was not posted" in text_of(message)]
    assert "100" not in text_of(told)
    assert isinstance(button(told, "Stop").action, StopSummary)
    await world.uses("lead", button(told, "Stop").action)
    assert "No channel gets" in text_of(await world.ask("lead", "summary list"))


@pytest.mark.parametrize(
    ("reason", "word"),
    [(Undeliverable.ARCHIVED, "archived"), (Undeliverable.GONE, "Invite me"), (Undeliverable.REFUSED, "did not take")],
)
async def test_each_reason_has_its_word_and_its_advice(world: World, reason: Undeliverable, word: str) -> None:
    await subscribed(world)
    world.platform.refusals.append(gone(reason))
    await to(world, MONDAYS[0])
    [told] = world.platform.seen_by("lead")
    assert word in text_of(told)


async def test_a_summary_whose_owner_is_no_lead_any_more_is_reported_to_every_lead(world: World) -> None:
    channel = await subscribed(world, "former")
    await world.employee("lead", lead=True)
    async with world.company.store.write(world.company.id) as unit:
        [former] = await unit.people.find("former@halden.example")
        await unit.scope.connection.execute(
            role_grant.update().where(role_grant.c.person_id == former.id).values(revoked_at=NOW)
        )
        await unit.commit()
    world.platform.shared.add(channel)
    await to(world, MONDAYS[0])
    assert len(world.platform.seen_by("lead")) == 1
    assert world.platform.seen_by("former") == []


async def test_a_summary_that_is_only_delayed_tells_nobody(world: World) -> None:
    channel = await subscribed(world)
    world.platform.refusals.append(DeliveryError("away"))
    await to(world, MONDAYS[0])
    await to(world, MONDAYS[0] + timedelta(minutes=1))
    assert len(world.platform.seen_in(channel)) == 1
    assert world.platform.seen_by("lead") == []


# ── what is kept ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_delivery_that_failed_says_why_and_holds_no_word_of_the_message(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    world.platform.refusals.append(gone(Undeliverable.LEFT))
    await world.sent_nps("lead")
    async with world.company.store.read(world.company.id) as unit:
        rows = await unit.scope.connection.execute(
            select(delivery.c.last_error).where(delivery.c.template == "invitation")
        )
        assert list(rows.scalars()) == ["refused"]
