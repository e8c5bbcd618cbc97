"""Forms as dialogs: opened in the answer to a request, sent back in another, with its mistakes shown where they are.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from adapters.teams.activities import dialog, dialog_words
from adapters.teams.cards import Node
from adapters.teams.parse import Heard, Tapped
from adapters.teams.render import render_dialog
from adapters.teams.waits import Left
from bot.actions import OpenForm, SubmitForm
from bot.events import ActionChosen, Address, Envelope, Sender
from bot.messages import Audience, Block, Button, Buttons, Form, Message, Outcome, Paragraph, TextInput, Tone
from bot.ports import Engine
from surveys.words import Words


class Dialogs:
    def __init__(self, *, engine: Engine, words: Words) -> None:
        self._engine = engine
        self._words = words

    async def answer(self, outcome: Outcome, heard: Heard, address: Address, left: Left) -> Node | None:
        """What a dialog shows now; None closes it."""
        _ = self._words.gettext
        reply = outcome.reply
        if outcome.form is not None:
            return self._shown(outcome.form, heard)
        if reply is None:
            return self.words(_("This came twice; it was taken once."))
        if isinstance(heard.what, Tapped) and heard.what.submitted:
            if reply.audience is Audience.SENDER:
                return await self._again(reply.message, heard.what, heard, address, left)
            if reply.audience is Audience.IN_PLACE and heard.message and heard.direct:
                # The card behind the dialog says it.
                return None
        return self.words(reply.message.summary)

    def words(self, text: str) -> Node:
        return dialog_words(text)

    def offer(self, form: Form) -> Message:
        """A message that opens the form: without a tap on a button, Teams opens no dialog."""
        _ = self._words.gettext
        text = _("There is a form to fill in: {title}").format(title=form.title)
        blocks: list[Block] = [Paragraph(text=text)]
        if isinstance(form.action, SubmitForm):
            button = Button(label=_("Open"), action=OpenForm(form.action.invitation))
            blocks.append(Buttons(buttons=(button,)))
        return Message(summary=text, blocks=tuple(blocks))

    def _shown(self, form: Form, heard: Heard) -> Node:
        return dialog(form.title, render_dialog(form, origin=heard.message, words=self._words))

    async def _again(self, mistake: Message, sent: Tapped, heard: Heard, address: Address, left: Left) -> Node:
        """The same form with what was typed, under a line that says what is wrong with it."""
        if not isinstance(sent.action, SubmitForm):
            return self.words(mistake.summary)
        envelope = Envelope(
            address=address,
            sender=Sender(user=heard.user, name=heard.user_name),
            event_id=f"{heard.event_id}:form",
            message=heard.message or None,
        )
        event = ActionChosen(envelope=envelope, action=OpenForm(sent.action.invitation))
        opening = asyncio.ensure_future(self._engine.handle(event))
        await asyncio.wait({opening}, timeout=left.last)
        form = opening.result().form if opening.done() else None
        if form is None:
            return self.words(mistake.summary)
        return self._shown(_with(form, mistake.summary, sent.values), heard)


def _with(form: Form, mistake: str, typed: Mapping[str, str]) -> Form:
    blocks = [
        replace(block, value=typed[block.key]) if isinstance(block, TextInput) and block.key in typed else block
        for block in form.blocks
    ]
    return replace(form, blocks=(Paragraph(text=mistake, tone=Tone.STRONG), *blocks))
