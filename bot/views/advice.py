"""What people read when something was not understood, not allowed, withheld, or went wrong."""

from bot.actions import RunCommand
from bot.commands.advice import Advice
from bot.commands.declaration import Catalogue
from bot.commands.grammar import parse
from bot.messages import Block, Button, Buttons, Message, Paragraph, Tone
from surveys.insight.figures import Withheld
from surveys.words import Words


def advice_line(advice: Advice, words: Words) -> str:
    """One line: what is wrong, the nearest valid form, an example."""
    _ = words.gettext
    parts = [advice.problem]
    if advice.suggestion and advice.suggestion != advice.example:
        parts.append(_("Nearest: {suggestion} ·").format(suggestion=advice.suggestion))
    parts.append(_("Try: {example}").format(example=advice.example))
    return " ".join(parts)


def mistake(advice: Advice, words: Words, catalogue: Catalogue | None = None) -> Message:
    """The line, with a button that runs the example where running it changes nothing."""
    line = advice_line(advice, words)
    blocks: list[Block] = [Paragraph(text=line)]
    example = parse(advice.example, catalogue or Catalogue(), words)
    if not isinstance(example, Advice) and example.reads_only:
        blocks.append(Buttons(buttons=(Button(label=button_label(advice.example), action=RunCommand(advice.example)),)))
    return Message(summary=line, blocks=tuple(blocks))


def button_label(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def refused(subject: str, words: Words, *, employee: bool) -> Message:
    """Somebody asked for what their permissions do not cover. `subject`: the first word of the command."""
    _ = words.gettext
    text = _("“{subject}” is for CX leads.").format(subject=subject)
    if employee:  # nobody else can become one
        text = _("“{subject}” is for CX leads. Any CX lead can make you one.").format(subject=subject)
    more = _("You can always give feedback, and answer what you are asked.")
    buttons = (
        Button(label=_("Give feedback"), action=RunCommand("feedback")),
        Button(label=_("Help"), action=RunCommand("help")),
    )
    return Message(
        summary=f"{text} {more}", blocks=(Paragraph(text=text), Paragraph(text=more), Buttons(buttons=buttons))
    )


def withheld(figure: Withheld, words: Words) -> Message:
    """A figure that may not be shown, with the rule that forbids it."""
    _ = words.gettext
    text = _("Not shown. {reason}").format(reason=figure.reason)
    return Message(
        summary=text,
        blocks=(
            Paragraph(text=_("Not shown"), tone=Tone.STRONG),
            Paragraph(text=figure.reason),
            Paragraph(
                text=_("The rule is the same for everybody, so that nobody's answer can be worked out."),
                tone=Tone.MUTED,
            ),
        ),
    )
