"""`cx ask`: what `/cx QUERY` answers, in a shell. It changes nothing and releases nothing."""

import asyncio
import json
from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from adapters.terminal.render import render
from bot.clocks import SystemClock
from bot.commands.advice import Advice
from bot.commands.declaration import Family
from bot.commands.grammar import Question
from bot.commands.registry import ENTRIES
from bot.desk import OPERATOR, Asker, Desk, Place
from bot.desk.errand import Errand
from bot.language import words_for
from bot.ports import UnitOfWork
from bot.settings import load_settings
from bot.views.advice import advice_line
from bot.views.json import to_json
from surveys.errors import InvalidInput, NotFound, Refused
from surveys.people.model import Person


def ask_once(query: str, *, as_email: str | None, now: str | None, as_json: bool) -> int:
    """Prints the answer, or the advice on stderr; returns the exit code."""
    return asyncio.run(_ask(query, as_email, _moment(now) if now else SystemClock().now(), as_json))


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"--now {text!r} is not a time. Write it like 2026-07-06T09:00:00+02:00.") from error


async def _ask(query: str, as_email: str | None, now: datetime, as_json: bool) -> int:
    from bot.app import first_tenant, opened_store

    async with opened_store(load_settings()) as store:
        tenant = await first_tenant(store)
        async with store.read(tenant.id) as unit:
            person = await _person(unit, as_email) if as_email else None
            errand = Errand(
                unit=unit,
                asker=Asker.of(person) if person else OPERATOR,
                place=Place(direct=True),
                # A time without an offset is one of the company's own clock.
                now=now if now.tzinfo else now.replace(tzinfo=ZoneInfo(tenant.timezone)),
                words=words_for(person.language if person else None),
            )
            return await _answer(errand, query, as_json)


async def _answer(errand: Errand, query: str, as_json: bool) -> int:
    desk = Desk()
    command = await desk.read(errand, query)
    if isinstance(command, Advice):
        typer.echo(advice_line(command, errand.words), err=True)
        return 1
    if not command.reads_only:
        raise Refused("cx ask only reads. Send, subscribe and grant in the chat, where people can be told.")
    if not errand.asker.may(command.needs):
        raise Refused("Only a CX lead may ask this.")
    if not as_json:
        outcome = await desk.carry_out(command, errand)
        assert outcome.reply is not None
        typer.echo(render(outcome.reply.message))
        return 0
    if not isinstance(command, Question):
        figures = ", ".join(entry.subject for entry in ENTRIES if entry.family is Family.FIGURES)
        raise Refused(f"--json is for figures: {figures}.")
    typer.echo(json.dumps(to_json(await desk.result(errand, command)), ensure_ascii=False))
    return 0


async def _person(unit: UnitOfWork, email: str) -> Person:
    found = [person for person in await unit.people.find(email) if (person.email or "").casefold() == email.casefold()]
    if not found:
        raise NotFound(f"Nobody here has the e-mail {email}.")
    return found[0]
