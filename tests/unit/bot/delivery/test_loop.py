"""The delivery loop: within what a platform allows, through outages and stops, each delivery once."""

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.backoff import LONGEST_RETRY
from bot.delivery.sending import LEASE_SECONDS
from bot.events import Address
from bot.ports import FindsPosted, PostsOnce
from surveys.errors import DeliveryError
from surveys.sending.model import InvitationState
from tests.builders import NOW, WARSAW
from tests.unit.bot.delivery.conftest import LimitedPlatform, Scene

pytestmark = pytest.mark.anyio


# ── budgets ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("replicas", [1, 2])
async def test_a_platform_is_used_as_fast_as_it_allows_and_never_faster(scene: Scene, replicas: int) -> None:
    await scene.asked(300)
    platform = LimitedPlatform(scene.time)
    await scene.until_all_is_settled(*(scene.loop(platform, owner=f"{number}") for number in range(replicas)))
    assert platform.throttled == 0
    assert platform.used >= 0.95
    assert set(platform.posted.values()) == {1}
    assert scene.states() == {"sent": 300}


async def test_what_waits_for_its_turn_was_no_attempt(scene: Scene) -> None:
    await scene.asked(100)
    await scene.until_all_is_settled(scene.loop(LimitedPlatform(scene.time)))
    assert {row.attempts for row in scene.deliveries()} == {1}
    assert max(row.fence for row in scene.deliveries()) > 1


async def test_a_slow_platform_holds_up_no_other(scene: Scene) -> None:
    scene.workspace("teams")
    await scene.asked(100)
    await scene.asked(20, "teams", first=100)
    slow, quick = LimitedPlatform(scene.time, rate=1.0), LimitedPlatform(scene.time, platform="teams")
    await scene.until_all_is_settled(scene.loop(slow, quick))
    assert quick.arrivals[-1][0] - 1_000 < 3
    assert slow.arrivals[-1][0] - 1_000 > 80
    assert slow.throttled == quick.throttled == 0


async def test_a_call_that_hangs_holds_up_its_own_place_only(scene: Scene) -> None:
    await scene.asked(60)
    platform = LimitedPlatform(
        scene.time, limited=False, takes=lambda conversation: 20.0 if conversation == "dm:U0" else 0.1
    )
    await scene.until_all_is_settled(scene.loop(platform))
    others = [at for at, conversation in platform.arrivals if conversation != "dm:U0"]
    assert max(others) - 1_000 < 2


async def test_too_many_calls_pause_everybody_who_draws_on_the_same_budget(scene: Scene) -> None:
    await scene.asked(40)
    platform = LimitedPlatform(scene.time)
    platform.refusals.append(DeliveryError("wait", retry_after=30.0, throttled=True))
    await scene.until_all_is_settled(scene.loop(platform), scene.loop(platform, owner="two"))
    first = platform.tried[0]
    meanwhile = [at for at in platform.tried if first + 0.6 < at < first + 30]
    assert meanwhile == []
    assert scene.states() == {"sent": 40}
    assert set(platform.posted.values()) == {1}


async def test_a_platform_that_names_no_time_is_left_alone_all_the_same(scene: Scene) -> None:
    await scene.asked(1)
    platform = LimitedPlatform(scene.time)
    platform.refusals.append(DeliveryError("wait", throttled=True))
    await scene.until_all_is_settled(scene.loop(platform))
    assert platform.tried[1] - platform.tried[0] >= 4


# ── outages ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_platform_down_for_an_hour_loses_and_doubles_nothing_and_is_tried_less_and_less(scene: Scene) -> None:
    await scene.asked(40)
    platform = LimitedPlatform(scene.time, rate=5.0)
    platform.down = True
    loop = scene.loop(platform)

    async def back_after_an_hour() -> None:
        await scene.time.sleep(3_600)
        platform.down = False

    back = asyncio.ensure_future(back_after_an_hour())
    await scene.until_all_is_settled(loop)
    await back
    assert scene.states() == {"sent": 40}
    assert set(platform.posted.values()) == {1}
    assert platform.throttled == 0
    thirds = [sum(start <= at - 1_000 < start + 1_200 for at in platform.tried) for start in (0, 1_200, 2_400)]
    assert thirds[0] >= 8 * 40  # after 4, 12, 28 … 508 seconds, and up to a quarter more
    assert all(40 <= tried <= 2 * 40 for tried in thirds[1:])  # every 15 to 19 minutes
    assert platform.arrivals[-1][0] - 1_000 < 3_600 + 1.25 * LONGEST_RETRY.total_seconds() + 60


