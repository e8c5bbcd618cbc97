"""What the clock deletes."""

from dataclasses import replace
from datetime import datetime

from surveys.sending.model import WaveState
from tests.fake_store.books import Books

_DAY = 86_400.0


def tidy(books: Books, *, before: datetime, clock: float, limit: int) -> int:
    """`clock`: the database's, in seconds. A draft goes once it has no members left."""
    events = sorted((at, key) for key, at in books.events.items() if at < before)[:limit]
    for _, key in events:
        del books.events[key]
    full = [
        key
        for key, bucket in books.budgets.items()
        if bucket.counted_at < clock - _DAY and max(bucket.paused_until, bucket.promised_until) < clock
    ][:limit]
    for name in full:
        del books.budgets[name]
    drafts = [row for row in books.waves.values() if row.state is WaveState.DRAFT and row.created_at < before]
    members = 0
    for row in drafts:
        fewer = row.members[limit - members :]
        members += len(row.members) - len(fewer)
        books.waves[row.id] = replace(row, members=fewer)
    empty = [row.id for row in drafts if not books.waves[row.id].members][:limit]
    for number in empty:
        del books.waves[number]
    return len(events) + len(full) + members + len(empty)
