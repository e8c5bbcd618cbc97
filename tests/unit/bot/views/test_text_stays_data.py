"""Tests that what people typed or are called stays plain text in its own field, whatever it looks like (threat 12)."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date

import pytest

from bot import actions
from bot.commands.advice import Advice
from bot.commands.grammar import parse
from bot.commands.results import ScoreResult
from bot.messages import Message, Quote
from bot.views.advice import mistake
from bot.views.answers import answer_message
from surveys.insight.queries import Comment, Tally, TallySet
from surveys.words import ENGLISH

CORPUS = [
    "<!channel> hello everybody",
    "<@U123> look <http://evil|here>",
    "*bold* _it_ ~no~ `code` [x](http://evil)",
    "<script>alert(1)</script> is what I typed",
    "{metric} {score} %s %(x)s {0.__class__}",
    "מצוין, תודה רבה לכולכם",
    '=HYPERLINK("http://evil")',
    "many\nlines\nof\ntext",
]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings(getattr(value, field.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from strings(part)


@pytest.mark.parametrize("text", CORPUS)
def test_a_comment_is_quoted_word_for_word_and_stands_nowhere_else(
    text: str, a_score: Callable[..., ScoreResult]
) -> None:
    comment = Comment(text=text, score=9, role="technical", account="Acme", language="en", day=date(2026, 7, 1))
    message = answer_message(a_score("nps", comments=(comment,)), ENGLISH)
    assert [block.text for block in message.blocks if isinstance(block, Quote)] == [text]
    elsewhere = Message(
        summary=message.summary, blocks=tuple(block for block in message.blocks if not isinstance(block, Quote))
    )
    assert not any(text in string for string in strings(elsewhere))


@pytest.mark.parametrize("name", CORPUS)
def test_an_accounts_name_survives_formatting_and_is_one_cell(name: str, a_score: Callable[..., ScoreResult]) -> None:
    group = Tally(key="1", counts={10: 5}, people=5)
    message = answer_message(
        a_score("nps by account", TallySet(total=group, groups=(group,)), labels={"1": name}), ENGLISH
    )
    assert list(strings(message)).count(name) == 1


@pytest.mark.parametrize("text", [text for text in CORPUS if "\n" not in text])
def test_a_mistyped_command_is_repeated_harmlessly(text: str) -> None:
    advice = parse(f"nps {text}")
    if not isinstance(advice, Advice):
        return
    message = mistake(advice, ENGLISH)
    assert "\n" not in message.summary
    assert len(message.summary) < 700


def test_every_button_of_an_answer_fits_into_a_platforms_button(a_score: Callable[..., ScoreResult]) -> None:
    names = ",".join(f'"Account number {number} with a long name"' for number in range(40))
    message = answer_message(a_score(f"nps account:{names}", (10, 20, 30), (1, 2, 3)), ENGLISH)
    for block in message.blocks:
        for button in getattr(block, "buttons", ()):
            assert len(actions.pack(button.action)) <= actions.PACKED_LIMIT
