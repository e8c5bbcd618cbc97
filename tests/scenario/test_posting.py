"""Post here: a private answer becomes one for everybody, in the channel where it was asked and nowhere else."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from bot.actions import PostHere
from bot.messages import Audience
from storage.tables import role_grant
from tests.scenario.conftest import World, button, buttons, message_of, scale

pytestmark = pytest.mark.anyio


async def asked_about(world: World) -> str:
    """A lead, somebody's answer, and a channel to ask in."""
    await world.employee("lead", lead=True)
    await world.contact("olena")
    await world.sent_nps("lead")
    await world.uses("olena", scale(world.platform.seen_by("olena")[0]).tap(9))
    return await world.channel("voice")


async def test_results_go_to_the_asker_alone_unless_posted_on_purpose(world: World) -> None:
    channel = await asked_about(world)
    private = await world.command("lead", "nps last-30d", channel=channel)
    assert private.reply is not None
    assert private.reply.audience is Audience.SENDER
    post = button(private.reply.message, "Post here").action
    posted = await world.uses("lead", post, channel=channel)
    assert posted.reply is not None
    assert posted.reply.audience is Audience.EVERYONE
    assert world.platform.seen_in(channel) == [], "the adapter posts it, in the request"


async def test_an_answer_read_elsewhere_is_posted_in_the_channel_where_it_was_asked(world: World) -> None:
    channel = await asked_about(world)
    private = message_of(await world.command("lead", "nps last-30d", channel=channel))
    told = message_of(await world.uses("lead", button(private, "Post here").action))
    assert "#voice" in told.summary
    await world.clock_ticks()
    [posted] = world.platform.seen_in(channel)
    assert "NPS" in posted.summary
    assert buttons(posted) == [], "what only its asker may do is not offered to everybody"


async def test_an_answer_is_kept_from_a_channel_that_was_shared_and_whoever_wanted_it_posted_is_told(
    world: World,
) -> None:
    channel = await asked_about(world)
    private = message_of(await world.command("lead", "nps last-30d", channel=channel))
    await world.uses("lead", button(private, "Post here").action)
    world.platform.shared.add(channel)
    await world.clock_ticks()
    await world.clock_ticks()
    assert world.platform.seen_in(channel) == []
    [told] = world.platform.seen_by("lead")
    assert "not posted to #voice: people from outside" in told.summary


async def test_an_answer_is_not_posted_once_its_asker_may_not_ask_any_more(world: World) -> None:
    channel = await asked_about(world)
    private = message_of(await world.command("lead", "nps last-30d", channel=channel))
    await world.uses("lead", button(private, "Post here").action)
    async with world.company.store.write(world.company.id) as unit:
        await unit.scope.connection.execute(delete(role_grant))
        await unit.commit()
    await world.clock_ticks()
    assert world.platform.seen_in(channel) == []


async def test_an_answer_that_cannot_be_posted_within_an_hour_is_not_posted_later(world: World) -> None:
    channel = await asked_about(world)
    private = message_of(await world.command("lead", "nps last-30d", channel=channel))
    await world.uses("lead", button(private, "Post here").action)
    world.clock.move(timedelta(hours=2))
    await world.clock_ticks()
    await world.clock_ticks()
    assert world.platform.seen_in(channel) == []
    [told] = world.platform.seen_by("lead")
    assert "not posted to #voice" in told.summary


async def test_where_nobody_else_reads_nothing_is_offered_to_be_posted(world: World) -> None:
    await asked_about(world)
    for query in ("nps last-30d", "trend nps last-12mo", "why nps last-quarter"):
        answer = await world.ask("lead", query)
        assert "Post here" not in [each.label for each in buttons(answer)]
    old = message_of(await world.uses("lead", PostHere("nps last-30d")))
    assert "Only you read this chat" in old.summary


@pytest.mark.parametrize("named", ["999999", "x", "-1", "9" * 40, "１"])
async def test_a_channel_that_is_not_there_is_posted_nothing(world: World, named: str) -> None:
    await world.employee("lead", lead=True)
    told = message_of(await world.uses("lead", PostHere("nps last-30d", named)))
    assert "do not know this channel" in told.summary


async def test_nobodys_own_chat_is_a_channel(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("someone")
    await world.says("someone", "hello")
    async with world.company.store.read(world.company.id) as unit:
        own = await unit.conversations.at(world.company.workspace.id, world.envelope("someone").address)
    assert own is not None
    told = message_of(await world.uses("lead", PostHere("nps last-30d", own.address.conversation)))
    assert "do not know this channel" in told.summary
    await world.clock_ticks()
    assert world.platform.seen_by("someone") == []
