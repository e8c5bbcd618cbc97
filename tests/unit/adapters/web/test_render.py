"""What a message looks like: every block, every text of a person only ever text, nothing told by colour alone."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from adapters.web.controls import Desk
from adapters.web.render import chart_size, render_form, render_message
from bot.actions import Answer, RunCommand, SendText, SkipQuestion, SubmitForm, unpack
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
from surveys.words import ENGLISH

DESK = Desk(action_url="/as/marta/action", message="m1", event_id="e1", chart_base="/c/", words=ENGLISH)
ASK = Answer("inv", "score")
SEND = Button(label="Send", action=SendText("inv", "why"))


class Page(HTMLParser):
    """What a browser makes of the HTML: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [
            attributes
            for name, attributes in self.tags
            if name == tag
            and all(attributes.get(key.rstrip("_").replace("_", "-")) == value for key, value in wanted.items())
        ]


def show(*blocks: Block) -> Page:
    return Page(render_message(Message(summary="s", blocks=blocks), DESK).html)


def nps(selected: int | None = None) -> Scale:
    return Scale(
        question="Recommend us?", template=ASK, low=0, high=10, low_label="not at all likely",
        high_label="extremely likely", selected=selected, not_applicable="Does not apply",
    )  # fmt: skip


def test_zero_to_ten_offers_eleven_values_and_does_not_apply() -> None:
    offered = [unpack(button["value"]) for button in show(nps()).all("button")]
    assert offered == [Answer("inv", "score", str(value)) for value in range(11)] + [Answer("inv", "score", "na")]


def test_both_ends_of_a_scale_are_named_in_words_also_for_a_screen_reader() -> None:
    page = show(nps())
    assert {"0, not at all likely", "10, extremely likely"} <= {b.get("aria-label") for b in page.all("button")}
    assert "not at all likely" in " ".join(page.text)


def test_the_chosen_value_is_marked_by_a_sign_and_in_words_not_by_colour_alone() -> None:
    page = show(nps(selected=9))
    (chosen,) = page.all("button", aria_pressed="true")
    assert chosen["aria-label"] == "9, your answer"
    assert page.all("svg", class_="check")


def test_the_chosen_option_is_marked_by_a_sign() -> None:
    options = (Option(value="y", label="Yes"), Option(value="n", label="No"))
    page = show(Choice(question="Solved?", template=ASK, options=options, selected="y"))
    (chosen,) = page.all("button", aria_pressed="true")
    assert unpack(chosen["value"]) == Answer("inv", "score", "y")
    assert len(page.all("svg", class_="check")) == 1


def test_a_question_names_its_group_of_buttons() -> None:
    page = show(nps())
    (group,) = page.all("div", role="group")
    assert page.all("p", id=group["aria-labelledby"])


def test_what_follows_a_field_stands_beside_its_button_and_sends_no_text() -> None:
    skip = Button(label="Skip", action=SkipQuestion("inv", "why"))
    page = show(TextInput(key="why", label="Why?", submit=SEND), Buttons(buttons=(skip,)))
    send, other = page.all("button")
    typed, apart = page.all("form")
    assert unpack(send["value"]) == SEND.action
    assert unpack(other["value"]) == skip.action
    assert "form" not in send
    assert other["form"] == apart["id"] != typed.get("id")


def test_a_typed_answer_has_a_label_its_limit_and_works_as_a_plain_form() -> None:
    page = show(TextInput(key="why", label="Why?", max_length=500, submit=SEND))
    (area,) = page.all("textarea")
    assert area["name"] == "value.why"
    assert area["maxlength"] == "500"
    assert page.all("label", for_=area["id"])
    assert page.all("p", id=area["aria-describedby"])
    assert "Up to 500 characters" in page.text
    (form,) = page.all("form")
    assert (form["method"], form["action"]) == ("post", "/as/marta/action")
    assert {hidden["name"]: hidden["value"] for hidden in page.all("input", type="hidden")} == {
        "event_id": "e1", "message": "m1",
    }  # fmt: skip


def test_a_dialogs_fields_all_belong_to_its_one_form() -> None:
    form = Form(
        title="Feedback",
        blocks=(TextInput(key="a", label="A"), nps(), TextInput(key="b", label="B", max_length=100)),
        submit_label="Send it",
        action=SubmitForm("inv"),
    )
    page = Page(render_form(form, DESK))
    (own,) = [each for each in page.all("form") if "id" in each]
    assert [page.all("textarea")[0]["form"], page.all("input", type="text")[0]["form"]] == [own["id"]] * 2
    assert unpack(page.all("button")[-1]["value"]) == SubmitForm("inv")


