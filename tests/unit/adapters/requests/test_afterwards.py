"""What follows an answer: in order, tried again where the platform asks to wait, and ended at a stop."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from adapters.requests.afterwards import ATTEMPTS, PATIENCE_SECONDS, Afterwards
from surveys.errors import DeliveryError
from tests.patience import PATIENCE, Slept

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Platform:
    """Refuses as often as it is told to, then takes everything."""

    refusals: list[DeliveryError]
    calls: int = 0
    taken: list[str] = field(default_factory=list)

    async def takes(self, what: str = "it") -> str:
        self.calls += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return await self.takes_at_once(what)

    async def takes_at_once(self, what: str) -> str:
        self.taken.append(what)
        return "m1"


def wait(seconds: float | None = None) -> DeliveryError:
    return DeliveryError("wait", retry_after=seconds, throttled=True)


async def insisted(*refusals: DeliveryError) -> tuple[Platform, Sequence[float], str]:
    platform, slept = Platform(list(refusals)), Slept()
    try:
        found = await Afterwards("fake", sleep=slept).insist(platform.takes)
    except DeliveryError:
        found = ""
    return platform, slept.seconds, found


async def test_a_call_that_is_asked_to_wait_is_made_again_when_it_was_told() -> None:
    platform, slept, found = await insisted(wait(1.0), wait(7.0))
    assert (found, platform.calls, slept) == ("m1", 3, [1.0, 7.0])


async def test_a_call_that_is_not_told_how_long_waits_longer_each_time() -> None:
    platform, slept, found = await insisted(wait(), wait(), wait())
    assert (found, platform.calls, slept) == ("m1", 4, [2.0, 4.0, 8.0])


async def test_after_some_attempts_it_is_given_up() -> None:
    platform, _, found = await insisted(*(wait(1.0) for _ in range(20)))
    assert (found, platform.calls) == ("", ATTEMPTS)


async def test_nobody_waits_longer_than_somebody_looks_on() -> None:
    platform, slept, found = await insisted(wait(PATIENCE_SECONDS + 1))
    assert (found, platform.calls, slept) == ("", 1, [])
    platform, slept, found = await insisted(*(wait(25.0) for _ in range(4)))
    assert (found, platform.calls, sum(slept) <= PATIENCE_SECONDS) == ("", 3, True)


@pytest.mark.parametrize("kind", ["permanent", "uncertain", "doubtful"])
async def test_what_was_refused_for_good_or_may_have_arrived_is_not_repeated(kind: str) -> None:
    platform, slept, _ = await insisted(DeliveryError("no", retry_after=1.0, **{kind: True}))  # type: ignore[arg-type]
    assert (platform.calls, slept) == (1, [])


async def test_what_waits_for_its_next_attempt_holds_up_what_follows_it_and_nothing_else() -> None:
    asleep, awake = asyncio.Event(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        await awake.wait()

    platform, afterwards = Platform([wait(5.0)]), Afterwards("fake", sleep=sleep)

    async def sends(what: str) -> None:
        await afterwards.insist(lambda: platform.takes(what))

    afterwards.add("one", sends("first"))
    await asleep.wait()
    afterwards.add("one", sends("second"))
    other = asyncio.Event()

    async def elsewhere() -> None:
        other.set()

    afterwards.add("two", elsewhere())
    async with asyncio.timeout(PATIENCE):
        await other.wait()
    assert platform.taken == []
    awake.set()
    await afterwards.finish(PATIENCE)
    assert platform.taken == ["first", "second"]


async def test_what_is_added_while_the_rest_ends_is_waited_for_as_well() -> None:
    slept = Slept()
    platform, afterwards = Platform([wait(1.0), wait(1.0)]), Afterwards("fake", sleep=slept)

    async def picture() -> None:
        await afterwards.insist(lambda: platform.takes("picture"))

    async def words() -> None:
        await platform.takes_at_once("words")
        afterwards.add("pictures", picture())

    afterwards.add("one", words())
    await afterwards.finish(PATIENCE)
    assert (platform.taken, slept.seconds) == (["words", "picture"], [1.0, 1.0])


async def test_at_a_stop_the_next_attempt_is_the_last_and_comes_at_once() -> None:
    asleep = asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    platform, afterwards = Platform([wait(30.0), wait(30.0)]), Afterwards("fake", sleep=sleep)
    repaired: list[bool] = []

    async def sends() -> None:
        try:
            await afterwards.insist(platform.takes)
        except DeliveryError:
            repaired.append(True)
            raise

    afterwards.add("one", sends())
    await asleep.wait()
    await afterwards.finish(0.0)
    assert (platform.calls, repaired) == (2, [True])