async def test_an_invitation_whose_time_is_over_when_the_platform_is_back_is_not_sent(scene: Scene) -> None:
    await scene.asked(3)
    platform = LimitedPlatform(scene.time)
    platform.down = True
    loop = scene.loop(platform)
    await scene.time.run(loop.run_once())
    scene.time.seconds += timedelta(days=8).total_seconds()
    platform.down = False
    await scene.until_all_is_settled(loop, at_most=1_000_000)
    assert platform.arrivals == []
    assert scene.states() == {"dropped": 3}


async def test_a_question_held_up_until_the_night_waits_for_the_morning(scene: Scene) -> None:
    """The platform is away from 16:30 on for four hours, local time."""
    scene.time.seconds += timedelta(hours=7, minutes=25).total_seconds()
    await scene.asked(3)
    platform = LimitedPlatform(scene.time)
    platform.down = True
    loop = scene.loop(platform)
    await scene.time.run(loop.run_once())
    platform.down = False
    scene.time.seconds += timedelta(hours=4).total_seconds()
    await scene.time.run(loop.run_once())
    scene.time.seconds += timedelta(hours=12, minutes=25).total_seconds()
    await scene.time.run(loop.run_once())
    assert platform.arrivals == []
    scene.time.seconds += timedelta(minutes=10).total_seconds()
    await scene.until_all_is_settled(loop, at_most=1_000_000)
    assert scene.states() == {"sent": 3}
    local = {
        (NOW + timedelta(seconds=at - 1_000)).astimezone(ZoneInfo(WARSAW)) for at, _conversation in platform.arrivals
    }
    assert {(moment.day, moment.hour) for moment in local} == {(7, 9)}


# ── stops and crashes ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_stop_lets_calls_come_to_their_end_and_gives_the_rest_back_at_once(scene: Scene) -> None:
    await scene.asked(40)
    platform = LimitedPlatform(scene.time, takes=lambda _conversation: 0.5)
    running = asyncio.ensure_future(scene.loop(platform).run_once())
    await scene.time.run_for(0.3, running)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scene.time.run(running)
    states = scene.states()
    assert states["sent"] == len(platform.arrivals) > 0
    assert states["queued"] == 40 - states["sent"]
    await scene.until_all_is_settled(scene.loop(platform, owner="after the restart"))
    assert set(platform.posted.values()) == {1}
    assert len(platform.posted) == 40


async def killed_while_calling(scene: Scene, platform: LimitedPlatform) -> None:
    """The platform has the message; the process is gone before it could say so, and its lease runs out."""
    await scene.asked(1)
    loop = scene.loop(platform)
    platform.takes = lambda _conversation: 10_000.0
    running = asyncio.ensure_future(loop.run_once())
    await scene.time.run_for(5, running)
    kept = {number: books.copy() for number, books in scene.store.books.items()}
    running.cancel()
    await scene.time.run(asyncio.gather(running, return_exceptions=True))
    scene.store.books.update(kept)
    platform.takes = lambda _conversation: 0.1
    scene.time.seconds += LEASE_SECONDS


async def test_cut_short_in_a_call_on_a_platform_that_cannot_be_asked_it_is_not_sent_twice(scene: Scene) -> None:
    platform = LimitedPlatform(scene.time)
    assert not isinstance(platform, FindsPosted | PostsOnce)
    await killed_while_calling(scene, platform)
    await scene.until_all_is_settled(scene.loop(platform, owner="two"))
    assert scene.states() == {"unconfirmed": 1}
    assert sum(platform.posted.values()) == 1


class AskablePlatform(LimitedPlatform):
    """Remembers which message belongs to which delivery, in direct conversations."""

    asked_for = 0

    async def find_posted(self, address: Address, delivery: str) -> str | None:
        self.asked_for += 1
        if not address.direct:
            raise DeliveryError("not ours to read", permanent=True)
        return "m1" if delivery in self.posted else None


