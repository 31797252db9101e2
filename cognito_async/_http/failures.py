"""Failures of a request: the functions that make the public errors, and `ConnectionLost`, which is internal."""

from __future__ import annotations

from collections.abc import Mapping

from .._core.errors import CallTimeout, ConnectFailed, InvalidReply, OutcomeUnknown, TransportError
from .message import HttpRequest

_MEBIBYTE = 1024 * 1024


class ConnectionLost(Exception):
    """The end of a connection, or invalid bytes on it, before its reply was complete.

    The message is only a short name of the cause, such as `EndOfStream`. The pool replaces this error by a public one,
    because the frames of its traceback hold the received bytes.

    Attributes:
        answered: whether a part of the reply had arrived.
    """

    def __init__(self, kind: str, *, answered: bool) -> None:
        super().__init__(kind)
        self.answered = answered


def not_connected(kind: str) -> ConnectFailed:
    """Return the error for a request that was not sent. `kind` is a short name of the cause."""
    return ConnectFailed(
        f"no connection to the service ({kind}); nothing was sent. Check endpoint, network, proxy and certificates"
    )


def without_reply(request: HttpRequest, kind: str) -> TransportError:
    """Return the error for a request without a complete reply. `kind` is a short name of the cause.

    The class of the error depends on whether the request was sent, and whether it is repeatable.
    """
    if not request.sent:
        return not_connected(kind)
    return _lost(request, f"the call was sent and its reply was lost ({kind})")


def timed_out(request: HttpRequest) -> TransportError:
    """Return the error for a request whose time limit has passed."""
    if request.sent and not request.repeatable:
        return _lost(request, "the call was sent and its time limit passed before a reply arrived")
    return CallTimeout("no reply within the call's time limit, which timeout= sets in seconds")


def too_long(limit: int, status_code: int | None) -> InvalidReply:
    """Return the error for a reply whose body has more than `limit` bytes."""
    size = f"{limit // _MEBIBYTE} MiB" if limit >= _MEBIBYTE else f"{limit // 1024} KiB"
    return _unusable(f"longer than {size}", status_code)


def check_encoding(status_code: int, headers: Mapping[str, str]) -> None:
    """Refuse a compressed reply, because a few bytes could become gigabytes.

    Raises:
        InvalidReply: if the reply is compressed.
    """
    if headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise _unusable("compressed, although the request did not allow it", status_code)


def _lost(request: HttpRequest, reason: str) -> TransportError:
    if request.repeatable:
        return TransportError(f"{reason}; it is safe to repeat")
    return OutcomeUnknown(f"{reason}; it may have taken effect, so check before you repeat it")


def _unusable(how: str, status_code: int | None) -> InvalidReply:
    return InvalidReply(
        f"the reply is {how}; check that the endpoint is the service, and not a proxy",
        status_code=status_code,
    )
