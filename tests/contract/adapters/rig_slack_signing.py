"""Requests as Slack signs them, and every way in which one can be wrong."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from adapters.slack.verify import signature_of
from tests.contract.adapters.rig import Who

SECRET = "the signing secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """As Slack sends it, before it is signed."""

    body: bytes
    kind: str
    who: Who
    channel: str


def signed(request: Request, *, at: str = "", secret: str = SECRET) -> dict[str, str]:
    at = at or str(int(time.time()))
    return {
        "content-type": request.kind,
        "x-slack-request-timestamp": at,
        "x-slack-signature": signature_of(request.body, at, secret),
    }


def ago(seconds: int) -> str:
    return str(int(time.time()) - seconds)


Forge = Callable[[Request], tuple[bytes, dict[str, str]]]
FORGERIES: Mapping[str, Forge] = {
    "with another secret": lambda it: (it.body, signed(it, secret="another secret")),
    "with no secret": lambda it: (it.body, signed(it, secret="")),
    "tampered with": lambda it: (it.body + b"&more=1", signed(it)),
    "unsigned": lambda it: (it.body, {"content-type": it.kind}),
    "without its time": lambda it: (it.body, {**signed(it), "x-slack-request-timestamp": ""}),
    "without its signature": lambda it: (it.body, {**signed(it), "x-slack-signature": ""}),
    "of another version": lambda it: (
        it.body,
        {**signed(it), "x-slack-signature": signed(it)["x-slack-signature"].replace("v0=", "v1=")},
    ),
    "with a time that is none": lambda it: (it.body, signed(it, at="soon")),
    "with another time than it was signed with": lambda it: (
        it.body,
        {**signed(it), "x-slack-request-timestamp": ago(1)},
    ),
    "with the signature of another request": lambda it: (
        it.body,
        {**signed(it), "x-slack-signature": signed(replace(it, body=b"{}"))["x-slack-signature"]},
    ),
}
EXPIRED: Mapping[str, Forge] = {
    "signed six minutes ago": lambda it: (it.body, signed(it, at=ago(360))),
    "signed six minutes ahead": lambda it: (it.body, signed(it, at=ago(-360))),
    "signed in 1970": lambda it: (it.body, signed(it, at="0")),
}
