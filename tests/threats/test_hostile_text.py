"""Threat 12: whatever was typed or imported, every outlet shows it as text, and makes nothing of it."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from adapters.terminal.render import render
from adapters.web.codec import decode, encode
from adapters.web.controls import Desk
from adapters.web.pages import error_page
from adapters.web.render import render_form, render_message
from bot import actions
from bot.commands.advice import Advice
from bot.commands.grammar import parse
from bot.conversation.answering import clean
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
)
from bot.views.advice import mistake
from bot.views.csv_rows import write_csv
from bot.views.help import help_message
from surveys.definitions.model import Metric
from surveys.insight.charts import trend_spec
from surveys.insight.local_days import Unit
from surveys.insight.queries import Period, Tally
from surveys.insight.scoring import score
from surveys.insight.trend import Trend, TrendMark, TrendPoint, alt_text
from surveys.people.model import Permission
from surveys.words import ENGLISH
from tests.threats.hostile import (
    ANYTHING,
    HOSTILE,
    UNSTORABLE,
    Page,
    as_lines,
    begins_a_formula,
    commands_a_terminal,
)

PLAIN = "An ordinary name"
DESK = Desk(action_url="/as/ann/action", message="m1", event_id="e1", chart_base="/c/", words=ENGLISH)

anything = pytest.mark.parametrize("text", ANYTHING.values(), ids=ANYTHING.keys())


def every_block(text: str) -> tuple[Block, ...]:
    """One of each kind of block with `text` in every place that can hold what a person wrote."""
    button = Button(label=text, action=actions.RunCommand(text[:500]))
    template = actions.Answer(text[:500], text[:500])
    return (
        Heading(text=text),
        Paragraph(text=text),
        Quote(text=text, by=text),
        Headline(label=text, value=text, notes=(text,), badge=text),
        Facts(rows=((text, text),)),
        Distribution(label=text, shares=(Share(label=text, count=1, percent=text),)),
        Table(caption=text, columns=(Column(title=text), Column(title=text)), rows=((text, text),)),
        Chart(title=text, alt_text=text, spec=text),
        Scale(question=text, template=template, low=0, high=2, low_label=text, high_label=text, not_applicable=text),
        Choice(question=text, template=template, options=(Option(value=text[:500], label=text),)),
        TextInput(key="why", label=text, value=text, placeholder=text, submit=button),
        TextInput(key="short", label=text, value=text, placeholder=text, max_length=100),
        Buttons(buttons=(button,)),
        Divider(),
    )


def html_of(text: str) -> str:
    blocks = every_block(text)
    form = Form(title=text, blocks=blocks, submit_label=text, action=actions.SubmitForm(text[:500]))
    parts = [
        str(render_message(Message(summary=text, blocks=blocks), DESK).html),
        str(render_message(Message(summary=text), DESK).html),
        str(render_form(form, DESK)),
        error_page(status=400, title=text, text=text, reference=text, words=ENGLISH),
    ]
    return "".join(parts)


def test_every_kind_of_block_is_tried() -> None:
    assert {type(block) for block in every_block(PLAIN)} == set(Block.__args__)


# ── the web page ───────────────────────────────────────────────────────────────────────────────────────────────


@anything
def test_a_page_has_the_same_elements_attributes_and_addresses_whatever_the_text(text: str) -> None:
    plain, page = Page(html_of(PLAIN)), Page(html_of(text))
    assert page.elements == plain.elements
    assert page.addresses == plain.addresses


@anything
def test_a_page_shows_the_text_word_for_word(text: str) -> None:
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")  # as the HTML standard has it; no stored text holds one
    page = Page(html_of(text).replace("\x00", "\ufffd"))
    assert page.text.count(text) >= 20
    assert text in page.values


# ── the terminal, CSV, JSON, the chat log ──────────────────────────────────────────────────────────────────────


@anything
def test_no_text_commands_the_terminal(text: str) -> None:
    shown = render(Message(summary=text, blocks=every_block(text))) + render(Message(summary=text))
    assert not commands_a_terminal(shown)
    shown.encode("utf-8")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_can_be_read_is_still_readable_in_the_terminal(text: str) -> None:
    shown = render(Message(summary="", blocks=(Paragraph(text=text),)))
    visible = [char for char in text if char.isalnum()]
    assert [char for char in shown if char.isalnum()] == visible


@anything
def test_no_text_becomes_a_formula_a_column_or_a_row_in_a_csv_file(text: str) -> None:
    written = write_csv(("name", "n", "comment"), [(text, 7, text), ("after", 8, None)])
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert [len(row) for row in rows] == [3, 3, 3]
    assert rows[2] == ["after", "8", ""]
    assert not any(begins_a_formula(cell) for cell in rows[1])
    assert rows[1][0] in (as_lines(text), f"'{as_lines(text)}")
    assert rows[1][0] == rows[1][2]


@anything
def test_the_chat_log_gives_back_what_was_put_in(text: str) -> None:
    message = Message(summary=text, blocks=every_block(text))
    assert decode(encode(message)) == message


# ── charts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def spec_with(text: str) -> dict[str, Any]:
    def point(month: int) -> TrendPoint:
        tally = Tally(counts={3: 10, 7: 20, 10: 30})
        period = Period(start=date(2026, month, 1), end=date(2026, month + 1, 1))
        return TrendPoint(period=period, score=score(Metric.NPS, tally))

    trend = Trend(
        metric=Metric.NPS,
        unit=Unit.MONTH,
        points=(point(1), point(2), point(3)),
        about=text,
        target=40,
        marks=(TrendMark(day=date(2026, 2, 14), text=text),),
    )
    assert alt_text(trend, ENGLISH)
    found: dict[str, Any] = json.loads(trend_spec(trend, ENGLISH))
    return found


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))
    else:
        yield path, value


@anything
def test_a_text_enters_a_chart_only_as_a_row_of_data_or_as_its_subtitle(text: str) -> None:
    plain, hostile = dict(leaves(spec_with(PLAIN))), dict(leaves(spec_with(text)))
    assert hostile.keys() == plain.keys()
    changed = [path for path in plain if plain[path] != hostile[path]]
    assert changed
    for path in changed:
        assert path[:2] == ("title", "subtitle") or ("data" in path and path[-3] == "values" and path[-1] == "text")
        assert isinstance(hostile[path], str)
        assert str(hostile[path]).isprintable()
        assert len(str(hostile[path])) <= 100


def test_the_chart_renderer_draws_every_text_and_reads_no_address() -> None:
    import vl_convert

    for text in ANYTHING.values():
        png = vl_convert.vegalite_to_png(vl_spec=json.dumps(spec_with(text)), scale=0.5, allowed_base_urls=[])
        assert bytes(png).startswith(b"\x89PNG")


# ── what is repeated to whoever typed it ───────────────────────────────────────────────────────────────────────

TYPED = (
    "{}",
    "nps {}",
    "nps by {}",
    "nps as {}",
    "nps vs {}",
    "nps top {}",
    'nps account:"{}"',
    "nps {}:acme",
    "nps since:{}",
    "why {}",
    "explain {}",
    "trend nps {}",
    "send {} to everyone",
    "send nps to {}",
    'send nps to account:"{}"',
    "summary weekly {} mon 09:00",
    "summary weekly #voice {}",
    "grant {} cx_lead",
    "help {}",
)


@anything
def test_a_mistake_is_answered_on_one_short_line_of_visible_characters(text: str) -> None:
    for form in TYPED:
        typed = form.format(text)
        read = parse(typed)
        if not isinstance(read, Advice):
            continue
        message = mistake(read, ENGLISH)
        # Joiners are part of how words are written in Persian and Hindi, and of a family.
        assert message.summary.replace("\u200d", "").isprintable(), (form, message.summary)
        assert len(message.summary) < 2_500
        assert len(encode(message)) < 10_000  # its buttons fit, too
        assert not isinstance(parse(read.example), Advice)


@anything
def test_help_on_anything_is_help(text: str) -> None:
    message = help_message(text, frozenset({Permission.CX_LEAD}), ENGLISH)
    assert text not in message.summary


# ── what is kept of a comment ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_comment_is_kept_as_it_was_typed(text: str) -> None:
    assert clean(text) == text.strip()


@pytest.mark.parametrize("text", UNSTORABLE.values(), ids=UNSTORABLE.keys())
def test_of_a_comment_only_what_no_database_keeps_is_lost(text: str) -> None:
    kept = clean(text)
    kept.encode("utf-8")
    assert "\x00" not in kept
    assert [char for char in kept if char.isalnum()] == [char for char in text if char.isalnum()]


def test_blocks_with_another_text_are_other_blocks() -> None:
    """The comparisons above would pass if `every_block` forgot its text."""
    first, second = every_block("one"), every_block("two")
    same = [one for one, other in zip(first, second, strict=True) if one == other]
    assert same == [Divider()]
    assert replace(Message(summary="one"), summary="two") == Message(summary="two")
