"""Typed errors for replies with a status other than 200."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from .._core.errors import CognitoError, InvalidReply, UnknownServiceError
from .._core.redact import Scrubber
from ._generated.errors import ERRORS
from .codes import INTERNAL, THROTTLED, UNKNOWN_OPERATION
from .replies import REQUEST_ID, error_code, error_members, is_page
from .rpc import RpcReply, RpcRequest
from .service_time import parse_http_date

_KNOWN = ERRORS.keys() | THROTTLED | INTERNAL | UNKNOWN_OPERATION
_MESSAGE_LENGTH = 1000
_NAME_LENGTH = 128
_SERVICE_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_TRIGGER = re.compile(r"(\w{1,64}) failed with error (.*)", re.DOTALL)


def invalid(request: RpcRequest, reply: RpcReply, how: str) -> InvalidReply:
    """Return the error for a reply that the service would not send. `how` completes "the reply …" in the message."""
    return InvalidReply(
        f"the reply {how}",
        status_code=reply.status_code,
        request_id=request_id_of(request, reply),
        operation=request.operation,
    )


def request_id_of(request: RpcRequest, reply: RpcReply) -> str | None:
    """Return the id that the service gave the request, with the request's secrets masked if they occur in it."""
    return _request_id(Scrubber(request.hidden()), reply)


def clean(request: RpcRequest, text: Any) -> str | None:
    """Return a server's short string. Secrets of the request, which the server may echo, are masked."""
    return _clean(Scrubber(request.hidden()), text)


def fault(request: RpcRequest, reply: RpcReply) -> CognitoError:
    """Return the error for a reply with a status other than 200, from the service or from a proxy."""
    if reply.status_code < 400:
        return invalid(
            request, reply, f"has status {reply.status_code}, which the service never sends; check the endpoint"
        )
    scrubber = Scrubber(request.hidden())
    body = error_members(reply)
    code = error_code(reply.headers, body)
    if code not in _KNOWN:  # a known code is not masked, even if a user has chosen it as a password
        code = _clean(scrubber, code)
    message = _clean(scrubber, _message(reply.headers, body), _MESSAGE_LENGTH)
    trigger = None
    # The message of a trigger's error begins with the trigger's name; no code says which trigger it was.
    if code is not None and "Lambda" in code and (parts := _TRIGGER.fullmatch(message or "")):
        trigger, message = parts.groups()
    if code is None and message is None:
        message = f"status {reply.status_code} without an error of the service; perhaps a proxy or a firewall replied"
    error = ERRORS.get(code or "", UnknownServiceError)(
        message or "",
        code=code,
        status_code=reply.status_code,
        request_id=_request_id(scrubber, reply),
        operation=request.operation,
        retry_after=_retry_after(scrubber, reply.headers),
        trigger=trigger,
        reason_code=_clean(scrubber, body.get("reasonCode")),
    )
    error.reply_was_lost = reply.resent
    if isinstance(error, UnknownServiceError):
        is_page_of_500 = reply.status_code == 500 and code is None and is_page(reply)
        error.is_page_of_emulator = is_page_of_500 and not reply.is_from_aws
    return error


def _request_id(scrubber: Scrubber, reply: RpcReply) -> str | None:
    given = reply.headers.get(REQUEST_ID)
    if given is not None and _SERVICE_ID.fullmatch(given) and scrubber.is_foreign(given):
        return given  # almost every reply has such an id, and `scrub` is slow
    return _clean(scrubber, given)


def _clean(scrubber: Scrubber, text: Any, length: int = _NAME_LENGTH) -> str | None:
    return scrubber.scrub(text, length) if isinstance(text, str) and text else None


def _message(headers: Mapping[str, str], body: Mapping[str, Any]) -> Any:
    return body.get("message") or body.get("Message") or headers.get("x-amzn-errormessage")


def _retry_after(scrubber: Scrubber, headers: Mapping[str, str]) -> float | None:
    """Return the seconds to wait that the server asks for, or `None`.

    If the server gives a date (RFC 9110 §10.2.3), the seconds count from the reply's `Date`, because the local clock
    may be wrong.
    """
    value = _clean(scrubber, headers.get("retry-after")) or ""
    try:
        seconds = float(value)
    except ValueError:
        until, sent = parse_http_date(value), parse_http_date(headers.get("date"))
        if until is None or sent is None:
            return None
        seconds = (until - sent).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
