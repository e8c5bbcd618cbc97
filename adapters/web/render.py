"""A neutral message → HTML. Pure: one match over the blocks; what can be tapped or typed into is in `controls`.

Every text goes through `Markup.format`, which escapes it: nothing that a person wrote becomes markup.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from adapters.web import controls
from adapters.web.controls import Desk
from bot.messages import (
    Block,
    Buttons,
    Chart,
    Choice,
    Distribution,
    Divider,
    Facts,
    Form,
    Heading,
    Headline,
    Message,
    Paragraph,
    Quote,
    Scale,
    Table,
    TextInput,
    Tone,
)

BAR_WIDTH = 100.0
"""A bar's whole length, in per cent of its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message's body; `card`: it has more than words, and wants a frame around it."""

    html: Markup
    card: bool


def render_message(message: Message, desk: Desk) -> Rendered:
    """All blocks in order; the summary alone where there are none."""
    if not message.blocks:
        return Rendered(html=_lines(message.summary, "text"), card=False)
    html = Markup("\n").join(_in_order(message.blocks, desk))
    words_only = all(isinstance(block, Paragraph | Quote | Heading | Divider) for block in message.blocks)
    return Rendered(html=html, card=not words_only)


def _in_order(blocks: Sequence[Block], desk: Desk) -> Iterator[Markup]:
    """Every block; buttons that follow a field with a button of its own stand beside that one ("Send", "Skip")."""
    taken = False
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if taken:
            taken = False
        elif isinstance(block, TextInput) and block.submit is not None and isinstance(following, Buttons):
            taken = True
            yield controls.text_input(block, index, desk, beside=following.buttons)
        else:
            yield render_block(block, index, desk)


def render_form(form: Form, desk: Desk) -> Markup:
    """The inside of a dialog: its inputs and one button for all of them (the title is the dialog's)."""
    desk = replace(desk, sheet=True)
    inside = Markup("\n").join(render_block(block, index, desk) for index, block in enumerate(form.blocks))
    return inside + controls.sheet(form, desk)


def render_block(block: Block, index: int, desk: Desk) -> Markup:
    """One block as HTML; `index` is its place in the message, which makes ids unique and finds a chart again."""
    match block:
        case Heading():
            return Markup('<h2 class="heading" dir="auto">{}</h2>').format(block.text)
        case Paragraph():
            return _paragraph(block)
        case Quote():
            return _quote(block)
        case Headline():
            return _headline(block)
        case Facts():
            return _facts(block)
        case Distribution():
            return _distribution(block, desk)
        case Table():
            return _table(block, index, desk)
        case Chart():
            return _chart(block, index, desk)
        case Scale() | Choice() | TextInput() | Buttons():
            return controls.control(block, index, desk)
        case Divider():
            return Markup('<hr class="divider">')


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _lines(text: str, kind: str) -> Markup:
    # `pre-line` in the stylesheet keeps the line ends that a person typed.
    return Markup('<p class="{}" dir="auto">{}</p>').format(kind, text)


def _paragraph(block: Paragraph) -> Markup:
    match block.tone:
        case Tone.NORMAL:
            return _lines(block.text, "text")
        case Tone.STRONG:
            return Markup('<p class="text" dir="auto"><strong>{}</strong></p>').format(block.text)
        case Tone.MUTED:
            return _lines(block.text, "text muted")


def _quote(block: Quote) -> Markup:
    by = Markup('<footer class="by">{}</footer>').format(block.by) if block.by else Markup()
    return Markup('<blockquote class="quote"><p dir="auto">{}</p>{}</blockquote>').format(block.text, by)


def _headline(block: Headline) -> Markup:
    badge = Markup(' <span class="badge">{}</span>').format(block.badge) if block.badge else Markup()
    notes = _join(Markup("<li>{}</li>").format(note) for note in block.notes)
    listed = Markup('<ul class="notes">{}</ul>').format(notes) if block.notes else Markup()
    return Markup(
        '<div class="headline"><p class="figure"><span class="label">{}</span> <span class="value">{}</span>{}</p>'
        "{}</div>"
    ).format(block.label, block.value, badge, listed)


def _facts(block: Facts) -> Markup:
    rows = _join(
        Markup('<div class="fact"><dt>{}</dt><dd dir="auto">{}</dd></div>').format(label, value)
        for label, value in block.rows
    )
    return Markup('<dl class="facts">{}</dl>').format(rows)


def _distribution(block: Distribution, desk: Desk) -> Markup:
    total = sum(share.count for share in block.shares)
    largest = len(block.shares) - 1
    rows = []
    for place, share in enumerate(block.shares):
        # Bars by attribute: the content security policy allows no inline style.
        width = f"{BAR_WIDTH * share.count / total:.2f}%" if total > 0 else "0%"
        bar = Markup(
            '<svg class="bar step-{}" width="100%" height="10" aria-hidden="true" focusable="false">'
            '<rect class="bar-place" width="100%" height="10" rx="3"></rect>'
            '<rect class="bar-fill" width="{}" height="10" rx="3"></rect></svg>'
        ).format(round(3 * place / largest) if largest > 0 else 3, width)
        row = Markup(
            '<tr><th scope="row" dir="auto">{}</th><td class="bar-cell">{}</td>'
            '<td class="number">{}</td><td class="number">{}</td></tr>'
        )
        rows.append(row.format(share.label, bar, f"{share.count:,}", share.percent))
    return _shares_table(block.label, rows, desk)


def _shares_table(label: str, rows: list[Markup], desk: Desk) -> Markup:
    _ = desk.words.gettext
    head = _join(
        Markup('<th scope="col">{}</th>').format(title) for title in (_("Part"), _("Bar"), _("Number"), _("Share"))
    )
    return Markup(
        '<table class="distribution"><caption>{}</caption><thead class="unseen"><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table>"
    ).format(label, head, _join(rows))


def _table(block: Table, index: int, desk: Desk) -> Markup:
    head = _join(
        Markup('<th scope="col"{}>{}</th>').format(_numeric(column.numeric), column.title) for column in block.columns
    )
    body = _join(_table_row(block, row) for row in block.rows)
    caption = Markup('<caption id="{}-t{}"><span>{}</span></caption>').format(desk.element, index, block.caption)
    # A wide table scrolls by itself, and by the keyboard: the page never does.
    return Markup(
        '<div class="table-place" role="group" tabindex="0" aria-labelledby="{}-t{}">'
        '<table class="table">{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(desk.element, index, caption, head, body)


def _table_row(block: Table, row: tuple[str, ...]) -> Markup:
    cells = []
    for place, text in enumerate(row):
        numeric = place < len(block.columns) and block.columns[place].numeric
        cell = _FIRST_CELL if place == 0 else _CELL
        cells.append(cell.format(_numeric(numeric), text))
    return Markup("<tr>{}</tr>").format(_join(cells))


_FIRST_CELL = Markup('<th scope="row"{} dir="auto">{}</th>')
_CELL = Markup('<td{} dir="auto">{}</td>')


def _numeric(numeric: bool) -> Markup:
    return Markup(' class="number"') if numeric else Markup()


def _chart(block: Chart, index: int, desk: Desk) -> Markup:
    source = desk.chart_url(index)
    # The picture has its title in it.
    size = Markup()
    if shape := chart_size(block.spec):
        size = Markup(' width="{}" height="{}"').format(*shape)
    return Markup(
        '<figure class="chart"><figcaption class="unseen">{title}</figcaption>'
        '<a href="{source}" target="_blank" rel="noopener">'
        '<img src="{source}" alt="{alt}"{size} loading="lazy"></a></figure>'
    ).format(title=block.title, source=source, alt=block.alt_text, size=size)


def chart_size(spec: str) -> tuple[int, int] | None:
    """Width and height that a chart's spec asks for, so that its place is kept before it is there."""
    try:
        body = json.loads(spec)
    except (ValueError, RecursionError):
        return None
    match body:
        case {"width": int(width), "height": int(height)} if 0 < width <= 4000 and 0 < height <= 4000:
            return width, height
        case _:
            return None
