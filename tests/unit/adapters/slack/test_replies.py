"""Where an answer ends up when the usual way is not open: another way, or a word about it, and never silence."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.requests.afterwards import ATTEMPTS
from adapters.slack.heard import Origin, metadata_of
from adapters.slack.render import render_form
from bot.actions import SubmitForm
from bot.messages import Audience, Form, TextInput
from tests.unit.adapters.slack.block_kit import check_view, inputs, shown
from tests.unit.adapters.slack.conftest import Scene, hooked, says
from tests.unit.adapters.slack.fake_slack import FakeSlack
from tests.unit.adapters.slack.payloads import payload

pytestmark = pytest.mark.anyio

THREAD = "1783321100.000100"


# ── to one person alone ────────────────────────────────────────────────────────────────────────────────────────


async def test_once_the_response_url_is_used_up_a_private_answer_comes_by_itself(scene: Scene) -> None:
    scene.engine.outcome = says("Only for you")
    scene.slack.refuse("hook/1", "used_url", status=404)
    await scene.sends(hooked(scene, "tap_on_an_ephemeral_answer"))
    [posted] = await scene.slack.until("chat.postEphemeral")
    assert (posted["channel"], posted["user"], shown(posted["blocks"])) == ("C0VOICE", "U0ANN", "Only for you")


async def test_where_the_bot_may_not_speak_a_private_answer_comes_in_the_direct_conversation(scene: Scene) -> None:
    scene.engine.outcome = says("Only for you")
    scene.slack.refuse("chat.postEphemeral", "not_in_channel")
    await scene.sends(payload("mention_in_a_channel"))
    [posted] = await scene.slack.until("chat.postMessage")
    assert (posted["channel"], shown(posted["blocks"])) == ("D0LEAD", "Only for you")


# ── in the message's place ─────────────────────────────────────────────────────────────────────────────────────


async def test_of_two_quick_taps_the_later_one_waits_for_the_first_and_is_what_stays(scene: Scene) -> None:
    scene.slack.held["hook/first"] = asyncio.Event()
    for number, hook in enumerate(("first", "second", "elsewhere")):
        scene.engine.outcome = says(f"You answered {number}", Audience.IN_PLACE)
        tap = {**hooked(scene, "tap_on_a_scale", hook), "trigger_id": hook}
        tap["container"]["message_ts"] = "1783321200.000999" if hook == "elsewhere" else "1783321200.000200"
        await scene.sends(tap)
    # Another message waits for neither.
    await scene.slack.until("hook/elsewhere")
    assert scene.slack.of("hook/second") == []
    scene.slack.held["hook/first"].set()
    [after] = await scene.slack.until("hook/second")
    assert shown(after["blocks"]) == "You answered 1"


@pytest.fixture
async def elsewhere(anyio_backend: str) -> AsyncIterator[FakeSlack]:
    """Somebody else on this machine, who would be glad of an answer."""
    fake = FakeSlack()
    await fake.start()
    yield fake
    await fake.stop()


async def test_the_answer_never_leaves_to_an_address_that_is_not_slacks(scene: Scene, elsewhere: FakeSlack) -> None:
    scene.engine.outcome = says("You answered 9", Audience.IN_PLACE)
    await scene.sends({**payload("tap_on_a_scale"), "response_url": elsewhere.hook()})
    await scene.slack.until("chat.update")
    assert elsewhere.calls == []


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_nor_to_where_slacks_address_leads_on_to(scene: Scene, elsewhere: FakeSlack, status: int) -> None:
    scene.engine.outcome = says("You answered 9", Audience.IN_PLACE)
    scene.slack.refuse("hook/1", "moved", status=status, Location=elsewhere.hook())
    await scene.sends(hooked(scene, "tap_on_a_scale"))
    await scene.slack.until("chat.update")
    assert elsewhere.calls == []


# ── to everybody in a channel ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("refusal", "status", "word"),
    [
        ("not_in_channel", 200, "/invite @CX Pulse"),
        ("restricted_action", 200, "does not let me post"),
        ("ratelimited", 429, "try again in a moment"),
        ("internal_error", 500, "did not say whether"),
    ],
)
async def test_whoever_asked_is_told_privately_why_an_answer_was_not_posted(
    scene: Scene, refusal: str, status: int, word: str
) -> None:
    scene.engine.outcome = says("NPS +31", Audience.EVERYONE)
    for _ in range(ATTEMPTS):
        scene.slack.refuse("chat.postMessage", refusal, status=status)
    await scene.sends(hooked(scene, "tap_on_an_ephemeral_answer"))
    [told] = await scene.slack.until("hook/1")
    assert told["response_type"] == "ephemeral"
    assert word in shown(told["blocks"])
    assert "NPS" not in shown(told["blocks"])


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members"])
async def test_a_channel_that_cannot_be_seen_into_is_posted_to_by_nobody(scene: Scene, method: str) -> None:
    scene.engine.outcome = says("NPS +31", Audience.EVERYONE)
    scene.slack.refuse(method, "channel_not_found")
    await scene.sends(hooked(scene, "tap_on_an_ephemeral_answer"))
    [told] = await scene.slack.until("hook/1")
    assert "I cannot see who is in this channel" in shown(told["blocks"])
    assert scene.slack.of("chat.postMessage") == []


# ── in a thread ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "method"),
    [("mention_in_a_channel", "chat.postEphemeral"), ("message_in_the_direct_conversation", "chat.postMessage")],
)
@pytest.mark.parametrize("thread", ["", THREAD])
async def test_what_is_said_in_a_thread_is_answered_there(scene: Scene, name: str, method: str, thread: str) -> None:
    scene.engine.outcome = says("NPS +31")
    request = payload(name)
    request["event"] |= {"thread_ts": thread} if thread else {}
    await scene.sends(request)
    [posted] = await scene.slack.until(method)
    assert posted.get("thread_ts", "") == thread


async def test_an_answer_posted_from_a_thread_is_posted_in_it(scene: Scene) -> None:
    scene.engine.outcome = says("NPS +31", Audience.EVERYONE)
    request = hooked(scene, "tap_on_an_ephemeral_answer")
    request["container"]["thread_ts"] = THREAD
    await scene.sends(request)
    [posted] = await scene.slack.until("chat.postMessage")
    assert posted["thread_ts"] == THREAD


async def test_a_button_of_the_message_that_a_thread_began_with_is_used_outside_of_it(scene: Scene) -> None:
    scene.engine.outcome = says("This is somebody else's question.")
    request = payload("tap_on_a_scale")
    request["message"]["thread_ts"] = request["container"]["message_ts"]
    await scene.sends({**request, "response_url": ""})
    [posted] = await scene.slack.until("chat.postMessage")
    assert "thread_ts" not in posted


# ── on the Home tab ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("slow", [False, True])
async def test_the_home_tab_shows_what_was_answered_on_it(scene: Scene, slow: bool) -> None:
    scene.engine.outcome = says("You answered 9", Audience.IN_PLACE)
    scene.engine.free = asyncio.Event() if slow else None
    await scene.sends(payload("tap_on_the_home_tab"))
    if scene.engine.free is not None:
        assert scene.slack.of("views.publish") == []
        scene.engine.free.set()
    [published] = await scene.slack.until("views.publish")
    assert published["user_id"] == "U0ANN"


async def test_the_home_tab_follows_a_form_that_was_opened_on_it_and_thanks_are_said_in_the_chat(scene: Scene) -> None:
    scene.engine.outcome = says("Thank you", Audience.IN_PLACE)
    request = payload("form_submitted")
    origin = Origin(action=SubmitForm("inv"), channel="D0ANN", message="", direct=True, home=True)
    request["view"]["private_metadata"] = metadata_of(origin)
    await scene.sends(request)
    [published] = await scene.slack.until("views.publish")
    assert published["user_id"] == "U0ANN"
    [thanks] = await scene.slack.until("chat.postMessage")
    assert thanks["channel"] == "D0ANN"


async def test_the_home_tab_stays_as_it_is_after_a_form_of_a_message(scene: Scene) -> None:
    scene.engine.outcome = says("Thank you", Audience.IN_PLACE)
    await scene.sends(payload("form_submitted"))
    await scene.slack.until("chat.update")
    assert scene.slack.of("views.publish") == []


# ── a form that takes long ─────────────────────────────────────────────────────────────────────────────────────


def a_sent_form() -> dict[str, Any]:
    """With the blocks that Slack gives back, which the recorded one was stripped of."""
    request = payload("form_submitted")
    form = render_form(
        Form(
            title="Feedback",
            blocks=(TextInput(key="start", label="Start?"), TextInput(key="stop", label="Stop?")),
            submit_label="Send",
            action=SubmitForm("inv"),
        ),
        metadata=request["view"]["private_metadata"],
    )
    request["view"] |= json.loads(json.dumps(form))
    return request


async def sent_slowly(scene: Scene) -> dict[str, Any]:
    """What the modal shows while it is being saved."""
    scene.engine.free = asyncio.Event()
    answer: dict[str, Any] = (await scene.sends(a_sent_form())).json()
    assert answer["response_action"] == "update"
    check_view(answer["view"])
    scene.engine.free.set()
    return answer["view"]  # type: ignore[no-any-return]


async def test_while_a_form_is_saved_it_stays_open_with_what_was_typed(scene: Scene) -> None:
    scene.engine.outcome = says("Thank you", Audience.IN_PLACE)
    saving = await sent_slowly(scene)
    assert "Saving" in shown(saving["blocks"])
    assert "Weekly calls" in shown(saving["blocks"])
    assert (inputs(saving["blocks"]), "submit" in saving) == ([], False)
    [updated] = await scene.slack.until("views.update")
    check_view(updated["view"])
    assert (updated["view_id"], "Saved" in shown(updated["view"]["blocks"])) == ("V0FORM", True)
    [message] = await scene.slack.until("chat.update")
    assert shown(message["blocks"]) == "Thank you"


async def test_a_form_that_could_not_be_saved_is_there_again_with_what_was_typed(scene: Scene) -> None:
    scene.engine.outcome = says("Nothing was changed; please try again.")
    await sent_slowly(scene)
    [updated] = await scene.slack.until("views.update")
    view = updated["view"]
    check_view(view)
    assert "please try again" in shown(view["blocks"])
    assert [each["element"].get("initial_value") for each in inputs(view["blocks"])] == ["Weekly calls", None]
    assert view["private_metadata"] == payload("form_submitted")["view"]["private_metadata"]
    assert (view["submit"]["text"], scene.slack.of("chat.postMessage")) == ("Send", [])


async def test_a_form_that_is_sent_again_says_what_is_wrong_now_and_no_more(scene: Scene) -> None:
    scene.engine.outcome = says("Nothing was changed; please try again.")
    again = a_sent_form()
    again["view"]["blocks"] = [{"type": "section", "block_id": "note", "text": {}}, *again["view"]["blocks"]]
    scene.engine.free = asyncio.Event()
    await scene.sends(again)
    scene.engine.free.set()
    [updated] = await scene.slack.until("views.update")
    assert len(updated["view"]["blocks"]) == 3


async def test_whoever_closed_the_form_meanwhile_is_told_and_given_back_what_was_typed(scene: Scene) -> None:
    scene.engine.outcome = says("Nothing was changed; please try again.")
    scene.slack.refuse("views.update", "not_found")
    await sent_slowly(scene)
    [posted] = await scene.slack.until("chat.postMessage")
    assert posted["channel"] == "D0ANN"
    assert "please try again" in shown(posted["blocks"])
    assert "Weekly calls" in shown(posted["blocks"])
