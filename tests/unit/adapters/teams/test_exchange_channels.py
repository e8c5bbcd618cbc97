"""What is asked in a channel: a result goes to whoever asked, and to everybody only where only the company is."""

import pytest

from bot.messages import Audience
from tests.unit.adapters.teams.conftest import Scene, card_in, shown
from tests.unit.adapters.teams.fake_teams import BOT, TENANT
from tests.unit.adapters.teams.payloads import LEAD, payload
from tests.unit.adapters.teams.test_exchange import WORDS, replies, sent_to

pytestmark = pytest.mark.anyio
WORD = "sesame-and-lilies"


async def test_a_question_in_a_channel_is_answered_to_its_writer_alone(scene: Scene) -> None:
    scene.engine.outcome = replies(f"NPS +31 {WORD}")
    await scene.sends(payload("mention_in_a_channel"))
    answer, told = await scene.teams.until("send", 2)
    assert WORD in shown(card_in(answer))
    assert told["text"] == "I sent you the answer in our chat: only you see it there."
    assert sent_to(scene) == ["a:29:lead", "19:voice@thread.tacv2;messageid=1783321200000"]
    [opened] = scene.teams.of("create")
    assert (opened["tenantId"], opened["members"], opened["bot"]) == (TENANT, [{"id": "29:lead"}], {"id": BOT})


async def test_a_chat_that_is_kept_is_used_and_not_opened_again(scene: Scene) -> None:
    scene.engine.outcome = replies("NPS +31")
    scene.known.directs[LEAD] = scene.address("lead")
    await scene.sends(payload("mention_in_a_channel"))
    await scene.teams.until("send", 2)
    assert sent_to(scene)[0] == "a:lead"
    assert scene.teams.of("create") == []


async def test_who_cannot_be_written_to_in_private_is_told_so_and_nothing_else(scene: Scene) -> None:
    scene.engine.outcome = replies(f"NPS +31 {WORD}")
    scene.teams.refuse("create", "ForbiddenOperationException", status=403)
    await scene.sends(payload("mention_in_a_channel"))
    [told] = await scene.teams.until("send")
    assert "cannot write to you" in told["text"]
    assert WORD not in str(scene.teams.calls)


async def test_an_answer_for_everyone_is_posted_where_only_the_company_is(scene: Scene) -> None:
    scene.engine.outcome = replies("NPS +31", Audience.EVERYONE)
    await scene.sends(payload("tap_in_a_channel"))
    [sent] = await scene.teams.until("send")
    assert "NPS +31" in shown(card_in(sent))
    assert sent_to(scene) == ["19:voice@thread.tacv2;messageid=1783321200000"]


@pytest.mark.parametrize("outsider", ["29:guest", "29:eve"])
async def test_an_answer_for_everyone_is_kept_from_a_channel_with_outsiders(scene: Scene, outsider: str) -> None:
    scene.engine.outcome = replies(f"NPS +31 {WORD}", Audience.EVERYONE)
    scene.teams.inside["19:voice@thread.tacv2"] = ["29:lead", outsider]
    await scene.sends(payload("tap_in_a_channel"))
    [told] = await scene.teams.until("send")
    assert "outside" in told["text"]
    assert WORD not in str(scene.teams.calls)


async def test_an_answer_for_everyone_is_kept_from_a_guest_whom_teams_names_on_a_later_page(scene: Scene) -> None:
    scene.engine.outcome = replies(f"NPS +31 {WORD}", Audience.EVERYONE)
    scene.teams.people_on_a_page = 2
    scene.teams.inside["19:voice@thread.tacv2"] = ["29:ann", "29:lead", "29:bob", "29:guest", "29:emma"]
    await scene.sends(payload("tap_in_a_channel"))
    [told] = await scene.teams.until("send")
    assert ("outside" in told["text"], WORD in str(scene.teams.calls)) == (True, False)


async def test_an_answer_for_everyone_is_kept_from_a_shared_channel(scene: Scene) -> None:
    scene.engine.outcome = replies(f"NPS +31 {WORD}", Audience.EVERYONE)
    scene.teams.channels = [{"id": "19:voice@thread.tacv2", "name": "Voice", "type": "shared"}]
    await scene.sends(payload("tap_in_a_channel"))
    [told] = await scene.teams.until("send")
    assert ("outside" in told["text"], WORD in str(scene.teams.calls)) == (True, False)


async def test_where_nobody_can_be_seen_nothing_is_posted(scene: Scene) -> None:
    scene.engine.outcome = replies(f"NPS +31 {WORD}", Audience.EVERYONE)
    scene.teams.refuse("members", "ServiceError", status=500)
    await scene.sends(payload("tap_in_a_channel"))
    [told] = await scene.teams.until("send")
    assert ("cannot see" in told["text"], WORD in str(scene.teams.calls)) == (True, False)


async def test_a_card_that_a_whole_channel_sees_is_not_replaced_for_one_of_them(scene: Scene) -> None:
    scene.engine.outcome = replies("Only for you", Audience.IN_PLACE)
    answer = (await scene.sends(payload("tap_in_a_channel"))).json()
    assert answer["type"] == WORDS
    [sent] = await scene.teams.until("send")
    assert "Only for you" in shown(card_in(sent))
    assert (sent_to(scene), scene.teams.of("update")) == (["a:29:lead"], [])
