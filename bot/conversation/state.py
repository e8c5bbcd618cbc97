"""What a conversation remembers between two events: which question a typed reply would answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """`invitation` and `question` of what was asked last; both empty when nothing is pending."""

    invitation: str = ""
    question: str = ""

    @property
    def nothing(self) -> bool:
        return not self.invitation


NOTHING_PENDING = Pending()
