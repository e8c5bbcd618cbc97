"""A split change as sentences: whose opinion moved, and whose share of the answers grew or shrank.

Exact before all: it speaks of who *answered*, since a split of answers knows nothing of who was asked.
"""

from collections.abc import Sequence

from bot.views.groups import in_name_order
from bot.views.phrases import group_name, listed, percent, signed
from surveys.insight.figures import MixPart, MixSplit
from surveys.insight.queries import Dimension
from surveys.insight.statistics import shown
from surveys.words import N_, Words

MOST_NAMED = 3
_SEEN = {
    Dimension.ACCOUNT: N_("Seen by account"),
    Dimension.ROLE: N_("Seen by role"),
    Dimension.STAGE: N_("Seen by stage"),
    Dimension.TOUCHPOINT: N_("Seen by touchpoint"),
    Dimension.SEGMENT: N_("Seen by segment"),
    Dimension.TEAM: N_("Seen by team"),
    Dimension.LANGUAGE: N_("Seen by language"),
}
"""Whoever splits by another dimension gets another balance of the same change, so each verdict names its own."""
_CLEAR_SHARE = 0.03
"""A group's share of the answers has to move by so much before it is named."""


def change_in_words(split: MixSplit, by: Dimension, words: Words, *, real: bool | None = True) -> str:
    """Two or three sentences, the one about opinion first. `real` False: the change itself is within noise, and None:
    it was not tested. No cause is claimed for either.
    """
    last = _balance(split, by, words) if real else _doubt(real, words)
    if is_one_group(split):
        sentences = [_one_group(split, by, words), "" if real else last]
    else:
        sentences = [_opinion(split, by, words), _mix(split, by, words), last]
    return " ".join(sentence for sentence in sentences if sentence)


def is_one_group(split: MixSplit) -> bool:
    """Nothing to tell apart: the group's change is the whole change."""
    return len(split.parts) == 1


def _one_group(split: MixSplit, by: Dimension, words: Words) -> str:
    _ = words.gettext
    return _("There is only one group here, {name}, so that all of the change is opinion within it.").format(
        name=_name(split.parts[0], by, words)
    )


def _doubt(real: bool | None, words: Words) -> str:
    _ = words.gettext
    if real is None:
        return _("The two periods share days, so nothing was tested, and there may be nothing to explain.")
    return _("The change is within noise, so there may be nothing to explain.")


def _opinion(split: MixSplit, by: Dimension, words: Words) -> str:
    _ = words.gettext
    both = [part for part in split.parts if part.score_before is not None and part.score_after is not None]
    if not both:
        return _("No group answered in both periods.")
    falling = split.delta < 0
    moved = [part for part in both if _moved(part) != 0 and (_moved(part) < 0) is falling]
    if not moved:
        if by is Dimension.ROLE:
            return _("No role became unhappier.") if falling else _("No role became happier.")
        return _("No group became unhappier.") if falling else _("No group became happier.")
    if len(moved) == len(both):
        return _everybody(by, falling, words)
    if by is Dimension.LANGUAGE and len(moved) > MOST_NAMED:
        # To name those that moved most would be to rank them.
        text = _("{k} of {count} groups scored lower.") if falling else _("{k} of {count} groups scored higher.")
        return text.format(k=len(moved), count=len(both))
    moved.sort(key=lambda part: -abs(part.rate))
    named = in_name_order(moved[:MOST_NAMED], by, words)
    names = listed([f"{_name(part, by, words)} ({signed(_moved(part))})" for part in named], words)
    text = _("{k} of {count} groups scored lower, above all {names}.")
    if not falling:
        text = _("{k} of {count} groups scored higher, above all {names}.")
    if len(moved) <= MOST_NAMED:
        text = _("{k} of {count} groups scored lower: {names}.")
        if not falling:
            text = _("{k} of {count} groups scored higher: {names}.")
    return text.format(k=len(moved), count=len(both), names=names)


def _everybody(by: Dimension, falling: bool, words: Words) -> str:
    _ = words.gettext
    if by is Dimension.ROLE:
        return _("Every role became unhappier.") if falling else _("Every role became happier.")
    return _("Every group became unhappier.") if falling else _("Every group became happier.")


def _moved(part: MixPart) -> float:
    return (part.score_after or 0.0) - (part.score_before or 0.0)


def _name(part: MixPart, by: Dimension, words: Words) -> str:
    return group_name(by, part.key, part.label, words)


def _mix(split: MixSplit, by: Dimension, words: Words) -> str:
    """Whose share moved the total, with both shares; empty where the mix moved nothing that is shown."""
    if not shown(split.mix):
        return ""
    _ = words.gettext
    before, after = sum(part.n_before for part in split.parts), sum(part.n_after for part in split.parts)

    def share_change(part: MixPart) -> float:
        return part.n_after / after - part.n_before / before

    def told(parts: Sequence[MixPart]) -> str:
        named = sorted(parts, key=lambda part: -abs(share_change(part)))[:2]
        return listed(
            [
                _("{group} ({before} → {after})").format(
                    group=_name(part, by, words),
                    before=percent(part.n_before, before),
                    after=percent(part.n_after, after),
                )
                for part in named
            ],
            words,
        )

    larger = told([part for part in split.parts if share_change(part) >= _CLEAR_SHARE])
    smaller = told([part for part in split.parts if share_change(part) <= -_CLEAR_SHARE])
    if larger and smaller:
        return _("Who answered changed: a larger share from {larger}, a smaller one from {smaller}.").format(
            larger=larger, smaller=smaller
        )
    if larger:
        return _("Who answered changed: a larger share from {larger}.").format(larger=larger)
    if smaller:
        return _("Who answered changed: a smaller share from {smaller}.").format(smaller=smaller)
    return ""


def _balance(split: MixSplit, by: Dimension, words: Words) -> str:
    """Which of the two made the change, as this dimension shows it."""
    _ = words.gettext
    told = _told(split, words)
    return _("{seen_by_dimension}, {balance}").format(seen_by_dimension=_(_SEEN[by]), balance=told) if told else ""


def _told(split: MixSplit, words: Words) -> str:
    _ = words.gettext
    delta, rate, mix = shown(split.delta), shown(split.rate), shown(split.mix)
    if not delta:
        return _("opinion and mix cancel each other out.") if rate else ""
    if rate * delta <= 0:
        return _("the whole change comes from who answered, not from what they think.")
    if mix * delta <= 0:
        return _("the whole change comes from what people think, not from who answered.")
    if abs(rate) >= 2 * abs(mix):
        return _("most of the change is opinion.")
    if abs(mix) >= 2 * abs(rate):
        return _("most of the change is who answered.")
    return _("both opinion and mix contributed.")
