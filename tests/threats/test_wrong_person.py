"""Threat 6: what a button carries is a hint. Used by somebody else it changes nothing and shows nothing of anybody."""

from collections.abc import Callable, Mapping

import pytest

from bot import actions
from bot.actions import Action
from bot.events import ActionChosen
from bot.messages import Audience, Message, Outcome
from bot.views import advice, notes, posting, send_preview, subscriptions
from surveys.words import ENGLISH
from tests.threats.conftest import Belongings, House
from tests.threats.stored import NOT_A_CHANGE, differences, everything_stored

pytestmark = pytest.mark.anyio

Forge = Callable[[Belongings], Action]

OF_A_PERSON: Mapping[type[Action], Forge] = {
    actions.Answer: lambda one: actions.Answer(one.invitation, "recommend", "10"),
    actions.ChangeAnswer: lambda one: actions.ChangeAnswer(one.invitation, "recommend"),
    actions.SendText: lambda one: actions.SendText(one.invitation, "reason"),
    actions.SkipQuestion: lambda one: actions.SkipQuestion(one.form, "mind"),
    actions.OpenForm: lambda one: actions.OpenForm(one.form),
    actions.SubmitForm: lambda one: actions.SubmitForm(one.form),
    actions.Snooze: lambda one: actions.Snooze(one.invitation, 7),
    actions.StopAsking: lambda one: actions.StopAsking(one.invitation),
    actions.AskAgain: lambda one: actions.AskAgain(one.invitation),
    actions.TalkToPerson: lambda one: actions.TalkToPerson(one.invitation),
}
"""Whose invitation it is may use it, and nobody else: no colleague, no CX lead, nobody unknown."""

OF_A_LEAD: Mapping[type[Action], Forge] = {
    actions.ConfirmWave: lambda one: actions.ConfirmWave(one.draft),
    actions.CancelWave: lambda one: actions.CancelWave(one.sent),
    actions.StopSummary: lambda one: actions.StopSummary(one.subscription),
    actions.RunCommand: lambda one: actions.RunCommand("send csat to everyone"),
    actions.PostHere: lambda one: actions.PostHere("nps by account last-90d"),
}
"""A CX lead of the company may use it."""

EVERY_KIND = {**OF_A_PERSON, **OF_A_LEAD}

COMMANDS = (
    "nps",
    "nps by account last-90d",
    "why nps last-30d",
    "trend nps last-12mo",
    "explain nps",
    "waves",
    "send nps to everyone",
    "summary weekly #voice tue 08:00",
    "summary stop #voice",
    "summary list",
    "grant @bob cx_lead",
)
"""Everything that needs a CX lead, also by a button or typed behind somebody else's name."""

TYPED = {"reason": "Written by somebody else", "mind": "Written by somebody else"}


def refusals(subject: str) -> list[Message]:
    """The words with which somebody is refused; none of them says anything about the person or the thing."""
    return [
        notes.not_yours(ENGLISH),
        notes.gone(ENGLISH),
        notes.unknown_sender("nobody-known", ENGLISH),
        send_preview.gone(ENGLISH),
        subscriptions.gone(ENGLISH),
        *(advice.refused(subject, ENGLISH, employee=employee) for employee in (True, False)),
    ]


def subject_of(action: Action) -> str:
    match action:
        case actions.RunCommand(text=text) | actions.PostHere(text=text):
            return text.split()[0]
        case actions.StopSummary():
            return "summary"
        case _:
            return "send"


def assert_refused(outcome: Outcome, action: Action, whose: Belongings) -> None:
    assert outcome.reply is not None
    assert outcome.form is None
    assert outcome.reply.message in refusals(subject_of(action))
    assert outcome.reply.audience is not Audience.EVERYONE
    assert_nothing_shown(outcome, whose)


def assert_nothing_shown(outcome: Outcome, whose: Belongings) -> None:
    shown = repr(outcome)
    assert [secret for secret in whose.secrets if secret in shown] == []


async def use(house: House, user: str, action: Action) -> Outcome:
    return await house.uses(user, action, values=TYPED)


def test_every_kind_of_action_is_in_one_of_the_two_tables() -> None:
    assert set(EVERY_KIND) == set(Action.__args__)
    assert not set(OF_A_PERSON) & set(OF_A_LEAD)


@pytest.mark.parametrize("kind", list(EVERY_KIND), ids=lambda kind: kind.__name__)
async def test_an_action_used_by_the_wrong_person_changes_nothing_and_shows_nothing(
    kind: type[Action], belongings: Belongings
) -> None:
    house, action = belongings.house, EVERY_KIND[kind](belongings)
    store, tenant = house.company.store, house.company.id
    wrong = ["bob", "emma", "nobody-known", *(["lead"] if kind in OF_A_PERSON else ["ann"])]
    before = await everything_stored(store, tenant, without=NOT_A_CHANGE)
    for user in wrong:
        outcome = await use(house, user, action)
        assert_refused(outcome, action, belongings)
    assert differences(before, await everything_stored(store, tenant, without=NOT_A_CHANGE)) == {}


