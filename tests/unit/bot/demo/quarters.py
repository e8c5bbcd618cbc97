"""In which quarter of the story a day is."""

from datetime import date

from bot.demo.dates import Quarter


def quarter_of(day: date) -> Quarter:
    return next(quarter for quarter in Quarter if quarter.period.start <= day < quarter.period.end)
