"""The check of a request before anything reads it: size, time, signature over the raw bytes, then its form (threat 1).

bolt is given nothing that has not passed here: it answers 500 to what is malformed, and logs the body of what is
wrongly signed. https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from yarl import URL

BODY_LIMIT = 1024 * 1024
"""Bytes. The longest that Slack sends us, a form with ten long texts, is far below."""
WINDOW_SECONDS = 5 * 60
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Signed by Slack, not long ago. `body`: the JSON object in it, as text.

    `signature` is the same for an identical copy only.
    """

    body: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`reason` is a name for the log, never a part of the request."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateCheck:
    """Slack looks whether the address answers over TLS; it is not signed and asks for a 200, nothing else."""


def examine(
    body: bytes, headers: Mapping[str, str], *, secret: str, now: float
) -> Accepted | Refused | CertificateCheck:
    """`headers` by lower-case name; `now` in Unix seconds."""
    if len(body) > BODY_LIMIT:
        return Refused(status=413, reason="too_large")
    signature = headers.get("x-slack-signature", "")
    if not signature and _is_certificate_check(body):
        return CertificateCheck()
    reason = _fault_of_signature(body, headers.get("x-slack-request-timestamp", ""), signature, secret, now)
    if reason:
        return Refused(status=401, reason=reason)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Refused(status=400, reason="not_utf8")
    found = _object_in(text, headers.get("content-type", ""))
    if not found:
        return Refused(status=400, reason="not_an_object")
    return Accepted(body=found, signature=signature)


def signature_of(body: bytes, timestamp: str, secret: str) -> str:
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _fault_of_signature(body: bytes, timestamp: str, signature: str, secret: str, now: float) -> str:
    if not timestamp or not signature:
        return "unsigned"
    if not _TIME.fullmatch(timestamp):
        return "bad_time"
    if abs(now - int(timestamp)) > WINDOW_SECONDS:
        return "wrong_time"
    expected = signature_of(body, timestamp, secret)
    # As bytes: compare_digest refuses text that is not ASCII with an exception.
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape")):
        return "wrong_signature"
    return ""


def _is_certificate_check(body: bytes) -> bool:
    if len(body) > 1000:
        return False
    try:
        return dict(parse_qsl(body.decode("ascii"))).get("ssl_check") == "1"
    except ValueError:
        return False


def _object_in(text: str, content_type: str) -> str:
    """The JSON object of a request: its body, its field `payload`, or the fields of a command; "" where there is none.

    bolt is handed this and not the form: it loses a command whose text has the word "payload" in it
    (slack_bolt.request.internals.parse_body).
    """
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind != "application/json" and not text.startswith("{"):
            fields = _fields(text)
            if "payload" not in fields:
                return json.dumps(fields) if fields.get("command") or fields.get("ssl_check") == "1" else ""
            text = fields["payload"]
        return text if isinstance(json.loads(text), dict) else ""
    except (ValueError, RecursionError):
        return ""


def _fields(form: str) -> dict[str, str]:
    """The same as `dict(parse_qsl(form, keep_blank_values=True))`, which takes longer over a tap than all of bolt."""
    return dict(URL.build(path="/", query_string=form, encoded=True).query.items())
