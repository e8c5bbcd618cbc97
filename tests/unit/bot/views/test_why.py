"""Tests for a change in words: opinion and mix, said exactly."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from bot.actions import RunCommand
from bot.commands.grammar import parse
from bot.commands.results import WhyResult
from bot.commands.why import WhyCommand, split_otherwise
from bot.messages import Buttons, Facts, Headline, Message, Paragraph, Table
from bot.views.answers import answer_message
from surveys.insight.queries import Dimension
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
    assert text.endswith("Seen by role, the whole change comes from who answered, not from what they think.")
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
    assert text.endswith("Seen by role, the whole change comes from what people think, not from who answered.")


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


def test_where_periods_share_days_no_cause_is_claimed_and_it_says_that_nothing_was_tested(a_why: Make) -> None:
    text = sentence(answer_message(a_why("why nps last-90d vs last-quarter"), ENGLISH))
    assert text.endswith("The two periods share days, so nothing was tested, and there may be nothing to explain.")
    assert "comes from" not in text


def test_another_split_of_the_same_change_speaks_for_itself_alone(a_why: Make) -> None:
    before = {"food": (5, 5, 40), "retail": (5, 5, 40)}
    after = {"food": (30, 5, 15), "retail": (30, 5, 15)}
    text = sentence(answer_message(a_why("why nps by segment last-quarter", after, before), ENGLISH))
    assert "Seen by segment, the whole change comes from what people think" in text


def test_a_single_group_is_said_to_be_one_and_another_split_is_offered(a_why: Make) -> None:
    result = a_why("why nps by role role:technical last-quarter", {"technical": (9, 0, 0)}, {"technical": (0, 0, 9)})
    message = answer_message(result, ENGLISH)
    assert "There is only one group here, technical contacts" in message.summary
    assert "Every role" not in message.summary
    assert not any(isinstance(found, Table | Facts) for found in message.blocks)
    offered = [button.action for found in message.blocks if isinstance(found, Buttons) for button in found.buttons]
    assert RunCommand("why nps role:technical last-quarter") in offered


@pytest.mark.parametrize(
    ("typed", "by"),
    [
        ("why nps", Dimension.ROLE),
        ("why nps role:technical,finance", Dimension.ROLE),
        ("why nps -role:technical", Dimension.ROLE),
        ("why nps role:technical", Dimension.SEGMENT),
        ("why nps role:technical segment:food", Dimension.ACCOUNT),
        ("why nps role:technical account:acme", Dimension.LANGUAGE),
        ("why nps role:technical by role", Dimension.ROLE),
    ],
)
def test_a_change_is_split_by_what_the_filters_leave_several_of(typed: str, by: Dimension) -> None:
    command = parse(typed)
    assert isinstance(command, WhyCommand)
    assert command.by is by
    assert parse(command.text) == command
    other = split_otherwise(command)
    assert other.by is not by
    assert parse(other.text) == other


def test_languages_stand_in_alphabetical_order_and_none_is_named_as_the_worst(a_why: Make) -> None:
    codes = ("de", "en", "fr", "zh")
    before, after = dict.fromkeys(codes, (1, 1, 20)), {code: (20, 1, 1 + n) for n, code in enumerate(codes)}
    message = answer_message(a_why("why nps by language last-quarter", after, {"pl": (9, 9, 9), **before}), ENGLISH)
    table = block(message, Table)
    assert [row[0] for row in table.rows] == ["Chinese", "English", "French", "German", "Polish"]
    assert "not ranked" in table.caption
    assert "Largest" not in table.caption
    assert "above all" not in sentence(message)


def test_the_parts_are_said_to_add_up_before_rounding(a_why: Make) -> None:
    told = [found.text for found in answer_message(a_why(), ENGLISH).blocks if isinstance(found, Paragraph)]
    assert told[-1].endswith("Before rounding the two add up to the change exactly.")


@pytest.mark.parametrize(("now", "before"), [({}, {"technical": (1, 1, 1)}), ({"technical": (1, 1, 1)}, {})])
def test_without_answers_on_one_side_there_is_nothing_to_compare(
    a_why: Make, now: dict[str, object], before: dict[str, object]
) -> None:
    message = answer_message(a_why(now=now, before=before), ENGLISH)
    assert message.summary.startswith("Nothing to compare")
    assert not any(isinstance(found, Table) for found in message.blocks)


def test_an_account_is_shown_by_the_mean_of_its_answers(a_why: Make) -> None:
    before, after = {"1": (1, 1, 2), "2": (0, 0, 3)}, {"1": (2, 1, 1)}
    table = block(answer_message(a_why("why nps by account last-quarter", after, before), ENGLISH), Table)
    assert table.columns[1].title == "Mean before → after"
    cells = {row[0]: row[1] for row in table.rows}
    assert len(cells) == 2
    assert set(cells.values()) == {"7.5 → 5.8", "10.0 → –"}


@pytest.mark.parametrize(
    ("typed", "grouped"),
    [
        ("why nps last-quarter", "nps by role last-quarter"),
        ("why nps by segment tier:gold 2026-Q1 vs year-ago", "nps by segment tier:gold 2026-Q1 vs year-ago"),
        ("why nps -role:technical last-quarter latest", "nps by role -role:technical last-quarter latest"),
        ("why nps series:any last-quarter", "nps by role series:any last-quarter"),
    ],
)
def test_group_by_group_asks_about_the_same_answers(a_why: Make, typed: str, grouped: str) -> None:
    first = block(answer_message(a_why(typed), ENGLISH), Buttons).buttons[0]
    assert (first.label, first.action) == ("Group by group", RunCommand(grouped))


def test_where_nothing_can_be_compared_the_year_of_the_same_answers_is_offered(a_why: Make) -> None:
    typed = "why nps role:technical last-quarter"
    [year] = block(answer_message(a_why(typed, now={}), ENGLISH), Buttons).buttons
    assert year.action == RunCommand("trend nps role:technical last-12mo")


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
