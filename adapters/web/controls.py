"""What can be tapped or typed into, as HTML forms that work without JavaScript too.

Pure. A form's `event_id` makes a double click one event; a script on the page gives each tap its own. No meaning is
carried by colour or position alone: what is chosen has a mark and says so, and both ends of a scale are named.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from bot.actions import Action, pack
from bot.messages import Button, Buttons, ButtonStyle, Choice, Form, Option, Scale, TextInput
from surveys.words import Words

ONE_LINE = 200
"""A text with this limit or less is typed in one line."""

NOTHING = Markup()

NOT_APPLICABLE = "na"
"""The value of "does not apply" (bot.actions.Answer)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a message lies while one person looks at it: where its forms go, and what makes its ids unique.

    `sheet`: the blocks are those of a dialog, whose fields all belong to one form at its end.
    """

    action_url: str
    message: str
    event_id: str
    chart_base: str
    words: Words
    sheet: bool = False

    @property
    def element(self) -> str:
        return f"{'s' if self.sheet else 'm'}-{self.message}"

    def chart_url(self, index: int) -> str:
        return f"{self.chart_base}{index}.png"


def control(block: Scale | Choice | TextInput | Buttons, index: int, desk: Desk) -> Markup:
    match block:
        case Scale():
            return scale(block, index, desk)
        case Choice():
            return choice(block, index, desk)
        case TextInput():
            return text_input(block, index, desk)
        case Buttons():
            return buttons(block, index, desk)


def scale(block: Scale, index: int, desk: Desk) -> Markup:
    """One button for each number, in one row where there is room, in two at phone width."""
    points = _join(_point(block, value, desk) for value in range(block.low, block.high + 1))
    ends = Markup('<p class="ends" aria-hidden="true"><span><b>{}</b> {}</span><span><b>{}</b> {}</span></p>').format(
        block.low, block.low_label, block.high, block.high_label
    )
    apart = Markup()
    if block.not_applicable:
        apart = Markup('<div class="apart">{}</div>').format(
            _tap(block.not_applicable, block.tap(NOT_APPLICABLE), "button quiet")
        )
    count = block.high - block.low + 1
    row = Markup('<div class="points points-{}">{}</div>').format(count, points)
    return _question(block.question, index, desk, _form(desk, Markup("{}{}{}").format(row, ends, apart)))


def _point(block: Scale, value: int, desk: Desk) -> Markup:
    _ = desk.words.gettext
    label = ""
    if value in (block.low, block.high):
        label = f"{value}, {block.low_label if value == block.low else block.high_label}"
    chosen = block.selected == value
    if chosen:
        label = _("{label}, your answer").format(label=label or value)
    named = Markup(' aria-label="{}"').format(label) if label else Markup()
    return Markup(
        '<button class="point{}" name="action" value="{}" aria-pressed="{}"{}>{}<span>{}</span></button>'
    ).format(
        " chosen" if chosen else "",
        pack(block.tap(value)),
        "true" if chosen else "false",
        named,
        _CHECK if chosen else Markup(),
        value,
    )


def choice(block: Choice, index: int, desk: Desk) -> Markup:
    options = _join(_option(block, option) for option in block.options)
    return _question(block.question, index, desk, _form(desk, Markup('<div class="options">{}</div>').format(options)))


def _option(block: Choice, option: Option) -> Markup:
    chosen = block.selected == option.value
    return Markup(
        '<button class="option{}" name="action" value="{}" aria-pressed="{}">{}<span dir="auto">{}</span></button>'
    ).format(
        " chosen" if chosen else "",
        pack(block.tap(option.value)),
        "true" if chosen else "false",
        _CHECK if chosen else Markup(),
        option.label,
    )


def text_input(block: TextInput, index: int, desk: Desk, beside: Iterable[Button] = ()) -> Markup:
    """A labelled field that says how much fits; a form of its own where it has a button.

    `beside`: buttons shown next to that one; they belong to a form of their own and carry no text.
    """
    field = _field(block, index, desk)
    if block.submit is None:
        return Markup('<div class="field">{}</div>').format(field)
    send = _button(block.submit, primary=True)
    name = Markup(' id="{}-b{}" hidden').format(desk.element, index)
    owner = Markup(' form="{}-b{}"').format(desk.element, index)
    others = _join(_button(button, owner=owner) for button in beside)
    row = Markup('<div class="field">{}<div class="row">{}{}</div></div>').format(field, send, others)
    return _form(desk, row, "typed") + (_form(desk, NOTHING, name=name) if others else NOTHING)


def _field(block: TextInput, index: int, desk: Desk) -> Markup:
    _ = desk.words.gettext
    shared = Markup(
        'id="{element}-i{index}" name="value.{key}" maxlength="{limit}" placeholder="{placeholder}" '
        'aria-describedby="{element}-l{index}" dir="auto" autocomplete="off"'
    ).format(
        element=desk.element, index=index, key=block.key, limit=block.max_length, placeholder=block.placeholder
    )  # fmt: skip
    if desk.sheet:
        shared += Markup(' form="{}-form"').format(desk.element)
    if block.max_length <= ONE_LINE:
        control = Markup('<input class="input" type="text" {} value="{}">').format(shared, block.value)
    else:
        # The line end after the tag is swallowed by the parser: a text that begins with one keeps its own.
        control = Markup('<textarea class="input" rows="3" {}>\n{}</textarea>').format(shared, block.value)
    limit = _("Up to {limit} characters").format(limit=f"{block.max_length:,}")
    return Markup(
        '<label for="{element}-i{index}" dir="auto">{label}</label>{control}'
        '<p class="limit" id="{element}-l{index}" data-limit="{count}">{limit}</p>'
    ).format(
        element=desk.element,
        index=index,
        label=block.label,
        control=control,
        count=block.max_length,
        limit=limit,
    )


def buttons(block: Buttons, index: int, desk: Desk) -> Markup:
    row = _join(_button(button) for button in block.buttons)
    return _form(desk, Markup('<div class="row">{}</div>').format(row))


def sheet(form: Form, desk: Desk) -> Markup:
    """The end of a dialog: the form that its fields belong to, with the button that sends them all."""
    send = _tap(form.submit_label, form.action, "button primary")
    row = Markup('<div class="row end">{}</div>').format(send)
    return _form(desk, row, "typed", name=Markup(' id="{}-form"').format(desk.element))


def _button(button: Button, *, primary: bool = False, owner: Markup = NOTHING) -> Markup:
    style = ButtonStyle.PRIMARY if primary and button.style is ButtonStyle.PLAIN else button.style
    return _tap(button.label, button.action, f"button {style.value}", owner)


def _tap(label: str, action: Action, kind: str, owner: Markup = NOTHING) -> Markup:
    """`owner`: the attribute that names the form a button belongs to, where it does not stand in it."""
    return Markup('<button class="{}" name="action" value="{}"{} dir="auto">{}</button>').format(
        kind, pack(action), owner, label
    )


def _question(question: str, index: int, desk: Desk, inside: Markup) -> Markup:
    name = Markup("{}-q{}").format(desk.element, index)
    return Markup(
        '<div class="question" role="group" aria-labelledby="{}"><p class="asked" id="{}" dir="auto">{}</p>{}</div>'
    ).format(name, name, question, inside)


def _form(desk: Desk, inside: Markup, kind: str = "taps", *, name: Markup = NOTHING) -> Markup:
    # multipart keeps a long comment in any script below the size that a request may have.
    return Markup(
        '<form class="{}"{} method="post" action="{}" enctype="multipart/form-data" data-act>'
        '<input type="hidden" name="event_id" value="{}"><input type="hidden" name="message" value="{}">{}</form>'
    ).format(kind, name, desk.action_url, desk.event_id, desk.message, inside)


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


_CHECK = Markup(
    '<svg class="check" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">'
    '<path d="M3 8.5l3.2 3.2L13 5" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" '
    'stroke-linejoin="round"></path></svg>'
)
