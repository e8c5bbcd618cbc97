"""What a message looks like in Teams: every block, within every limit, and a person's words are only ever words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.teams.render import charts, plain_text, render_card, render_dialog
from bot.actions import Answer, ChangeAnswer, OpenForm, RunCommand, SendText, SkipQuestion, SubmitForm, unpack
from bot.messages import (
    Block,
    Button,
    Buttons,
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
from tests.unit.adapters.teams.adaptive_card import actions, check_card, nodes, of_type, shown, titles

ASK = Answer("inv", "recommend")
SEND = Button(label="Send", action=SendText("inv", "why"))
SKIP = Button(label="Skip", action=SkipQuestion("inv", "why"))
PICTURE = "data:image/png;base64," + "A" * 100


def card_of(*blocks: Block, pictures: dict[str, str] | None = None) -> Any:
    card = render_card(Message(summary="In one line", blocks=blocks), pictures=pictures or {})
    check_card(card)
    return card


def a_scale(**more: Any) -> Scale:
    given_ = {"low": 0, "high": 10, "low_label": "not at all", "high_label": "extremely", **more}
    return Scale(question="How likely?", template=ASK, **given_)


def cells_of(card: Any) -> list[Any]:
    return [node for node in of_type(card, "Column") if "selectAction" in node]


# ── questions ──


def test_a_scale_from_0_to_10_is_eleven_cells_that_carry_their_answer() -> None:
    found = [unpack(cell["selectAction"]["data"]["cx"]) for cell in cells_of(card_of(a_scale()))]
    assert found == [Answer("inv", "recommend", str(value)) for value in range(11)]


def test_a_long_scale_stands_in_two_rows_of_equal_cells_so_that_a_thumb_hits_them() -> None:
    rows = of_type(card_of(a_scale()), "ColumnSet")
    assert [len(row["columns"]) for row in rows] == [6, 6]
    assert "selectAction" not in rows[1]["columns"][5]
    assert {column["width"] for row in rows for column in row["columns"]} == {"stretch"}


def test_a_short_scale_stands_in_one_row() -> None:
    assert [len(row["columns"]) for row in of_type(card_of(a_scale(low=1, high=5)), "ColumnSet")] == [5]


def test_both_ends_of_a_scale_are_named_for_the_eye_and_for_the_ear() -> None:
    card = card_of(a_scale())
    assert "0 = not at all  ·  10 = extremely" in shown(card)
    said = [(cell["selectAction"]["title"], cell["selectAction"]["tooltip"]) for cell in cells_of(card)]
    assert said[0] == ("0, not at all", "0, not at all")
    assert said[5] == ("5", "5")
    assert said[10] == ("10, extremely", "10, extremely")


def test_the_chosen_number_has_a_mark_and_says_so() -> None:
    cell = cells_of(card_of(a_scale(selected=9)))[9]
    assert shown(cell) == "✓ 9"
    assert cell["selectAction"]["title"] == "9, your answer"


def test_does_not_apply_stands_apart_from_the_numbers() -> None:
    [group] = of_type(card_of(a_scale(not_applicable="Does not apply")), "ActionSet")
    assert titles(group["actions"]) == ["Does not apply"]
    assert unpack(group["actions"][0]["data"]["cx"]) == Answer("inv", "recommend", "na")


def test_a_choice_is_a_row_for_each_option_with_its_whole_label() -> None:
    long = "We have not been able to reach anybody who could say when this would be repaired, or by whom. " * 3
    options = (Option(value="a", label=long), Option(value="b", label="Something else"))
    card = card_of(Choice(question="Which?", template=ASK, options=options, selected="b"))
    rows = [node for node in of_type(card, "Container") if "selectAction" in node]
    assert [unpack(row["selectAction"]["data"]["cx"]) for row in rows] == [
        Answer("inv", "recommend", "a"),
        Answer("inv", "recommend", "b"),
    ]
    assert shown(rows[0]) == long.strip()
    assert shown(rows[1]) == "✓ Something else"
    assert rows[1]["selectAction"]["title"] == "Something else, your answer"


def test_a_typed_answer_is_a_field_with_its_buttons_side_by_side() -> None:
    field = TextInput(key="why", label="Why?", value="Because", placeholder="A few words", submit=SEND)
    card = card_of(field, Buttons(buttons=(SKIP,)))
    [shown_field] = of_type(card, "Input.Text")
    assert (shown_field["id"], shown_field["label"], shown_field["value"]) == ("why", "Why?", "Because")
    assert shown_field["placeholder"] == "A few words"
    [group] = of_type(card, "ActionSet")
    assert titles(group["actions"]) == ["Send", "Skip"]


def test_only_the_button_that_sends_a_text_takes_it_along() -> None:
    field = TextInput(key="why", label="Why?", submit=SEND)
    change = Buttons(buttons=(Button(label="Change", action=ChangeAnswer("inv", "score")),))
    found = actions(card_of(a_scale(), field, Buttons(buttons=(SKIP,)), change))
    assert titles([each for each in found if each.get("associatedInputs") != "none"]) == ["Send"]


def test_a_short_field_has_one_line_and_a_long_one_more() -> None:
    card = card_of(TextInput(key="a", label="A", max_length=100), TextInput(key="b", label="B"))
    assert [field["isMultiline"] for field in of_type(card, "Input.Text")] == [False, True]
    assert [field["maxLength"] for field in of_type(card, "Input.Text")] == [100, 10_000]


def test_two_fields_of_one_name_are_still_a_card() -> None:
    card = card_of(TextInput(key="why", label="One"), TextInput(key="why", label="Two"))
    assert [field["id"] for field in of_type(card, "Input.Text")] == ["why", "why.2"]


def test_an_earlier_text_that_does_not_fit_is_not_cut_into_the_field() -> None:
    card = card_of(TextInput(key="why", label="Why?", value="ж" * 10_000, submit=SEND), *[Quote(text="ж" * 5_000)] * 2)
    [field] = of_type(card, "Input.Text")
    assert "value" not in field
    assert "Your earlier text is longer than fits here." in shown(card)


def test_a_form_is_opened_as_a_dialog_and_everything_else_replaces_the_card() -> None:
    row = Buttons(
        buttons=(Button(label="Write", action=OpenForm("inv")), Button(label="Ask", action=RunCommand("nps"))),
    )
    write, ask = actions(card_of(row))
    assert write["type"] == "Action.Submit"
    assert write["data"] == {"msteams": {"type": "task/fetch"}, "cx": '["f","inv"]'}
    assert (ask["type"], ask["verb"], unpack(ask["data"]["cx"])) == ("Action.Execute", "cx", RunCommand("nps"))


def test_more_than_six_buttons_are_all_in_sight() -> None:
    row = Buttons(buttons=tuple(Button(label=f"No {n}", action=RunCommand(f"nps {n}")) for n in range(14)))
    groups = of_type(card_of(row), "ActionSet")
    assert [len(group["actions"]) for group in groups] == [6, 6, 2]


# ── what is read ──


@pytest.mark.parametrize("tone", list(Tone))
def test_a_paragraph_of_any_tone_says_its_text_line_by_line(tone: Tone) -> None:
    assert shown(card_of(Paragraph(text="A & B < C\n\n*second*", tone=tone))) == "A & B < C\n*second*"


def test_a_heading_is_one_for_screen_readers_where_its_words_allow_it() -> None:
    [block] = of_type(card_of(Heading(text="Why, in their words")), "TextBlock")
    assert block["style"] == "heading"


@pytest.mark.parametrize("text", ["1. April", "- minus", "see evil.example", "*star*", "+31", "a_b_c", "#1"])
def test_a_heading_that_markdown_would_change_is_text(text: str) -> None:
    card = card_of(Heading(text=text))
    assert of_type(card, "TextBlock") == []
    assert shown(card) == text


def test_a_figure_shows_its_label_value_badge_and_notes() -> None:
    text = shown(card_of(Headline(label="NPS", value="+31", notes=("n 120", "95 %: +17 to +43"), badge="few answers")))
    for part in ("NPS", "+31", "n 120", "95 %: +17 to +43", "few answers"):
        assert part in text


def test_facts_a_quote_and_a_distribution_are_read_as_they_are() -> None:
    shares = (
        Share(label="Promoters", count=1_500, percent="75 %"),
        Share(label="Detractors", count=500, percent="25 %"),
    )
    text = shown(
        card_of(
            Facts(rows=(("n", "12"), ("People", "9"))),
            Quote(text="Very *good*", by="technical, Acme"),
            Distribution(label="Answers", shares=shares),
        )
    )
    for part in ("n\n12\nPeople\n9", "“Very *good*”", "— technical, Acme", "Answers"):
        assert part in text
    assert "Promoters\n██████\n1,500 · 75 %" in text
    assert "Detractors\n██\n500 · 25 %" in text


def test_a_narrow_table_is_a_grid_with_numbers_at_the_right() -> None:
    table = Table(
        caption="By role",
        columns=(Column(title="Role"), Column(title="NPS", numeric=True)),
        rows=(("technical", "+7"), ("decision maker", "+31")),
    )
    card = card_of(table)
    assert shown(card) == "By role\nRole\nNPS\ntechnical\n+7\ndecision maker\n+31"
    last = of_type(card, "ColumnSet")[-1]["columns"]
    assert [column["items"][0]["horizontalAlignment"] for column in last] == ["Left", "Right"]
    assert "msteams" not in card


def test_four_wide_columns_take_the_whole_width_of_the_conversation() -> None:
    columns = tuple(Column(title=f"A rather long title {n}") for n in range(4))
    card = card_of(Table(caption="", columns=columns, rows=(("a", "b", "c", "d"),)))
    assert card["msteams"] == {"width": "Full"}


def test_a_table_too_wide_for_a_phone_tells_the_rest_of_a_row_below_it_with_its_titles() -> None:
    columns = tuple(Column(title=title) for title in ("Role", "NPS", "n", "Interval", "Change"))
    card = card_of(Table(caption="", columns=columns, rows=(("technical", "+7", "31", "−9 to +22", ""),)))
    assert shown(card) == "Role\nNPS\ntechnical\n+7\nn 31 · Interval −9 to +22"


def test_a_chart_without_its_picture_is_read_in_words() -> None:
    chart = Chart(title="NPS by month", alt_text="From 20 in May to 31 in July", spec="{}")
    assert shown(card_of(chart)) == "NPS by month\nFrom 20 in May to 31 in July"
    assert charts(Message(summary="", blocks=(chart,))) == (chart,)


def test_a_title_that_the_words_begin_with_is_not_said_twice() -> None:
    assert shown(card_of(Chart(title="NPS", alt_text="NPS: +31 in July", spec="{}"))) == "NPS: +31 in July"


@pytest.mark.parametrize("address", ["https://pulse.example.com/c.png", PICTURE])
def test_a_chart_with_its_picture_says_the_same_to_whoever_does_not_see_it(address: str) -> None:
    chart = Chart(title="NPS by month", alt_text="From 20 to 31", spec="{}")
    [image] = of_type(card_of(chart, pictures={"{}": address}), "Image")
    assert image["url"] == address
    assert image["altText"] == "NPS by month. From 20 to 31"


def test_a_picture_too_large_for_a_card_gives_way_to_its_words() -> None:
    chart = Chart(title="NPS by month", alt_text="From 20 to 31", spec="{}")
    card = card_of(chart, pictures={"{}": PICTURE + "A" * 40_000})
    assert of_type(card, "Image") == []
    assert "From 20 to 31" in shown(card)


def test_a_divider_is_a_line_above_what_follows() -> None:
    card = card_of(Paragraph(text="One"), Divider(), Paragraph(text="Two"), Divider())
    assert [node.get("separator", False) for node in card["body"]] == [False, True]


# ── limits ──


def test_a_comment_of_10_000_letters_is_shortened_and_says_so() -> None:
    text = shown(card_of(Quote(text="ж" * 20_000)))
    assert text.startswith("“ж")
    assert text.endswith("… (shortened)")
    assert len(text) > 3_000


def test_a_comment_that_fits_is_whole() -> None:
    words = [f"word{n}" for n in range(1_200)]
    assert shown(card_of(Quote(text=" ".join(words)))).strip("“”").split() == words


def test_a_long_table_is_shortened_and_says_by_how_much() -> None:
    rows = tuple((f"account number {n:04}", str(n)) for n in range(300))
    text = shown(card_of(Table(caption="", columns=(Column(title="Account"), Column(title="n")), rows=rows)))
    assert "account number 0059" in text
    assert text.endswith("… and 240 more rows.")


def test_a_message_that_is_too_long_keeps_its_controls_and_says_that_words_are_left_out() -> None:
    long = tuple(Paragraph(text=f"{n} " + "word " * 500) for n in range(200))
    card = card_of(*long, a_scale(), Buttons(buttons=(SEND,)))
    assert len(cells_of(card)) == 11
    assert titles(actions(card))[-1] == "Send"
    assert "the rest is left out" in shown(card)
    assert shown(card).startswith("0 word")


def test_a_message_without_blocks_shows_its_summary_as_plain_text() -> None:
    message = Message(summary="*Not bold* & <at>you</at>\nsecond line")
    card: Any = render_card(message)
    check_card(card)
    assert shown(card) == "*Not bold* & <at>you</at>\nsecond line"
    assert card["fallbackText"] == plain_text(message) == "*Not bold* & <at>you</at> second line"


def test_a_message_with_nothing_to_see_is_still_a_message() -> None:
    card = render_card(Message(summary="\u200b", blocks=(Paragraph(text=" "),)))
    check_card(card)


# ── the dialog ──


def test_a_form_is_a_card_whose_one_button_brings_its_action_and_where_it_came_from() -> None:
    form = Form(
        title="Start, stop, continue",
        blocks=(TextInput(key="start", label="Start?"), TextInput(key="stop", label="Stop?")),
        submit_label="Send",
        action=SubmitForm("inv"),
    )
    card: Any = render_dialog(form, origin="1727")
    check_card(card)
    [send] = actions(card)
    assert send["type"] == "Action.Submit"
    assert send["data"] == {"cx": '["F","inv"]', "origin": "1727"}
    assert "associatedInputs" not in send
    assert [field["id"] for field in of_type(card, "Input.Text")] == ["start", "stop"]


# ── threat 12 ──


@pytest.mark.parametrize("text", ANYTHING.values(), ids=ANYTHING.keys())
def test_nothing_that_a_person_wrote_becomes_a_mention_a_link_or_a_format(text: str) -> None:
    for block in every_block(text):
        check_card(render_card(Message(summary=text, blocks=(block,)), pictures={text: PICTURE}))
    check_card(render_card(Message(summary=text, blocks=every_block(text))))
    check_card(render_dialog(Form(title=text, blocks=every_block(text), submit_label=text, action=SubmitForm("inv"))))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_comment_is_shown_word_for_word(text: str) -> None:
    assert f"“{text}”" in shown(card_of(Quote(text=text)))


@pytest.mark.parametrize("text", ["{{DATE(2026-07-06T09:00:00Z,SHORT)}}", "{{ time(2026-07-06T09:00:00Z) }}"])
def test_a_date_function_in_a_comment_is_not_carried_out(text: str) -> None:
    assert shown(card_of(Quote(text=text))).replace("\u2060", "") == f"“{text}”"


def test_text_that_reads_from_the_right_stays_within_its_own_element() -> None:
    card = card_of(Quote(text="\u202eabc", by="Acme"), Facts(rows=(("\u2067Name", "Value"),)))
    for block in of_type(card, "RichTextBlock"):
        turned = [run for run in block["inlines"] if any(mark in run["text"] for mark in "\u202e\u2067")]
        assert not turned or len(block["inlines"]) == 1


@settings(max_examples=40)
@given(st.text(max_size=8_000))
def test_no_text_breaks_a_rule_of_teams(text: str) -> None:
    card_of(
        Heading(text=text),
        Paragraph(text=text),
        Quote(text=text, by=text),
        Headline(label=text, value=text, notes=(text,), badge=text),
        Table(caption=text, columns=(Column(title=text),), rows=((text,), (text, text))),
        Choice(question=text, template=ASK, options=(Option(value="a", label=text),)),
        TextInput(key="why", label=text, value=text, placeholder=text, submit=SEND),
    )
    assert plain_text(Message(summary=text)).strip()


@settings(max_examples=40)
@given(st.lists(st.sampled_from(every_block("An ordinary name")), max_size=80))
def test_any_number_of_blocks_fits(blocks: list[Block]) -> None:
    card = render_card(Message(summary="Many", blocks=tuple(blocks)))
    check_card(card)
    fields = [block for block in blocks if isinstance(block, TextInput)]
    assert len([node for node in nodes(card) if node["type"] == "Input.Text"]) <= len(fields)
