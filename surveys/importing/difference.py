"""What an import of accounts or people would change, shown before it does. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    PLAIN = "plain"
    GROUP = "group"
    """Which role, account, team or level somebody has: by these, figures and audiences are made."""
    IDENTITY = "identity"
    """Who is behind a platform user: it decides who may do what."""


_CAREFUL = (ChangeKind.GROUP, ChangeKind.IDENTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """`before` and `after` as a person reads them; None is nothing."""

    field: str
    before: str | None
    after: str | None
    kind: ChangeKind = ChangeKind.PLAIN

    def __str__(self) -> str:
        return f"{self.field}: {self.before or 'nothing'} → {self.after or 'nothing'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """`who`: the account's name or the person's e-mail."""

    line: int
    who: str
    fields: tuple[FieldChange, ...]

    def of_kind(self, *kinds: ChangeKind) -> tuple[FieldChange, ...]:
        return tuple(field for field in self.fields if field.kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How many rows make, change or leave what they name; `changes`: one for each row with something to tell."""

    created: int
    updated: int
    unchanged: int
    changes: Sequence[RecordChange]

    @property
    def to_confirm(self) -> Sequence[RecordChange]:
        """Those that move somebody to another group, or a platform user to somebody else (threat 11)."""
        return [change for change in self.changes if change.of_kind(*_CAREFUL)]

    def within(self, confirmed: "Difference") -> bool:
        """Whether nothing is to be confirmed here that was not confirmed there."""
        agreed = {(change.who, field) for change in confirmed.to_confirm for field in change.of_kind(*_CAREFUL)}
        return all((change.who, field) in agreed for change in self.to_confirm for field in change.of_kind(*_CAREFUL))
