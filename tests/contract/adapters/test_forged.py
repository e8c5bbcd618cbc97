"""What does not come from the platform, or not now, or from another company's part of it, has no effect."""

import logging

import pytest
from structlog.testing import capture_logs

from bot.actions import Answer, pack
from tests.contract.adapters.conftest import House, a_card, each_platform_and, news
from tests.contract.adapters.rig import MANGLED, Commanded, Deed, FormSent, Mentioned, Platform, Rig, Tap, Typed, Who
from tests.threats.stored import NOT_A_CHANGE, differences, everything_stored

pytestmark = pytest.mark.anyio

WORD = "sesame-and-lilies"


async def deeds(rig: Rig, invitation: str = "inv") -> list[Deed]:
    """One of each kind of request that changes something, with a word that must not be in the log."""
    card = await a_card(rig, Who.ANN)
    ten, typed = pack(Answer(invitation, "recommend", "10")), {"reason": WORD}
    return [
        Tap(who=Who.ANN, packed=ten, message=card, values=typed),
        FormSent(who=Who.ANN, packed=ten, message=card, values=typed),
        Typed(who=Who.ANN, text=WORD),
        Commanded(who=Who.LEAD, text=f"feedback {WORD}"),
    ]


def untrue(platform: Platform) -> tuple[str, ...]:
    return platform.forgeries + platform.expired


@each_platform_and("forgery", untrue)
async def test_a_forged_or_expired_request_is_refused_and_has_no_effect(
    rig: Rig, forgery: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    all_of_them = await deeds(rig)
    before = len(await rig.shown())
    for deed in all_of_them:
        assert 400 <= await rig.forges(deed, forgery) < 500
    assert rig.ear.events == []
    assert await news(rig, before) == []
    printed = capsys.readouterr()
    assert WORD not in caplog.text + printed.out + printed.err


@each_platform_and("forgery", untrue)
async def test_the_same_request_of_the_platform_itself_is_taken(rig: Rig, forgery: str) -> None:
    """Otherwise the refusals above would prove nothing."""
    for deed in await deeds(rig):
        assert await rig.does(deed) < 300
    assert len(rig.ear.events) == 4


def foreign(platform: Platform) -> tuple[str, ...]:
    return platform.elsewheres


@each_platform_and("elsewhere", foreign)
async def test_another_companys_part_of_the_platform_changes_nothing_and_learns_nothing(
    house: House, elsewhere: str
) -> None:
    rig, store = house.rig, house.company.store
    all_of_them = [*await deeds(rig, house.belongings.invitation), Commanded(who=Who.LEAD, text="nps by account all")]
    stored, before = await everything_stored(store, house.company.id, without=NOT_A_CHANGE), len(await rig.shown())
    for deed in all_of_them:
        assert await rig.comes_from_elsewhere(deed, elsewhere) < 500
    assert differences(stored, await everything_stored(store, house.company.id, without=NOT_A_CHANGE)) == {}
    told = "\n".join(shown.text for shown in await news(rig, before))
    assert [secret for secret in house.belongings.secrets if secret in told] == []


def mangled(platform: Platform) -> list[str]:
    kinds = (Tap, FormSent, Typed, Mentioned, Commanded) if platform.can(MANGLED) else ()
    return [kind.__name__ for kind in kinds if platform.can(kind)]


@each_platform_and("kind", mangled)
async def test_no_part_of_a_request_of_another_shape_is_a_fault_of_ours(rig: Rig, kind: str) -> None:
    """It is refused, or taken for what is left of it; and the boundary logs no failure."""
    all_of_them = [*await deeds(rig), Mentioned(who=Who.LEAD, text="nps")]
    with capture_logs() as logged:
        for deed in all_of_them:
            if type(deed).__name__ == kind:
                statuses = await rig.mangles(deed)
                assert statuses
                assert {part: status for part, status in statuses.items() if status >= 500} == {}
    assert [entry for entry in logged if entry["log_level"] in ("error", "critical")] == []
