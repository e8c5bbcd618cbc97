"""What the chat log keeps of a message is all of it, and nothing else is read as one."""

import json
from dataclasses import fields
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.codec import VERSION, decode, encode
from bot.actions import Action, Answer
from bot.messages import (
    Block,
    Button,
    Buttons,
    ButtonStyle,
    Chart,
    Choice,
    Column,
    Distribution,
    Divider,
    Facts,
    Heading,
    Headline,
    Message,
    Option,
    Paragraph,
    Quote,
    Scale,
    Share,
    Table,
    TextInput,
    Tone,
)
from surveys.errors import InvalidInput

words = st.text(max_size=40)
numbers = st.integers(min_value=-1000, max_value=1000)
answers = st.builds(Answer, invitation=words, question=words, value=words)
actions: st.SearchStrategy[Action] = st.one_of(
    [
        st.builds(
            kind, **{each.name: numbers if get_type_hints(kind)[each.name] is int else words for each in fields(kind)}
        )
        for kind in get_args(Action)
    ]
)
rows = st.lists(words, max_size=3).map(tuple)
pairs = st.lists(st.tuples(words, words), max_size=3).map(tuple)
buttons = st.builds(Button, label=words, action=actions, style=st.sampled_from(ButtonStyle))
shares = st.builds(Share, label=words, count=numbers, percent=words)
columns = st.builds(Column, title=words, numeric=st.booleans())
options = st.builds(Option, value=words, label=words)
kinds: dict[type, st.SearchStrategy[Block]] = {
    Heading: st.builds(Heading, text=words),
    Paragraph: st.builds(Paragraph, text=words, tone=st.sampled_from(Tone)),
    Quote: st.builds(Quote, text=words, by=words),
    Headline: st.builds(Headline, label=words, value=words, notes=rows, badge=words),
    Facts: st.builds(Facts, rows=pairs),
    Distribution: st.builds(Distribution, label=words, shares=st.lists(shares, max_size=3).map(tuple)),
    Table: st.builds(
        Table, caption=words, columns=st.lists(columns, max_size=3).map(tuple),
        rows=st.lists(rows, max_size=3).map(tuple),
    ),
    Chart: st.builds(Chart, title=words, alt_text=words, spec=words),
    Scale: st.builds(
        Scale, question=words, template=answers, low=numbers, high=numbers, low_label=words, high_label=words,
        selected=st.none() | numbers, not_applicable=words,
    ),
    Choice: st.builds(
        Choice, question=words, template=answers, options=st.lists(options, max_size=3).map(tuple),
        selected=st.none() | words,
    ),
    TextInput: st.builds(
        TextInput, key=words, label=words, max_length=numbers, value=words, placeholder=words,
        submit=st.none() | buttons,
    ),
    Buttons: st.builds(Buttons, buttons=st.lists(buttons, max_size=3).map(tuple)),
    Divider: st.just(Divider()),
}  # fmt: skip
blocks = st.one_of(*kinds.values())
messages = st.builds(Message, summary=words, blocks=st.lists(blocks, max_size=5).map(tuple))


def test_no_block_is_forgotten_here() -> None:
    assert set(kinds) == set(get_args(Block))


@given(messages)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.text())
def test_what_is_not_a_message_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(InvalidInput):
        decode(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.sampled_from([kind.__name__ for kind in get_args(Block)]), st.lists(json_values, max_size=8))
def test_a_block_with_other_fields_is_refused_or_is_a_block(name: str, values: list[object]) -> None:
    text = json.dumps([VERSION, "summary", [[name, *values]]])
    try:
        message = decode(text)
    except InvalidInput:
        return
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ([VERSION, "s", [["Carousel", "x"]]], "“Carousel”"),
        ([VERSION + 1, "s", []], f"version {VERSION + 1}"),
        ([VERSION, "s", [["Heading"]]], "0 fields, not 1"),
        ([VERSION, "s", [["Heading", 7]]], "a int where a str belongs"),
        ([VERSION, "s", [["Paragraph", "x", "loud"]]], "unknown Tone"),
        ([VERSION, "s", [["Buttons", [["Go", '["~","x"]', "plain"]]]]], "an action"),
        ([VERSION, "s", [["Facts", [["one"]]]]], "1 values where 2 belong"),
        ([VERSION, "s", [[]]], "no name"),
        ([VERSION, "s"], "not a version"),
        ({"summary": "s"}, "not a version"),
    ],
)
def test_an_unknown_message_is_refused_by_what_is_wrong_with_it(body: object, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        decode(json.dumps(body))


def test_true_is_no_number() -> None:
    scale = ["Scale", "q", '["a","i","q",""]', True, 10, "l", "h", None, ""]
    with pytest.raises(InvalidInput, match="a bool where a int belongs"):
        decode(json.dumps([VERSION, "s", [scale]]))


def test_a_refusal_does_not_repeat_what_a_person_wrote() -> None:
    with pytest.raises(InvalidInput) as refusal:
        decode(json.dumps([VERSION, "s", [["Heading", ["my secret comment"]]]]))
    assert "secret" not in str(refusal.value)