@pytest.mark.parametrize("kind", list(EVERY_KIND), ids=lambda kind: kind.__name__)
async def test_the_same_action_used_by_the_right_person_does_something(
    kind: type[Action], belongings: Belongings
) -> None:
    action = EVERY_KIND[kind](belongings)
    outcome = await use(belongings.house, "ann" if kind in OF_A_PERSON else "lead", action)
    assert outcome.form is not None or (
        outcome.reply is not None and outcome.reply.message not in refusals(subject_of(action))
    )


@pytest.mark.parametrize("kind", list(OF_A_PERSON), ids=lambda kind: kind.__name__)
async def test_an_action_used_in_the_conversation_of_its_owner_by_somebody_else_is_refused_too(
    kind: type[Action], belongings: Belongings
) -> None:
    house, action = belongings.house, OF_A_PERSON[kind](belongings)
    store, tenant = house.company.store, house.company.id
    before = await everything_stored(store, tenant, without=("inbound_event",))
    event = house.envelope("bob", channel="dm:ann")
    outcome = await house.works.engine.handle(ActionChosen(envelope=event, action=action, values=TYPED))
    assert_refused(outcome, action, belongings)
    # What is pending there stays, too: what Ann types next is still the answer to her own question.
    assert differences(before, await everything_stored(store, tenant, without=("inbound_event",))) == {}


@pytest.mark.parametrize("text", COMMANDS)
async def test_a_command_that_needs_a_lead_does_nothing_for_anybody_else(text: str, belongings: Belongings) -> None:
    house = belongings.house
    store, tenant = house.company.store, house.company.id
    before = await everything_stored(store, tenant, without=NOT_A_CHANGE)
    for user in ("bob", "emma", "nobody-known"):
        for action in (actions.RunCommand(text), actions.PostHere(text)):
            assert_refused(await use(house, user, action), action, belongings)
        assert_refused(await house.command(user, text), actions.RunCommand(text), belongings)
    assert differences(before, await everything_stored(store, tenant, without=NOT_A_CHANGE)) == {}


async def test_an_action_with_ids_of_another_company_changes_neither_and_shows_nothing(
    two_companies: tuple[Belongings, Belongings],
) -> None:
    """Also for the other company's CX lead, and for a user whom the platform calls the same."""
    theirs, mine = two_companies
    store = mine.house.company.store
    before = [await everything_stored(store, one.house.company.id) for one in two_companies]
    for kind, forge in EVERY_KIND.items():
        action = forge(theirs)
        if kind in (actions.RunCommand, actions.PostHere):
            continue  # they carry no id: what a lead of another company gets from them is in the next test
        for user in ("ann", "bob", "emma", "lead", "nobody-known"):
            assert_refused(await use(mine.house, user, action), action, theirs)
    after = [await everything_stored(store, one.house.company.id) for one in two_companies]
    assert differences(before[0], after[0]) == {}
    assert set(differences(before[1], after[1])) <= set(NOT_A_CHANGE)


async def test_an_answer_is_not_posted_to_the_channel_of_another_company(
    two_companies: tuple[Belongings, Belongings],
) -> None:
    theirs, mine = two_companies
    store = mine.house.company.store
    theirs_alone = await theirs.house.channel("theirs-alone")
    async with store.read(mine.house.company.id) as unit:
        [own] = await unit.conversations.channels()
    before = [await everything_stored(store, one.house.company.id, without=NOT_A_CHANGE) for one in two_companies]
    outcome = await use(mine.house, "lead", actions.PostHere("nps last-30d", theirs_alone))
    assert outcome.reply is not None
    assert outcome.reply.message == posting.gone(ENGLISH)
    after = [await everything_stored(store, one.house.company.id, without=NOT_A_CHANGE) for one in two_companies]
    assert [differences(*pair) for pair in zip(before, after, strict=True)] == [{}, {}]
    outcome = await use(mine.house, "lead", actions.PostHere("nps last-30d", own.address.conversation))
    assert outcome.reply is not None
    assert outcome.reply.message == posting.begun("voice", ENGLISH)


async def test_a_lead_asks_about_another_companys_people_and_is_told_nothing(
    two_companies: tuple[Belongings, Belongings],
) -> None:
    theirs, mine = two_companies
    store = mine.house.company.store
    before = await everything_stored(store, theirs.house.company.id)
    for text in (
        'nps account:"Verborgen"',
        'send nps to account:"Verborgen"',
        "grant @ann@verborgen.example cx_lead",
        "nps by account all",
        "nps all",
        "why nps all",
        "waves",
        "summary list",
    ):
        for outcome in (
            await mine.house.command("lead", text),
            await use(mine.house, "lead", actions.RunCommand(text)),
            await use(mine.house, "lead", actions.PostHere(text)),
        ):
            # What was typed may be repeated ("I know no account …"), and nothing else of it is known.
            said = repr(outcome).replace(text, "")
            assert [secret for secret in theirs.secrets if secret in said and secret not in text] == []
    assert differences(before, await everything_stored(store, theirs.house.company.id)) == {}
