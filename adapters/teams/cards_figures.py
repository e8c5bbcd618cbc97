"""Figures, tables, bars, charts and quotes as elements of a card. Pure.

Tables are rows of columns and no `Table` (1.5): on phones Teams leaves some of those blank
(https://github.com/microsoft/AdaptiveCards/issues/8853, https://github.com/MicrosoftDocs/msteams-docs/issues/13108),
and a figure that a phone does not show is worse than one without a grid.
"""

from collections.abc import Iterator, Mapping, Sequence

from adapters.teams import cards
from adapters.teams.cards import Node
from adapters.teams.cards_room import Room
from adapters.teams.text import NOTHING, one_line
from bot.messages import Chart, Column, Distribution, Facts, Headline, Quote, Share, Table

BAR = 8
"""Letters of a whole bar: on a phone they still stand on one line."""
BAR_LETTER = "█"
NARROWEST, WIDEST = 8, 18
"""Characters that a column's width is reckoned with."""
SIDE_BY_SIDE = 4
"""Columns that a phone can show beside each other; of more, all but the first two stand in a line below."""
NARROW_CARD = 44
"""Characters side by side in a card of half the conversation's width."""
_TIGHT: Mapping[str, cards.Json] = {"spacing": "Small"}


def quote(block: Quote, room: Room) -> Iterator[Node]:
    """Somebody's words on a ground of their own, each line as they wrote it."""
    said = cards.text(room.cut(f"“{block.text}”"))
    by = cards.text(room.cut(f"— {block.by}"), place=_TIGHT, isSubtle=True) if block.by else []
    yield cards.container([*said, *by], style="emphasis")


def headline(block: Headline, room: Room) -> Iterator[Node]:
    yield from cards.text(room.cut(block.label), isSubtle=True, weight="Bolder")
    shown = [cards.run(room.short(block.value), size="ExtraLarge", weight="Bolder")]
    if block.badge.strip():
        shown.append(cards.run(f"   {room.short(block.badge)}", weight="Bolder"))
    yield cards.rich(*shown, spacing="Small")
    for note in block.notes:
        yield from cards.text(room.cut(note), place=_TIGHT, isSubtle=True)


def facts(block: Facts, room: Room) -> Iterator[Node]:
    """Label and value side by side, as a FactSet looks; a FactSet itself reads Markdown in what people wrote."""
    for label, value in block.rows[: room.rows]:
        yield cards.columns(
            cards.column(_cell(room.cut(label), isSubtle=True), width=2),
            cards.column(_cell(room.cut(value)), width=3),
            spacing="Small",
        )
    yield from _left_out(len(block.rows), room)


def distribution(block: Distribution, room: Room) -> Iterator[Node]:
    yield from cards.text(room.cut(block.label), weight="Bolder")
    total = sum(share.count for share in block.shares)
    for share in block.shares[: room.rows]:
        yield _share(share, total, room)
    yield from _left_out(len(block.shares), room)


def table(block: Table, room: Room) -> Iterator[Node]:
    """The caption, the titles, then every row; numbers stand at the right."""
    yield from cards.text(room.cut(block.caption), weight="Bolder")
    beside = len(block.columns) if len(block.columns) <= SIDE_BY_SIDE else 2
    widths = _widths(block)[:beside]
    titles = [column.title for column in block.columns[:beside]]
    yield _row(titles, block.columns, widths, room, isSubtle=True, weight="Bolder")
    for at, row in enumerate(block.rows[: room.rows]):
        line = _row(row[:beside], block.columns, widths, room)
        yield {**line, "separator": True} if at == 0 else line
        yield from _below(row, block.columns, beside, room)
    yield from _left_out(len(block.rows), room)


def _below(row: Sequence[str], columns: Sequence[Column], beside: int, room: Room) -> list[Node]:
    """What does not stand side by side, each with the title of its column."""
    named = [
        f"{columns[at].title} {text}" if at < len(columns) else text
        for at, text in enumerate(row)
        if at >= beside and text.strip()
    ]
    return cards.text(room.cut(one_line(" · ".join(named))), place={"spacing": "None"}, isSubtle=True, size="Small")


def chart(block: Chart, room: Room, pictures: Mapping[str, str]) -> Iterator[Node]:
    """The picture with its words for whoever does not see it; the words alone where there is no picture."""
    title, told = one_line(block.title), one_line(block.alt_text)
    # The words of most charts begin with the title.
    apart = "" if told.startswith(title) else title
    address = pictures.get(block.spec, "")
    if address and (room.embedded or not address.startswith("data:")):
        alt_text = f"{apart}. {told}" if apart else told
        yield {"type": "Image", "url": address, "altText": alt_text or NOTHING, "size": "Stretch"}
        return
    yield from cards.text(room.cut(apart), weight="Bolder")
    yield from cards.text(room.cut(told), place=_TIGHT if apart else None)


def is_wide(block: Table) -> bool:
    """Whether a card of half the conversation's width is too narrow for it."""
    return len(block.columns) <= SIDE_BY_SIDE and sum(_widths(block)) > NARROW_CARD


def _widths(block: Table) -> list[int]:
    """For each column, its longest text in characters, within bounds."""
    lines = [[column.title for column in block.columns], *block.rows]
    columns = max((len(line) for line in lines), default=0)
    longest = (max(len(one_line(line[at])) for line in lines if at < len(line)) for at in range(columns))
    return [min(max(each, NARROWEST), WIDEST) for each in longest]


def _share(share: Share, total: int, room: Room) -> Node:
    """Words, a bar that only repeats them, and numbers. A column with a ground is no bar: its padding alone is wide."""
    bar = BAR_LETTER * round(BAR * share.count / total) if total > 0 else ""
    return cards.columns(
        cards.column(_cell(room.cut(share.label)), width=3),
        cards.column(_cell(bar, color="Accent", size="Small"), width=3, verticalContentAlignment="Center"),
        cards.column(_cell(f"{share.count:,} · {room.short(share.percent)}", at="Right"), width=2),
        spacing="Small",
    )


def _row(
    cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int], room: Room, **look: cards.Json
) -> Node:
    shown = []
    for at, text in enumerate(cells):
        numeric = at < len(columns) and columns[at].numeric
        side = "Right" if numeric else "Left"
        width = widths[at] if at < len(widths) else NARROWEST
        shown.append(cards.column(_cell(room.cut(text), at=side, **look), width=width))
    return cards.columns(*shown, spacing="Small")


def _cell(text: str, *, at: str = "Left", **look: cards.Json) -> list[Node]:
    # An empty cell keeps its column: a dash would say that something was measured.
    line = one_line(text)
    return [cards.rich(cards.run(line, **look), horizontalAlignment=at)] if line else []


def _left_out(total: int, room: Room) -> list[Node]:
    if total <= room.rows:
        return []
    more = room.words.ngettext("… and {count} more row.", "… and {count} more rows.", total - room.rows)
    return cards.text(more.format(count=f"{total - room.rows:,}"), place=_TIGHT, isSubtle=True)
