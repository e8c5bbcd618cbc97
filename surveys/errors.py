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
from enum import StrEnum


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


class Undeliverable(StrEnum):
    """Why a message cannot be delivered, now or later."""

    LEFT = "left"
    """The person is no longer on the platform."""
    BLOCKED = "blocked"
    """The person takes no messages from us there."""
    NOT_INSTALLED = "not_installed"
    """The app is not installed for the person."""
    NO_PLATFORM = "no_platform"
    """The person is on no connected platform."""
    APART = "apart"
    """The person is of another company and shares no channel with us yet, without which we may not write to them."""
    GONE = "gone"
    """The conversation is not there any more, or we are no longer in it."""
    ARCHIVED = "archived"
    SHARED = "shared"
    """People from outside the company are in the channel (threat 4)."""
    REFUSED = "refused"
    """The platform does not take this message."""


class DeliveryError(CxError):
    """The platform did not take the message."""

    def __init__(
        self,
        message: str | None = None,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        uncertain: bool = False,
        throttled: bool = False,
        doubtful: bool = False,
        reason: Undeliverable = Undeliverable.REFUSED,
        platform_code: str = "",
    ) -> None:
        """`permanent`: never try again, for this `reason`. `retry_after`: seconds the platform asked for.

        `uncertain`: the request left and no answer came, so the message may be there. `doubtful`: it was looked for
        and not found, but may still come; it is looked for again before it is posted again. `throttled`: too many
        calls (429), which concerns every message that draws on the same budgets. `platform_code`: what the platform
        calls it, a name without anybody's data, for the log.
        """
        super().__init__(message)
        self.permanent = permanent
        self.throttled = throttled
        self.doubtful = doubtful
        self.reason = reason
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.platform_code = platform_code

    def while_looking(self) -> "DeliveryError":
        """What it means when it was a look for a message that may be there: that nobody knows yet, or ever will."""
        if self.permanent:
            return DeliveryError(str(self), uncertain=True, platform_code=self.platform_code)
        return DeliveryError(
            str(self),
            retry_after=self.retry_after,
            throttled=self.throttled,
            doubtful=True,
            platform_code=self.platform_code,
        )


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
