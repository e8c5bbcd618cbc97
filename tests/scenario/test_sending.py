"""A CX lead asks people: a preview that tells the truth, one confirmation, and nobody is asked twice."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.actions import Answer
from bot.app import build_works
from bot.events import Address
from bot.messages import Audience, Message, Table
from storage.session import open_database
from storage.unit_of_work import SqlStore
from surveys.errors import DeliveryError
from surveys.people.model import Role
from tests.conftest import MigratedDatabase
from tests.fakes import FakePlatform
from tests.scenario.conftest import World, button, buttons, message_of, scale, text_of

pytestmark = pytest.mark.anyio


async def test_the_preview_names_who_is_asked_when_and_who_is_not_and_why(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    await world.contact("ann", timezone="America/New_York")
    await world.contact("far", account="Other")
    await world.company.contact()
    preview = text_of(await world.ask("lead", "send nps to role:technical account:Acme"))
    assert "2 people would be asked" in preview
    assert "Olena (Acme)" in preview
    assert "15:00" in preview, "New York opens at 15:00 in Warsaw"
    assert "is on no connected platform" in preview
    assert "Far" not in preview


async def test_a_role_left_out_with_a_minus_before_its_value_is_not_asked(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("tech", role=Role.TECHNICAL)
    await world.contact("boss", role=Role.DECISION_MAKER)
    preview = text_of(await world.ask("lead", "send nps to role:-technical"))
    assert "Boss (Acme)" in preview
    assert "Tech" not in preview
    mixed = text_of(await world.ask("lead", "send nps to role:technical,-decision_maker"))
    assert "send nps to role:technical -role:decision_maker" in mixed


async def test_an_account_of_two_words_needs_no_quotes_and_the_preview_names_it(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena", account="Nordhavn Tools")
    await world.contact("ann")
    preview = text_of(await world.ask("lead", "send nps to account:nordhavn tools"))
    assert "Olena (Nordhavn Tools)" in preview
    assert "1 person would be asked" in preview


async def test_nothing_is_sent_before_the_confirmation(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    await world.ask("lead", "send nps to everyone")
    await world.clock_ticks()
    assert world.platform.seen_by("olena") == []


async def test_the_same_wave_confirmed_twice_asks_each_person_once(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    preview = await world.ask("lead", "send nps to everyone")
    confirm = button(preview, "Ask").action
    await world.uses("lead", confirm)
    again = await world.uses("lead", confirm)
    await world.clock_ticks()
    await world.clock_ticks()
    assert len(world.platform.seen_by("olena")) == 1
    assert again.reply is not None
    assert again.reply.audience is Audience.IN_PLACE
    assert not [each for each in buttons(again.reply.message) if each.label.startswith("Ask")]


async def test_who_was_just_asked_is_skipped_by_the_next_wave(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    await world.sent_nps("lead")
    again = await world.ask("lead", "send nps to everyone")
    assert "has this question already" in text_of(again)
    world.clock.move(timedelta(days=20))
    await world.clock_ticks()
    assert "Possible again" in text_of(await world.ask("lead", "send nps to everyone"))


async def test_a_preview_of_yesterday_is_not_carried_out(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    preview = await world.ask("lead", "send nps to everyone")
    world.clock.move(timedelta(days=2))
    await world.uses("lead", button(preview, "Ask").action)
    await world.clock_ticks()
    assert world.platform.seen_by("olena") == []


async def test_a_cancelled_wave_is_never_sent(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    preview = await world.ask("lead", "send nps to everyone")
    await world.uses("lead", button(preview, "Do not").action)
    await world.uses("lead", button(preview, "Ask").action)
    await world.clock_ticks()
    assert world.platform.seen_by("olena") == []


async def test_stopping_after_some_were_asked_says_so_and_asks_nobody_else(world: World) -> None:
    """On a second device the preview still has its button."""
    await world.employee("lead", lead=True)
    await world.contact("olena")
    await world.contact("marta", timezone="America/Los_Angeles")  # it is night there
    preview = await world.ask("lead", "send nps to everyone")
    await world.uses("lead", button(preview, "Ask").action)
    await world.clock_ticks()
    stopped = text_of(message_of(await world.uses("lead", button(preview, "Do not").action)))
    assert "1 person was asked before and can still answer" in stopped
    world.clock.move(timedelta(hours=12))
    await world.clock_ticks()
    assert world.platform.seen_by("marta") == []
    await world.says("olena", "9")
    [row] = rows_of(await world.ask("lead", "waves"))
    assert row[2:5] == ("2", "1 of 1", "stopped")


class Interrupted(FakePlatform):
    """While it takes a message, something else happens."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return await super().post(address, message, delivery=delivery)


