"""Deny by default: only a CX lead sees figures and sends; a new one is made by one of them, and all are told."""

import pytest

from bot.actions import PostHere, RunCommand
from bot.commands.registry import ENTRIES
from bot.messages import Audience
from surveys.people.model import Permission
from tests.scenario.conftest import World, text_of

pytestmark = pytest.mark.anyio

GUARDED = [entry.examples[0].text for entry in ENTRIES if entry.needs is not Permission.ANYONE]
OPEN = [entry.examples[0].text for entry in ENTRIES if entry.needs is Permission.ANYONE]


@pytest.mark.parametrize("command", GUARDED)
@pytest.mark.parametrize("who", ["contact", "employee"])
async def test_whoever_is_no_cx_lead_gets_a_friendly_refusal(world: World, command: str, who: str) -> None:
    await (world.contact("someone") if who == "contact" else world.employee("someone"))
    answer = await world.command("someone", command)
    assert answer.reply is not None
    assert "CX lead" in text_of(answer.reply.message)
    through_a_button = await world.uses("someone", RunCommand(command))
    assert through_a_button.reply is not None
    assert "CX lead" in text_of(through_a_button.reply.message)


@pytest.mark.parametrize("command", OPEN)
async def test_help_and_feedback_are_for_everybody(world: World, command: str) -> None:
    await world.contact("someone")
    outcome = await world.command("someone", command)
    assert outcome.form is not None or (
        outcome.reply is not None and "CX lead can" not in outcome.reply.message.summary
    )


async def test_posting_for_everyone_needs_the_permission_too(world: World) -> None:
    await world.contact("someone")
    refused = await world.uses("someone", PostHere("nps last-30d"))
    assert refused.reply is not None
    assert refused.reply.audience is Audience.SENDER
    assert "CX lead" in text_of(refused.reply.message)


async def test_a_cx_lead_makes_another_one_and_all_of_them_are_told(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.employee("nora")
    await world.ask("lead", "grant @nora@halden.example cx_lead")
    await world.clock_ticks()
    assert "NPS" in text_of(await world.ask("nora", "nps last-30d"))
    for told in ("lead", "nora"):
        assert [message for message in world.platform.seen_by(told) if "Nora" in text_of(message)]


async def test_a_cx_lead_who_is_one_no_longer_is_told_and_sees_no_figure(world: World) -> None:
    for name in ("lead", "nora"):
        await world.employee(name, lead=True)
    done = text_of(await world.ask("lead", "revoke @nora@halden.example"))
    assert "CX lead no longer: Nora" in done
    await world.clock_ticks()
    assert "is for CX leads" in text_of(await world.ask("nora", "nps last-30d"))
    for told in ("lead", "nora"):
        assert [message for message in world.platform.seen_by(told) if "No longer CX lead" in text_of(message)]
    assert "no CX lead" in text_of(await world.ask("lead", "revoke @nora@halden.example"))


async def test_the_last_cx_lead_stays_one(world: World) -> None:
    await world.employee("lead", lead=True)
    assert "the only CX lead" in text_of(await world.ask("lead", "revoke @lead@halden.example"))
    assert "NPS" in text_of(await world.ask("lead", "nps last-30d"))


async def test_advice_names_accounts_to_those_alone_who_may_ask(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena", account="Nordhavn Tools")
    told = text_of(await world.ask("lead", "nps Nordhavn last-90d"))
    assert 'nps account:"nordhavn tools" last-90d' in told
    known, unknown = [text_of(await world.ask("olena", f"nps {name}")) for name in ("Nordhavn", "Nordhaven")]
    assert known == unknown.replace("Nordhaven", "Nordhavn")
    assert "Tools" not in known


async def test_explain_alone_means_the_figure_asked_for_before_and_is_a_mistake_without_one(world: World) -> None:
    await world.employee("lead", lead=True)
    mistake = await world.ask("lead", "explain")
    assert "Which figure" in mistake.summary
    assert "explain nps last-30d" in mistake.summary
    await world.ask("lead", "csat last-90d")
    assert "csat last-90d" in text_of(await world.ask("lead", "explain"))


async def test_nobody_makes_themselves_a_cx_lead(world: World) -> None:
    await world.employee("nora")
    refused = await world.command("nora", "grant @nora@halden.example cx_lead")
    assert refused.reply is not None
    assert "CX lead" in text_of(refused.reply.message)
    again = await world.command("nora", "nps last-30d")
    assert again.reply is not None
    assert "for CX leads" in text_of(again.reply.message)


async def test_a_customers_contact_is_never_made_a_cx_lead(world: World) -> None:
    await world.employee("lead", lead=True)
    await world.contact("olena")
    assert "employee" in text_of(await world.ask("lead", "grant @olena@example.com cx_lead"))


@pytest.mark.parametrize(
    "query", ["enps by team", "enps role:technical last-month", "enps last-30d", "enps today", "enps by language"]
)
async def test_employees_are_shown_whole_company_and_whole_past_months_or_not_at_all(world: World, query: str) -> None:
    await world.employee("lead", lead=True)
    assert "Not shown" in text_of(await world.ask("lead", query))


async def test_words_behind_feedback_are_kept_at_once(world: World) -> None:
    await world.contact("olena")
    outcome = await world.command("olena", "feedback The new portal is <b>slow</b>")
    assert outcome.reply is not None
    assert "slow" in text_of(outcome.reply.message)


async def test_a_question_typed_in_the_direct_chat_is_answered_like_a_command(world: World) -> None:
    await world.employee("lead", lead=True)
    answer = await world.says("lead", "nps last-30d")
    assert answer.reply is not None
    assert "NPS" in answer.reply.message.summary
