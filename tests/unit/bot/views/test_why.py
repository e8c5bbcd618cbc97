"""Tests for a change in words: opinion and mix, said exactly."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from bot.commands.results import WhyResult
from bot.messages import Facts, Headline, Message, Paragraph, Table
from bot.views.answers import answer_message
from surveys.words import ENGLISH

Kind = TypeVar("Kind")
Make = Callable[..., WhyResult]


def block(message: Message, kind: type[Kind]) -> Kind:
    return next(found for found in message.blocks if isinstance(found, kind))


def sentence(message: Message) -> str:
    return block(message, Paragraph).text


def test_the_paradox_is_told_no_role_became_unhappier_and_others_answered(a_why: Make) -> None:
    message = answer_message(a_why(), ENGLISH)
    assert block(message, Headline).value == "−28"
    assert [value for _label, value in block(message, Facts).rows] == ["+6", "−34", "−28"]
    text = sentence(message)
    assert "No role became unhappier." in text
    assert "a larger share from technical contacts (16 % → 44 %) and end users (7 % → 16 %)" in text
    assert "a smaller one from decision makers (40 % → 14 %)" in text
    assert "who answered, not from what they think" in text
    assert "No role became unhappier." in message.summary


def test_the_largest_contributors_come_first_with_both_scores_and_shares(a_why: Make) -> None:
    table = block(answer_message(a_why(), ENGLISH), Table)
    together = [int(row[-1].replace("−", "-").replace("+", "")) for row in table.rows]
    assert [abs(part) for part in together] == sorted((abs(part) for part in together), reverse=True)
    assert table.rows[0][0] == "decision makers"
    assert "(n 48)" in table.rows[0][2]
    assert "(n 31)" in table.rows[0][2]


def test_a_true_fall_says_that_every_role_became_unhappier(a_why: Make) -> None:
    before = {"technical": (5, 5, 20), "finance": (5, 5, 20)}
    after = {"technical": (15, 5, 10), "finance": (12, 5, 13)}
    text = sentence(answer_message(a_why(now=after, before=before), ENGLISH))
    assert "Every role became unhappier." in text
    assert "The whole change comes from what people think" in text or "Most of the change is opinion." in text


def test_some_roles_are_named_with_how_far_they_moved(a_why: Make) -> None:
    before = {"technical": (5, 5, 20), "finance": (5, 5, 20)}
    after = {"technical": (20, 5, 5), "finance": (5, 5, 20)}
    text = sentence(answer_message(a_why(now=after, before=before), ENGLISH))
    assert "1 of 2 groups scored lower: technical contacts (−100)." in text


def test_a_rise_is_told_as_a_rise(a_why: Make) -> None:
    before = {"technical": (20, 5, 5), "finance": (12, 5, 13)}
    after = {"technical": (5, 5, 20), "finance": (5, 5, 20)}
    text = sentence(answer_message(a_why(now=after, before=before), ENGLISH))
    assert "Every role became happier." in text
    assert "unhappier" not in text


def test_for_a_change_within_noise_no_cause_is_claimed(a_why: Make) -> None:
    before = {"technical": (5, 5, 6), "finance": (5, 5, 6)}
    after = {"technical": (6, 5, 5), "finance": (5, 5, 6)}
    text = sentence(answer_message(a_why(now=after, before=before), ENGLISH))
    assert text.endswith("The change is within noise, so there may be nothing to explain.")
    assert "comes from" not in text


@pytest.mark.parametrize(("now", "before"), [({}, {"technical": (1, 1, 1)}), ({"technical": (1, 1, 1)}, {})])
def test_without_answers_on_one_side_there_is_nothing_to_compare(
    a_why: Make, now: dict[str, object], before: dict[str, object]
) -> None:
    message = answer_message(a_why(now=now, before=before), ENGLISH)
    assert message.summary.startswith("Nothing to compare")
    assert not any(isinstance(found, Table) for found in message.blocks)


def test_parts_beyond_the_rows_asked_for_are_summed_and_nothing_is_lost(a_why: Make) -> None:
    table = block(answer_message(a_why("why nps last-quarter top 2"), ENGLISH), Table)
    assert [row[0] for row in table.rows][-1] == "4 more"
    assert len(table.rows) == 3


def test_csv_has_one_row_per_group(a_why: Make) -> None:
    message = answer_message(a_why("why nps last-quarter as csv"), ENGLISH)
    lines = sentence(message).splitlines()
    assert len(lines) == 7
    assert sum(float(line.split(",")[-1]) for line in lines[1:]) == pytest.approx(-27.636986, abs=1e-5)


def test_in_csv_the_key_is_for_scripts_and_the_label_for_people(a_why: Make) -> None:
    lines = sentence(answer_message(a_why("why nps last-quarter as csv"), ENGLISH)).splitlines()
    assert lines[1].startswith("role,decision_maker,decision makers,48,31,")