async def test_who_is_being_asked_while_a_lead_stops_the_wave_has_the_question_once(world: World) -> None:
    platform = Interrupted()
    world.works = build_works(world.company.store, clock=world.clock, adapters=[platform])
    await world.employee("lead", lead=True)
    await world.contact("olena")
    preview = await world.ask("lead", "send nps to everyone")
    await world.uses("lead", button(preview, "Ask").action)
    said: list[str] = []

    async def stops() -> None:
        said.append(text_of(message_of(await world.uses("lead", button(preview, "Do not").action))))

    platform.meanwhile = stops
    await world.clock_ticks()
    assert "Nobody was asked" not in said[0]
    assert "It was just leaving for 1 more person" in said[0]
    [card] = platform.seen_by("olena")
    template = scale(card).template
    thanks = await world.uses("olena", Answer(template.invitation, template.question, "9"))
    assert "withdrawn" not in text_of(message_of(thanks))
    assert "Nobody may be asked now" in text_of(await world.ask("lead", "send nps to everyone"))


async def test_the_list_of_waves_has_what_was_sent_and_no_previews(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    for _ in range(12):
        await world.ask("lead", "send csat to everyone")
    await world.sent_nps("lead")
    await world.says("olena", "9")
    for _ in range(12):
        await world.ask("lead", "send ces to everyone")
    listed = await world.ask("lead", "waves")
    [row] = rows_of(listed)
    assert row[:4] == ("Recommendation", "everyone", "1", "1 of 1")
    figures = await world.uses("lead", button(listed, "NPS of 6 Jul").action)
    assert "n 1" in text_of(message_of(figures))


def rows_of(message: Message) -> list[tuple[str, ...]]:
    return [row for table in message.blocks if isinstance(table, Table) for row in table.rows]


async def test_a_contact_cannot_confirm_a_wave_whose_button_was_guessed(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    preview = await world.ask("lead", "send nps to everyone")
    refused = message_of(await world.uses("olena", button(preview, "Ask").action))
    await world.clock_ticks()
    assert "CX lead" in text_of(refused)
    assert world.platform.seen_by("olena") == []


async def test_an_anonymous_survey_is_refused_with_the_reason(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.employee("worker")
    answer = text_of(await world.ask("lead", "send employee-pulse to everyone"))
    assert "anonymous" in answer.casefold()
    await world.clock_ticks()
    assert world.platform.seen_by("worker") == []


async def test_a_platform_that_is_away_delays_and_loses_nothing(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    world.platform.refusals.extend([DeliveryError("down"), DeliveryError("busy", retry_after=30)])
    await world.sent_nps("lead")
    for _ in range(3):
        world.clock.move(timedelta(minutes=1))
        await world.clock_ticks()
    assert len(world.platform.seen_by("olena")) == 1


async def test_a_person_who_left_the_platform_is_recorded_as_unreached_and_not_tried_again(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    world.platform.refusals.append(DeliveryError("no such user", permanent=True))
    await world.sent_nps("lead")
    calls = world.platform.calls
    world.clock.move(timedelta(hours=1))
    await world.clock_ticks()
    assert world.platform.calls == calls
    assert world.platform.seen_by("olena") == []


async def test_a_question_whose_arrival_is_uncertain_is_not_sent_twice(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    world.platform.refusals.append(DeliveryError("no answer", uncertain=True))
    await world.sent_nps("lead")
    calls = world.platform.calls
    world.clock.move(timedelta(hours=1))
    await world.clock_ticks()
    assert world.platform.calls == calls


async def test_two_replicas_ask_each_person_once(world: World, sqlite_database: MigratedDatabase) -> None:
    await world.employee("lead", lead=True)
    people = [f"person{number}" for number in range(12)]
    for person in people:
        await world.contact(person)
    preview = await world.ask("lead", "send nps to everyone")
    await world.uses("lead", button(preview, "Ask").action)
    other_store = SqlStore(open_database(sqlite_database.url))
    other_platform = FakePlatform()
    other = build_works(other_store, clock=world.clock, adapters=[other_platform])
    await other.clockwork.run_due_now()
    await world.clock_ticks()
    await other.clockwork.run_due_now()
    await other_store.dispose()
    for person in people:
        assert len(world.platform.seen_by(person)) + len(other_platform.seen_by(person)) == 1


async def test_people_are_asked_in_their_own_business_hours(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    await world.contact("ann", timezone="America/New_York", role=Role.FINANCE)
    await world.sent_nps("lead")
    assert len(world.platform.seen_by("olena")) == 1
    assert world.platform.seen_by("ann") == []
    world.clock.move_to(datetime(2026, 7, 6, 13, 0, tzinfo=UTC))
    await world.clock_ticks()
    assert scale(world.platform.seen_by("ann")[0]).high == 10


async def test_who_opts_out_while_the_question_is_queued_is_not_asked(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    ann = await world.contact("ann", timezone="America/New_York")
    await world.sent_nps("lead")
    async with world.company.store.write(world.company.id) as unit:
        await unit.people.opt_out(ann.id, world.clock.now())
        await unit.commit()
    world.clock.move_to(datetime(2026, 7, 6, 13, 0, tzinfo=UTC))
    await world.clock_ticks()
    assert world.platform.seen_by("ann") == []
