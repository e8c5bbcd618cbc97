"""Asking as the rules of sending want it, in every one of the demo's invitations."""

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.demo.contacts import INGRID, MARTA, DemoContact, Standing, by_seat, contacts
from bot.demo.dates import IN_CHAT_SINCE, RELEASE_5_0, STARTS_AT, ZONE, Quarter, local_day
from bot.demo.planted import ACME_ASKED_IN_MAY, MISTAPPED, ON_MONDAY
from bot.demo.waves import Ask, asks, imported

WINDOW = timedelta(days=14)


def of(contact: DemoContact) -> list[Ask]:
    return [ask for ask in asks() if ask.contact == contact]


def local(contact: DemoContact, ask: Ask) -> str:
    return f"{ask.at.astimezone(ZoneInfo(contact.timezone)):%Y-%m-%d}"


def test_no_answer_comes_before_its_question_or_after_its_window() -> None:
    for ask in asks():
        if ask.reply is not None:
            assert timedelta(0) < ask.reply.at - ask.at < WINDOW


def test_nobody_is_asked_or_answers_at_night_or_on_a_weekend() -> None:
    for ask in asks():
        for moment in (ask.at, ask.reply.at if ask.reply else ask.at):
            there = moment.astimezone(ZoneInfo(ask.contact.timezone))
            assert there.weekday() < 5
            # The questions that wait when the clock starts came just before it does, at 08:50.
            assert (8 if ask.queued else 9) <= there.hour < 20


def test_nobody_is_asked_on_the_day_of_the_outage_or_at_christmas() -> None:
    days = {ask.at.date() for ask in asks()}

    assert RELEASE_5_0 not in days
    assert not any(day.month == 12 and day.day > 23 for day in days)


def test_between_two_answers_and_two_questions_of_a_person_lie_at_least_ninety_one_days() -> None:
    asked: dict[str, list[Ask]] = defaultdict(list)
    for ask in asks():
        asked[ask.contact.email].append(ask)
    for mine in asked.values():
        zone = ZoneInfo(mine[0].contact.timezone)
        days = [ask.at.astimezone(zone).date() for ask in mine]
        answered = [ask.reply.at.astimezone(zone).date() for ask in mine if ask.reply]
        for earlier, later in [*pairwise(days), *pairwise(answered)]:
            assert (later - earlier).days >= 91


def test_people_answer_in_the_quarter_in_which_they_are_asked() -> None:
    for ask in asks():
        if ask.reply is not None:
            assert ask.quarter.period.start <= local_day(ask.reply.at) < ask.quarter.period.end


def test_the_silent_purchaser_answered_in_august_and_never_again() -> None:
    ingrid = by_seat()[INGRID]
    answered = [(local(ingrid, ask), ask.reply.score) for ask in of(ingrid) if ask.reply]
    in_vain = [local(ingrid, ask) for ask in of(ingrid) if ask.reply is None]

    assert answered[-1] == ("2025-08-21", 7)
    assert in_vain == ["2025-11-20", "2026-02-19", "2026-05-21"]


def test_marta_is_asked_at_five_past_nine_on_the_demos_day() -> None:
    last = of(by_seat()[MARTA])[-1]

    assert last.queued
    assert f"{last.at.astimezone(ZONE):%Y-%m-%d %H:%M}" == "2026-07-06 09:05"


def test_the_others_cast_for_the_day_have_a_question_waiting_when_the_clock_starts() -> None:
    waiting = [ask for ask in asks() if ask.queued and ask.at <= STARTS_AT]

    assert {ask.contact.seat for ask in waiting} == set(ON_MONDAY) - {MARTA}


def test_every_other_window_without_an_answer_is_closed_when_the_clock_starts() -> None:
    for ask in asks():
        if not ask.queued and ask.reply is None and not ask.undeliverable:
            assert ask.at + WINDOW < STARTS_AT


def test_those_never_asked_were_not_and_those_out_of_reach_got_nothing_lately() -> None:
    for contact in contacts():
        if contact.standing is Standing.NEVER_ASKED:
            assert of(contact) == []
        if contact.standing is Standing.UNREACHED:
            assert of(contact)[-1].undeliverable


def test_nobody_is_asked_after_saying_no() -> None:
    for contact in contacts():
        if contact.opted_out_on is not None:
            assert all(local_day(ask.at) <= contact.opted_out_on for ask in of(contact))


def test_one_contact_corrected_a_slip_of_the_finger() -> None:
    corrected = [ask for ask in asks() if ask.reply and ask.reply.first_tap is not None]

    assert [(ask.contact.seat, ask.reply and (ask.reply.first_tap, ask.reply.score)) for ask in corrected] == [
        (MISTAPPED, (1, 9))
    ]


def test_at_acme_somebody_was_asked_too_recently_to_be_asked_again() -> None:
    last = of(by_seat()[ACME_ASKED_IN_MAY])[-1]

    assert f"{last.at:%Y-%m}" == "2026-05"


def test_in_chat_half_to_nine_tenths_answer() -> None:
    for quarter in (Quarter.Q4_2025, Quarter.Q1_2026, Quarter.Q2_2026):
        reached = [ask for ask in asks() if ask.quarter is quarter and not ask.undeliverable]
        assert 0.5 < sum(ask.reply is not None for ask in reached) / len(reached) < 0.9


def test_what_was_imported_lies_before_the_chat() -> None:
    assert all(ask.reply is not None for ask in asks() if imported(ask))
    assert max(ask.at.date() for ask in asks() if imported(ask)) < IN_CHAT_SINCE
