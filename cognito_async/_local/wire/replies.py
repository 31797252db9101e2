"""HTTP responses with the service's headers: replies and refusals."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Literal

from .refusals import UNREADABLE, Refusal

CONTENT_TYPE = "application/x-amz-json-1.1"
_LONGEST_HEADER = 1000

# The members of an operation's output.
Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LocalResponse:
    """The HTTP response that the client gets.

    If it is `lost`, the client gets none: its time is up, or its connection is closed.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    lost: Literal["timeout", "connection"] | None = None


def reply_response(now: datetime, reply: Mapping[str, Any], *, content_type: str = CONTENT_TYPE) -> LocalResponse:
    return LocalResponse(200, {**service_headers(now), "Content-Type": content_type}, _json(reply))


def refusal_response(now: datetime, refusal: Refusal) -> LocalResponse:
    headers = {**service_headers(now), "Content-Type": CONTENT_TYPE, "x-amzn-ErrorType": f"{refusal.code}:"}
    body = {"__type": refusal.code}
    if refusal.message:
        # Some messages contain line breaks, or input of any length, which a header cannot hold.
        headers["x-amzn-ErrorMessage"] = re.sub(r"[^\x20-\x7e]", "?", refusal.message[:_LONGEST_HEADER])
        # The framework of the service parses the request. It spells this member in its own way (amplify-js#4738).
        body["Message" if refusal.code == UNREADABLE else "message"] = refusal.message
    return LocalResponse(refusal.status_code, headers, _json(body))


def service_headers(now: datetime) -> dict[str, str]:
    """Return the headers that every response has."""
    return {"Date": format_datetime(now, usegmt=True), "x-amzn-RequestId": str(uuid.uuid4())}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
