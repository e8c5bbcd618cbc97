"""The small phrases that messages are made of: figures, intervals, days, names of roles and stages, filters.

Rounding for people: scores, changes and shares to whole numbers, means to one decimal, halves away from zero.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from surveys.definitions.model import Metric, Series
from surveys.errors import Undeliverable
from surveys.insight.chart_style import day_text, month_name, points_text
from surveys.insight.figures import Interval, Score
from surveys.insight.metrics import METRICS, metric_name
from surveys.insight.queries import Dimension, Filter, Period
from surveys.insight.scoring import wider_interval
from surveys.insight.statistics import shown
from surveys.people.model import Role, Stage
from surveys.words import N_, Words

_ROLES: Mapping[str, tuple[str, str]] = {
    Role.DECISION_MAKER: (N_("decision maker"), N_("decision makers")),
    Role.PROCUREMENT: (N_("procurement"), N_("procurement")),
    Role.INFLUENCER: (N_("influencer"), N_("influencers")),
    Role.TECHNICAL: (N_("technical contact"), N_("technical contacts")),
    Role.OPERATIONS: (N_("operations"), N_("operations")),
    Role.FINANCE: (N_("finance"), N_("finance")),
    Role.END_USER: (N_("end user"), N_("end users")),
    Role.OTHER: (N_("another role"), N_("other roles")),
}
_STAGES: Mapping[str, str] = {
    Stage.NEED: N_("need"),
    Stage.AWARENESS: N_("awareness"),
    Stage.EVALUATION: N_("evaluation"),
    Stage.PURCHASE: N_("purchase"),
    Stage.ONBOARDING: N_("onboarding"),
    Stage.USE: N_("use"),
    Stage.SUPPORT: N_("support"),
    Stage.RENEWAL: N_("renewal"),
    Stage.END: N_("end"),
}
_LANGUAGES: Mapping[str, str] = {
    "en": N_("English"),
    "uk": N_("Ukrainian"),
    "pl": N_("Polish"),
    "ru": N_("Russian"),
    "id": N_("Indonesian"),
    "zh": N_("Chinese"),
    "de": N_("German"),
    "fr": N_("French"),
    "es": N_("Spanish"),
}
_DIMENSIONS: Mapping[str, str] = {
    Dimension.ACCOUNT: N_("Account"),
    Dimension.ROLE: N_("Role"),
    Dimension.STAGE: N_("Stage"),
    Dimension.TOUCHPOINT: N_("Touchpoint"),
    Dimension.SEGMENT: N_("Segment"),
    Dimension.TEAM: N_("Team"),
    Dimension.LANGUAGE: N_("Language"),
    Dimension.PERSONA: N_("Persona"),
    Dimension.SURVEY: N_("Survey"),
    Dimension.WAVE: N_("Wave"),
    Dimension.PLATFORM: N_("Platform"),
    Dimension.OWNER: N_("Owner"),
    Dimension.TIER: N_("Tier"),
    Dimension.RELATIONSHIP: N_("Relationship"),
    Dimension.PRIORITY: N_("Priority"),
    Dimension.CHANNEL: N_("Channel"),
    Dimension.MODE: N_("Mode"),
}


# ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────────


def signed(value: float) -> str:
    """A change in points: “+6”, “−34”, “0”."""
    whole = shown(value)
    return f"+{whole}" if whole > 0 else f"−{-whole}" if whole < 0 else "0"


def percent(part: float, whole: float) -> str:
    return f"{shown(100 * part / whole)} %" if whole else "–"


def score_text(metric: Metric, value: float | None) -> str:
    """“+31” for NPS, “69 %” for a share, “–” without answers."""
    text = points_text(metric, value)
    return text if value is None or METRICS[metric].bounds[0] < 0 else f"{text} %"


def interval_text(metric: Metric, interval: Interval, words: Words) -> str:
    _ = words.gettext
    return _("{low} to {high}").format(low=points_text(metric, interval.low), high=score_text(metric, interval.high))


def shown_interval(score: Score) -> tuple[Interval | None, bool]:
    """The interval to show, the wider one, and whether it is the one over accounts."""
    interval = wider_interval(score)
    return interval, interval is not None and interval is score.interval_accounts


def answers_text(score: Score, words: Words) -> str:
    """“n 120”, with the people where somebody answered more than once."""
    _ = words.gettext
    if score.people == score.n:
        return _("n {n}").format(n=score.n)
    return words.ngettext("n {n}, from {people} person", "n {n}, from {people} people", score.people).format(
        n=score.n, people=score.people
    )


# ── days ───────────────────────────────────────────────────────────────────────────────────────────────────────


def period_text(period: Period, words: Words) -> str:
    """Two dates, both days in: “6 Jun – 5 Jul 2026”; one where it is one day."""
    _ = words.gettext
    first, last = period.start, period.last
    if first >= last:
        return day_text(first, words)
    if first.year != last.year:
        begin = day_text(first, words)
    elif first.month != last.month:
        begin = _("{day} {month}").format(day=first.day, month=month_name(first.month, words))
    else:
        begin = str(first.day)
    return _("{first} – {last}").format(first=begin, last=day_text(last, words))


def weekday_name(weekday: int, words: Words) -> str:
    """`weekday` 0 is Monday."""
    _ = words.gettext
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    return names[weekday % 7]


def moment_text(moment: datetime, timezone: str, words: Words) -> str:
    """A local time with its day: “Monday 6 Jul 2026, 09:05”."""
    _ = words.gettext
    local = moment.astimezone(ZoneInfo(timezone))
    return _("{weekday} {day}, {time}").format(
        weekday=weekday_name(local.weekday(), words), day=day_text(local.date(), words), time=f"{local:%H:%M}"
    )


def date_text(moment: datetime, timezone: str, words: Words) -> str:
    """The local day of a moment: “20 Jul 2026”."""
    return day_text(moment.astimezone(ZoneInfo(timezone)).date(), words)


def local_day(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────


def role_name(role: str | None, words: Words) -> str:
    """One person's role, for the line under a quote."""
    if role is None:
        return ""
    return words.gettext(_ROLES[role][0]) if role in _ROLES else role