def test_a_table_has_a_caption_and_headings_for_its_columns_and_rows() -> None:
    columns = (Column(title="Role"), Column(title="NPS", numeric=True))
    page = show(Table(caption="By role", columns=columns, rows=(("Finance", "0"), ("Technical", "−17"))))
    assert "By role" in page.text
    assert len(page.all("caption")) == 1
    assert len(page.all("th", scope="col")) == 2
    assert len(page.all("th", scope="row")) == 2
    (place,) = page.all("div", class_="table-place")
    assert place["tabindex"] == "0"


def test_a_bar_only_repeats_what_words_and_numbers_say() -> None:
    shares = (Share(label="Detractors", count=1, percent="25 %"), Share(label="Promoters", count=3, percent="75 %"))
    page = show(Distribution(label="Answers", shares=shares))
    assert {"Detractors", "1", "25 %", "Promoters", "3", "75 %"} <= set(page.text)
    assert all(bar["aria-hidden"] == "true" for bar in page.all("svg"))
    assert [bar["width"] for bar in page.all("rect", class_="bar-fill")] == ["25.00%", "75.00%"]


def test_a_distribution_of_nothing_has_empty_bars() -> None:
    page = show(Distribution(label="Answers", shares=(Share(label="All", count=0, percent="–"),)))
    assert [bar["width"] for bar in page.all("rect", class_="bar-fill")] == ["0%"]


def test_a_chart_is_a_picture_with_its_words_and_its_place() -> None:
    page = show(
        Heading(text="x"), Chart(title="NPS", alt_text="Falls from 30 to 3.", spec='{"width":640,"height":280}')
    )
    (picture,) = page.all("img")
    assert picture["alt"] == "Falls from 30 to 3."
    assert picture["src"] == "/c/1.png"
    assert (picture["width"], picture["height"]) == ("640", "280")


@pytest.mark.parametrize(
    "spec", ["", "[]", "{}", '{"width":"container","height":10}', '{"width":-1,"height":5}', "[" * 9999]
)
def test_a_chart_of_unknown_size_gets_no_size(spec: str) -> None:
    assert chart_size(spec) is None


def test_a_message_without_blocks_shows_its_summary() -> None:
    rendered = render_message(Message(summary="Only this."), DESK)
    assert "Only this." in rendered.html
    assert not rendered.card


def test_words_alone_have_no_frame_and_figures_have_one() -> None:
    assert not render_message(Message(summary="s", blocks=(Paragraph(text="x"), Quote(text="y"))), DESK).card
    assert render_message(Message(summary="s", blocks=(Headline(label="NPS", value="+3"),)), DESK).card


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</textarea><script>alert(1)</script>",
    "&lt;b&gt; &amp; {{ 7 * 7 }} {0} {x} %s",
    "<!channel> @here [link](http://evil)",
]


def every_block(text: str) -> Iterator[Block]:
    button = Button(label=text, action=RunCommand(text), style=ButtonStyle.DANGER)
    template = Answer(text, text, text)
    yield Heading(text=text)
    yield from (Paragraph(text=text, tone=tone) for tone in Tone)
    yield Quote(text=text, by=text)
    yield Headline(label=text, value=text, notes=(text,), badge=text)
    yield Facts(rows=((text, text),))
    yield Distribution(label=text, shares=(Share(label=text, count=2, percent=text),))
    yield Table(caption=text, columns=(Column(title=text), Column(title=text)), rows=((text, text),))
    yield Chart(title=text, alt_text=text, spec=text)
    yield Scale(
        question=text, template=template, low=1, high=5, low_label=text, high_label=text, selected=1,
        not_applicable=text,
    )  # fmt: skip
    yield Choice(question=text, template=template, options=(Option(value=text, label=text),), selected=text)
    yield TextInput(key=text, label=text, value=text, placeholder=text, submit=button)
    yield TextInput(key=text, label=text, value=text, placeholder=text, max_length=50)
    yield Buttons(buttons=(button,))
    yield Divider()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_whatever_a_person_wrote_stays_text_in_every_block(payload: str) -> None:
    harmless = show(*every_block("harmless"))
    page = show(*every_block(payload))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in harmless.tags]
    assert [sorted(attributes) for _, attributes in page.tags] == [sorted(a) for _, a in harmless.tags]
    assert payload in "".join(page.text)


def test_no_block_needs_an_inline_style_or_script() -> None:
    html = str(render_message(Message(summary="s", blocks=tuple(every_block("x"))), DESK).html)
    assert not re.search(r"<script|\sstyle=|\son\w+=|javascript:", html)


def test_no_two_parts_of_a_message_share_an_id() -> None:
    page = show(*every_block("x"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
