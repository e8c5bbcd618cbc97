"""What a message looks like in Slack: every block, within every limit, and a person's words are only ever words."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.render import charts, render_form, render_home, render_message
from adapters.slack.tables import LINE
from bot.actions import Answer, OpenForm, RunCommand, SendText, SkipQuestion, SubmitForm, unpack
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
from tests.threats.hostile import ANYTHING, HOSTILE
from tests.threats.test_hostile_text import every_block
from tests.unit.adapters.slack.block_kit import buttons, check_blocks, check_view, inputs, shown

ASK = Answer("inv", "recommend")
SEND = Button(label="Send", action=SendText("inv", "why"))


def blocks_of(*blocks: Block) -> Sequence[Any]:
    rendered = render_message(Message(summary="In one line", blocks=blocks))
    check_blocks(rendered.blocks)
    return rendered.blocks


def a_scale(**more: Any) -> Scale:
    given_ = {"low": 0, "high": 10, "low_label": "not at all", "high_label": "extremely", **more}
    return Scale(question="How likely?", template=ASK, **given_)


def test_a_scale_from_0_to_10_is_eleven_buttons_that_carry_their_answer() -> None:
    points = buttons(blocks_of(a_scale()))
    assert [point["text"]["text"] for point in points] == [str(value) for value in range(11)]
    assert [unpack(point["value"]) for point in points] == [
        ASK.__class__("inv", "recommend", str(v)) for v in range(11)
    ]


def test_both_ends_of_a_scale_are_named_for_the_eye_and_for_the_ear() -> None:
    blocks = blocks_of(a_scale())
    assert "0 = not at all  ·  10 = extremely" in shown(blocks)
    points = buttons(blocks)
    assert (points[0]["accessibility_label"], points[10]["accessibility_label"]) == ("0, not at all", "10, extremely")


def test_the_chosen_number_has_a_mark_and_says_so() -> None:
    point = buttons(blocks_of(a_scale(selected=9)))[9]
    assert point["text"]["text"] == "✓ 9"
    assert point["accessibility_label"] == "9, your answer"


def test_does_not_apply_stands_apart_from_the_numbers() -> None:
    blocks = blocks_of(a_scale(not_applicable="Does not apply"))
    apart = [block for block in blocks if block["type"] == "actions"][-1]
    [button] = apart["elements"]
    assert unpack(button["value"]) == Answer("inv", "recommend", "na")


def test_a_question_stands_out_as_on_every_platform() -> None:
    choice = Choice(question="Which?", template=ASK, options=(Option(value="a", label="A"),))
    for question in (a_scale(), choice):
        assert blocks_of(question)[0]["type"] == "header"


def test_a_choice_is_a_button_for_each_option() -> None:
    options = tuple(Option(value=str(n), label=f"Option {n}") for n in range(30))
    found = buttons(blocks_of(Choice(question="Which?", template=ASK, options=options, selected="3")))
    assert [unpack(each["value"]) for each in found] == [Answer("inv", "recommend", str(n)) for n in range(30)]
    assert found[3]["text"]["text"] == "✓ Option 3"


def test_an_option_too_long_for_a_button_is_read_in_full_above_it() -> None:
    label = "We have not been able to reach anybody who could say when this would be repaired, or by whom."
    blocks = blocks_of(Choice(question="Which?", template=ASK, options=(Option(value="a", label=label),)))
    assert f"1. {label}" in shown(blocks)
    assert buttons(blocks)[0]["text"]["text"].startswith("1. We have not")


def test_a_typed_answer_in_a_message_is_a_field_with_its_button() -> None:
    blocks = blocks_of(TextInput(key="why", label="Why?", value="Because", placeholder="A few words", submit=SEND))
    [field] = inputs(blocks)
    assert field["label"]["text"] == "Why?"
    assert field["element"]["action_id"] == "b0.input.why"
    assert field["element"]["initial_value"] == "Because"
    assert [unpack(each["value"]) for each in buttons(blocks)] == [SendText("inv", "why")]


def test_what_else_can_be_done_with_a_field_stands_beside_its_button() -> None:
    field = TextInput(key="why", label="Why?", submit=SEND)
    skip, talk = (Button(label=label, action=SkipQuestion("inv", "why")) for label in ("Skip", "Talk"))
    rows = blocks_of(field, Buttons(buttons=(skip,)), Buttons(buttons=(talk,)))
    labels = [[each["text"]["text"] for each in row["elements"]] for row in rows if row["type"] == "actions"]
    assert labels == [["Send", "Skip"], ["Talk"]]
    many = blocks_of(field, Buttons(buttons=(skip,) * 25))
    assert [len(row["elements"]) for row in many if row["type"] == "actions"] == [1, 25]


def test_an_earlier_text_that_does_not_fit_the_field_is_not_cut_into_it() -> None:
    [field] = inputs(blocks_of(TextInput(key="why", label="Why?", value="x" * 3_001, submit=SEND)))
    assert "initial_value" not in field["element"]
    assert "longer" in field["hint"]["text"]


def test_an_earlier_text_of_emoji_counts_as_slack_counts_it() -> None:
    [field] = inputs(blocks_of(TextInput(key="why", label="Why?", value="😀" * 1_501, submit=SEND)))
    assert "initial_value" not in field["element"]


def test_every_word_of_a_long_paragraph_is_shown() -> None:
    words = [f"word{n}" for n in range(1_200)]
    assert shown(blocks_of(Paragraph(text=" ".join(words)))).split() == words


@pytest.mark.parametrize("tone", list(Tone))
def test_a_paragraph_of_any_tone_says_its_text(tone: Tone) -> None:
    assert shown(blocks_of(Paragraph(text="A & B < C", tone=tone))) == "A & B < C"


def test_a_figure_shows_its_label_value_badge_and_notes() -> None:
    text = shown(
        blocks_of(Headline(label="NPS", value="+31", notes=("n 120", "95 %: +17 to +43"), badge="few answers"))
    )
    for part in ("NPS", "+31", "n 120", "95 %: +17 to +43", "few answers"):
        assert part in text


def test_facts_a_quote_and_a_heading_are_read_as_they_are() -> None:
    blocks = (
        Facts(rows=(("n", "12"), ("People", "9"))),
        Quote(text="Very good", by="technical"),
        Heading(text="Reasons"),
    )
    text = shown(blocks_of(*blocks))
    for part in ("n: 12\nPeople: 9", "“Very good”", "— technical", "Reasons"):
        assert part in text


def test_a_table_stands_in_columns_of_a_fixed_width() -> None:
    table = Table(
        caption="By role",
        columns=(Column(title="Role"), Column(title="NPS", numeric=True)),
        rows=(("technical", "+7"), ("decision maker", "+31")),
    )
    lines = shown(blocks_of(table)).splitlines()
    assert "technical        +7" in lines
    assert "decision maker  +31" in lines


def test_columns_for_which_a_line_has_no_room_stand_below_it_by_name() -> None:
    """Slack breaks a longer line anywhere, so that nobody knows which number belongs to which column."""
    wide = "Share before and now"
    table = Table(
        caption="Largest contributions first",
        columns=(Column(title="Role"), *(Column(title=f"{wide} {n}", numeric=True) for n in range(4))),
        rows=(("technical", "16 %", "44 %", "−10", "1"), ("finance", "8 %", "", "", "+1"), ("operations", "13 %")),
    )
    lines = shown(blocks_of(table)).splitlines()
    assert max(map(len, lines)) <= LINE
    assert lines[-6:-1] == [
        f"technical   {'16 %':>22}  {'44 %':>22}",
        f"  {wide} 2 −10 · {wide} 3 1",
        f"finance     {'8 %':>22}",
        f"  {wide} 3 +1",
        f"operations  {'13 %':>22}",
    ]


def test_a_text_too_long_to_stand_beside_others_is_read_in_full_below() -> None:
    long = ", ".join(f"value{n}" for n in range(12))
    table = Table(
        caption="Filters",
        columns=(Column(title="Typed"), Column(title="Means")),
        rows=(("role:…", long), ("top 5", "five")),
    )
    assert shown(blocks_of(table)).splitlines()[-5:-1] == ["role:…", f"  Means {long}", "top 5", "  Means five"]


def test_a_row_of_a_table_is_never_torn_in_two() -> None:
    rows = tuple((f"account number {n:04}", str(n)) for n in range(300))
    table = Table(caption="", columns=(Column(title="Account"), Column(title="n", numeric=True)), rows=rows)
    lines = shown(blocks_of(table)).splitlines()
    whole = [line for line in lines if line.startswith("account number")]
    assert all(line.split()[2].lstrip("0") == (line.split()[3].lstrip("0")) for line in whole)
    assert len(whole) == 300


def test_a_distribution_says_number_and_share_beside_its_bar() -> None:
    shares = (Share(label="Promoters", count=30, percent="75 %"), Share(label="Detractors", count=10, percent="25 %"))
    text = shown(blocks_of(Distribution(label="Answers", shares=shares)))
    assert "Promoters   ████████  30  75 %" in text


def test_a_chart_is_read_in_words_and_its_picture_follows() -> None:
    chart = Chart(title="NPS by month", alt_text="From 20 in May to 31 in July", spec="{}")
    message = Message(summary="Trend", blocks=(chart,))
    assert shown(blocks_of(chart)) == "NPS by month: From 20 in May to 31 in July"
    assert charts(message) == (chart,)


def test_a_chart_whose_words_begin_with_its_title_says_it_once() -> None:
    chart = Chart(title="NPS by month", alt_text="NPS by month: 20 in May, 31 in July", spec="{}")
    assert shown(blocks_of(chart)) == "NPS by month: 20 in May, 31 in July"


def test_buttons_have_their_style_and_ids_of_their_own() -> None:
    row = Buttons(
        buttons=(
            Button(label="Ask", action=RunCommand("nps"), style=ButtonStyle.PRIMARY),
            Button(label="Stop", action=RunCommand("nps"), style=ButtonStyle.DANGER),
            Button(label="Later", action=RunCommand("nps")),
        )
    )
    assert [each.get("style") for each in buttons(blocks_of(row, row, Divider()))] == ["primary", "danger", None] * 2


def test_a_message_without_blocks_shows_its_summary_as_plain_text() -> None:
    rendered = render_message(Message(summary="*Not bold* & <!channel>"))
    check_blocks(rendered.blocks)
    assert shown(rendered.blocks) == "*Not bold* & <!channel>"
    assert rendered.text == "*Not bold* &amp; &lt;!channel&gt;"


def test_a_message_with_nothing_to_see_is_still_a_message() -> None:
    rendered = render_message(Message(summary="\u200b", blocks=(Paragraph(text=" "),)))
    check_blocks(rendered.blocks)
    assert rendered.text


def test_a_message_that_is_too_long_keeps_its_controls_and_says_that_words_are_left_out() -> None:
    long = tuple(Paragraph(text=f"{n} " + "word " * 500) for n in range(60))
    blocks = blocks_of(*long, a_scale(), Buttons(buttons=(SEND,)))
    assert len(buttons(blocks)) == 12
    assert "left out" in shown(blocks)
    assert shown(blocks).startswith("0 word")


def test_a_form_is_a_modal_with_every_input_and_what_belongs_to_it() -> None:
    form = Form(
        title="Start, stop, continue: what should change?",
        blocks=(TextInput(key="start", label="Start?"), TextInput(key="stop", label="Stop?")),
        submit_label="Send",
        action=SubmitForm("inv"),
    )
    view: Any = render_form(form, metadata='["F","inv"]')
    check_view(view)
    assert [each["element"]["action_id"] for each in inputs(view["blocks"])] == ["b0.input.start", "b1.input.stop"]
    assert view["private_metadata"] == '["F","inv"]'
    assert view["title"]["text"].endswith("…")


def test_the_home_tab_shows_several_messages_with_ids_that_do_not_meet() -> None:
    one = Message(summary="One", blocks=(a_scale(), Buttons(buttons=(Button(label="Form", action=OpenForm("i")),))))
    view: Any = render_home([one] * 3)
    check_view(view)
    assert len(buttons(view["blocks"])) == 36


@pytest.mark.parametrize("text", ANYTHING.values(), ids=ANYTHING.keys())
def test_nothing_that_a_person_wrote_becomes_a_mention_a_link_or_a_format(text: str) -> None:
    for block in every_block(text):
        blocks_of(block)
    blocks_of(*every_block(text))
    form = Form(title=text, blocks=every_block(text), submit_label=text, action=SubmitForm("inv"))
    check_view(render_form(form, metadata=""))
    check_view(render_home([Message(summary=text, blocks=every_block(text))]))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_comment_is_shown_word_for_word(text: str) -> None:
    assert f"“{text}”" in shown(blocks_of(Quote(text=text)))


@given(st.text(max_size=8_000))
def test_no_text_breaks_a_rule_of_slack(text: str) -> None:
    blocks_of(
        Paragraph(text=text),
        Quote(text=text, by=text),
        Table(caption=text, columns=(Column(title=text),), rows=((text,), (text, text))),
        Choice(question=text, template=ASK, options=(Option(value="a", label=text),)),
        TextInput(key="why", label=text, value=text, placeholder=text, submit=SEND),
    )
    assert render_message(Message(summary=text)).text


@given(st.lists(st.sampled_from(every_block("An ordinary name")), max_size=80))
def test_any_number_of_blocks_fits(blocks: list[Block]) -> None:
    check_blocks(render_message(Message(summary="Many", blocks=tuple(blocks))).blocks)