def dimension_name(dimension: Dimension, words: Words) -> str:
    return words.gettext(_DIMENSIONS[dimension])


def group_name(dimension: Dimension | None, key: str | None, label: str, words: Words) -> str:
    """What a person reads for a group: “technical contacts”, “German”, an account's name, “not known”."""
    _ = words.gettext
    match dimension:
        case _ if key is None:
            return _("not known")
        case Dimension.ROLE if key in _ROLES:
            return _(_ROLES[key][1])
        case Dimension.STAGE if key in _STAGES:
            return _(_STAGES[key])
        case Dimension.LANGUAGE if key in _LANGUAGES:
            return _(_LANGUAGES[key])
        case _:
            return label or key or ""


def group_key(key: str | None, label: str) -> str | None:
    """What scripts read for a group: the value as a filter takes it, an account by its name and not the database's
    number of it; None is answers without a value.
    """
    return None if key is None else label


def series_name(series: Series | None, words: Words) -> str:
    _ = words.gettext
    match series:
        case Series.RELATIONSHIP:
            return _("relationship surveys")
        case Series.EVENT:
            return _("after events")
        case Series.TRIO:
            return _("overall-continue-recommend surveys")
        case None:
            return _("all series together")


def title_of(metric: Metric, series: Series | None, words: Words) -> str:
    """“NPS”; where another series than the usual was asked for, with its name."""
    name = metric_name(metric, words)
    if series is METRICS[metric].default_series:
        return name
    return f"{name} ({series_name(series, words)})"


def filters_in_words(filters: Sequence[Filter], spelling: Mapping[str, str], words: Words) -> str:
    """“Role: technical contacts or finance · not Account: Acme”; empty without filters."""
    _ = words.gettext
    parts = []
    for filter_ in filters:
        names = [spelling.get(value) or group_name(filter_.dimension, value, value, words) for value in filter_.values]
        text = _("{dimension}: {values}").format(
            dimension=dimension_name(filter_.dimension, words), values=either(names, words)
        )
        parts.append(_("not {what}").format(what=text) if filter_.negated else text)
    return " · ".join(parts)


def listed(names: Sequence[str], words: Words) -> str:
    """“a”, “a and b”, “a, b and c”."""
    _ = words.gettext
    if len(names) < 2:
        return "".join(names)
    return _("{some} and {last}").format(some=", ".join(names[:-1]), last=names[-1])


def either(names: Sequence[str], words: Words) -> str:
    """“a”, “a or b”, “a, b or c”."""
    _ = words.gettext
    if len(names) < 2:
        return "".join(names)
    return _("{some} or {last}").format(some=", ".join(names[:-1]), last=names[-1])


def refusal_text(reason: Undeliverable, words: Words) -> str:
    """Why nothing was posted to a channel."""
    _ = words.gettext
    match reason:
        case Undeliverable.SHARED:
            return _("people from outside the company are in the channel, and results are not shown to them.")
        case Undeliverable.ARCHIVED:
            return _("the channel is archived.")
        case Undeliverable.GONE:
            return _("I am not in the channel any more, or it is gone.")
        case _:
            return _("the platform did not take it.")
