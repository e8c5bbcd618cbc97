"""What people wrote: enough of it, each thing once, and where it belongs."""

import unicodedata

from bot.demo.comments import comment_key, comments, spaces, written_comments
from bot.demo.contacts import YUSUF, by_seat
from bot.demo.dates import PRICE_CHANGE, Quarter
from bot.demo.planted import MARKUP
from bot.demo.scores import Band, band_of
from bot.demo.special_comments import INVOICES, LONGEST_LENGTH, SPECIAL_LONGEST, longest_comment
from tests.unit.bot.demo.quarters import quarter_of


def test_every_written_comment_was_said_by_somebody_and_nothing_twice() -> None:
    said = list(comments().values())

    assert len(said) == len(set(said)) > 200
    assert {written.text for written in written_comments()} <= set(said)


def test_comments_come_in_nine_languages_and_one_from_right_to_left() -> None:
    languages = {space.language for space in spaces() if space.key in comments()}
    arabic = comments()[comment_key(by_seat()[YUSUF], Quarter.Q2_2026)]

    assert languages == {"en", "de", "pl", "uk", "fr", "es", "zh", "id", "ru"}
    assert unicodedata.bidirectional(arabic[0]) == "AL"


def test_one_comment_has_mentions_and_markup_and_one_is_as_long_as_a_comment_may_be() -> None:
    marked = comments()[comment_key(by_seat()[MARKUP], Quarter.Q2_2026)]
    seat, quarter = SPECIAL_LONGEST

    assert all(part in marked for part in ("<!channel>", "<@U07PIKE1>", "<script>", "*Box_A*", "](https://"))
    assert comments()[comment_key(by_seat()[seat], quarter)] == longest_comment()
    assert len(longest_comment()) == LONGEST_LENGTH == 10_000


def test_a_comment_is_of_its_authors_language_band_role_and_time() -> None:
    by_text = {written.text: written for written in written_comments()}
    for space in spaces():
        written = by_text.get(comments().get(space.key, ""))
        if written is not None:
            assert written.language == space.language
            assert written.band is band_of(space.score)
            assert not written.roles or space.role in written.roles


def test_seven_people_in_five_accounts_say_since_the_price_change_that_invoices_do_not_match_orders() -> None:
    by_key = {space.key: space for space in spaces()}
    complaints = [by_key[comment_key(by_seat()[seat], quarter)] for seat, quarter in INVOICES]

    assert len({space.author for space in complaints}) == 7
    assert len({seat.account for seat, _ in INVOICES}) == 5
    assert all(space.day > PRICE_CHANGE for space in complaints)
    assert all(band_of(space.score) is not Band.PROMOTER for space in complaints)


def test_the_outage_is_told_in_the_quarter_after_it_and_by_many() -> None:
    told = [
        space
        for space in spaces()
        if any(written.when == "outage" and written.text == comments().get(space.key) for written in written_comments())
    ]

    assert len(told) >= 15
    assert {quarter_of(space.day) for space in told} == {Quarter.Q4_2025}
