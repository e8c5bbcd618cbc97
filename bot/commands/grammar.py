"""From a typed line to a command, or to advice. Never raises, whatever is typed.

A mistake is put right once and read again, so that the example in an advice is, where possible, the typed line as it
should have been; and every example in an advice is itself a command that can be read.
"""

from dataclasses import replace

from bot.commands import scores
from bot.commands.access import GrantCommand, RevokeCommand
from bot.commands.advice import Advice, MaybeName, Mistake, nearest, shown
from bot.commands.clauses import read_clauses
from bot.commands.declaration import Catalogue, Entry, Line
from bot.commands.explain import ExplainCommand, explain_command
from bot.commands.feedback import FeedbackCommand
from bot.commands.help import TOPICS, HelpCommand
from bot.commands.reaching import AskMeHere
from bot.commands.reading import OPTION_WORDS
from bot.commands.registry import BY_WORD, LATER
from bot.commands.scores import ScoreCommand
from bot.commands.sending import ListSurveys, ListWaves, SendCommand
from bot.commands.summaries import ListSummaries, StopSummaries, WeeklySummary
from bot.commands.tokens import LONGEST_TEXT, Token, length_in_a_button, quote, tokenise
from bot.commands.trend import TrendCommand, trend_command
from bot.commands.unknown import maybe_names
from bot.commands.why import WhyCommand, why_command
from surveys.insight.period_text import parse_period
from surveys.people.model import Permission
from surveys.words import ENGLISH, Words

Question = ScoreCommand | TrendCommand | WhyCommand | ExplainCommand
"""Answered with figures, which can be posted for everyone and printed as JSON."""

Command = (
    Question | SendCommand | ListSurveys | ListWaves | WeeklySummary | StopSummaries | ListSummaries | GrantCommand
    | RevokeCommand | FeedbackCommand | AskMeHere | HelpCommand
)  # fmt: skip

SHIPPED = Catalogue()
_MOST_CORRECTIONS = 4
_SLASH = ("/cx", "cx", "/cxpulse")
_POLITE = ("show", "me", "please", "the", "what", "is", "what's", "whats", "give", "tell")


def parse(text: str, catalogue: Catalogue = SHIPPED, words: Words = ENGLISH) -> Command | Advice:
    """The command that `text` (without or with a leading `/cx`) means. `catalogue`: the tenant's published surveys."""
    length = length_in_a_button(text)
    if length > LONGEST_TEXT:
        _ = words.gettext
        problem = _("That is {n} characters long; a command has at most {most}.").format(n=length, most=LONGEST_TEXT)
        return Advice(problem=problem, suggestion="help", example="help")
    read = _read(text, catalogue, words)
    return _advice(read, text, catalogue, words) if isinstance(read, Mistake) else read


def only_reads(text: str) -> bool:
    """Whether `text` certainly changes nothing: a question, or a mistake in one, which is answered with advice."""
    tokens = _without_slash(tokenise(text[:LONGEST_TEXT]))
    if not tokens:
        return True
    entry = BY_WORD.get(tokens[_subject(tokens)].word)
    if entry is None or not entry.leads:
        return True
    command = parse(text)
    # What is a mistake here may name a survey that only the tenant's own catalogue has.
    return not isinstance(command, Advice) and command.reads_only


def begins_with_subject(text: str) -> bool:
    """Whether a message looks like a command: `/cx …`, or its first word is a subject."""
    tokens = tokenise(text[:LONGEST_TEXT])
    return bool(tokens) and (tokens[0].word in _SLASH or tokens[0].word in BY_WORD or tokens[0].word in LATER)


def _read(text: str, catalogue: Catalogue, words: Words) -> Command | Mistake:
    tokens = _without_slash(tokenise(text))
    if not tokens:
        return HelpCommand()
    subject = _subject(tokens)
    word = tokens[subject].word
    line = Line(text=text, tokens=tokens, subject=subject, catalogue=catalogue, words=words)
    entry = BY_WORD.get(word)
    if _asks_for_help(line, entry):
        return _help_first(line)
    if entry is not None and entry.leads:
        return _leading(entry, line)
    if unclosed := next((token for token in tokens if token.unclosed), None):
        return _unclosed(unclosed, line)
    if word in LATER or (word == "why" and _mentions_person(line.rest)):
        return _not_yet(line, word)
    return _question(line)


