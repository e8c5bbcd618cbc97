"""Texts as a reader compares them, and every text that a neutral message has. Knows no platform."""

import unicodedata
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from bot.actions import Action
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
)

UNSEEN = ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")


def seen(text: str) -> str:
    """Without what nobody sees: blanks, line ends, controls; and with one kind of inverted comma.

    A platform may break a line elsewhere, and may need the backtick for itself.
    """
    return "".join(char for char in text.replace("`", "ʼ") if unicodedata.category(char) not in UNSEEN)


def texts_of(block: Block) -> Iterator[str]:
    """Every text in a block that a person reads or hears, a number as it is written."""
    match block:
        case Heading(text=text) | Paragraph(text=text):
            yield text
        case Quote(text=text, by=by):
            yield from (text, by)
        case Headline(label=label, value=value, notes=notes, badge=badge):
            yield from (label, value, *notes, badge)
        case Facts(rows=rows):
            for name, value in rows:
                yield from (name, value)
        case Distribution(label=label, shares=shares):
            yield label
            for share in shares:
                yield from (share.label, f"{share.count:,}", share.percent)
        case Table(caption=caption, columns=columns, rows=rows):
            yield from (caption, *(column.title for column in columns))
            for row in rows:
                yield from row
        case Chart(title=title, alt_text=alt_text):
            yield from (title, alt_text)
        case Scale() | Choice() | TextInput() | Buttons():
            yield from _texts_of_control(block)
        case Divider():
            return


def _texts_of_control(block: Scale | Choice | TextInput | Buttons) -> Iterator[str]:
    match block:
        case Scale():
            yield from (block.question, block.low_label, block.high_label, block.not_applicable)
            yield from map(str, range(block.low, block.high + 1))
        case Choice(question=question, options=options):
            yield from (question, *(option.label for option in options))
        case TextInput():
            # An earlier answer that is longer than the field stays out of it, and a hint says so.
            value = block.value if len(block.value) <= block.max_length else ""
            yield from (block.label, block.placeholder, value, block.submit.label if block.submit else "")
        case Buttons(buttons=buttons):
            yield from (button.label for button in buttons)


def texts_in(shown: Message | Form) -> tuple[str, ...]:
    first = (shown.summary,) if isinstance(shown, Message) and not shown.blocks else ()
    last = (shown.title, shown.submit_label) if isinstance(shown, Form) else ()
    return tuple(text for text in (*first, *_all(shown), *last) if seen(text))


def _all(shown: Message | Form) -> Iterator[str]:
    for block in shown.blocks:
        yield from texts_of(block)


def actions_in(shown: Message | Form) -> tuple[Action, ...]:
    """Everything that can be used in it."""
    found: list[Action] = []
    for block in shown.blocks:
        match block:
            case Scale():
                found += [block.tap(value) for value in range(block.low, block.high + 1)]
                found += [block.tap("na")] if block.not_applicable else []
            case Choice(options=options):
                found += [block.tap(option.value) for option in options]
            case TextInput(submit=submit):
                found += [submit.action] if submit else []
            case Buttons(buttons=buttons):
                found += [button.action for button in buttons]
            case _:
                pass
    return tuple(found)


def strings(value: object) -> Iterator[str]:
    """Every string in a value made of dataclasses and tuples."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from strings(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings(getattr(value, field.name))
