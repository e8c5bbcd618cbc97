"""One command from its text to its outcome: read, check the permission, check the names in it, gather, answer."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import actions
from bot.commands.access import GrantCommand, RevokeCommand
from bot.commands.advice import Advice
from bot.commands.declaration import Catalogue
from bot.commands.explain import ExplainCommand, no_figure_before
from bot.commands.feedback import FeedbackCommand
from bot.commands.grammar import Command, Question, begins_with_subject, only_reads, parse
from bot.commands.help import HelpCommand
from bot.commands.names import dimensions_mentioned, with_names
from bot.commands.reaching import AskMeHere
from bot.commands.registry import ENTRIES
from bot.commands.results import Result
from bot.commands.scores import ScoreCommand
from bot.commands.sending import ListSurveys, ListWaves, SendCommand
from bot.commands.summaries import ListSummaries, StopSummaries, WeeklySummary
from bot.commands.values import check_values, complete_values, dimensions_to_check, spelling
from bot.desk import access, feedback, posting, reaching, sending, summaries
from bot.desk.asker import Asker, Place
from bot.desk.errand import Errand, say
from bot.desk.figures import Gathering, today_of
from bot.messages import Audience, Outcome
from bot.observability import COMMAND_SECONDS
from bot.ports import UnitOfWork
from bot.views import advice as advice_views
from bot.views import help as help_views
from bot.views.answers import answer_message
from surveys.insight.queries import Dimension
from surveys.people.model import Permission, Person
from surveys.words import Words

COMMAND_SECONDS.admit(subject=[entry.subject for entry in ENTRIES])

MOST_REMEMBERED = 1_000
"""People whose last question this process remembers, for a bare `explain`."""


class Desk:
    """Stateless but for the last question of each person, which a bare `explain` means."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[int, int], ScoreCommand] = OrderedDict()

    def only_reads(self, text: str) -> bool:
        """Whether `text` certainly changes nothing, so that a read unit will do."""
        return only_reads(text)

    def reads_as_command(self, text: str, person: Person | None = None) -> bool:
        """Whether a message in the chat is a command of this person's rather than an answer or a remark.

        `/cx …` always is. Plain words are one only when they read as a whole command that the person may use.
        """
        if text.lstrip().casefold().startswith(("/cx", "cx ")):
            return True
        if not begins_with_subject(text):
            return False
        command = parse(text)
        return not isinstance(command, Advice) and Asker.of(person).may(command.needs)

    async def answer(
        self,
        unit: UnitOfWork,
        text: str,
        person: Person | None,
        *,
        place: Place,
        now: datetime,
        words: Words,
        audience: Audience = Audience.SENDER,
    ) -> Outcome:
        """What `/cx TEXT` answers. Effects are in the unit's transaction; the caller commits."""
        public = audience is Audience.EVERYONE
        errand = Errand(unit=unit, asker=Asker.of(person), place=place, now=now, words=words, public=public)
        started = time.perf_counter()
        command = await self.read(errand, text)
        if isinstance(command, Advice):
            return say(advice_views.mistake(command, words))
        outcome = await self.carry_out(command, errand)
        COMMAND_SECONDS.labels(subject=command.text.split(" ", 1)[0]).observe(time.perf_counter() - started)
        permitted = errand.asker.may(command.needs)
        if public and permitted and outcome.reply is not None and isinstance(command, Question):
            return replace(outcome, reply=replace(outcome.reply, audience=Audience.EVERYONE))
        return outcome

    async def read(self, errand: Errand, text: str) -> Command | Advice:
        """The command, with the names in its filters as the tenant spells them; or advice.

        A bare `explain` is that of this person's last question.
        """
        versions = await errand.unit.surveys.all_latest()
        today = today_of(errand.unit, errand.now).day
        catalogue = Catalogue(surveys=tuple(version.survey.key for version in versions), today=today)
        command = parse(text, catalogue, errand.words)
        # Advice on names tells which accounts there are: only to those who may ask.
        if not errand.asker.may(Permission.CX_LEAD if isinstance(command, Advice) else command.needs):
            return command
        if isinstance(command, Advice):
            known = await _known(errand.unit, dimensions_mentioned(text, command))
            command = with_names(text, command, known, catalogue, errand.words)
        if isinstance(command, ExplainCommand) and command.question is None:
            last = self._last.get(_whose(errand))
            command = ExplainCommand(question=last) if last else no_figure_before(errand.words)
        if isinstance(command, Advice):
            return command
        known = await _known(errand.unit, dimensions_to_check(command))
        return check_values(complete_values(command, known), known, errand.words, typed=text)

    async def result(self, errand: Errand, command: Question) -> Result:
        """The result of a question, before it becomes a message or JSON."""
        known = await _known(errand.unit, dimensions_to_check(command))
        today = today_of(errand.unit, errand.now)
        gathering = Gathering(unit=errand.unit, today=today, words=errand.words, spelling=spelling(command, known))
        return await gathering.answer(command)

    async def post(
        self,
        unit: UnitOfWork,
        action: actions.PostHere,
        person: Person | None,
        *,
        place: Place,
        workspace_id: int,
        cause: str,
        now: datetime,
        words: Words,
    ) -> Outcome:
        """A private answer, posted in the channel where it was asked. What the button carries is checked here."""
        errand = Errand(unit=unit, asker=Asker.of(person), place=place, now=now, words=words)
        command = await self.read(errand, action.text)
        if isinstance(command, Advice):
            return say(advice_views.mistake(command, words))
        if isinstance(command, Question) and errand.asker.may(command.needs):
            return await posting.begin(errand, command, action.channel, workspace_id=workspace_id, cause=cause)
        return await self.carry_out(command, errand)

    async def act(
        self,
        unit: UnitOfWork,
        action: actions.ConfirmWave | actions.CancelWave | actions.StopSummary,
        person: Person | None,
        *,
        now: datetime,
        words: Words,
    ) -> Outcome:
        """Buttons of a CX lead. What the button carries is a hint: permission and state are checked here."""
        errand = Errand(unit=unit, asker=Asker.of(person), place=Place(direct=True), now=now, words=words)
        match action:
            case actions.ConfirmWave(wave=wave):
                return await sending.confirm(errand, wave)
            case actions.CancelWave(wave=wave):
                return await sending.cancel(errand, wave)
            case actions.StopSummary(subscription=subscription):
                return await summaries.stop(errand, subscription)

    async def carry_out(self, command: Command, errand: Errand) -> Outcome:
        if not errand.asker.may(command.needs):
            return say(
                advice_views.refused(command.text.split(" ", 1)[0], errand.words, employee=errand.asker.is_employee)
            )
        if isinstance(command, Question):
            return await self._question(command, errand)
        match command:
            case SendCommand():
                return await sending.preview(errand, command)
            case ListSurveys() | ListWaves():
                return await sending.listing(errand, command)
            case WeeklySummary() | StopSummaries() | ListSummaries():
                return await summaries.carry_out(errand, command)
            case GrantCommand():
                return await access.grant(errand, command)
            case RevokeCommand():
                return await access.revoke(errand, command)
            case FeedbackCommand():
                return await feedback.begin(errand, command)
            case AskMeHere():
                return await reaching.ask_here(errand)
            case HelpCommand():
                return say(help_views.help_message(command.topic, errand.asker.permissions, errand.words))

    async def _question(self, command: Question, errand: Errand) -> Outcome:
        result = await self.result(errand, command)
        if isinstance(command, ScoreCommand):
            key = _whose(errand)
            self._last[key] = command
            self._last.move_to_end(key)
            if len(self._last) > MOST_REMEMBERED:
                self._last.popitem(last=False)
        return say(answer_message(result, errand.words, public=errand.public, channel=_channel_of(errand.place)))


def _whose(errand: Errand) -> tuple[int, int]:
    person = errand.asker.person
    return errand.unit.tenant.id, person.id if person else 0


def _channel_of(place: Place) -> str | None:
    """Where an answer can be posted for others; None where nobody else reads."""
    if place.direct:
        return None
    return place.address.conversation if place.address else ""


async def _known(unit: UnitOfWork, dimensions: Sequence[Dimension]) -> dict[Dimension, Sequence[str]]:
    return {dimension: await unit.people.known_values(dimension) for dimension in dimensions}
