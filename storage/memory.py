"""What was worked out once, kept by the process until something that counts has changed.

The database says when that is. Cells change only together with the `stamp` of their layer, and between two changes of
the layers waiting deltas only become more (a fold, which takes them away, writes cells). So the stamps of the visible
layers say which cells a snapshot sees, and with the number of waiting deltas which answers it counts. Versions of
surveys are only added, so that their number and the newest say which there are. All this is read anew in every unit:
what another process changed is seen at once.

For what carries no stamp (who somebody is, what people wrote) PostgreSQL names the snapshot itself: two transactions
with the same one see the same rows of every table. SQLite has no such name; there nothing of that kind is kept.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Dialect,
    String,
    bindparam,
    func,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.prepared import Prepared
from storage.session import Kind
from storage.tables import layer, score_delta, survey_version

MOST = 256
"""Entries kept, of all tenants; one is some ten kilobytes for a hundred accounts."""

Value = TypeVar("Value")

_TENANT = bindparam("tenant", type_=layer.c.tenant_id.type)
_LAYER, _WAITING, _SURVEYS = "layer", "waiting", "surveys"


def _state(dialect: Dialect) -> CompoundSelect[Any]:
    # Which transactions had ended when this one began, told by their numbers: visibility depends on nothing else
    # (PostgreSQL's documentation, "Transaction ID and Snapshot Information Functions").
    moment = func.pg_current_snapshot().cast(String) if dialect.name == Kind.POSTGRESQL else null()
    return union_all(
        select(_part(_LAYER), layer.c.id.label("first"), layer.c.stamp.label("second"), null().label("moment")).where(
            layer.c.tenant_id == _TENANT, layer.c.visible
        ),
        select(_part(_WAITING), func.count(), null(), moment).where(score_delta.c.tenant_id == _TENANT),
        select(_part(_SURVEYS), func.count(), func.max(survey_version.c.id), null()).where(
            survey_version.c.tenant_id == _TENANT
        ),
    )


def _part(what: str) -> ColumnElement[str]:
    # Written out: in PostgreSQL a parameter in a UNION has no type.
    return literal_column(f"'{what}'", String).label("what")


_STATE = Prepared(_state)


class Memory:
    """Of one process. Values are shared: whoever takes one must not change it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._at_work: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._of_moment: tuple[str | None, Memory | None] = (None, None)

    def of_moment(self, moment: str) -> "Memory":
        """What is kept while nobody writes. Another moment forgets all of it: names and comments do not outlive the
        next question after they were deleted."""
        known, kept = self._of_moment
        if kept is None or known != moment:
            kept = Memory(self._most)
            self._of_moment = (moment, kept)
        return kept

    async def worked_out(self, key: Hashable, state: Hashable, work: Callable[[], Awaitable[Value]]) -> Value:
        """What was kept for the key in exactly this state, else what `work` gives, kept from now on.

        Of many who want the same at the same time (after every answer, everybody who asks) one works, the others wait.
        """
        if (found := self._found(key, state)) is not None:
            return cast(Value, found)
        turn = self._at_work.setdefault((key, state), asyncio.Lock())
        async with turn:
            if (found := self._found(key, state)) is None:
                found = await work()
                self._kept[key] = (state, found)
                self._kept.move_to_end(key)
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return cast(Value, found)

    def _found(self, key: Hashable, state: Hashable) -> Any:
        found = self._kept.get(key)
        if found is None or found[0] != state:
            return None
        self._kept.move_to_end(key)
        return found[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What one transaction sees, and what is kept of that. The transaction must see one state all the time."""

    memory: Memory
    tenant_id: int
    layers: tuple[tuple[int, int], ...]
    """(id, stamp) of the visible ones."""
    waiting: int
    """Deltas that are not folded yet."""
    surveys: tuple[int, int | None]
    """How many versions are published, and the id of the newest."""
    moment: str | None = None
    """What PostgreSQL calls this snapshot; None on SQLite."""

    async def of_cells(self, key: Hashable, work: Callable[[], Awaitable[Value]]) -> Value:
        """What `work` makes of the folded cells alone."""
        return await self.memory.worked_out((self.tenant_id, key), self.layers, work)

    async def of_answers(self, key: Hashable, work: Callable[[], Awaitable[Value]]) -> Value:
        """What `work` makes of all answers that count, folded or not."""
        return await self.memory.worked_out((self.tenant_id, key), (self.layers, self.waiting), work)

    async def of_surveys(self, key: Hashable, work: Callable[[], Awaitable[Value]]) -> Value:
        """What `work` makes of the published surveys."""
        return await self.memory.worked_out((self.tenant_id, key), self.surveys, work)

    async def of_everything(self, key: Hashable, work: Callable[[], Awaitable[Value]]) -> Value:
        """What `work` makes of whatever it reads, kept until anybody writes anything. On SQLite it works each time."""
        if self.moment is None:
            return await work()
        return await self.memory.of_moment(self.moment).worked_out((self.tenant_id, key), None, work)


class Sight:
    """What the transaction of one unit sees, read when somebody first asks."""

    def __init__(self, connection: AsyncConnection, tenant_id: int, memory: Memory) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._memory = memory
        self._snapshot: Snapshot | None = None

    async def snapshot(self) -> Snapshot:
        if self._snapshot is None:
            rows = await _STATE.all(self._connection, tenant=self._tenant_id)
            one = {row.what: row for row in rows if row.what != _LAYER}
            self._snapshot = Snapshot(
                memory=self._memory,
                tenant_id=self._tenant_id,
                layers=tuple(sorted((row.first, row.second) for row in rows if row.what == _LAYER)),
                waiting=one[_WAITING].first,
                surveys=(one[_SURVEYS].first, one[_SURVEYS].second),
                moment=one[_WAITING].moment,
            )
        return self._snapshot