def _without_slash(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tokens[1:] if tokens and tokens[0].word in _SLASH else tokens


def _subject(tokens: tuple[Token, ...]) -> int:
    """Where the word is that chooses the command."""
    return next((at for at, token in enumerate(tokens) if token.word not in _POLITE), 0)


def _leading(entry: Entry, line: Line) -> Command | Mistake:
    """A command whose subject comes first and that reads the rest in its own way."""
    read = entry.parser(line)
    if isinstance(read, HelpCommand) and read.topic:
        return _help_topic(read, line)
    assert isinstance(read, Command | Mistake)
    return read


def _question(line: Line) -> Command | Mistake:
    clauses = read_clauses(line)
    if isinstance(clauses, Mistake):
        return clauses
    if "explain" in clauses.kinds:
        return explain_command(clauses, line)
    if "why" in clauses.kinds:
        return why_command(clauses, line)
    if "trend" in clauses.kinds or (clauses.output == "chart" and clauses.by is None and clauses.metric):
        return trend_command(clauses, line)
    return scores.score_command(clauses, line)


def _help_topic(command: HelpCommand, line: Line) -> HelpCommand | Mistake:
    topic = command.topic.casefold()
    if topic in TOPICS:
        return HelpCommand(topic=TOPICS[topic])
    if topic in BY_WORD:
        return HelpCommand(topic=BY_WORD[topic].subject)
    if topic in LATER:
        return _not_yet(line, topic)
    _ = line.words.gettext
    close = nearest(topic, (*BY_WORD, *TOPICS), cutoff=0.6)
    near = f"help {TOPICS.get(close, close)}".strip()
    return Mistake(
        problem=_("There is no help on “{topic}”.").format(topic=shown(command.topic)), suggestion=near, example=near
    )


def _asks_for_help(line: Line, entry: Entry | None) -> bool:
    """`nps by role help`, `send help`; not where the words behind the subject are somebody's own."""
    asked = BY_WORD.get(line.tokens[-1].word) is BY_WORD["help"] and line.tokens[-1].word != "?"
    own_words = entry is not None and entry.leads and (len(line.rest) != 1 or entry.needs is Permission.ANYONE)
    return asked and not own_words


def _help_first(line: Line) -> Mistake:
    _ = line.words.gettext
    subject = next((BY_WORD[token.word].subject for token in line.tokens[:-1] if token.word in BY_WORD), "")
    near = f"help {subject}".strip()
    return Mistake(problem=_("“help” stands first."), suggestion=near, example=near)


def _mentions_person(tokens: tuple[Token, ...]) -> bool:
    return any(token.text.startswith(("@", "<@")) for token in tokens)


def _not_yet(line: Line, word: str) -> Mistake:
    _ = line.words.gettext
    near = LATER.get(word, "waves")
    typed = next(token.plain for token in line.tokens if token.plain.casefold() == word)
    subject = typed if word in LATER else f"{typed} @person"
    problem = _("“{subject}” is not in this version. This comes closest.").format(subject=shown(subject))
    names: tuple[MaybeName, ...] = ()
    if word == "account" and line.rest and line.tokens[line.subject].word == "account":
        start = line.tokens[line.subject].start
        names = tuple(replace(name, start=start) for name in maybe_names(line.tokens, line.subject + 1))
    return Mistake(problem=problem, suggestion=near, example=near, names=names)


def _unclosed(token: Token, line: Line) -> Mistake:
    """The quote probably belongs before the next word that means something here."""
    _ = line.words.gettext
    value = (token.values[-1] if token.values else token.text).split()
    ends = next((at for at, word in enumerate(value) if at and _means_something(word)), len(value))
    head = f"{'-' if token.negated else ''}{token.key}:" if token.key else ""
    kept = "".join(f"{quote(other)}," for other in token.values[:-1])
    closed = f'{head}{kept}"{" ".join(value[:ends])}"' if value else ""
    return Mistake(
        problem=_("A quotation mark is opened and not closed."),
        suggestion=closed,
        start=token.start,
        end=token.end,
        replacement=" ".join([closed, *value[ends:]]),
    )


def _means_something(word: str) -> bool:
    return word.casefold() in OPTION_WORDS or word == "latest" or ":" in word or parse_period(word) is not None


def _advice(mistake: Mistake, text: str, catalogue: Catalogue, words: Words) -> Advice:
    return Advice(
        problem=mistake.problem,
        suggestion=mistake.suggestion,
        example=_example(mistake, text, catalogue, words),
        names=mistake.names,
    )


def _example(mistake: Mistake, text: str, catalogue: Catalogue, words: Words) -> str:
    """A command that can be read, as near to what was typed as can be had."""
    typed, found = text, mistake
    for _attempt in range(_MOST_CORRECTIONS):
        nearer = found.example or found.corrected(typed)
        if nearer is None or length_in_a_button(nearer) > LONGEST_TEXT:
            break
        typed = nearer
        read = _read(typed, catalogue, words)
        if not isinstance(read, Mistake):
            return read.text
        found = read
    return _usual_example(text, catalogue, words)


def _usual_example(text: str, catalogue: Catalogue, words: Words) -> str:
    """The first example of the subject that was meant; one that names a survey is of use only where there is one."""
    for token in tokenise(text):
        if token.word in BY_WORD:
            example = BY_WORD[token.word].examples[0].text
            return "help" if isinstance(_read(example, catalogue, words), Mistake) else example
    return "help"
