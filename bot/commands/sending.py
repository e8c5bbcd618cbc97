"""`send nps to role:technical account:Acme`, and the lists of surveys and waves. A preview always comes first."""

from dataclasses import dataclass

from bot.commands.advice import Mistake, nearest, shown
from bot.commands.clauses import add_filter
from bot.commands.declaration import Base, Entry, Example, Family, Line
from bot.commands.filters import Taken, read_filter
from bot.commands.question import spell_filter
from bot.commands.reading import only_its_name
from bot.commands.tokens import ENDS_SENTENCE, Token
from bot.commands.unknown import filter_meant, maybe_names
from surveys.insight.queries import Dimension, Filter
from surveys.words import N_

AUDIENCE_DIMENSIONS = (
    Dimension.ACCOUNT,
    Dimension.ROLE,
    Dimension.SEGMENT,
    Dimension.TIER,
    Dimension.OWNER,
    Dimension.PERSONA,
    Dimension.PRIORITY,
    Dimension.RELATIONSHIP,
    Dimension.LANGUAGE,
)
"""Properties of a contact or its account; the other filters are properties of an answer."""

_EVERYONE = ("everyone", "everybody", "all")
_FILLERS = ("to", "survey", "the", "a", "an", "contacts", "with", "and", "for")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCommand(Base):
    """`filters` empty: every contact. `survey` is the key of a published one."""

    survey: str
    filters: tuple[Filter, ...] = ()

    @property
    def audience(self) -> str:
        """The audience as it is typed."""
        return " ".join(spell_filter(filter_) for filter_ in self.filters) or "everyone"

    @property
    def text(self) -> str:
        """The canonical way to type it."""
        return f"send {self.survey} to {self.audience}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSurveys(Base):
    reads_only = True

    @property
    def text(self) -> str:
        return "surveys"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWaves(Base):
    reads_only = True

    @property
    def text(self) -> str:
        return "waves"


def parse(line: Line) -> SendCommand | Mistake:
    survey = ""
    everyone = False
    filters: list[Filter] = []
    tokens, at = line.rest, 0
    while at < len(tokens):
        token, used = tokens[at], 1
        if token.key:
            taken = _audience_filter(line, tokens, at)
            if isinstance(taken, Mistake):
                return taken
            assert isinstance(taken.filter, Filter)
            add_filter(filters, taken.filter)
            used = taken.tokens
        elif not survey and token.plain.casefold() in line.catalogue.surveys:
            survey = token.plain.casefold()
        elif token.word in _EVERYONE:
            everyone = True
        elif token.word not in _FILLERS and token.text.strip(ENDS_SENTENCE):
            return _unknown(line, at, survey)
        at += used
    if not survey:
        return _no_survey(line, filters)
    if not filters and not everyone:
        return _nobody(line, survey)
    return SendCommand(survey=survey, filters=tuple(filters))


def _audience_filter(line: Line, tokens: tuple[Token, ...], at: int) -> Taken | Mistake:
    taken = read_filter(tokens, at, line.words)
    if isinstance(taken, Mistake):
        return taken
    if isinstance(taken.filter, Filter) and taken.filter.dimension in AUDIENCE_DIMENSIONS:
        return taken
    _ = line.words.gettext
    typed = tokens[at].text[tokens[at].negated :].partition(":")[0]
    problem = _("“{name}:” is about answers; people are chosen by {known}.").format(
        name=shown(typed), known=", ".join(f"{dimension}:" for dimension in AUDIENCE_DIMENSIONS)
    )
    # No example without the filter: an audience is never widened by advice.
    return Mistake(problem=problem, suggestion="help send", example="help send")


def _usual_survey(line: Line) -> str:
    known = line.catalogue.surveys
    return "nps" if "nps" in known else known[0] if known else ""


def _no_survey(line: Line, filters: list[Filter]) -> Mistake:
    _ = line.words.gettext
    known = line.catalogue.surveys
    if not known:
        return Mistake(problem=_("No survey is published yet."), suggestion="surveys", example="surveys")
    audience = " ".join(spell_filter(filter_) for filter_ in filters) or "role:technical"
    near = f"send {_usual_survey(line)} to {audience}"
    problem = _("Which survey? There are {known}.").format(known=", ".join(known))
    return Mistake(problem=problem, suggestion=near, example=near)


def _nobody(line: Line, survey: str) -> Mistake:
    _ = line.words.gettext
    return Mistake(
        problem=_("To whom? Choose people with filters, or write “everyone”."),
        suggestion=f"send {survey} to role:technical",
        example=f"send {survey} to role:technical",
    )


def _unknown(line: Line, at: int, survey: str) -> Mistake:
    """A word that is neither a survey nor an audience: a misspelt survey, a role, or an account."""
    _ = line.words.gettext
    token = line.rest[at]
    typed = shown(token.plain)
    if not survey:
        close = nearest(token.text, line.catalogue.surveys, cutoff=0.6)
        if not close:
            return _no_survey(line, [])
        problem = _("There is no survey “{word}”.").format(word=typed)
        return Mistake(problem=problem, suggestion=close, start=token.start, end=token.end, replacement=close)
    if filter_ := filter_meant(line, line.rest, at, AUDIENCE_DIMENSIONS):
        return filter_
    problem = _("I do not know “{word}”. People are chosen with filters.").format(word=typed)
    if close := nearest(token.word, _EVERYONE):
        return Mistake(problem=problem, suggestion=close, start=token.start, end=token.end, replacement=close)
    # Never the line without the word: that would ask more people than were meant.
    return Mistake(problem=problem, suggestion="help send", example="help send", names=maybe_names(line.rest, at))


def parse_surveys(line: Line) -> ListSurveys | Mistake:
    return only_its_name(line, "surveys") or ListSurveys()


def parse_waves(line: Line) -> ListWaves | Mistake:
    return only_its_name(line, "waves") or ListWaves()


ENTRIES = (
    Entry(
        subject="send",
        aliases=("preview",),
        family=Family.ASKING,
        usage="send SURVEY to [FILTER:VALUE …] | everyone",
        help=N_("Ask people now: first a preview of who, how many and when; nothing leaves before you confirm."),
        examples=(
            Example(text="send nps to role:technical", meaning=N_("Every technical contact who may be asked now")),
            Example(text="send csat to everyone", meaning=N_("Every contact who may be asked now")),
        ),
        parser=parse,
    ),
    Entry(
        subject="surveys",
        aliases=("survey",),
        family=Family.ASKING,
        usage="surveys",
        help=N_("The surveys that can be sent, with their purpose."),
        examples=(Example(text="surveys", meaning=N_("What can be sent")),),
        parser=parse_surveys,
    ),
    Entry(
        subject="waves",
        aliases=("wave",),
        family=Family.ASKING,
        usage="waves",
        help=N_("What was sent lately, to whom, and what is still open."),
        examples=(Example(text="waves", meaning=N_("What was sent lately")),),
        parser=parse_waves,
    ),
)