async def test_cut_short_in_a_call_on_a_platform_that_can_be_asked_it_is_found(scene: Scene) -> None:
    platform = AskablePlatform(scene.time)
    await killed_while_calling(scene, platform)
    await scene.until_all_is_settled(scene.loop(platform, owner="two"))
    assert scene.states() == {"sent": 1}
    assert sum(platform.posted.values()) == 1
    assert platform.asked_for == 1


async def test_what_never_left_is_not_looked_for(scene: Scene) -> None:
    await scene.asked(1)
    platform = AskablePlatform(scene.time)
    platform.refusals.extend([DeliveryError("away"), DeliveryError("away")])
    await scene.until_all_is_settled(scene.loop(platform))
    assert scene.states() == {"sent": 1}
    assert platform.asked_for == 0


async def test_what_was_not_found_at_once_is_looked_for_again_before_it_is_posted_again(scene: Scene) -> None:
    await scene.asked(1)
    platform = AskablePlatform(scene.time)
    platform.refusals.append(DeliveryError("not found yet", retry_after=5.0, doubtful=True))
    await scene.until_all_is_settled(scene.loop(platform))
    assert scene.states() == {"sent": 1}
    assert platform.asked_for == 1


async def test_a_post_that_failed_on_our_side_is_looked_for_before_it_is_posted_again(scene: Scene) -> None:
    """The platform has the message; what it answered, our own code could not read."""
    await scene.asked(1)
    platform = AskablePlatform(scene.time)
    platform.unreadable = 1
    await scene.until_all_is_settled(scene.loop(platform))
    assert scene.states() == {"sent": 1}
    assert sum(platform.posted.values()) == 1
    assert platform.asked_for == 1


async def test_a_post_that_failed_on_our_side_on_a_platform_that_cannot_be_asked_is_not_sent_twice(
    scene: Scene,
) -> None:
    await scene.asked(1)
    platform = LimitedPlatform(scene.time)
    platform.unreadable = 1
    await scene.until_all_is_settled(scene.loop(platform))
    assert scene.states() == {"unconfirmed": 1}
    assert sum(platform.posted.values()) == 1


class IdempotentPlatform(LimitedPlatform):
    posts_once = True


async def test_cut_short_in_a_call_on_a_platform_that_shows_it_once_it_is_simply_posted_again(scene: Scene) -> None:
    platform = IdempotentPlatform(scene.time)
    await killed_while_calling(scene, platform)
    await scene.until_all_is_settled(scene.loop(platform, owner="two"))
    assert scene.states() == {"sent": 1}


async def test_taken_by_a_process_that_died_before_it_called_it_is_sent(scene: Scene) -> None:
    await scene.asked(1)
    async with scene.store.system() as system:
        await system.take_due(now=scene.time.now(), limit=1, lease_seconds=LEASE_SECONDS, owner="killed")
        await system.commit()
    scene.time.seconds += LEASE_SECONDS + 1
    platform = LimitedPlatform(scene.time)
    await scene.until_all_is_settled(scene.loop(platform))
    assert scene.states() == {"sent": 1}


async def test_an_answer_that_never_came_leaves_a_question_unconfirmed(scene: Scene) -> None:
    wave = await scene.asked(1)
    platform = LimitedPlatform(scene.time)
    platform.refusals.append(DeliveryError("no answer", uncertain=True))
    await scene.until_all_is_settled(scene.loop(platform))
    assert scene.states() == {"unconfirmed": 1}
    [invitation] = scene.store.books[scene.company.id].invitations.values()
    assert (invitation.wave_id, invitation.state) == (wave.id, InvitationState.QUEUED)


# ── a machine that is too slow ─────────────────────────────────────────────────────────────────────────────────


async def test_a_process_that_is_always_late_sends_less_and_is_never_refused(scene: Scene) -> None:
    """Every wait takes a fifth of a second longer than asked for, as on a machine with too much to do."""
    await scene.asked(100)
    platform = LimitedPlatform(scene.time)

    async def oversleep(seconds: float) -> None:
        await scene.time.sleep(seconds + 0.2)

    slow = scene.loop(platform, sleep=oversleep)
    await scene.until_all_is_settled(slow)
    assert platform.throttled == 0
    assert scene.states() == {"sent": 100}
