"""The errors that CX Pulse raises on purpose; the docstring of each is its default message.

    CxError
    ├── NotFound          something named does not exist in this tenant
    ├── Refused           the rules forbid it (permission, privacy, state)
    ├── InvalidInput      a value from outside does not fit
    │   └── SurveyFileError   a survey file has a fault at a line
    ├── StorageUnavailable    the database cannot be reached or written to just now
    └── DeliveryError     the platform did not take a message

A person's mistake in a command is *not* an exception: it is a value with a suggestion.
"""

from dataclasses import dataclass


class CxError(Exception):
    """Something in CX Pulse did not work."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class NotFound(CxError):
    """It does not exist here."""


class Refused(CxError):
    """That is not allowed."""


class InvalidInput(CxError):
    """The value does not fit."""


class StorageUnavailable(CxError):
    """The database cannot be reached just now. Nothing was changed; please try again in a moment."""


class DeliveryError(CxError):
    """The platform did not take the message."""

    def __init__(
        self,
        message: str | None = None,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        uncertain: bool = False,
    ) -> None:
        """`permanent`: never try again. `retry_after`: seconds the platform asked for.

        `uncertain`: the request left and no answer came, so the message may be there.
        """
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.uncertain = uncertain


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault in a file from outside: where it is, what is wrong, what to do about it."""

    file: str
    line: int
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}: {self.problem}"
        return f"{text} {self.remedy}" if self.remedy else text


class SurveyFileError(InvalidInput):
    """A survey file has faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
