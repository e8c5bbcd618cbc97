"""Whatever the bot can say keeps Slack's rules, whoever is called whatever; messages of any blocks do too."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.render import render_form, render_home, render_message
from bot import actions
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
    Form,
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
from tests.every_view import EXTREMES, every_view, rendered, views
from tests.unit.adapters.slack.block_kit import check_message, check_view


def check(node: Any) -> None:
    if node["type"] == "message":
        check_message(node["text"], node["blocks"])
    else:
        check_view(node)


def test_every_view_is_tried() -> None:
    assert set(every_view("Acme")) == set(views())


@pytest.mark.parametrize("text", EXTREMES.values(), ids=EXTREMES.keys())
def test_every_view_keeps_every_rule_of_slack(text: str) -> None:
    for name, shown in every_view(text).items():
        assert shown, name
        for each in shown:
            check(rendered(each))


def test_every_view_keeps_them_with_every_metric_and_every_size_of_numbers() -> None:
    for shown in every_view("Nordhavn Tools", thorough=True).values():
        for each in shown:
            check(rendered(each))


# ── messages that no view makes yet ────────────────────────────────────────────────────────────────────────────

TEXT = st.one_of(
    st.text(max_size=60), st.builds(lambda text, times: text * times, st.text(max_size=9), st.integers(0, 900))
)
LINE = st.text(max_size=90)
ID = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
ANSWER = st.builds(actions.Answer, ID, ID)
ACTION = st.one_of(
    st.builds(actions.RunCommand, st.text(max_size=300)),
    st.builds(actions.OpenForm, ID),
    st.builds(actions.Snooze, ID, st.integers(1, 365)),
)
BUTTON = st.builds(Button, label=TEXT, action=ACTION, style=st.sampled_from(ButtonStyle))
OPTION = st.builds(Option, value=ID, label=TEXT)
CELLS = st.lists(TEXT, max_size=8).map(tuple)


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    low = draw(st.integers(-3, 3))
    high = low + draw(st.integers(1, 30))
    return Scale(
        question=draw(TEXT), template=draw(ANSWER), low=low, high=high, low_label=draw(TEXT), high_label=draw(TEXT),
        selected=draw(st.one_of(st.none(), st.integers(low, high))), not_applicable=draw(LINE),
    )  # fmt: skip


def inputs() -> st.SearchStrategy[TextInput]:
    return st.builds(
        TextInput, key=ID, label=TEXT, max_length=st.integers(1, 20_000), value=TEXT, placeholder=TEXT,
        submit=st.one_of(st.none(), BUTTON),
    )  # fmt: skip


BLOCK: st.SearchStrategy[Block] = st.one_of(
    st.builds(Heading, text=TEXT),
    st.builds(Paragraph, text=TEXT, tone=st.sampled_from(Tone)),
    st.builds(Quote, text=TEXT, by=TEXT),
    st.builds(Headline, label=TEXT, value=TEXT, notes=CELLS, badge=TEXT),
    st.builds(Facts, rows=st.lists(st.tuples(TEXT, TEXT), max_size=30).map(tuple)),
    st.builds(
        Distribution,
        label=TEXT,
        shares=st.lists(st.builds(Share, label=TEXT, count=st.integers(0, 10**12), percent=LINE), max_size=12).map(
            tuple
        ),
    ),
    st.builds(
        Table,
        caption=TEXT,
        columns=st.lists(st.builds(Column, title=TEXT, numeric=st.booleans()), max_size=8).map(tuple),
        rows=st.lists(CELLS, max_size=60).map(tuple),
    ),
    st.builds(Chart, title=TEXT, alt_text=TEXT, spec=st.just("{}")),
    scales(),
    st.builds(Choice, question=TEXT, template=ANSWER, options=st.lists(OPTION, max_size=60).map(tuple)),
    inputs(),
    st.builds(Buttons, buttons=st.lists(BUTTON, max_size=60).map(tuple)),
    st.just(Divider()),
)
BLOCKS = st.lists(BLOCK, max_size=12).map(tuple)
MESSAGE = st.builds(Message, summary=TEXT, blocks=BLOCKS)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(MESSAGE)
def test_a_message_of_any_blocks_keeps_every_rule_of_slack(message: Message) -> None:
    made = render_message(message)
    check_message(made.text, made.blocks)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.builds(Form, title=TEXT, blocks=BLOCKS, submit_label=TEXT, action=st.builds(actions.SubmitForm, ID)))
def test_a_form_of_any_blocks_keeps_every_rule_of_slack(form: Form) -> None:
    check_view(render_form(form, metadata=json.dumps(actions.pack(form.action))))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.builds(Message, summary=LINE, blocks=st.lists(BLOCK, max_size=8).map(tuple)), max_size=3))
def test_a_home_tab_of_any_messages_keeps_every_rule_of_slack(messages: list[Message]) -> None:
    check_view(render_home(messages))


# ── the rules themselves ───────────────────────────────────────────────────────────────────────────────────────


def wrong_messages() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    def plain(text: str) -> dict[str, Any]:
        return {"type": "plain_text", "text": text, "emoji": False}

    button = {"type": "button", "text": plain("x"), "action_id": "a", "value": "v"}
    section = {"type": "section", "text": plain("x")}
    yield "51 blocks", [section] * 51
    yield "no block", []
    yield "a text too long", [{"type": "section", "text": plain("x" * 3_001)}]
    yield "an empty text", [{"type": "section", "text": plain("")}]
    yield "a mention", [{"type": "section", "text": plain("<!channel>")}]
    yield "formatted text", [{"type": "section", "text": {"type": "mrkdwn", "text": "*x*", "verbatim": True}}]
    yield "a header too long", [{"type": "header", "text": plain("x" * 151)}]
    yield "26 elements", [{"type": "actions", "elements": [{**button, "action_id": str(n)} for n in range(26)]}]
    yield "the same id twice", [{"type": "actions", "elements": [button, button]}]
    yield "the same block id twice", [{**section, "block_id": "b"}] * 2
    yield "a label too long", [{"type": "actions", "elements": [{**button, "text": plain("x" * 76)}]}]
    yield "a value too long", [{"type": "actions", "elements": [{**button, "value": "x" * 2_001}]}]
    yield "a style of ours", [{"type": "actions", "elements": [{**button, "style": "warning"}]}]
    yield "a key of ours", [{**section, "tone": "muted"}]
    yield "too much text in all", [{"type": "section", "text": plain("x" * 3_000)}] * 5
    yield "half of a surrogate pair", [{"type": "section", "text": plain("\ud83d")}]


@pytest.mark.parametrize(("_what", "blocks"), list(wrong_messages()), ids=[name for name, _ in wrong_messages()])
def test_the_rules_refuse_what_slack_refuses(_what: str, blocks: list[dict[str, Any]]) -> None:
    with pytest.raises((AssertionError, UnicodeEncodeError)):
        check_message("In one line", blocks)
